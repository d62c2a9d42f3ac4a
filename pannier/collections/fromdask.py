"""Collections of Dask as ours, to go on with."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any

from pannier.collections.bag.bag import Bag
from pannier.collections.bag.item import Item
from pannier.collections.delayed import Delayed
from pannier.errors import UsageError
from pannier.foreign import Adopted, adopt, is_foreign, whole
from pannier.graph.task import Key, Ref, Task
from pannier.plan.nodes import FromGraph
from pannier.tokens import tokenize


def from_dask(collection: Any) -> Any:
    """``collection``, of Dask's, as one of ours: a bag, item, frame, series, index, scalar or delayed value.

    Nothing is computed.  Its tasks are optimized as Dask does and run by our schedulers, partition by partition.
    What there is no counterpart for, such as an array, is one delayed value: the whole of it.

    Raises :class:`~pannier.errors.UsageError` for what is no collection of Dask's.

    >>> import dask.bag, pannier as pn
    >>> numbers = dask.bag.from_sequence([1, 2, 3], npartitions=2).map(float)
    >>> pn.from_dask(numbers).frequencies().compute(scheduler="sync")
    [(1.0, 1), (2.0, 1), (3.0, 1)]
    """
    if not is_foreign(collection):
        raise UsageError(f"from_dask takes a collection of Dask's, not {collection!r:.80}")
    (adopted,) = adopt([collection])
    bases = {f"{base.__module__}.{base.__qualname__}" for base in type(collection).__mro__}
    if "dask.bag.core.Bag" in bases:
        return Bag(_partitions(adopted))
    if "dask.bag.core.Item" in bases:
        return Item(adopted.node)
    if "dask.dataframe.dask_expr._collection.FrameBase" in bases:
        wrap = importlib.import_module("pannier.collections.dataframe.create").wrap
        divisions = collection.divisions if collection.known_divisions else None
        return wrap(adopted.node, collection._meta, divisions)
    return Delayed(whole(collection))


def _partitions(adopted: Adopted) -> FromGraph:
    """The node with every block a list: one of Dask's may be an iterator, which only the first reader would find."""
    node = adopted.node
    assert isinstance(node, FromGraph)
    name = f"from_dask-{tokenize(node.name)}"
    keys: list[Key] = [(name, i) for i in range(node.npartitions)]
    lists = {key: Task(_as_list, Ref(block)) for key, block in zip(keys, node.keys, strict=True)}
    return FromGraph(
        verb="from_dask", name=name, keys=keys, tasks={**node.tasks, **lists}, values=node.values
    )


def _as_list(block: Iterable[Any]) -> list[Any]:
    return block if isinstance(block, list) else list(block)
