"""Load, clean, analyze, store: one pipeline of plain functions, written down in different ways.

The functions know nothing of tasks.  What differs is how their calls are put together, and when they begin.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import pannier as pn


def load(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").split()


def clean(words: list[str]) -> list[float]:
    return [float(word) for word in words if word.replace(".", "", 1).isdigit()]


def analyze(samples: list[list[float]]) -> dict[str, float]:
    numbers = [number for sample in samples for number in sample]
    return {"numbers": len(numbers), "mean": statistics.fmean(numbers), "median": statistics.median(numbers)}


def store(answer: dict[str, float], path: str) -> str:
    Path(path).write_text(json.dumps(answer), encoding="utf-8")
    return path


def by_graph(paths: list[str], target: str) -> dict[str, tuple[Any, ...]]:
    """A dict: names of your choice, and for each a call, in which other names stand for their results."""
    return {
        "load-1": (load, paths[0]),
        "load-2": (load, paths[1]),
        "load-3": (load, paths[2]),
        "clean-1": (clean, "load-1"),
        "clean-2": (clean, "load-2"),
        "clean-3": (clean, "load-3"),
        "analyze": (analyze, ["clean-1", "clean-2", "clean-3"]),
        "store": (store, "analyze", target),
    }


def by_delayed(paths: list[str], target: str) -> pn.Delayed:
    """The code as it would be without tasks, of functions that are put off."""
    samples = [pn.delayed(clean)(pn.delayed(load)(path)) for path in paths]
    answer = pn.delayed(analyze)(samples)
    return pn.delayed(store)(answer, target)


def by_futures(client: pn.Client, paths: list[str], target: str) -> pn.Future:
    """Calls that start as soon as they are submitted; a future stands for the result of each."""
    samples = [client.submit(clean, client.submit(load, path)) for path in paths]
    answer = client.submit(analyze, samples)
    return client.submit(store, answer, target)


if __name__ == "__main__":  # for the sake of the pages that draw it; workers do not need it
    with tempfile.TemporaryDirectory() as folder:
        paths = [f"{folder}/{name}.data" for name in "abc"]
        for path, text in zip(paths, ["3.5 n/a 5", "4", "? 8 1.25"], strict=True):
            Path(path).write_text(text, encoding="utf-8")

        stored = pn.get(by_graph(paths, f"{folder}/graph.json"), "store", scheduler="processes")
        print("by a graph  ", Path(stored).read_text(encoding="utf-8"))

        stored = by_delayed(paths, f"{folder}/delayed.json").compute(scheduler="processes")
        print("by delayed  ", Path(stored).read_text(encoding="utf-8"))

        with pn.Client(n_workers=2) as client:
            stored = by_futures(client, paths, f"{folder}/futures.json").result()
        print("by futures  ", Path(stored).read_text(encoding="utf-8"))
