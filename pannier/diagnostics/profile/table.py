"""What the stages took, as a table that is the legend of the timeline, too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from pannier.diagnostics.profile.tasks import TaskData
from pannier.diagnostics.profile.timeline import short_time
from pannier.sizes import format_bytes

LIGHT: Final = (
    "#3579b8",
    "#e39a1e",
    "#2f9e77",
    "#b8609a",
    "#5db3e6",
    "#c8602c",
    "#8a7cc9",
    "#9a9136",
    "#7d6656",
)
DARK: Final = (
    "#5a9bd8",
    "#e8ab45",
    "#46b98f",
    "#d07fb4",
    "#8fcdf2",
    "#e07f4d",
    "#a79be4",
    "#bdb355",
    "#a58c7a",
)
"""Colours of stages that also people see who do not tell red from green, on light and on dark pages."""
_MOST_ROWS: Final = 30


@dataclass(slots=True)
class StageTotal:
    """The tasks of one stage together."""

    name: str
    tasks: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    nbytes: int | None = None
    """Of the results whose size is known; None if none is."""

    def add(self, task: TaskData) -> None:
        """Count ``task``."""
        seconds = task.end_time - task.start_time
        self.tasks += 1
        self.seconds += seconds
        self.longest = max(self.longest, seconds)
        if task.nbytes is not None:
            self.nbytes = (self.nbytes or 0) + task.nbytes


def totals(tasks: Iterable[TaskData]) -> list[StageTotal]:
    """The stages, those that took longest first."""
    found: dict[str, StageTotal] = {}
    for task in tasks:
        if task.stage not in found:
            found[task.stage] = StageTotal(task.stage)
        found[task.stage].add(task)
    return sorted(found.values(), key=lambda stage: -stage.seconds)


def colors_of(stages: Sequence[StageTotal]) -> dict[str, str]:
    """A colour for each of those that took longest."""
    return {stage.name: f"var(--s{i})" for i, stage in enumerate(stages[: len(LIGHT)])}


def stage_table(stages: Sequence[StageTotal], colors: Mapping[str, str]) -> str:
    """The table; empty without stages."""
    if not stages:
        return ""
    most = stages[0].seconds or 1.0
    shown = stages if len(stages) <= _MOST_ROWS else stages[: _MOST_ROWS - 1]
    rows = [_row(stage, most, colors.get(stage.name, "var(--other)")) for stage in shown]
    if len(shown) < len(stages):
        rest = StageTotal(f"{len(stages) - len(shown):,} more")
        for stage in stages[len(shown) :]:
            rest.tasks += stage.tasks
            rest.seconds += stage.seconds
            rest.longest = max(rest.longest, stage.longest)
            rest.nbytes = rest.nbytes if stage.nbytes is None else (rest.nbytes or 0) + stage.nbytes
        rows.append(_row(rest, most, "var(--other)"))
    head = '<th>stage<th>tasks<th>time<th class="share"><th>mean<th>longest<th>results'
    return f"<table><thead><tr>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _row(stage: StageTotal, most: float, color: str) -> str:
    """A row, with a bar as long as the stage took of ``most`` seconds."""
    share = min(1.0, stage.seconds / most)
    results = "" if stage.nbytes is None else format_bytes(stage.nbytes)
    name = escape(stage.name)
    return (
        f'<tr data-stage="{name}"><td><i style="background:{color}"></i>{name}<td>{stage.tasks:,}'
        f'<td>{short_time(stage.seconds)}<td class="share"><div style="width:{share:.1%};background:{color}"></div>'
        f"<td>{short_time(stage.seconds / stage.tasks)}<td>{short_time(stage.longest)}<td>{results}</tr>"
    )
