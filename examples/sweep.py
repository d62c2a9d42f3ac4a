"""A sweep over settings that goes where it is promising, and stops when one is good enough.

What is tried next depends on what has come out, so no graph can be written beforehand: calls are submitted one by one,
and their futures looked at as they are done.
"""

from __future__ import annotations

import math
import random
from typing import Any

from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

import pannier as pn

Setting = tuple[int, int]
"""Exponents of ten of C and gamma, in halves."""
SETTINGS = [(c, gamma) for c in range(-8, 5) for gamma in range(-12, 0)]


def score(X: Any, y: Any, setting: Setting) -> tuple[float, Setting]:
    c, gamma = setting
    model = SVC(C=10 ** (c / 2), gamma=10 ** (gamma / 2))
    return float(cross_val_score(model, X, y, cv=3).mean()), setting


def sweep(client: pn.Client, X: Any, y: Any, goal: float) -> tuple[float, Setting, int]:
    """The first score that is as good as ``goal``, or else the best; its setting, and how many were tried."""
    X, y = client.scatter([X, y])
    untried = random.Random(7).sample(SETTINGS, len(SETTINGS))
    futures = [client.submit(score, X, y, untried.pop()) for _ in range(4)]
    best = (-math.inf, (0, 0))
    scores = pn.as_completed(futures, with_results=True)
    for _, found in scores:
        best = max(best, found)
        if best[0] >= goal:
            break
        if untried:
            nearest = min(untried, key=lambda setting: math.dist(setting, best[1]))
            untried.remove(nearest)
            futures.append(client.submit(score, X, y, nearest))
            scores.add(futures[-1])
    client.cancel(futures)
    return *best, len(futures)


if __name__ == "__main__":  # so that the tests can call it; workers do not need it
    X, y = (part[:500] for part in load_digits(return_X_y=True))
    with pn.Client(n_workers=2) as client:
        reached, (c, gamma), tried = sweep(client, X, y, goal=0.92)
    print(f"{reached:.1%} right with C={10 ** (c / 2):.3g} and gamma={10 ** (gamma / 2):.3g}")
    print(f"{tried} of {len(SETTINGS)} settings were tried")
