"""What a picture has to show: numbered vertices, and who reads whom; and that of a task graph."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from pannier.graph.graph import Graph
from pannier.graph.task import Key, Ref, Task
from pannier.kernels.kernel import Call, name_of
from pannier.schedulers.events import stage_of

Kind = Literal["task", "value", "step", "more"]
"""What a vertex is: a task, a value that needs none, a step of a plan, or several that are shown as one."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """One task, value or step, or some that are shown as one."""

    keys: tuple[Key, ...]
    """Their keys; of a step its name."""
    kind: Kind
    label: str
    """What they do: the name of a function, or those of fused steps."""
    stage: str
    """What is of one colour."""
    tell: Callable[[], str] = str
    """Makes a text of the call or value, for those who ask for details: of those that are shown."""
    notes: tuple[str, ...] = ()
    """What else its box says."""
    places: tuple[int, ...] = ()
    """Their numbers in the order to run them; none for values."""
    is_output: bool = False
    """Whether its result was asked for."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Vertices, and for each the numbers of those it reads.

    They stand in levels, each behind those that it reads, and on a level in the order in which a person counts.
    """

    vertices: Sequence[Vertex]
    reads: Sequence[Sequence[int]]

    def read_by(self) -> list[list[int]]:
        """For each vertex the numbers of those that read it."""
        users: list[list[int]] = [[] for _ in self.vertices]
        for number, reads in enumerate(self.reads):
            for read in reads:
                users[read].append(number)
        return users


def outline_graph(graph: Graph, wanted: Iterable[Key], outputs: Iterable[Key] = ()) -> Outline:
    """The part of ``graph`` that ``wanted`` needs; ``outputs``, by default all of these, are marked as results.

    Raises :class:`~pannier.errors.GraphError` for a key that is nowhere and for a cycle.

    >>> from pannier.graph.spec import to_graph
    >>> found = outline_graph(to_graph({"x": 1, "y": (max, "x", 3)}), ["y"])
    >>> [(vertex.kind, vertex.label) for vertex in found.vertices], found.reads
    ([('value', 'x'), ('task', 'max')], [(), (0,)])
    """
    wanted = list(wanted)
    ordered = graph.ordered(wanted)
    results = set(outputs or wanted)
    number: dict[Key, int] = {}
    vertices: list[Vertex] = []
    reads: list[Sequence[int]] = []

    def add(vertex: Vertex, read: Sequence[int] = ()) -> None:
        number[vertex.keys[0]] = len(vertices)
        vertices.append(vertex)
        reads.append(read)

    def add_value(key: Key) -> None:
        tell = partial(text_of, graph.values[key])
        add(Vertex((key,), "value", stage_of(key), "value", tell, is_output=key in results))

    for place, (key, task) in enumerate(zip(ordered.keys, ordered.tasks, strict=True)):
        for dep in task.deps:
            if dep not in number:
                add_value(dep)
        label = label_of(key, task)
        vertex = Vertex(
            (key,), "task", label, label, partial(call_of, task), places=(place,), is_output=key in results
        )
        add(vertex, tuple([number[dep] for dep in task.deps]))
    for key in wanted:
        if key not in number:
            add_value(key)
    return _counted(vertices, reads)


def levels_of(reads: Sequence[Sequence[int]]) -> list[int]:
    """How far from the start each vertex is, where each comes behind those that it reads.

    >>> levels_of([(), (0,), (), (1, 2)])
    [0, 1, 0, 2]
    """
    levels: list[int] = []
    for read in reads:
        levels.append(1 + max([levels[each] for each in read], default=-1))
    return levels


def _counted(vertices: Sequence[Vertex], reads: Sequence[Sequence[int]]) -> Outline:
    """The same by levels, and partition 2 before partition 10 whatever runs first."""
    levels = levels_of(reads)
    stages = {stage: n for n, stage in enumerate(dict.fromkeys(vertex.stage for vertex in vertices))}
    order = sorted(
        range(len(vertices)),
        key=lambda i: (levels[i], stages[vertices[i].stage], _numbers(vertices[i].keys[0]), i),
    )
    place = {old: new for new, old in enumerate(order)}
    return Outline(
        [vertices[i] for i in order], [tuple(sorted(place[read] for read in reads[i])) for i in order]
    )


def _numbers(key: Key) -> tuple[int, ...]:
    """The numbers in a key, but for those of a token."""
    parts = key if isinstance(key, tuple) else (key,)
    texts = (_TOKEN.sub("", str(part)) for part in parts)
    return tuple([int(digits) for text in texts for digits in re.findall(r"\d{1,18}", text)])


def label_of(key: Key, task: Task) -> str:
    """What a task does, in the user's words.

    >>> label_of("x", Task(max, 1, 2)), label_of(("range-map-0f3a9b2c", 0), Task(max, 1, 2))
    ('max', 'range-map')
    """
    func = task.func.func if isinstance(task.func, Call) else task.func
    label = getattr(func, "label", None)
    if isinstance(label, str) and label:
        return label
    if isinstance(key, tuple) and key and isinstance(key[0], str) and _TOKEN.search(key[0]):
        return stage_of(key)
    name, bracket, rest = name_of(func).partition("(")
    return (name.rpartition(".")[2] + bracket + rest).strip("_")


def short_key(key: Key) -> str:
    """A key as short text: of a long token only its end, for a count may stand there, of a tuple the numbers in brackets.

    >>> short_key(("range-map-0f3a9b2c11223344", 0)), short_key("clean-2"), short_key(7)
    ('range-map-…223344[0]', 'clean-2', '7')
    """
    if isinstance(key, tuple) and key and isinstance(key[0], str):
        return f"{short_key(key[0])}[{', '.join(map(str, key[1:]))}]"
    return _TOKEN.sub(lambda token: f"-…{token[0][-6:]}", str(key))


def which(key: Key) -> str:
    """What tells a key from the others of its stage: the end of its token, and its numbers.

    >>> which(("range-map-0f3a9b2c11223344", 3)), which("clean-2"), which("total")
    ('…223344[3]', '2', '')
    """
    short, stage = short_key(key), stage_of(key)
    return short.removeprefix(stage).removeprefix("-")


_TOKEN: Final = re.compile(r"-[0-9a-f]{8}[0-9a-f-]*")
"""A token or a UUID at the end of a name."""


def call_of(task: Task) -> str:
    """A task as the call it is, with keys in place of results, cut where it is long.

    >>> call_of(Task(pow, Ref("x"), 2))
    'pow(<x>, 2)'
    """
    shown = [_argument(arg) for arg in task.args[:6]]
    shown += ["…"] * (len(task.args) > 6)
    shown += [f"{name}={_argument(value)}" for name, value in task.kwargs.items()]
    return _shortened(f"{name_of(task.func)}({', '.join(shown)})")


def _argument(value: Any) -> str:
    if type(value) is Ref:
        return f"<{short_key(value.key)}>"
    if type(value) in (list, tuple):
        start, end = "[]" if type(value) is list else "()"
        return start + ", ".join(_argument(each) for each in value[:4]) + ", …" * (len(value) > 4) + end
    return repr_of(value)


def repr_of(value: object) -> str:
    """``repr(value)`` in short; of arrays and frames only their shape.

    >>> import pandas as pd
    >>> repr_of(3.5), repr_of(pd.DataFrame({"x": [1]}))
    ('3.5', 'DataFrame, 1 x 1')
    """
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"{type(value).__name__}, {' x '.join(map(str, shape))}"
    return _REPR.repr(value)


_REPR: Final = reprlib.Repr()
"""Looks into containers no farther than is shown, and survives a failing ``__repr__``."""
_REPR.maxstring = _REPR.maxother = 100


def text_of(value: object) -> str:
    """``repr_of(value)`` on one line, cut where it is long."""
    return _shortened(repr_of(value))


def _shortened(text: str, width: int = 300) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else f"{text[:width]}…"
