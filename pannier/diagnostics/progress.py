"""Progress bars: one bar a stage, for every run inside a block.

::

    scheduler's thread                         ticker's thread, every dt seconds
    ------------------                         ---------------------------------
    RunStarted    a RunProgress joins the display
    TaskFinished  counts, touches no display   draws the counts of all runs under way
    RunFinished   its bars are printed for good, above those of runs still under way;
                  the last one takes the moving part away and ends the ticker

Where the output cannot move (a log file, a pipe, a dumb terminal) there is no ticker and no control
character: a run writes one line a stage when it ends.  See :mod:`pannier.diagnostics.displays`.
"""

from __future__ import annotations

from time import perf_counter
from typing import IO

from pannier.diagnostics.displays import Display, display_for
from pannier.diagnostics.listener import Listener
from pannier.diagnostics.stages import RunProgress
from pannier.schedulers.events import (
    Event,
    RunFinished,
    RunStarted,
    TaskFailed,
    TaskFinished,
)


class ProgressBar(Listener):
    """Bars for the runs started inside the block: tasks done of all, time elapsed, time left.

    Runs shorter than ``minimum`` seconds show nothing; bars of at most ``width`` characters, of which a narrow terminal
    has room for less, are drawn every ``dt`` seconds on ``out``, by default standard error, so that printed results can be piped on.  In a terminal the bars
    move and text printed meanwhile appears above them; in a notebook they are a widget (where
    ``ipywidgets`` is installed); anywhere else a run writes one line a stage when it ends.  Bars of runs
    that fail or are interrupted stay as far as they came.  Several runs may share a block, one after
    the other or at once.

    The interface follows Dask's ``ProgressBar``.

    >>> import sys
    >>> from pannier.schedulers.sync import get
    >>> with ProgressBar(out=sys.stdout):
    ...     get(
    ...         {"load-1": (int, "1"), "load-2": (int, "2"), "add": (sum, ["load-1", "load-2"])},
    ...         "add",
    ...     )
    load  2/2 tasks in ... s
    add   1/1 tasks in ... s
    3
    """

    def __init__(
        self, minimum: float = 0, width: int = 40, dt: float = 0.1, out: IO[str] | None = None
    ) -> None:
        self._minimum = minimum
        self._width = width
        self._dt = dt
        self._out = out
        self._runs: dict[int, RunProgress] = {}
        self._display: Display | None = None

    def _begin_listening(self) -> None:
        self._display = display_for(self._out, self._minimum, self._width, self._dt)
        super()._begin_listening()

    def _end_listening(self) -> None:
        """The bars of runs under way stay as far as they came."""
        super()._end_listening()
        display, self._display = self._display, None
        while self._runs:
            self._end(self._runs.popitem()[1], perf_counter(), display)
        if display is not None:
            display.close()

    def _follow(self, event: Event) -> None:
        if isinstance(event, TaskFinished):
            if (run := self._runs.get(event.run)) is not None:
                run.finish_task(event)
        elif isinstance(event, RunStarted):
            if self._display is not None:
                self._runs[event.run] = run = RunProgress(event)
                self._display.begin(run)
        elif isinstance(event, TaskFailed):
            if (run := self._runs.get(event.run)) is not None:
                run.fail_task(event.key)
        elif isinstance(event, RunFinished) and (run := self._runs.pop(event.run, None)) is not None:
            self._end(run, event.time, self._display)

    @staticmethod
    def _end(run: RunProgress, time: float, display: Display | None) -> None:
        run.end(time)
        if display is not None:
            display.end(run)
