"""Partitions of a frame by number, and rows that are numbered in each."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pannier.plan.blockmaps import Selected
from pannier.plan.nodes import Blockwise, Node

if TYPE_CHECKING:
    from pannier.collections.dataframe.base import FrameLike


class Partitions:
    """Some partitions of a frame, by number."""

    __slots__ = ("_frame",)

    def __init__(self, frame: FrameLike) -> None:
        self._frame = frame

    def __len__(self) -> int:
        return self._frame.npartitions

    def __getitem__(self, index: Any) -> Any:
        numbers = range(self._frame.npartitions)
        try:
            if isinstance(index, slice):
                chosen = list(numbers[index])
            elif isinstance(index, Sequence):
                chosen = [numbers[i] for i in index]
            else:
                chosen = [numbers[index]]
        except IndexError:
            raise IndexError(f"there are {len(numbers)} partitions; {index!r} is none of them") from None
        if not chosen:
            raise IndexError(f"{index!r} is no partition of the {len(numbers)} there are")
        return self._frame._chosen(chosen)

    def __iter__(self) -> Iterator[Any]:
        return (self._frame._chosen([i]) for i in range(self._frame.npartitions))


class Numbers(NamedTuple):
    """Rows that are numbered, from 0 in each partition; some may be left out since."""

    node: Node
    """What has them all, in the same partitions."""
    rows: str
    starts: tuple[int, ...] = (0,)
    """With which partitions the numbers over all partitions begin: the first, and more if frames are under each other."""

    def of_partitions(self, chosen: Sequence[int]) -> Numbers:
        """Those of some partitions, numbered as if there were no others."""
        frames = [bisect(self.starts, i) for i in chosen]
        starts = [i for i, each in enumerate(frames) if i == 0 or each != frames[i - 1]]
        return Numbers(of_partitions(self.node, chosen), f"{self.rows}{tuple(chosen)}", tuple(starts))


def of_partitions(node: Node, chosen: Sequence[int]) -> Node:
    """Some blocks of ``node``, in the order given."""
    return Blockwise(verb="partitions", kernel=None, over=(node,), blockmap=Selected(tuple(chosen)))
