"""Where the progress of runs is shown: lines in a file, moving bars on a screen.

A display that cannot be written to any more is no reason for a run to fail, so errors of writing end
here.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterable
from threading import Lock
from time import perf_counter
from typing import IO, TYPE_CHECKING, Protocol

from pannier.diagnostics.stages import RunProgress, Stage, duration
from pannier.diagnostics.ticker import Ticker

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table


class Display(Protocol):
    """Shows the progress of runs; its methods are called from the threads of runs."""

    def begin(self, run: RunProgress) -> None:
        """``run`` is under way."""

    def end(self, run: RunProgress) -> None:
        """``run`` is over; it has ended before this call."""

    def close(self) -> None:
        """No run is under way any more, even if an interrupt kept one from saying so."""


def display_for(out: IO[str] | None, minimum: float, width: int, dt: float) -> Display:
    """What suits ``out`` (None: standard error), for runs of ``minimum`` seconds or more, drawn every ``dt``.

    Its bars are ``width`` characters wide, or less.
    """
    from rich.console import Console

    stream = sys.stderr if out is None else out
    if _is_terminal(stream) and os.environ.get("TERM") != "dumb":
        # Said outright: settings meant for colour in continuous integration must not make bars move.
        return Screen(Console(file=out, stderr=True, force_terminal=True), minimum, width, dt)
    if out is None:
        console = Console(stderr=True)
        if console.is_jupyter and importlib.util.find_spec("ipywidgets") is not None:
            return Screen(console, minimum, width, dt)
    return Lines(stream, minimum)


def _is_terminal(stream: IO[str]) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # only written to so far; closed
        return False


class Lines:
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


class Screen:
    """Bars that move, on a terminal or in a notebook."""

    def __init__(self, console: Console, minimum: float, width: int, dt: float) -> None:
        self._console = console
        self._minimum = minimum
        self._width = width
        self._dt = dt
        self._lock = Lock()
        """Guards what follows, and drawing."""
        self._under_way: list[RunProgress] = []
        self._live: Live | None = None
        self._ticker: Ticker | None = None

    def begin(self, run: RunProgress) -> None:
        with self._lock:
            self._under_way.append(run)
            if self._ticker is None:
                self._ticker = Ticker(self._tick, self._dt, "progress")

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
            ticker.stop()

    def close(self) -> None:
        with self._lock:
            self._under_way.clear()
            self._stop_moving()
            ticker = self._retired_ticker()
        if ticker is not None:
            ticker.stop()

    def _retired_ticker(self) -> Ticker | None:
        """The ticker, if there is nothing left to draw.  To be stopped without the lock."""
        if self._under_way:
            return None
        ticker, self._ticker = self._ticker, None
        return ticker

    def _tick(self) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):  # the terminal went away
            if any(map(self._is_shown, self._under_way)):
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
        width = min(self._width, self._console.width // 3)
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
