"""Charts as rows of the page: what stands beside them, and SVG as wide as the time and as high as its pixels."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from pannier.diagnostics.profile.curves import Curve, Points, scale, thinned
from pannier.diagnostics.profile.recorder import RunData
from pannier.diagnostics.profile.tasks import TaskData
from pannier.diagnostics.profile.timeline import Bar, Lanes, bars
from pannier.sizes import format_bytes

WIDTH: Final = 1_000_000
"""Units of the whole time; page.js knows it, too."""
_CURVE_HEIGHT: Final = 110
_HEADROOM: Final = 6
"""Pixels above the highest mark of a curve."""
_LANES_HEIGHT: Final = 420
"""Pixels of all lanes together, as far as they may be as high or as low as follows."""
_LANE_HEIGHTS: Final = (5, 26)
_LABEL_HEIGHT: Final = 14
"""Pixels of a lane that has room for its label."""
_LOST: Final = WIDTH / 800
"""What is narrower is hard to see on a usual screen."""
_MOST_RUNS: Final = 60
"""Beginnings of runs that are marked."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The time that all charts share."""

    begin: float
    span: float
    """Seconds."""

    def x(self, time: float) -> int:
        """Where ``time`` is.

        >>> Axis(10.0, 4.0).x(11.0)
        250000
        """
        return round((time - self.begin) / self.span * WIDTH)


@dataclass(frozen=True, slots=True)
class Chart:
    """A row of the page."""

    html: str
    height: int
    """Pixels."""


