"""Compute, persist and explain: the one place that knows both plans and schedulers."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import zip_longest
from typing import Any, ClassVar, Final, NamedTuple, Protocol, TypeGuard

from pannier import config, kernels, plan, schedulers
from pannier.errors import LostResult, UsageError, near_matches
from pannier.foreign import adopt, is_foreign
from pannier.graph.graph import Graph
from pannier.graph.nested import refer_in
from pannier.graph.task import Key, Ref, Task, resolve
from pannier.host import files_in, temporary_folder
from pannier.partial import PartialResult, partition_failures
from pannier.plan.nodes import FromGraph, Node
from pannier.schedulers.names import Get, named, shares_memory

_WHOLE_SHARE: Final = 16
"""Of the memory limit, sides of joins that are whole take this part: what is read, joined and their tables are there, too."""
_MOST_WHOLE: Final = 1 << 30
"""To put together more takes one thread longer than it takes several to move both sides of a join."""
ON_ERROR: Final = ("raise", "partial")
"""What a failed task may mean: the end of the run, or a gap in its answer."""


class Computable(Protocol):
    """What :func:`compute` accepts: a node, a way to finish its blocks, a scheduler of choice."""

    default_scheduler: ClassVar[str]
    node: Node

    def finish(self, blocks: list[Any]) -> Any:
        """The answer, from the results of the node's blocks in order."""

    def rebuild(self, node: Node) -> Any:
        """The same kind of collection over another node."""


def is_collection(value: object) -> TypeGuard[Computable]:
    """Whether :func:`compute` would compute ``value``."""
    return isinstance(getattr(type(value), "default_scheduler", None), str)


def find_scheduler(scheduler: object, collections: Iterable[Computable] = ()) -> Get:
    """The ``get`` that ``scheduler`` names, is, or wraps; by default what is configured, then preferred.

    Several collections that prefer different schedulers run on processes.
    Raises :class:`~pannier.errors.UsageError` for an unknown name.

    >>> find_scheduler("sync").__module__
    'pannier.schedulers.sync'
    """
    if scheduler is None:
        scheduler = config.get("scheduler")
    if scheduler is None:
        scheduler = _preferred(roots_of(collections))
    return named(scheduler)


class Roots(NamedTuple):
    """What several collections are made of."""

    nodes: list[Node]
    schedulers: list[str]
    """What the kinds of collections prefer that the roots are of."""
    places: list[tuple[int, int | None]]
    """For each collection the number of its root, and the number of its block there; None if it has all of them."""


def roots_of(collections: Iterable[Computable]) -> Roots:
    """The plan of ``collections``: a root for each, but one root for all that can be ``joined``."""
    listed = list(collections)
    roots = Roots([], [], [(0, None)] * len(listed))
    joinable: dict[Callable[..., Node], list[int]] = {}
    for i, each in enumerate(listed):
        join = getattr(type(each), "joined", None)
        if join is not None:
            joinable.setdefault(join, []).append(i)
        else:
            roots.places[i] = len(roots.nodes), None
            roots.nodes.append(each.node)
            roots.schedulers.append(each.default_scheduler)
    for join, members in joinable.items():
        for block, i in enumerate(members):
            roots.places[i] = len(roots.nodes), block
        roots.nodes.append(join([listed[i] for i in members]))
        roots.schedulers.append(listed[members[0]].default_scheduler)
    return roots


def _preferred(roots: Roots) -> str:
    """The scheduler that all kinds of collections prefer, or else processes.

    Processes in place of threads for a frame made of records, too: steps over them hold the interpreter's lock.
    """
    if set(roots.schedulers) != {"threads"}:
        return roots.schedulers[0] if len(set(roots.schedulers)) == 1 else "processes"
    nodes = plan.rewrite.topological(roots.nodes)
    steps = (getattr(node, "kernel", None) for node in nodes)
    of_records = any(isinstance(step, kernels.chain.Chain) and step.sink is not None for step in steps)
    return "processes" if of_records else "threads"


