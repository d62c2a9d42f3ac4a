"""How far a run is, stage by stage: what scheduler events add up to, without showing it.

A stage is what the user wrote as one step (see :func:`~pannier.schedulers.events.stage_of`).  Two
rules keep this cheap and readable: an event costs a lookup and an addition, because a scheduler waits
for it; and a run of more than :data:`MAX_STAGES` stages (a graph written by hand may name every task
differently) counts those beyond in one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pannier.graph.task import Key
from pannier.schedulers.events import RunStarted, TaskFinished, stage_of

MAX_STAGES: Final = 20
"""Rows a run may take: a screen of 24 lines still holds them."""

NAME_WIDTH: Final = 32
"""Characters of a stage's name that are shown."""


@dataclass(slots=True)
class Stage:
    """One step of a run, and how many of its tasks are done.  Times are :func:`time.perf_counter` seconds.

    >>> stage = Stage("map", total=4, done=1, started=10.0)
    >>> stage.elapsed(13.0), stage.remaining(13.0)
    (3.0, 9.0)
    """

    name: str
    total: int
    """Tasks in the stage."""
    done: int = 0
    """Tasks that finished."""
    started: float | None = None
    """When its first task started; None while that is not known."""
    stopped: float | None = None
    """When its last task was done, or the run ended; None until then."""
    failed: bool = False
    """Whether the task that ended the run belongs to it."""

    def elapsed(self, now: float) -> float:
        """Seconds from its first task to its last, or to ``now`` while it runs."""
        if self.started is None:
            return 0.0
        return (now if self.stopped is None else self.stopped) - self.started

    def remaining(self, now: float) -> float | None:
        """Seconds until its last task is done if it goes on as it did; None when nobody can know."""
        if self.started is None or self.stopped is not None or not self.done:
            return None
        return self.elapsed(now) / self.done * (self.total - self.done)

    @property
    def outcome(self) -> str:
        """What to say of a stage whose run is over: nothing when all of its tasks are done.

        >>> Stage("map", total=2, done=2).outcome, Stage("map", total=2, done=1, failed=True).outcome
        ('', 'failed')
        """
        if self.failed:
            return "failed"
        if self.done == self.total:
            return ""
        return "stopped" if self.done else "not run"


class RunProgress:
    """The stages of one run, in the order they first run."""

    __slots__ = ("_by_name", "_rest", "stages", "started", "stopped")

    def __init__(self, event: RunStarted) -> None:
        self.started = event.time
        self.stopped: float | None = None
        names = list(event.stages)
        own = names if len(names) <= MAX_STAGES else names[: MAX_STAGES - 1]
        self._by_name = {name: Stage(shown_name(name), event.stages[name]) for name in own}
        self.stages = list(self._by_name.values())
        self._rest = Stage(f"{len(names) - len(own)} more", sum(event.stages.values()))
        if len(own) < len(names):
            self._rest.total -= sum(stage.total for stage in self.stages)
            self.stages.append(self._rest)
        if self.stages:
            self.stages[0].started = event.time

    def finish_task(self, event: TaskFinished) -> None:
        """Count a finished task."""
        stage = self._stage(event.key)
        if stage.started is None:
            stage.started = event.started
        stage.done += 1
        if stage.done == stage.total:
            stage.stopped = event.stopped

    def fail_task(self, key: Key) -> None:
        """Mark the stage of the task that ended the run."""
        self._stage(key).failed = True

    def end(self, time: float) -> None:
        """The run is over, as far as it came."""
        self.stopped = time
        for stage in self.stages:
            if stage.stopped is None:
                stage.stopped = time

    def elapsed(self, now: float) -> float:
        """Seconds the run took, or takes so far."""
        return (now if self.stopped is None else self.stopped) - self.started

    def _stage(self, key: Key) -> Stage:
        return self._by_name.get(stage_of(key), self._rest)


def shown_name(name: str) -> str:
    r"""``name`` as one short line without control characters.

    >>> shown_name("frequencies"), shown_name("a\x1b[2J"), shown_name("x" * 40)
    ('frequencies', 'a\\x1b[2J', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx...')
    """
    if not name.isprintable():
        name = ascii(name)[1:-1]
    return name if len(name) <= NAME_WIDTH else name[: NAME_WIDTH - 3] + "..."


def duration(seconds: float) -> str:
    """``seconds`` for a person to read.

    >>> duration(0.04), duration(12.34), duration(59.97), duration(245), duration(7384)
    ('0.0 s', '12.3 s', '1:00', '4:05', '2:03:04')
    """
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
