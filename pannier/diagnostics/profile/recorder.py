"""What all profilers share: they record runs, are cleared, and show what they have."""

from __future__ import annotations

import os
from time import perf_counter
from typing import TYPE_CHECKING, Generic, NamedTuple, Self, TypeVar

from pannier.diagnostics import profile
from pannier.diagnostics.listener import Listener
from pannier.schedulers.events import Event, RunFinished, RunStarted

if TYPE_CHECKING:
    from pannier.diagnostics.profile.page import Page

Record = TypeVar("Record")


class RunData(NamedTuple):
    """One run that was recorded; times are seconds on the clock of :func:`time.perf_counter`."""

    run: int
    """Its number in this process."""
    start_time: float
    end_time: float
    """When it was over, or recording ended."""
    workers: int
    """Threads or processes."""
    error: str | None
    """What it raised, None if it succeeded."""


class Recorder(Listener, Generic[Record]):
    """Records runs.  A ``with`` block begins with nothing recorded; what is registered adds to what it has."""

    def __init__(self) -> None:
        self.results: list[Record] = []
        """What was recorded, in the order it ended."""
        self.runs: list[RunData] = []
        """The runs that are over."""
        self._under_way: dict[int, RunStarted] = {}

    def __enter__(self) -> Self:
        if not self._depth:
            self.clear()
        return super().__enter__()

    def clear(self) -> None:
        """Forget what was recorded."""
        self.results = []
        self.runs = []

    def visualize(self, filename: str | os.PathLike[str] | None = "profile.html", show: bool = True) -> Page:
        """A page of what was recorded; see :func:`pannier.diagnostics.visualize`."""
        return profile.visualize.visualize(self, filename, show)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} with {len(self.results):,} records of {len(self.runs):,} runs>"

    def _end_listening(self) -> None:
        super()._end_listening()
        for run in list(self._under_way):
            self._close(RunFinished(run, None, perf_counter()))

    def _follow(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            if self._depth:
                self._under_way[event.run] = event
                self._begin_run(event)
        elif event.run in self._under_way:
            if isinstance(event, RunFinished):
                self._close(event)
            else:
                self._record(event)

    def _close(self, event: RunFinished) -> None:
        start = self._under_way.pop(event.run, None)
        if start is None:  # it ended while recording did
            return
        self._end_run(event)
        error = None if event.error is None else f"{type(event.error).__name__}: {event.error}"
        self.runs.append(RunData(event.run, start.time, event.time, start.workers, error))

    def _begin_run(self, event: RunStarted) -> None:
        """A run is to be recorded."""

    def _record(self, event: Event) -> None:
        """Something happened in one."""

    def _end_run(self, event: RunFinished) -> None:
        """It is over."""