def get(dsk: Mapping[Any, Any] | Graph, keys: Any, *, scheduler: object = None, **options: Any) -> Any:
    """The results of ``keys`` (a key, or lists of keys nested at will) in the hand-written graph ``dsk``.

    ``scheduler`` is as for :func:`compute`; by default what is configured, else threads.  ``options`` go to it.

    Raises what a task raises, with a note naming the task, and :class:`~pannier.errors.GraphError` for a graph
    that is not one.

    >>> get({"x": 1, "y": (max, "x", 3), "z": (pow, "y", 2)}, ["z", ["x", "y"]])
    [9, [1, 3]]
    """
    if scheduler is None:
        scheduler = config.get("scheduler") or "threads"
    return find_scheduler(scheduler)(dsk, keys, **options)


def compute(
    *args: Any,
    traverse: bool = True,
    optimize_graph: bool = True,
    scheduler: object = None,
    on_error: str = "raise",
    resume: str | os.PathLike[str] | None = None,
    **options: Any,
) -> tuple[Any, ...]:
    """The results of ``args``, each a collection or, with ``traverse``, a container of collections.

    Work that several of them share is done once.  What is not a collection is returned as it is.
    With ``on_error="partial"`` the result of each collection is a :class:`~pannier.PartialResult`: the answer
    from what succeeded, and what failed.  With ``resume``, a folder, finished work is kept there, and work that
    an earlier run has kept is not done again.  ``options`` go to the scheduler (``num_workers``,
    ``memory_limit``).

    Raises what a task raises, unless told otherwise, and :class:`~pannier.errors.UsageError` for an
    unknown ``on_error``.

    >>> import pannier as pn
    >>> numbers = pn.from_sequence([1, 2, 3], npartitions=2)
    >>> compute({"total": numbers.sum(), "largest": numbers.max()}, 7, scheduler="sync")
    ({'total': 6, 'largest': 3}, 7)
    """
    if on_error not in ON_ERROR:
        raise UsageError(
            f"on_error is {' or '.join(map(repr, ON_ERROR))}, not {on_error!r}{near_matches(on_error, ON_ERROR)}"
        )
    found, templates = _take_out_all(args, traverse, optimize_graph)
    is_partial = on_error == "partial"
    roots = roots_of(found)
    if resume is None and not is_partial:
        joining = [
            n
            for each, (n, _) in zip(found, roots.places, strict=True)
            if getattr(each, "_joins_blocks", False)
        ]
        roots = roots._replace(nodes=plan.unjoined.left_unjoined(roots.nodes, joining))
    graph, blocks = _run(roots, optimize_graph, scheduler, options, resume, is_partial)
    answers = [
        _partial(graph, each, results) if is_partial else each.finish(results)
        for each, results in zip(found, blocks, strict=True)
    ]
    return _filled(templates, args, answers)


def persist(
    *args: Any,
    traverse: bool = True,
    optimize_graph: bool = True,
    scheduler: object = None,
    resume: str | os.PathLike[str] | None = None,
    **options: Any,
) -> tuple[Any, ...]:
    """``args`` with every collection computed and kept in memory, as a collection over its results.

    ``resume`` is as for :func:`compute`.

    >>> import pannier as pn
    >>> (numbers,) = persist(
    ...     pn.from_sequence([1, 2, 3], npartitions=2).map(str), scheduler="sync"
    ... )
    >>> numbers.npartitions, numbers.compute(scheduler="sync")
    (2, ['1', '2', '3'])
    """
    found, templates = _take_out_all(args, traverse, optimize_graph)
    roots = roots_of(found)
    _, blocks = _run(roots, optimize_graph, scheduler, options, resume)
    kept = [
        each.rebuild(_values_of(roots, place, results))
        for each, place, results in zip(found, roots.places, blocks, strict=True)
    ]
    return _filled(templates, args, kept)