def tasks_chart(
    tasks: Sequence[TaskData], runs: Sequence[RunData], axis: Axis, colors: Mapping[str, str]
) -> Chart:
    """A lane for each worker, with its tasks in the colours of their stages."""
    lanes = Lanes(runs, tasks)
    n = max(1, len(lanes.labels))
    lane = min(max(_LANES_HEIGHT // n, _LANE_HEIGHTS[0]), _LANE_HEIGHTS[1])
    gap = 3 if lane >= _LABEL_HEIGHT else 1
    height = n * lane + gap
    found = bars(tasks, lanes, axis.begin, axis.span)
    every = -(-_LABEL_HEIGHT // lane)
    labels = [
        f'<span style="top:{i * lane + gap / 2 + lane / 2:.1f}px">{label}</span>'
        for i, label in enumerate(lanes.labels)
        if i % every == 0
    ]
    stripes = [
        f'<rect class="lane" x="0" width="{WIDTH}" y="{i * lane + gap}" height="{lane - gap}"/>'
        for i in range(n)
    ]
    groups: defaultdict[str | None, list[str]] = defaultdict(list)
    counts: defaultdict[int, int] = defaultdict(int)
    for bar, room in zip(found, _rooms(found), strict=True):
        groups[bar.stage].append(_rect(bar, room, axis, lane, gap))
        counts[bar.lane] += 1
    drawn = "\n".join(
        f'<g data-stage="{escape(stage or "")}" style="fill:{colors.get(stage or "", "var(--other)")}">{"".join(rects)}</g>'
        for stage, rects in groups.items()
    )
    svg = _svg(
        "tasks",
        height,
        [*stripes, f'<g class="bars">{drawn}</g>', *_run_marks(runs, axis, height)],
        max(counts.values(), default=0),
    )
    return Chart(_row("lanes", "".join(labels), height, svg), height)


def curve_chart(curve: Curve, runs: Sequence[RunData], axis: Axis) -> Chart:
    """A curve over the area below it."""
    points = thinned(curve.points)
    marks = scale(max((value for _, value in points if value is not None), default=0.0), curve.unit)
    height = _CURVE_HEIGHT

    def y(value: float) -> float:
        return round(height - 1 - value / marks[-1] * (height - 1 - _HEADROOM), 1)

    labels = [f'<span style="top:{y(mark)}px">{_quantity(mark, curve.unit)}</span>' for mark in marks]
    grid = [f'<line x1="0" x2="{WIDTH}" y1="{y(mark)}" y2="{y(mark)}"/>' for mark in marks]
    line = "".join(_pieces(points, axis, y))
    area = re.sub(r"M(\d+),([^M]*)", rf"M\1,{height}V\2V{height}Z", line)
    drawn = [f'<path class="area" d="{area}"/>', f'<path class="curve" d="{line}"/>']
    side = f'<div class="figure"><b>{escape(curve.title)}</b><span>{escape(curve.summary)}</span></div>{"".join(labels)}'
    svg = _svg(curve.title, height, [*grid, *drawn, *_run_marks(runs, axis, height)])
    known = json.dumps([[round(time - axis.begin, 6), value and round(value, 1)] for time, value in points])
    data = f' data-points="{known}" data-unit="{curve.unit}"'
    return Chart(_row("marks", side, height, svg, data), height)


def _pieces(points: Points, axis: Axis, y: Callable[[float], float]) -> Iterator[str]:
    """The path of a curve, interrupted where nothing is known."""
    is_drawn = False
    for time, value in points:
        if value is None:
            yield f"H{axis.x(time)}" if is_drawn else ""
        elif is_drawn:
            yield f"H{axis.x(time)}V{y(value):g}"
        else:
            yield f"M{axis.x(time)},{y(value):g}"
        is_drawn = value is not None


def _rooms(found: Sequence[Bar]) -> list[float]:
    """For each bar, which are sorted by lane and start, the seconds until the next one on its lane starts."""
    rooms = [float("inf")] * len(found)
    for i in range(len(found) - 2, -1, -1):
        bar, after = found[i], found[i + 1]
        if bar.lane == after.lane:
            rooms[i] = rooms[i + 1] if after.start == bar.start else after.start - bar.start
    return rooms


def _rect(bar: Bar, room: float, axis: Axis, lane: int, gap: int) -> str:
    x, width = axis.x(bar.start), max(1, axis.x(bar.end) - axis.x(bar.start))
    whole = lane - gap
    top = bar.lane * lane + gap + whole * (1 - bar.bottom - bar.height)
    is_lost = width < _LOST <= room / axis.span * WIDTH
    label = escape(bar.label).replace("\n", "&#10;")
    true_width = f' data-w="{width}"' if is_lost else ""
    pile = ' data-pile=""' if bar.is_pile else ""
    return (
        f'<rect x="{x}" width="{width}" y="{top:g}" height="{whole * bar.height:.3g}"'
        f'{true_width}{pile} data-t="{label}"/>'
    )


def _run_marks(runs: Sequence[RunData], axis: Axis, height: int) -> Iterable[str]:
    """Lines where runs begin, if they follow each other, and where they fail."""
    outer = Lanes(runs).outer
    if 1 < len(outer) <= _MOST_RUNS:
        for run in runs:
            if run.run in outer:
                yield _vertical(axis.x(run.start_time), height, "run")
    for run in runs:
        if run.error is not None:
            yield _vertical(axis.x(run.end_time), height, "failed")


def _vertical(x: int, height: int, kind: str) -> str:
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="0" y2="{height}"/>'


def _svg(title: str, height: int, content: Iterable[str], densest: int = 0) -> str:
    """``densest``: how many bars the fullest lane has."""
    return (
        f'<svg class="plot" role="img" aria-label="{escape(title)}" style="height:{height}px" viewBox="0 0 {WIDTH} {height}" preserveAspectRatio="none"'
        f' data-height="{height}" data-bars="{densest}">{"".join(content)}</svg>'
    )


def _row(kind: str, side: str, height: int, svg: str, data: str = "") -> str:
    return (
        f'<div class="row"{data}><div class="side {kind}" style="height:{height}px">{side}</div>{svg}</div>'
    )


def _quantity(value: float, unit: str) -> str:
    if unit == "bytes":
        return format_bytes(value).replace(".0 ", " ")
    return f"{value:g} %" if unit == "percent" else f"{value:,g}"
