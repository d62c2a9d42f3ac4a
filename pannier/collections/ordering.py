"""What runs before what, where no data says so, and work that is done once more on purpose."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from pannier import config
from pannier.collections.delayed import Delayed, made_of
from pannier.computing import answered, is_collection
from pannier.graph.daskspec import same
from pannier.graph.nested import refer_in
from pannier.graph.task import Key, Ref, Task, resolve
from pannier.plan.calls import Call, Made, joined, keys_of
from pannier.plan.clones import Cloner
from pannier.plan.nodes import FromGraph
from pannier.tokens import tokenize


def checkpoint(*collections: Any, split_every: int | None = None) -> Delayed:
    """A delayed None that is there once every partition of ``collections`` has been made; it takes nothing of them.

    ``split_every`` partitions are waited for by one task, and so many of these by the next; by default
    the setting ``fan_in``.  Collections may be inside lists, tuples, sets, dicts and so on.

    >>> import pannier as pn
    >>> done = checkpoint(pn.range(4, npartitions=2).map(str), pn.delayed(len)("abc"))
    >>> done.compute(scheduler="sync") is None
    True
    """
    return Delayed(_checkpoint(_found(collections)[0], split_every))


def wait_on(*collections: Any, split_every: int | None = None) -> Any:
    """``collections`` of which no partition is there before all partitions of all of them have been made.

    As they were given: one collection, or a tuple of several.  ``split_every`` is as for :func:`checkpoint`.

    >>> import pannier as pn
    >>> numbers, total = wait_on(pn.range(3, npartitions=2), pn.delayed(sum)([1, 2]))
    >>> pn.compute(numbers, total, scheduler="sync")
    ([0, 1, 2], 3)
    """
    found, templates = _found(collections)
    done = _checkpoint(found, split_every)
    return _one_or_all(templates, [_waiting(each, done) for each in found])


def bind(
    children: Any,
    parents: Any,
    *,
    omit: Any = None,
    seed: Any = None,
    split_every: int | None = None,
) -> Any:
    """``children``, of which nothing runs before all of ``parents`` has been made.

    What ``children`` are made of is done once more, under other names, since it may be work that others do earlier; what
    ``omit`` is made of is not, and does not wait.  With an equal ``seed`` names are equal, and so is the work.

    >>> import pannier as pn
    >>> log = []
    >>> first, second = pn.delayed(log.append)("first"), pn.delayed(log.append)("second")
    >>> pn.compute(bind(second, first), scheduler="sync")
    (None,)
    >>> log
    ['first', 'second']
    """
    return _cloned((children,), omit, seed, _checkpoint(_found([parents])[0], split_every))


def clone(*collections: Any, omit: Any = None, seed: Any = None) -> Any:
    """``collections`` under other names, so that their work is done once more and shared with nobody.

    As they were given: one collection, or a tuple of several.  ``omit`` and ``seed`` are as for :func:`bind`.

    >>> import pannier as pn
    >>> drawn = pn.delayed(list)("ab")
    >>> again = clone(drawn)
    >>> again.key == drawn.key, again.compute(scheduler="sync")
    (False, ['a', 'b'])
    """
    return _cloned(collections, omit, seed, None)


def _cloned(collections: Iterable[Any], omit: Any, seed: Any, after: Call | None) -> Any:
    found, templates = _found(collections)
    kept = [] if omit is None else [made_of(each) for each in _found([omit])[0]]
    own = uuid4().hex if seed is None else tokenize(seed)
    cloner = Cloner(own if after is None else tokenize(own, after.key), kept, after)
    return _one_or_all(templates, [each.rebuild(cloner.clone(made_of(each))) for each in found])


def _checkpoint(collections: Iterable[Any], split_every: int | None) -> Call:
    """The call that waits for all blocks, by way of others that wait for some each."""
    width: int = config.get("fan_in", split_every)
    waited: list[tuple[Key, Made]] = []
    for each in collections:
        made = made_of(each)
        waited += [(key, made) for key in keys_of(made)]
    while True:
        some = [waited[start : start + width] for start in range(0, len(waited), width)] or [[]]
        calls = list(map(_wait_for, some))
        if len(calls) == 1:
            return calls[0]
        waited = [(call.key, call) for call in calls]


def _wait_for(waited: list[tuple[Key, Made]]) -> Call:
    """A call of nothing that runs once these results are there; it gets none of them, so none is moved."""
    keys = tuple(dict.fromkeys([key for key, _ in waited]))
    reads = {id(made): made for _, made in waited}
    return Call(f"checkpoint-{tokenize(keys)}", _nothing, (), {}, keys, True, tuple(reads.values()))


def _nothing() -> None:
    return None


def _waiting(collection: Any, done: Call) -> Any:
    """``collection``, each block of it passed on once ``done`` is."""
    made = made_of(collection)
    name = f"wait_on-{tokenize(list(keys_of(made)), done.key)}"
    if isinstance(made, Call):
        call = Call(name, same, (Ref(made.key),), {}, (made.key, done.key), True, (made, done))
        return collection.rebuild(call)
    gate = joined([done], "checkpoint", done.key)
    blocks: list[Key] = [(made.name, i) for i in range(made.npartitions)]
    keys: list[Key] = [(name, i) for i in range(made.npartitions)]
    tasks = {
        key: Task.of(same, (Ref(block),), {}, (block, (gate.name, 0)), True)
        for key, block in zip(keys, blocks, strict=True)
    }
    over, names = (made, gate), (made.name, gate.name)
    return collection.rebuild(
        FromGraph(verb="wait_on", name=name, keys=keys, tasks=tasks, over=over, names=names)
    )


def _found(args: Iterable[Any]) -> tuple[list[Any], list[Any]]:
    """The collections in ``args``, as they are computed, and for each argument a template of references to their numbers."""
    found: list[Any] = []

    def refer(value: Any) -> Ref | None:
        if not is_collection(value):
            return None
        found.append(answered(value))  # or else what numbers its rows would not be ordered with them
        return Ref(len(found) - 1)

    return found, [refer_in(arg, refer) for arg in args]


def _one_or_all(templates: list[Any], collections: list[Any]) -> Any:
    """What was given with ``collections`` in their places: alone if it was one."""
    by_place: dict[Key, Any] = dict(enumerate(collections))
    filled = [resolve(template, by_place) for template in templates]
    return filled[0] if len(filled) == 1 else tuple(filled)
