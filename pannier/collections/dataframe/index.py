"""Index: the labels of rows, in partitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn

import pandas as pd

from pannier.collections.dataframe.accessors import IndexAccessors
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.distinct import Distinctness
from pannier.collections.dataframe.elementwise import ElementwiseIndex
from pannier.collections.dataframe.labels import Labels
from pannier.collections.dataframe.numpy import NumpyProtocols
from pannier.collections.dataframe.reduce import Extremes
from pannier.collections.dataframe.repr import described, refusal
from pannier.collections.dataframe.types import IndexTypes
from pannier.collections.dataframe.user import UserFunctions
from pannier.errors import UsageError
from pannier.kernels.frames.base import Attribute


class Index(
    Labels,
    ElementwiseIndex,
    IndexTypes,
    IndexAccessors,
    NumpyProtocols,
    UserFunctions,
    Distinctness,
    Extremes,
):
    """The lazy labels of the rows of a frame or series.

    >>> import pandas as pd, pannier as pn
    >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}, index=["a", "b"]), npartitions=2)
    >>> df.index.compute(scheduler="sync")
    Index(['a', 'b'], dtype='str')
    """

    __slots__ = ()

    _holds: ClassVar[type | None] = pd.Index
    _meta: pd.Index[Any]

    @classmethod
    def of(cls, frame: FrameLike) -> Index:
        """The index of ``frame``."""
        return frame._blockwise("index", Attribute("index"))  # type: ignore[no-any-return]

    @property
    def name(self) -> Any:
        """The name of the index."""
        return self._meta.name

    @name.setter
    def name(self, name: Any) -> NoReturn:
        """Refused: a frame would not have the new name, since this is made of it anew whenever it is asked for."""
        raise _refused_name(name)

    @property
    def names(self) -> Any:
        """The names of its levels."""
        return self._meta.names

    @names.setter
    def names(self, names: Any) -> NoReturn:
        """Refused, as a new :attr:`name` is."""
        raise _refused_name(names)

    @property
    def dtype(self) -> Any:
        """The type of the labels."""
        return self._meta.dtype

    def finish(self, blocks: list[Any]) -> Any:
        if self._is_numbered and len(blocks) > 1:
            return pd.RangeIndex(sum(map(len, blocks)), name=self.name)
        return super().finish(blocks)

    def __iter__(self) -> Iterator[Any]:
        """The labels in order; computes some partitions at a time."""
        for block in self._stream():
            yield from block

    def __contains__(self, label: object) -> bool:
        """Whether it is one of the labels; computes some partitions at a time until it is found."""
        if self._is_numbered:
            return label in pd.RangeIndex(len(self))
        return any(label in block for block in self._stream())

    def __getattr__(self, name: str) -> Any:
        raise refusal(self, name)

    def __repr__(self) -> str:
        return described(self)


def _refused_name(name: Any) -> UsageError:
    return UsageError(
        f"an index is made of its frame whenever it is asked for, and keeps no new name {name!r:.80}; use "
        "df = df.rename_axis(name), or index.rename(name) for an index by itself"
    )
