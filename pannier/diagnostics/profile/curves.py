"""Figures over time as points to be drawn, few enough for a page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from pannier.diagnostics.profile.cache import CacheData
from pannier.diagnostics.profile.resources import ResourceData

MOST_POINTS: Final = 2_000
"""Of one curve: a page is hardly wider in pixels."""
_MARKS: Final = 4
"""Of an axis, at most."""
_SAME_TIME: Final = 1e-6
"""Seconds between a sample and the next one's beginning, which are the same."""


Points: TypeAlias = list[tuple[float, float | None]]
"""Times, ascending, and values, each of which is kept until the next point; None where nothing is known."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure over time."""

    title: str
    unit: str
    """``"percent"``, ``"bytes"`` or ``""``."""
    points: Points
    summary: str
    """What to say of it as a whole."""


def sampled(samples: Sequence[ResourceData], values: Sequence[float]) -> Points:
    """One of ``values`` for the time of each sample, nothing between runs."""
    points: Points = []
    for sample, value in zip(samples, values, strict=True):
        start = sample.time - sample.seconds
        if points and start - points[-1][0] < _SAME_TIME:
            points.pop()
        points += [(start, value), (sample.time, None)]
    return points


def alive(results: Sequence[CacheData], begin: float) -> Points:
    """What the results that are alive weigh together, from ``begin`` on."""
    changes = [(result.cache_time, result.metric) for result in results]
    changes += [(result.free_time, -result.metric) for result in results]
    total = 0.0
    points: Points = [(begin, 0.0)]
    for time, change in sorted(changes):
        total += change
        points.append((time, total))
    return list(dict(points).items())  # of each time the last


def thinned(points: Points) -> Points:
    """``points``, or of too many the lowest and the highest of each short time.

    >>> len(thinned([(float(i), float(i % 7)) for i in range(100_000)])) <= MOST_POINTS
    True
    """
    if len(points) <= MOST_POINTS:
        return points
    kept: Points = []
    begin, span = points[0][0], points[-1][0] - points[0][0]
    width = span / (MOST_POINTS // 4)
    group: Points = []
    place = 0
    for point in points:
        now = int((point[0] - begin) / width) if width else 0
        if now != place and group:
            kept += _extremes(group)
            group = []
        place = now
        group.append(point)
    return kept + _extremes(group)


def _extremes(group: Points) -> Points:
    """The first, the lowest, the highest and the last of ``group``, each once, in their order."""
    values = [-1.0 if value is None else value for _, value in group]
    kept = {0, len(group) - 1, values.index(min(values)), values.index(max(values))}
    return [group[i] for i in sorted(kept)]


def scale(top: float, unit: str) -> list[float]:
    """Round values from 0 to ``top`` or more, for the marks of an axis.

    >>> scale(173, "percent"), scale(900 * 1024**2, "bytes")[-1] / 1024**3, scale(7, "")
    ([0.0, 100.0, 200.0], 1.0, [0.0, 2.0, 4.0, 6.0, 8.0])
    """
    top = max(top, 1.0)
    if unit == "percent" and top <= 400:
        step = 100.0
    elif unit == "bytes":
        step = 2.0 ** math.ceil(math.log2(top / _MARKS))
    else:
        power = 10.0 ** math.floor(math.log10(top / _MARKS))
        step = next(power * round_ for round_ in (1, 2, 5, 10) if power * round_ * _MARKS >= top)
    return [step * i for i in range(math.ceil(top / step) + 1)]
