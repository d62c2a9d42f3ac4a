"""Progress bars: one bar a stage, for every run inside a block.

::

    scheduler's thread                         ticker's thread, every dt seconds
    ------------------                         ---------------------------------
    RunStarted    a RunProgress joins the display
    TaskFinished  counts, touches no display   draws the counts of all runs under way
    RunFinished   its bars are printed for good, above those of runs still under way;
                  the last one takes the moving part away and ends the ticker

Where the output cannot move (a log file, a pipe, a dumb terminal) there is no ticker and no control
character: a run writes one line a stage when it ends.  A display that cannot be written to any more is
no reason for a run to fail, so errors of writing end here.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from threading import Event as Flag
from threading import Lock, Thread
from time import perf_counter
from typing import IO, TYPE_CHECKING, Protocol, Self

from pannier.diagnostics.stages import RunProgress, Stage, duration
from pannier.schedulers.events import (
    Event,
    RunFinished,
    RunStarted,
    TaskFailed,
    TaskFinished,
    observe,
)

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table


class ProgressBar:
    """Bars for the runs started inside the block: tasks done of all, time elapsed, time left.

    Runs shorter than ``minimum`` seconds show nothing; the bars are drawn every ``dt`` seconds on
    ``out``, by default standard error, so that printed results can be piped on.  In a terminal the bars
    move and text printed meanwhile appears above them; in a notebook they are a widget (where
    ``ipywidgets`` is installed); anywhere else a run writes one line a stage when it ends.  Bars of runs
    that fail or are interrupted stay as far as they came.  Several runs may share a block, one after
    the other or at once.

    The block's interface follows Dask's ``ProgressBar``.

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

    def __init__(self, minimum: float = 0, dt: float = 0.1, out: IO[str] | None = None) -> None:
        self._minimum = minimum
        self._dt = dt
        self._out = out
        self._runs: dict[int, RunProgress] = {}
        self._display: _Display | None = None
        self._observing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.register()
        return self

    def __exit__(self, *args: object) -> None:
        self.unregister()

    def register(self) -> None:
        """Show the runs that start from now on, until :meth:`unregister`."""
        if self._display is None:
            self._display = _display_for(self._out, self._minimum, self._dt)
            self._observing.enter_context(observe(self._follow))

    def unregister(self) -> None:
        """Stop showing runs; the bars of those under way stay as far as they came."""
        display, self._display = self._display, None
        self._observing.close()
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
    def _end(run: RunProgress, time: float, display: _Display | None) -> None:
        run.end(time)
        if display is not None:
            display.end(run)


class _Display(Protocol):
    """Where the progress of runs is shown.  Its methods are called from the threads of runs."""

    def begin(self, run: RunProgress) -> None:
        """``run`` is under way."""

    def end(self, run: RunProgress) -> None:
        """``run`` is over; it has ended before this call."""

    def close(self) -> None:
        """No run is under way any more, even if an interrupt kept one from saying so."""


def _display_for(out: IO[str] | None, minimum: float, dt: float) -> _Display:
    from rich.console import Console

    stream = sys.stderr if out is None else out
    if _is_terminal(stream) and os.environ.get("TERM") != "dumb":
        # Said outright: settings meant for colour in continuous integration must not make bars move.
        return _Screen(Console(file=out, stderr=True, force_terminal=True), minimum, dt)
    if out is None:
        console = Console(stderr=True)
        if console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None:
            return _Screen(console, minimum, dt)
    return _Lines(stream, minimum)