def _values_of(roots: Roots, place: tuple[int, int | None], results: list[Any]) -> FromGraph:
    """The node of a collection whose blocks are in memory; it has the name of the one that made them."""
    root, block = roots.nodes[place[0]], place[1]
    if block is not None and isinstance(root, FromGraph):
        key = root.keys[block]
        name = str(key[0] if isinstance(key, tuple) else key)
        return FromGraph(
            verb=name.rpartition("-")[0] or name, name=name, keys=[key], values={key: results[0]}
        )
    keys: list[Key] = [(root.name, i) for i in range(len(results))]
    return FromGraph(verb=root.verb, name=root.name, keys=keys, values=dict(zip(keys, results, strict=True)))


def stream(
    collection: Computable, width: int, scheduler: object = None, **options: Any
) -> Iterator[list[Any]]:
    """The results of the blocks of ``collection`` in order, in lists of ``width``, each computed when asked for.

    What the next list reads of what this one makes (a total, a carry, a block cut in pieces) is kept
    for it.  A block that only a later list reads is made again then, so that few blocks are in memory.

    >>> import pannier as pn
    >>> numbers = pn.range(5, npartitions=3)
    >>> list(stream(numbers.accumulate(lambda total, x: total + x), 2, scheduler="sync"))
    [[[0], [1, 3]], [[6, 10]]]
    """
    get = find_scheduler(scheduler, [collection])
    roots = roots_of([answered(collection)])
    graph, (keys,) = _lowered(roots, True, _whole_bytes(get, options))
    lists = [keys[start : start + width] for start in range(0, len(keys), width)]
    kept: dict[Key, Any] = {}
    with temporary_folder() as folder:
        for wanted, following in zip_longest(lists, lists[1:], fillvalue=()):
            compute_list = partial(_compute_list, graph, wanted, following, partial(get, **options), folder)
            try:
                results, kept = compute_list(kept)
            except LostResult:
                if not kept:
                    raise
                results, kept = compute_list({})  # a file that an earlier list has left is gone
            yield results


def sample(nodes: Sequence[Node]) -> list[list[Any]]:
    """The blocks of each of ``nodes``, made here and now, and told to no observer: of plans over a few rows only.

    >>> import pannier as pn
    >>> sample([pn.range(3, npartitions=2).node])
    [[[0], [1, 2]]]
    """
    graph, keys = plan.lower.lower(plan.passes.optimize(nodes))
    with schedulers.events.unobserved():
        return list(schedulers.sync.get(graph, keys))


def _compute_list(
    graph: Graph, wanted: Sequence[Key], following: Sequence[Key], get: Get, folder: str, kept: dict[Key, Any]
) -> tuple[list[Any], dict[Key, Any]]:
    """The results of ``wanted``, and those results that the ``following`` keys read, of these and of ``kept`` ones."""
    tasks, read = _reach(graph, wanted, kept)
    values = {key: kept[key] if key in kept else graph.values[key] for key in read}
    _, shared = _reach(graph, following, tasks.keys() | kept.keys())
    keep = [key for key in shared if key in tasks]
    with files_in(folder):
        results, news = get(Graph(tasks, values), [list(wanted), keep])
    return results, {key: kept[key] for key in shared if key in kept} | dict(zip(keep, news, strict=True))


def _reach(graph: Graph, wanted: Iterable[Key], known: Container[Key]) -> tuple[dict[Key, Task], list[Key]]:
    """The tasks that ``wanted`` needs, and the ``known`` results and values that these tasks or it read."""
    tasks: dict[Key, Task] = {}
    read: dict[Key, None] = {}
    stack = list(wanted)
    while stack:
        key = stack.pop()
        if key in known or key in graph.values:
            read[key] = None
        elif key not in tasks:
            tasks[key] = graph.tasks[key]
            stack.extend(tasks[key].deps)
    return tasks, list(read)


def explain(*collections: Computable) -> str:
    """The plan of ``collections`` as written, as optimized and as tasks, with what was not optimized and why.

    >>> import pannier as pn
    >>> print(explain(pn.from_sequence([1, 2], npartitions=2).map(str).count()))
    as written:
      1. from_sequence  [2 partitions]
      2. map(str)  [2 partitions]
      3. count  [1 partition]
    as optimized:
      1. from_sequence | map(str) | count  [2 partitions]
      2. combine count, 8 at a time  [1 partition]
    as tasks:
      2 x from_sequence-map-count
      1 x count
      3 tasks
    """
    found = list(map(answered, adopt(collections)))
    room = _whole_bytes(find_scheduler(None, found), {})
    return plan.explain.explain(roots_of(found).nodes, room)


