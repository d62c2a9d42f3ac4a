"""A task graph written by hand: load three files, clean each, analyze all, store the answer.

The keys are names of your choice.  A tuple with a function at its head is a call; arguments that are
keys stand for the results of those calls.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path

from pannier.schedulers.multiprocessing import get


def load(path: str) -> list[str]:
    return Path(path).read_text().split()


def clean(words: list[str]) -> list[float]:
    return [float(word) for word in words if word.replace(".", "", 1).isdigit()]


def analyze(samples: list[list[float]]) -> dict[str, float]:
    numbers = [number for sample in samples for number in sample]
    return {"numbers": len(numbers), "mean": statistics.fmean(numbers), "stdev": statistics.stdev(numbers)}


def store(answer: dict[str, float], path: str) -> str:
    Path(path).write_text(json.dumps(answer))
    return path


with tempfile.TemporaryDirectory() as folder:
    for name, text in {"a": "3.5 n/a 5", "b": "4", "c": "? 8 1.25"}.items():
        Path(folder, f"{name}.data").write_text(text)

    dsk = {
        "load-1": (load, f"{folder}/a.data"),
        "load-2": (load, f"{folder}/b.data"),
        "load-3": (load, f"{folder}/c.data"),
        "clean-1": (clean, "load-1"),
        "clean-2": (clean, "load-2"),
        "clean-3": (clean, "load-3"),
        "analyze": (analyze, ["clean-1", "clean-2", "clean-3"]),
        "store": (store, "analyze", f"{folder}/answer.json"),
    }
    print(Path(get(dsk, "store")).read_text())
