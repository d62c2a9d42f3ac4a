"""Tasks as bars on the lanes of their workers, few enough to be drawn.

Bars are exact as long as there are few tasks.  Of many, those shorter than some resolution are summarized: what
follows each other within it becomes one pile, in which each stage is as high as the part of the time that it took;
what is left empty was spent idle.  The resolution is the finest with which the page stays small.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pannier.diagnostics.profile.recorder import RunData
from pannier.diagnostics.profile.tasks import TaskData
from pannier.diagnostics.stages import shown_name
from pannier.sizes import format_bytes

MOST_BARS: Final = 3_000
"""Bars of some 150 bytes each: the page stays below half a megabyte."""
_FINEST: Final = 4_000
"""The finest resolution that is tried is this part of the time: a third of a pixel of a wide screen."""
_MOST_NAMED: Final = 3
"""Stages of a pile that are told apart."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle."""

    lane: int
    start: float
    end: float
    bottom: float
    """From 0 to 1, of the height of its lane."""
    height: float
    stage: str | None
    """None for several."""
    label: str
    """What is to be read about it, in lines."""
    is_pile: bool = False
    """Whether it stands for several tasks, or a share of them."""


class Lanes:
    """A lane for each worker; a run that overlaps with others, since a task started it, has lanes of its own.

    >>> lanes = Lanes(
    ...     [
    ...         RunData(1, 0.0, 2.0, 2, None),
    ...         RunData(2, 1.0, 1.5, 1, None),
    ...         RunData(3, 3.0, 4.0, 1, None),
    ...     ]
    ... )
    >>> lanes.labels, lanes.place(1, 1), lanes.place(2, 0), lanes.place(3, 0)
    (['worker 0', 'worker 1', 'other run'], 1, 2, 0)
    """

    def __init__(self, runs: Iterable[RunData], tasks: Iterable[TaskData] = ()) -> None:
        """An executor may replace its workers, so that ``tasks`` name more of them than there are at once."""
        seen: dict[int, int] = {}
        for task in tasks:
            seen[task.run] = max(seen.get(task.run, 0), task.worker_id + 1)
        groups: list[list[RunData]] = []
        for run in sorted(runs, key=lambda run: run.start_time):
            for group in groups:
                if group[-1].end_time <= run.start_time:
                    group.append(run)
                    break
            else:
                groups.append([run])
        self.labels: list[str] = []
        """What to call each of them."""
        self.outer = {run.run for group in groups[:1] for run in group}
        """The runs that have the first lanes: those that no other one was before."""
        self._first: dict[int, int] = {}
        for depth, group in enumerate(groups):
            self._first.update(dict.fromkeys([run.run for run in group], len(self.labels)))
            n = max(max(run.workers, seen.get(run.run, 0)) for run in group)
            name = "other run" if depth else "worker"
            self.labels += [name] if depth and n == 1 else [f"{name} {i}" for i in range(n)]

    def place(self, run: int, worker: int) -> int:
        """The number of the lane of ``worker`` in ``run``."""
        return self._first[run] + worker


def bars(tasks: Sequence[TaskData], lanes: Lanes, begin: float, span: float) -> list[Bar]:
    """At most about :data:`MOST_BARS` bars for ``tasks``; labels count time from ``begin``, ``span`` seconds long."""
    by_lane: defaultdict[int, list[TaskData]] = defaultdict(list)
    for task in sorted(tasks, key=lambda task: task.start_time):
        by_lane[lanes.place(task.run, task.worker_id)].append(task)
    resolution = 0.0 if len(tasks) <= MOST_BARS else span / _FINEST
    while True:
        found = [bar for lane in sorted(by_lane) for bar in _lane(lane, by_lane[lane], resolution, begin)]
        if len(found) <= MOST_BARS or resolution > span:
            return found
        resolution *= 2


def _lane(lane: int, tasks: Iterable[TaskData], resolution: float, begin: float) -> Iterator[Bar]:
    pile: list[TaskData] = []
    for task in tasks:
        is_short = task.end_time - task.start_time < resolution
        if pile and not (is_short and task.end_time - pile[0].start_time <= resolution):
            yield from _piled(lane, pile, begin)
            pile = []
        if is_short:
            pile.append(task)
        else:
            yield _bar(lane, task, begin)
    yield from _piled(lane, pile, begin)


def _bar(lane: int, task: TaskData, begin: float) -> Bar:
    seconds = task.end_time - task.start_time
    lines = [repr(task.key) if len(repr(task.key)) <= 60 else f"{repr(task.key)[:57]}..."]
    lines.append(f"{short_time(seconds)}, from {short_time(task.start_time - begin)}")
    if task.nbytes is not None:
        lines.append(f"result {format_bytes(task.nbytes)}")
    return Bar(lane, task.start_time, task.end_time, 0.0, 1.0, task.stage, "\n".join(lines))


def _piled(lane: int, pile: Sequence[TaskData], begin: float) -> Iterator[Bar]:
    if len(pile) <= 1:
        yield from [_bar(lane, task, begin) for task in pile]
        return
    start, end = pile[0].start_time, max(task.end_time for task in pile)
    seconds: Counter[str] = Counter()
    for task in pile:
        seconds[task.stage] += task.end_time - task.start_time  # type: ignore[assignment]  # seconds are no integers
    whole = max(end - start, sum(seconds.values())) or 1.0
    named = seconds.most_common(_MOST_NAMED)
    rest = sum(seconds.values()) - sum(time for _, time in named)
    shares: list[tuple[str | None, float]] = [(stage, time / whole) for stage, time in named]
    if len(seconds) > len(named):
        shares.append((None, rest / whole))
    lines = [f"{len(pile):,} tasks in {short_time(end - start)}, from {short_time(start - begin)}"]
    lines += [f"{share:4.0%} {'others' if stage is None else shown_name(stage)}" for stage, share in shares]
    lines.append(f"{max(0.0, 1 - sum(share for _, share in shares)):4.0%} idle")
    bottom = 0.0
    for stage, share in shares:
        yield Bar(lane, start, end, bottom, share, stage, "\n".join(lines), is_pile=True)
        bottom += share


def short_time(seconds: float) -> str:
    """``seconds`` to three figures, in a unit that suits.

    >>> short_time(0.0000123), short_time(0.0123), short_time(1.234), short_time(754)
    ('12.3 us', '12.3 ms', '1.23 s', '12:34')
    """
    if seconds >= 99.95:
        minutes, rest = divmod(round(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    for factor, unit in ((1, "s"), (1e3, "ms")):
        if seconds * factor >= 0.9995:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"
