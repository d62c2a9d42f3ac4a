"""The columns of two frames of other rows in one, where no partition knows what is in the others."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Around, Columns, FrameKernel, Projection
from pannier.kernels.frames.kinds import is_plain
from pannier.kernels.frames.reductions import columns_of

_EXACT: Final = 1 << 53
"""Up to which whole numbers are as many floats."""


@frozen
class CombineFirst(FrameKernel):
    """The values of the first block, with those of the second for what is missing, and the labels and columns of both.

    pandas makes other types of columns where a block has no rows, and takes values of the first alone where the second
    has none: of a partition that would be wrong.  The third block says whether columns that are :func:`undecided` have
    values at all, if there are any.

    >>> own, other = pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [7], "y": [8]}, [2])
    >>> CombineFirst(True)(own, other)
       x    y
    0  1  NaN
    1  2  NaN
    2  7  8.0
    """

    is_joined: bool
    """Whether the second has other rows."""
    place: int = 1
    """Which block is the second: the first as well where a frame meets itself."""
    keeps_rows: ClassVar[bool] = True
    looks_around: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        own, other, known = blocks[0], blocks[self.place], blocks[self.place + 1 :]
        this, that = own.align(other, join="outer", axis=0)
        has_values = that.notna().any() if len(that) else pd.Series(True, that.columns)
        if known and len(that):
            has_values.update(known[0])
        names = own.columns.union(other.columns, sort=False)
        made: dict[Any, Any] = {}
        for name in names:
            if name not in that:
                made[name] = this[name]
            elif name in this:
                filled = self._filled(this[name], that[name], has_values[name])
                is_own = filled.dtype == own[name].dtype
                made[name] = filled if is_own else filled.astype(_common(own[name], other[name]))
            else:
                is_unmade = bool(known) and not known[0].get(name, True)
                made[name] = this.reindex(columns=names)[name] if is_unmade else that[name]
        frame = pd.DataFrame(made, index=this.index)
        frame.columns = names
        return frame

    def _filled(self, own: Any, other: Any, has_values: bool) -> Any:
        """``own`` with values of ``other``, of the same labels."""
        if (
            self.is_joined
            and own.dtype.kind + other.dtype.kind in ("ii", "iu", "ui", "uu")
            and _are_large(own, other)
        ):
            raise UsageError(
                f"combine_first() of {own.name!r}, whole numbers beyond 2**53: whether they are rounded to floats depends "
                "on the labels of all partitions; give both astype('Int64') first"
            )
        if not has_values:
            return own
        dtype = _common(own, other)
        return other.astype(dtype).where(own.isna(), own.astype(dtype))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted, wanted, None)[:inputs] if self.place else (wanted,) * inputs)

    @property
    def label(self) -> str:
        return "combine_first"


def undecided(own: pd.DataFrame, other: pd.DataFrame) -> list[Any]:
    """The columns that ``other`` alone has, and whose type depends on whether they have a value at all.

    >>> undecided(pd.DataFrame({"x": ["a"]}), pd.DataFrame({"x": ["a"], "y": ["b"], "z": [1]}))
    ['y']
    """
    missing: Any = own.reindex(columns=other.columns).dtypes
    return [
        name
        for name, dtype in other.dtypes.items()
        if name not in own and dtype != missing[name] and not is_plain(dtype, "biu")
    ]


def _common(own: Any, other: Any) -> Any:
    """The type that values of both become."""
    return own.dtype if own.dtype == other.dtype else pd.concat([own.iloc[:0], other.iloc[:0]]).dtype


def _are_large(*columns: Any) -> bool:
    """Whether these, whole numbers, have one that may be no float."""
    return any(
        isinstance(each.dtype, np.dtype)
        and each.dtype.itemsize == 8
        and len(each)
        and (each.max() > _EXACT or each.min() < -_EXACT)
        for each in columns
    )


@frozen
class EitherWay(Around):
    """What ``kernel`` makes of whole numbers of other rows, where floats would come out as the same.

    pandas has floats on a side that lacks a label of the other, in all rows, which other partitions do not know.
    """

    place: int
    """Which block is beside the first."""
    gaps: ClassVar[Columns] = None

    def __call__(self, *blocks: Any) -> Any:
        made = self.kernel(*blocks)
        own, other = blocks[0], blocks[self.place]
        wide = list(blocks)
        wide[0], wide[self.place] = _widened(own, other), _widened(other, own)
        for each, as_floats in zip(columns_of(made), columns_of(self.kernel(*wide)), strict=True):
            if not _are_same(each, as_floats):
                raise UsageError(
                    f"{self.kernel.label} of whole numbers of other rows, which are not what floats come out as: which of both "
                    "pandas has depends on the labels of all partitions; make one side astype('float64') first"
                )
        return made

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        left = self.kernel.projected(wanted, inputs)
        return Projection(EitherWay(left.kernel, self.place), left.needs)  # type: ignore[arg-type]


def are_widened(own: Any, other: Any) -> bool:
    """Whether labels that one of two blocks lacks make floats of whole numbers that meet numbers of the other."""
    return _widened(own, other) is not own or _widened(other, own) is not other


def _widened(block: Any, other: Any) -> Any:
    """``block`` with floats for whole numbers that meet numbers of ``other``."""
    if block.ndim == 1:
        meets = any(_is_number(column) for column in columns_of(other))
        return block.astype("float64") if meets and is_plain(block.dtype, "iu") else block
    names = [
        name
        for name, column in block.items()
        if is_plain(column.dtype, "iu")
        and (_is_number(other) if other.ndim == 1 else name in other and _is_number(other[name]))
    ]
    return block.astype(dict.fromkeys(names, "float64")) if names else block


def _is_number(values: Any) -> bool:
    return getattr(values.dtype, "kind", "O") in "iuf"


def _are_same(values: Any, as_floats: Any) -> bool:
    """Whether both columns have the same values, of any type of numbers."""
    if not (_is_number(values) and _is_number(as_floats)):
        return bool(values.equals(as_floats))
    one, other = [each.to_numpy("float64", na_value=np.nan) for each in (values, as_floats)]
    return np.array_equal(one, other, equal_nan=True)
