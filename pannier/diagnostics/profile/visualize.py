"""Profiles on one page: the function that users call."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Iterable, Sequence
from typing import Any

from pannier.diagnostics.profile.cache import CacheProfiler
from pannier.diagnostics.profile.charts import Axis, Chart, curve_chart, tasks_chart
from pannier.diagnostics.profile.curves import Curve, alive, sampled
from pannier.diagnostics.profile.page import Page, page
from pannier.diagnostics.profile.recorder import Recorder, RunData
from pannier.diagnostics.profile.resources import ResourceProfiler
from pannier.diagnostics.profile.table import colors_of, stage_table, totals
from pannier.diagnostics.profile.tasks import Profiler
from pannier.diagnostics.profile.timeline import Lanes, short_time
from pannier.errors import UsageError
from pannier.sizes import format_bytes


def visualize(
    profilers: Recorder[Any] | Iterable[Recorder[Any]],
    filename: str | os.PathLike[str] | None = "profile.html",
    show: bool = True,
) -> Page:
    """One page of what one or several profilers have recorded, on one time axis; it is written to ``filename``.

    Tasks stand on the lanes of their workers, in the colours of their stages; processor, memory and living results
    are curves below them.  The page needs no other file and no network; it can be zoomed and tells details of what the
    pointer is on.  Tasks are drawn one by one up to some thousands, beyond that the shorter ones are summarized.

    With ``show`` the page is opened in a browser, where there is a screen; in a notebook the page that is returned
    shows itself instead.  With ``filename=None`` it is only returned.

    Raises :class:`~pannier.errors.UsageError` when nothing was recorded.

    The interface follows Dask's ``visualize`` of profilers.

    >>> from pannier.schedulers.sync import get
    >>> with Profiler() as tasks, CacheProfiler() as results:
    ...     get({"x": (sum, [1, 2]), "y": (str, "x")}, "y")
    '3'
    >>> visualize([tasks, results], filename=None).title
    '2 tasks in ...s'
    """
    chosen = list(profilers) if isinstance(profilers, Iterable) else [profilers]
    for each in chosen:
        if not isinstance(each, (Profiler, ResourceProfiler, CacheProfiler)):
            raise UsageError(f"what is shown here are profilers, not {each!r:.100}")
    runs = sorted(
        {run.run: run for each in chosen for run in each.runs}.values(), key=lambda run: run.start_time
    )
    if not runs:
        raise UsageError(
            "nothing was recorded: compute inside the profiler's with block, or after its register()"
        )
    found = _page(chosen, runs)
    if filename is not None:
        path = found.save(filename)
        if show and _has_screen():
            webbrowser.open(path.resolve().as_uri())
    return found


def _page(profilers: Sequence[Recorder[Any]], runs: Sequence[RunData]) -> Page:
    begin, end = runs[0].start_time, max(run.end_time for run in runs)
    axis = Axis(begin, max(end - begin, 1e-6))
    tasks = {
        (task.run, task.key, task.start_time): task
        for each in profilers
        if isinstance(each, Profiler)
        for task in each.results
    }
    stages = totals(tasks.values())
    colors = colors_of(stages)
    charts: list[Chart] = []
    remarks: list[str] = []
    for each in profilers:
        if not each.runs:
            continue
        if isinstance(each, Profiler):
            charts.insert(len(remarks), tasks_chart(each.results, each.runs, axis, colors))
            remarks.append(_business(each))
        elif isinstance(each, ResourceProfiler):
            charts += [curve_chart(curve, each.runs, axis) for curve in _of_machine(each)]
        elif isinstance(each, CacheProfiler):
            charts.append(curve_chart(_of_results(each), each.runs, axis))
    several = f" of {len(runs):,} runs" if len(runs) > 1 else ""
    title = f"{len(tasks):,} task{'s' * (len(tasks) != 1)}" if remarks else "Profile"
    title += f"{several} in {short_time(axis.span)}"
    return page(title, " · ".join(remarks), charts, stage_table(stages, colors), runs, axis)


def _of_machine(profiler: ResourceProfiler) -> list[Curve]:
    samples = profiler.results
    cpu, mem = [sample.cpu for sample in samples], [sample.mem for sample in samples]
    spent = sum(sample.cpu * sample.seconds for sample in samples)
    mean = spent / (sum(sample.seconds for sample in samples) or 1.0)
    return [
        Curve("processor", "percent", sampled(samples, cpu), f"mean {mean:.0f} %"),
        Curve("memory", "bytes", sampled(samples, mem), f"most {format_bytes(max(mem, default=0))}"),
    ]


def _of_results(profiler: CacheProfiler) -> Curve:
    points = alive(profiler.results, min(run.start_time for run in profiler.runs))
    most = max(value or 0.0 for _, value in points)
    if profiler.metric_name == "bytes":
        return Curve("results", "bytes", points, f"most {format_bytes(most)}")
    return Curve(f"results, {profiler.metric_name}", "", points, f"most {most:,g}")


def _business(profiler: Profiler) -> str:
    """How busy the workers of the outer runs were."""
    outer = Lanes(profiler.runs).outer
    spent = sum(task.end_time - task.start_time for task in profiler.results if task.run in outer)
    had = sum((run.end_time - run.start_time) * run.workers for run in profiler.runs if run.run in outer)
    workers = max((run.workers for run in profiler.runs), default=0)
    share = min(1.0, spent / had) if had else 0.0
    return f"{workers} worker{'s' * (workers != 1)}, busy {share:.0%} of the time"


def _has_screen() -> bool:
    """Whether a browser window can be opened: not in a notebook, which shows pages itself, nor on a server."""
    from rich.console import Console

    if Console().is_jupyter:
        return False
    wanted = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in wanted)