def to_graph(collections: Iterable[Computable], optimize_graph: bool = True) -> tuple[Graph, list[list[Key]]]:
    """The tasks of ``collections``, and for each the keys of its blocks."""
    return _lowered(roots_of(map(answered, collections)), optimize_graph)


def answered(collection: Any) -> Any:
    """What is computed in place of ``collection``, where it says so."""
    return getattr(type(collection), "_answered", lambda itself: itself)(collection)


def _lowered(roots: Roots, optimize_graph: bool, room: int = 0) -> tuple[Graph, list[list[Key]]]:
    """The tasks of ``roots``, and the keys of each collection's blocks; ``room`` is that of :func:`_whole_bytes`."""
    nodes = plan.passes.optimize(roots.nodes, whole_bytes=room) if optimize_graph else roots.nodes
    graph, keys = plan.lower.lower(nodes)
    return graph, [keys[number] if block is None else [keys[number][block]] for number, block in roots.places]


def _run(
    roots: Roots,
    optimize_graph: bool,
    scheduler: object,
    options: Mapping[str, Any],
    resume: str | os.PathLike[str] | None,
    is_partial: bool = False,
) -> tuple[Graph, list[list[Any]]]:
    """The tasks, and the results of the blocks of each collection."""
    if not roots.nodes:
        return Graph({}, {}), []
    chosen = config.get("scheduler") if scheduler is None else scheduler
    get = find_scheduler(_preferred(roots) if chosen is None else chosen)
    graph, keys = _lowered(roots, optimize_graph, _whole_bytes(get, options))
    runnable = schedulers.partial.tolerant(graph) if is_partial else graph
    if resume is None:
        return graph, list(get(runnable, keys, **options))
    resumed = importlib.import_module("pannier.resume.run")  # for the few runs that are
    return graph, list(resumed.Resumed(graph, runnable, keys, resume).run(get, options))


def _whole_bytes(get: Get, options: Mapping[str, Any]) -> int:
    """How much memory sides of joins may take that are whole beside each partition of the other, where a plan leaves it open.

    Nothing where tasks do not share their memory.
    """
    if not shares_memory(get):
        return 0
    return min(_MOST_WHOLE, schedulers.memory.limit(options.get("memory_limit")) // _WHOLE_SHARE)


def _partial(graph: Graph, collection: Computable, blocks: list[Any]) -> PartialResult:
    """The answer from those blocks that could be made."""
    failures: schedulers.partial.Failures = {}
    there = schedulers.partial.present(blocks, failures)
    is_missing = not there and getattr(collection, "is_single", False)
    value = None if is_missing else collection.finish(there)
    return PartialResult(value, partition_failures(graph, failures))


def _take_out_all(
    args: Iterable[Any], traverse: bool, optimize_graph: bool
) -> tuple[list[Computable], list[Any]]:
    """The collections in ``args``, and for each argument a template of references to their numbers."""
    found: list[Any] = []

    def refer(value: Any) -> Ref | None:
        if not is_collection(value) and not is_foreign(value):
            return None
        found.append(value)
        return Ref(len(found) - 1)

    templates = [refer_in(arg, refer) if traverse else refer(arg) or arg for arg in args]
    return list(map(answered, adopt(found, optimize_graph))), templates


def _filled(templates: Iterable[Any], args: Iterable[Any], answers: Iterable[Any]) -> tuple[Any, ...]:
    """``args`` with ``answers`` in place of collections; one with none in it is passed on as it is."""
    by_place: dict[Key, Any] = dict(enumerate(answers))
    return tuple(
        [
            arg if template is arg else resolve(template, by_place)
            for template, arg in zip(templates, args, strict=True)
        ]
    )
