"""What the families of bag verbs share: one node in, one node out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, ClassVar, Self

from pannier import config
from pannier.collections.bag.item import Item
from pannier.collections.base import Collection
from pannier.kernels.kernel import Kernel
from pannier.kernels.reductions import Reduction
from pannier.plan.blockmaps import Aligned, BlockMap
from pannier.plan.nodes import Blockwise, Node, TreeReduce


class BagBase(Collection):
    """Records in partitions; the verbs are in the classes that build on this one."""

    __slots__ = ()

    default_scheduler: ClassVar[str] = "processes"

    def finish(self, blocks: list[Any]) -> list[Any]:
        return list(chain.from_iterable(blocks))

    def _step(
        self, verb: str, kernel: Kernel, extras: Sequence[Node] = (), params: Sequence[Any] | None = None
    ) -> Self:
        """A step over each partition; ``extras`` are single blocks that every partition is given."""
        return self._node(
            verb,
            kernel,
            (self.node, *extras),
            Aligned(self.npartitions, (False, *[True for _ in extras])),
            () if params is None else (params,),
        )

    def _node(
        self,
        verb: str,
        kernel: Kernel | None,
        over: tuple[Node, ...],
        blockmap: BlockMap,
        params: tuple[Sequence[Any], ...] = (),
    ) -> Self:
        return self.rebuild(Blockwise(verb=verb, kernel=kernel, over=over, blockmap=blockmap, params=params))

    def _reduced(self, verb: str, reduction: Reduction, split_every: int | None) -> TreeReduce:
        """The node of one block that reduces all records."""
        fan_in = max(2, self.npartitions) if split_every is False else config.get("fan_in", split_every)
        return TreeReduce(verb=verb, reduction=reduction, over=self.node, fan_in=fan_in)

    def _to_item(self, verb: str, reduction: Reduction, split_every: int | None = None) -> Item:
        return Item(self._reduced(verb, reduction, split_every))

    def _to_bag(self, verb: str, reduction: Reduction, split_every: int | None = None) -> Self:
        return self.rebuild(self._reduced(verb, reduction, split_every))

    def __repr__(self) -> str:
        return f"{type(self).__name__}<{self.name}, npartitions={self.npartitions}>"
