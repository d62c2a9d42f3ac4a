"""What the colour of a task tells: what it does, when it runs, or how long it took."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pannier.diagnostics.draw.colors import PLAIN, Paint, by_name, by_size
from pannier.diagnostics.draw.outline import Outline, Vertex
from pannier.diagnostics.draw.sketch import Scale
from pannier.diagnostics.profile.timeline import short_time
from pannier.errors import UsageError, near_matches
from pannier.graph.task import Key

COLORS: Final = ("stage", "order", "time")


@dataclass(frozen=True, slots=True)
class Coloring:
    """A paint for every vertex, a word for it in the box, and what the colours mean."""

    paint: Callable[[Vertex], Paint]
    note: Callable[[Vertex], str]
    scale: Scale | None = None


def coloring(color: str | None, seconds: Mapping[Key, float] | None, outline: Outline) -> Coloring:
    """How to colour ``outline``; ``seconds`` are those that its tasks, or steps, took.

    Raises :class:`~pannier.errors.UsageError` for an unknown ``color``, and for times without a profile, or
    with one of another graph.
    """
    if color is None:
        return Coloring(lambda vertex: PLAIN, lambda vertex: "")
    if color == "stage":
        paints = by_name(vertex.stage for vertex in outline.vertices if vertex.places)
        return Coloring(lambda vertex: paints[vertex.stage] if vertex.places else PLAIN, lambda vertex: "")
    if color == "order":
        return _by_order(outline)
    if color == "time":
        return _by_time(outline, seconds)
    raise UsageError(
        f"color is {', '.join(map(repr, COLORS))} or None, not {color!r}{near_matches(color, COLORS)}"
    )


def _by_order(outline: Outline) -> Coloring:
    last = max([1, *(max(vertex.places) for vertex in outline.vertices if vertex.places)])

    def paint(vertex: Vertex) -> Paint:
        places = vertex.places
        return by_size(sum(places) / len(places) / last) if places else PLAIN

    def note(vertex: Vertex) -> str:
        return f"#{vertex.places[0] + 1:,}" if len(vertex.places) == 1 else ""

    return Coloring(paint, note, Scale("runs", "first", "last"))


def _by_time(outline: Outline, seconds: Mapping[Key, float] | None) -> Coloring:
    if seconds is None:
        raise UsageError(
            "color='time' needs the times of a run: run it within pannier.diagnostics.Profiler() and give that "
            "as profile=, or a dict of key -> seconds"
        )
    found = [seconds[key] for vertex in outline.vertices for key in vertex.keys if key in seconds]
    if not found:
        raise UsageError(
            "the profile has no time of anything that is drawn here; "
            "is it of another collection, or of a run with another optimize_graph?"
        )
    longest = max(found)

    def times(vertex: Vertex) -> list[float]:
        return [seconds[key] for key in vertex.keys if key in seconds]

    def paint(vertex: Vertex) -> Paint:
        taken = times(vertex)
        return by_size(sum(taken) / len(taken) / longest if longest else 0.0) if taken else PLAIN

    def note(vertex: Vertex) -> str:
        taken = times(vertex)
        return short_time(sum(taken)) if taken else ""

    return Coloring(paint, note, Scale("takes", "0", short_time(longest)))


def seconds_by_key(profile: Any) -> dict[Key, float]:
    """Seconds that each task took, all its runs together.

    ``profile`` is a dict of key -> seconds, or an iterable of records of tasks, or has one as ``results``: such
    as :class:`~pannier.schedulers.events.TaskFinished`, or records with ``key``, ``start_time``, ``end_time``.
    What is in an iterable beside those is passed over.  Raises :class:`~pannier.errors.UsageError` for
    anything else.

    >>> from pannier.schedulers.events import TaskFinished
    >>> seconds_by_key([TaskFinished(1, "x", worker=0, started=2.0, stopped=2.5, nbytes=None)])
    {'x': 0.5}
    """
    if isinstance(profile, Mapping):
        return {key: float(seconds) for key, seconds in profile.items()}
    records = getattr(profile, "results", profile)
    if not isinstance(records, Iterable):
        raise UsageError(
            f"a profile is a dict of key -> seconds, a Profiler or its records, not {profile!r:.100}"
        )
    seconds: dict[Key, float] = {}
    for record in records:
        for start, stop in (("started", "stopped"), ("start_time", "end_time")):
            if hasattr(record, "key") and hasattr(record, start) and hasattr(record, stop):
                spent = getattr(record, stop) - getattr(record, start)
                seconds[record.key] = seconds.get(record.key, 0.0) + spent
                break
    return seconds
