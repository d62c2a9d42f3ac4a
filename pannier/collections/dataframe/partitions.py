"""Partitions of a frame by number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

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
