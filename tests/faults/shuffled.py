"""Bags that are shuffled through files, and what may happen to these between the splits and the gathers."""

from __future__ import annotations

import contextlib
import functools
import glob
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pannier as pn
from pannier import config
from pannier.schedulers.events import TaskFinished, observe, stage_of

SPLITS = 6
GATHERS = 4
ROWS = 400
KEYS = 40

Record: TypeAlias = tuple[int, int, str]


def records() -> list[Record]:
    """Key, number, and enough besides that every split writes a file."""
    return [(i * 7 % KEYS, i, f"{i:0200}") for i in range(SPLITS * ROWS)]


def note(log: str, name: str) -> int:
    """How many times this was called with ``log``, a folder, and ``name``, this call included."""
    with open(os.path.join(log, name), "a") as file:
        file.write("x")
        return file.tell()


def calls(log: Path, name: str) -> list[int]:
    """How many times each task has noted itself as ``name`` and its number."""
    found = {path.name: path.stat().st_size for path in log.glob(f"{name}-*")}
    return [found[f"{name}-{i}"] for i in range(len(found))]


def counted(log: str, record: Record) -> Record:
    """``record``; the first of each partition counts a call of its task."""
    if not record[1] % ROWS:
        note(log, f"split-{record[1] // ROWS}")
    return record


def numbers(group: tuple[int, list[Record]]) -> tuple[int, list[int]]:
    """The key of a group, and the numbers of its records."""
    return group[0], [record[1] for record in group[1]]


def bag(log: Path) -> pn.Bag:
    """The records, in a partition for each split; calls of splits are counted in ``log``."""
    return pn.from_sequence(records(), npartitions=SPLITS).map(functools.partial(counted, str(log)))


def grouped(log: Path) -> pn.Bag:
    """The numbers of each key; :data:`GROUPS` in some order."""
    return bag(log).groupby(0, npartitions=GATHERS).map(numbers)


GROUPS = [(key, [i for i in range(SPLITS * ROWS) if i * 7 % KEYS == key]) for key in range(KEYS)]


def ordered(log: Path) -> pn.Bag:
    """The records by key; :data:`ORDERED`."""
    return bag(log).sort_by(0, npartitions=GATHERS)


ORDERED = sorted(records(), key=lambda record: record[0])


def shuffle_files(verb: str) -> list[str]:
    """Those that lie in the spill folder now, oldest first."""
    found = glob.glob(f"{config.get('spill_folder')}/pannier-*/{verb}-*/*")
    return sorted(found, key=lambda path: os.stat(path).st_mtime_ns)


@contextlib.contextmanager
def between(verb: str, act: Callable[[], Any], times: int = 1) -> Iterator[list[str]]:
    """Call ``act`` when the splits are done and no gather has begun, the first ``times`` that comes to be.

    Gives the stages of all tasks, as they end.
    """
    stages: list[str] = []

    def watch(event: object) -> None:
        if type(event) is TaskFinished:
            stages.append(stage_of(event.key))
            if stages[-1] == f"{verb}-route" and stages.count(stages[-1]) <= times:
                act()

    with observe(watch):
        yield stages
