"""Pictures of plans and task graphs: the function that users call."""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pannier.computing import Computable, is_collection, to_graph
from pannier.diagnostics.draw.boxes import sketch
from pannier.diagnostics.draw.coloring import coloring, seconds_by_key
from pannier.diagnostics.draw.fit import fit
from pannier.diagnostics.draw.layout import DIRECTIONS, find_engine
from pannier.diagnostics.draw.outline import Outline, outline_graph
from pannier.diagnostics.draw.pack import MANY
from pannier.diagnostics.draw.picture import Picture
from pannier.diagnostics.draw.plan import outline_plan, seconds_by_step
from pannier.diagnostics.draw.sketch import Sketch
from pannier.diagnostics.draw.svg import to_svg
from pannier.errors import UsageError, near_matches
from pannier.foreign import adopt, is_foreign
from pannier.graph.graph import Graph
from pannier.graph.spec import to_graph as read_spec
from pannier.plan.passes import optimize

_COUNTED: Final = ("step", "task", "value")
"""Kinds of vertices, in the order in which a title counts them."""


def visualize(
    *args: Any,
    filename: str | os.PathLike[str] | None = None,
    format: str | None = None,  # noqa: A002  as peers call it
    tasks: bool = True,
    traverse: bool = True,
    optimize_graph: bool = True,
    color: Any = "stage",
    profile: Any = None,
    rankdir: str | None = None,
    max_tasks: int | None = 400,
    engine: str | None = None,
) -> Picture:
    """A picture of the tasks of ``args``, or with ``tasks=False`` of their plan; computes nothing.

    ``args`` are collections, with ``traverse`` containers of collections too, and graphs written by hand.
    What they share is drawn once.  ``optimize_graph=False`` draws what was written instead of what will run.

    The picture shows itself in a notebook.  With ``filename`` it is written to a file as well, as SVG, PNG or a
    page of HTML, as its suffix or ``format`` says: see :meth:`Picture.save`.

    ``color`` is ``"stage"`` (what is done), ``"order"`` (when it runs), ``"time"`` (how long it took) or None.
    Times are of a ``profile``: a ``Profiler`` in which it ran, its records, or a dict of key -> seconds.  A
    profile may be given as ``color`` itself.

    ``rankdir`` is where arrows go, ``"TB"``, ``"BT"``, ``"LR"`` or ``"RL"``, by default what fits.  More than
    ``max_tasks`` are not shown one by one, nor are as many as would be illegible on a page 1,200 pixels wide:
    of equal tasks some are, and the others are counted.  ``max_tasks=None`` shows all, whatever it looks like.
    ``engine`` places the boxes: ``"dot"`` (or ``"graphviz"``), where that is installed, or ``"layered"``.

    Raises :class:`~pannier.errors.UsageError` for an unknown word, when there is nothing to draw, and where
    no engine is installed; :class:`~pannier.errors.GraphError` for a graph that cannot run.

    >>> picture = visualize({"x": 1, "y": (max, "x", 3), "z": (pow, "y", 2)})
    >>> picture.title
    '2 tasks, 1 value'
    >>> picture.svg[:4]
    '<svg'
    """
    if rankdir is not None and rankdir not in DIRECTIONS:
        hint = near_matches(rankdir, DIRECTIONS)
        raise UsageError(f"rankdir is {', '.join(map(repr, DIRECTIONS))} or None, not {rankdir!r}{hint}")
    if not (color is None or isinstance(color, str)):
        color, profile = "time", color
    found: list[Computable | Graph] = []
    for arg in args:
        _take(arg, found, traverse)
    found = adopt(found, optimize_graph)
    if not found:
        raise UsageError("there is nothing to draw: give collections, or graphs, which are dicts of tasks")
    seconds = None if profile is None else seconds_by_key(profile)
    remarks: tuple[str, ...] = ()
    if tasks:
        outline = _outline_tasks(found, optimize_graph)
    else:
        outline, remarks = _outline_plan(found, optimize_graph)
        seconds = None if seconds is None else seconds_by_step(seconds, outline)
    colors = coloring(color, seconds, outline)
    title = _title(outline)

    def draft(view: Outline, is_compact: bool, direction: str) -> Sketch:
        shown = title if view is outline else f"{title} in {len(view.vertices)} boxes"
        aspect = 1.5 if len(view.vertices) <= MANY else 6.0 if direction in ("LR", "RL") else 1.0
        return sketch(shown, view, colors, is_compact=is_compact, aspect=aspect, remarks=remarks)

    directions = ("TB", "LR") if rankdir is None else (rankdir,)
    svg, size = to_svg(*fit(outline, max_tasks, directions, find_engine(engine), draft))
    picture = Picture(svg, size, title)
    if filename is not None:
        picture.save(filename, format)
    return picture


def _take(arg: Any, found: list[Computable | Graph], traverse: bool) -> None:
    """Add to ``found`` the collections and graphs that ``arg`` is, or holds."""
    if is_collection(arg) or is_foreign(arg) or isinstance(arg, Graph):
        found.append(arg)
    elif isinstance(arg, (list, tuple, set, frozenset)) and traverse:
        for each in arg:
            _take(each, found, traverse)
    elif isinstance(arg, Mapping) and traverse and _holds_collection(arg):
        _take(list(arg.values()), found, traverse)
    elif isinstance(arg, Mapping):
        found.append(read_spec(arg))
    else:
        raise UsageError(f"only collections and graphs can be drawn, not {type(arg).__name__}: {arg!r:.100}")


def _holds_collection(value: Any) -> bool:
    """Whether it is a container of collections rather than a graph."""
    if isinstance(value, tuple) and value and callable(value[0]):
        return False  # a task
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(_holds_collection, value))
    return is_collection(value) or is_foreign(value)


def _outline_tasks(found: Sequence[Computable | Graph], optimize_graph: bool) -> Outline:
    """All tasks of what was found, each once.  A graph by hand is shown whole: it has no root."""
    graph, keys = to_graph([each for each in found if not isinstance(each, Graph)], optimize_graph)
    results = list(itertools.chain.from_iterable(keys))
    tasks, values, wanted = dict(graph.tasks), dict(graph.values), list(results)
    for each in found:
        if isinstance(each, Graph):
            tasks |= each.tasks
            values |= each.values
            read = {dep for task in each.tasks.values() for dep in task.deps}
            last = [key for key in each.tasks if key not in read]
            results += last
            wanted += [*last, *each.tasks, *each.values]  # what is left is in a cycle, or read by nobody
    return outline_graph(Graph(tasks, values), dict.fromkeys(wanted), results)


def _outline_plan(
    found: Sequence[Computable | Graph], optimize_graph: bool
) -> tuple[Outline, tuple[str, ...]]:
    """The steps of what was found, and why something was not optimized."""
    roots = [each.node for each in found if not isinstance(each, Graph)]
    if len(roots) < len(found):
        raise UsageError("a graph written by hand is tasks and has no plan: leave tasks=False out")
    if not optimize_graph:
        return outline_plan(roots), ()
    notes: list[str] = []
    optimized = optimize(roots, notes)
    return outline_plan(optimized), tuple([f"not optimized: {note}" for note in dict.fromkeys(notes)])


def _title(outline: Outline) -> str:
    counts = Counter(vertex.kind for vertex in outline.vertices)
    return (
        "0 tasks"
        if not counts
        else ", ".join(
            f"{counts[kind]:,} {kind}{'s' * (counts[kind] != 1)}" for kind in _COUNTED if counts[kind]
        )
    )
