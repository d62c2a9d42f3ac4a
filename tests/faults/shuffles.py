"""A shuffle by hand, small enough to see through: splits write files, a barrier names them, gathers read them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from pannier import host
from pannier.errors import LostResult
from pannier.testing.faults import count_attempt

FOLDER = "by-hand-0f"


class Index(NamedTuple):
    """Of one split's file."""

    path: str
    size: int


def split(log: str, i: int) -> Index:
    """Writes ten lines, of which gather ``k`` reads number ``k``."""
    count_attempt(log, f"split {i}")
    here = host.current()
    assert here is not None
    path = here.new_path(FOLDER)
    Path(path).write_text("".join(f"{i}{k}\n" for k in range(10)))
    return Index(path, os.path.getsize(path))


@dataclass(frozen=True)
class Barrier:
    """Hands the indexes on; the first ``times`` it does so, ``harm`` comes over the file of split ``victim``."""

    log: str
    harm: str = "nothing"
    victim: int = 1
    times: int = 1
    folder: str = FOLDER
    keeps_inputs: ClassVar[bool] = True

    def __call__(self, indexes: list[Index]) -> list[Index]:
        if count_attempt(self.log, "barrier") <= self.times:
            path = indexes[self.victim].path
            if self.harm == "gone":
                os.unlink(path)
            elif self.harm == "truncated":
                os.truncate(path, 7)
        return indexes


def gather(log: str, indexes: list[Index], k: int) -> list[str]:
    count_attempt(log, f"gather {k}")
    lines = []
    for i, index in enumerate(indexes):
        if not os.path.exists(index.path):
            raise LostResult(f"the file {index.path} is gone", i)
        if os.path.getsize(index.path) != index.size:
            raise LostResult(f"the file {index.path} is too short", i)
        lines.append(Path(index.path).read_text().splitlines()[k])
    return lines


def files_left(*_: Any) -> list[str]:
    """What lies in the run's folder now."""
    here = host.current()
    assert here is not None
    return sorted(os.listdir(here.folder)) if os.path.isdir(here.folder) else []


def graph(barrier: Barrier, splits: int = 3, gathers: int = 4) -> dict[Any, Any]:
    """Its ``("gather", k)`` are the answer, and ``"left"`` what lies in the folder after all of them."""
    dsk: dict[Any, Any] = {("split", i): (split, barrier.log, i) for i in range(splits)}
    dsk["barrier"] = (barrier, [("split", i) for i in range(splits)])
    dsk |= {("gather", k): (gather, barrier.log, "barrier", k) for k in range(gathers)}
    dsk["left"] = (files_left, [("gather", k) for k in range(gathers)])
    return dsk


def answer(splits: int = 3, gathers: int = 4) -> list[list[str]]:
    return [[f"{i}{k}" for i in range(splits)] for k in range(gathers)]


def attempts(log: Path) -> int:
    """How many calls of tasks ``log`` has counted."""
    return len(list(log.iterdir()))