def _is_terminal(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # only written to so far; closed
        return False


class _Lines:
    """One line a stage when a run ends."""

    def __init__(self, out: IO[str], minimum: float) -> None:
        self._out = out
        self._minimum = minimum

    def begin(self, run: RunProgress) -> None:
        """Nothing to show yet."""

    def end(self, run: RunProgress) -> None:
        now = perf_counter()
        if run.elapsed(now) < self._minimum:
            return
        names = max((len(stage.name) for stage in run.stages), default=0)
        counts = max((len(str(stage.total)) for stage in run.stages), default=0)
        lines = []
        for stage in run.stages:
            line = f"{stage.name:<{names}}  {stage.done:>{counts}}/{stage.total:<{counts}} tasks"
            if stage.done:
                line += f" in {duration(stage.elapsed(now))}"
            lines.append(f"{line}, {stage.outcome}\n" if stage.outcome else f"{line}\n")
        with contextlib.suppress(OSError, ValueError):  # a full disk, a closed file, its encoding
            self._out.write("".join(lines))
            self._out.flush()

    def close(self) -> None:
        """Nothing was opened."""


class _Screen:
    """Bars that move, on a terminal or in a notebook."""

    def __init__(self, console: Console, minimum: float, dt: float) -> None:
        self._console = console
        self._minimum = minimum
        self._dt = dt
        self._lock = Lock()
        """Guards what follows, and drawing."""
        self._under_way: list[RunProgress] = []
        self._live: Live | None = None
        self._ticker: Thread | None = None
        self._over = Flag()

    def begin(self, run: RunProgress) -> None:
        with self._lock:
            self._under_way.append(run)
            if self._ticker is None:
                self._over = Flag()
                self._ticker = Thread(target=self._tick, args=(self._over,), name="progress", daemon=True)
                self._ticker.start()

    def end(self, run: RunProgress) -> None:
        with self._lock:
            self._under_way.remove(run)
            if not self._under_way:
                self._stop_moving()
            if self._is_shown(run):
                with contextlib.suppress(OSError, ValueError):  # the terminal went away
                    self._console.print(self._table([run]))
            ticker = self._retired_ticker()
        if ticker is not None:
            ticker.join()

    def close(self) -> None:
        with self._lock:
            self._under_way.clear()
            self._stop_moving()
            ticker = self._retired_ticker()
        if ticker is not None:
            ticker.join()

    def _retired_ticker(self) -> Thread | None:
        """The ticker, told to end, if there is nothing left to draw.  To be joined without the lock."""
        if self._under_way:
            return None
        self._over.set()
        ticker, self._ticker = self._ticker, None
        return ticker

    def _tick(self, over: Flag) -> None:
        while not over.wait(self._dt):
            with self._lock, contextlib.suppress(OSError, ValueError):  # the terminal went away
                if not over.is_set() and any(map(self._is_shown, self._under_way)):
                    self._draw()

    def _draw(self) -> None:
        if self._live is None:
            from rich.live import Live

            # Text printed to a terminal goes above the bars.  Elsewhere it is left alone: it may be
            # the program's output, on its way to a file.
            self._live = Live(
                get_renderable=lambda: self._table(filter(self._is_shown, self._under_way)),
                console=self._console,
                auto_refresh=False,
                transient=True,
                redirect_stdout=_is_terminal(sys.stdout),
                redirect_stderr=_is_terminal(sys.stderr),
            )
            self._live.start()
        self._live.refresh()

    def _stop_moving(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            with contextlib.suppress(OSError, ValueError):  # the terminal went away
                live.stop()

    def _is_shown(self, run: RunProgress) -> bool:
        return run.elapsed(perf_counter()) >= self._minimum

    def _table(self, runs: Iterable[RunProgress]) -> Table:
        from rich.progress_bar import ProgressBar as Bar
        from rich.table import Table
        from rich.text import Text

        now = perf_counter()
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column()
        for _ in range(3):
            table.add_column(justify="right", no_wrap=True)
        width = min(40, self._console.width // 3)
        for run in runs:
            for stage in run.stages:
                colour = "red" if stage.failed else "bar.complete"
                bar = Bar(stage.total, stage.done, width, complete_style=colour, finished_style="green")
                table.add_row(Text(stage.name), bar, *map(Text, _figures(stage, now)))
        return table


def _figures(stage: Stage, now: float) -> tuple[str, str, str]:
    """Count, time elapsed and time left of a stage, as shown beside its bar."""
    elapsed = duration(stage.elapsed(now)) if stage.started is not None else ""
    left = stage.remaining(now)
    if left is not None:
        return f"{stage.done}/{stage.total}", elapsed, f"{duration(left)} left"
    return f"{stage.done}/{stage.total}", elapsed, stage.outcome if stage.stopped is not None else ""
