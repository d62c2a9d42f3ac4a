"""Tasks that ended their worker, or took too long: how often each was tried, and which record it was at.

The last attempt is watched (:mod:`pannier.tracing`), so that the record that it was at is known when it ends its worker
again.  Not those before: a watched task takes several times as long, and most workers die of something else.  If
``on_poison`` says that records may be left out, the last two are watched.  If it was the same record twice in a row, it
is the record's doing: it is left out from the next attempt on, and attempts are counted from there.
"""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pannier import config, tracing
from pannier.errors import RecordsLeftOut
from pannier.graph.task import Key
from pannier.schedulers.multiprocessing.deaths import timed_out, worker_died
from pannier.schedulers.multiprocessing.process import WorkerProcess
from pannier.schedulers.state import Table
from pannier.tracing import Note

MOST_LEFT_OUT: Final = 100
"""Records, in one run: each costs two processes, and a fault that lies in every record must come to an end."""


@dataclass(slots=True)
class _Trial:
    """The attempts at one task."""

    path: str
    attempts: int = 0
    """Failed ones, since a record was last left out."""
    note: Note | None = None
    """Where the last one was."""
    left_out: set[int] = field(default_factory=set)
    """Numbers of the notes of records that are left out."""


class Trials:
    """The attempts of one run, whose tasks are called ``keys`` and write to ``folder``."""

    def __init__(self, keys: Table[Key], folder: str) -> None:
        self._keys = keys
        self._folder = folder
        self._retries: int = config.get("retries")
        self._quarantines = config.get("on_poison") == "quarantine"
        self._watched_from = max(1, self._retries - 1 if self._quarantines else self._retries)
        """How many attempts have failed before one is watched."""
        self.own_retries: Mapping[int, int] = {}
        """By number, of tasks that may be tried more or less often than the setting says."""
        self._left_out: list[str] = []
        self.known: dict[int, _Trial] = {}
        """By number, the tasks of which an attempt has failed."""

    def watched(self, task: int, form: tuple[Any, ...]) -> tuple[Any, ...]:
        """The encoded ``task`` with the wish to be watched, if that is due."""
        trial = self.known.get(task)
        if trial is None or not (trial.left_out or trial.attempts >= self._watched_from):
            return form
        return (*form, *[None] * (4 - len(form)), (trial.path, frozenset(trial.left_out)))

    def place(self, task: int) -> object:
        """Something that changes as ``task`` moves from record to record, if it is watched."""
        trial = self.known.get(task)
        note = None if trial is None else tracing.read(trial.path)
        return None if note is None else note.number

    def fail(
        self, task: int, worker: WorkerProcess, has_begun: bool, seconds: float | None
    ) -> Exception | None:
        """What ends ``task``, since ``worker`` died with it; None if it is to run again.

        ``seconds`` is the time that it was allowed and has passed, if it was for that that the worker was killed.
        """
        trial = self.known.setdefault(task, _Trial(os.path.join(self._folder, f"trace-{task}")))
        trial.attempts += 1
        note, before = tracing.read(trial.path), trial.note
        with contextlib.suppress(FileNotFoundError):  # the next worker may die before it makes one
            os.unlink(trial.path)
        trial.note = note
        is_proven = note is not None and before is not None and before[:2] == note[:2]
        if is_proven and self._quarantines and len(self._left_out) < MOST_LEFT_OUT:
            assert note is not None
            trial.left_out.add(note.number)
            trial.attempts, trial.note = 0, None
            self._left_out.append(str(note))
            return None
        if trial.attempts <= self.own_retries.get(task, self._retries):
            return None
        key = self._keys[task]
        if seconds is not None:
            error: Exception = timed_out(key, trial.attempts, seconds)
        else:
            error = worker_died(key, trial.attempts, worker.exitcode, worker.peak_rss, has_begun)
        if note is not None:
            what = "One record was its end each time" if is_proven else "The last time it was"
            error.args = (f"{error}.\n{what}: {note}",)
        return error

    def warn(self) -> None:
        """Name every record that was left out, in a warning."""
        if self._left_out:
            n = len(self._left_out)
            what = (
                "a record on which worker processes end was"
                if n == 1
                else f"{n} records on which worker processes end were"
            )
            warnings.warn(RecordsLeftOut("\n".join([f"{what} left out:", *self._left_out])), stacklevel=2)
