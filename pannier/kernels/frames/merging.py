"""Frames joined by keys."""

from __future__ import annotations

from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Columns, FrameKernel, Projection
from pannier.kernels.frames.keyhash import key_columns
from pannier.kernels.frames.matching import Table, is_number
from pannier.kernels.frames.picking import rows_at, rows_where

KEEPING_OWN: Final = frozenset({"leftsemi", "leftanti"})
"""Kinds of joins that give rows of the left frame as they are."""
_ANTI: Final = frozenset({"left_anti", "right_anti"})
"""The same kinds of joins as pandas has them: with columns of the other side, which are all missing."""
_PLAIN: Final = frozenset({"inner", "left", "right"})
"""Kinds for which rows are matched here, and not by pandas."""


@frozen
class Merge(FrameKernel):
    """``left.merge(right, ...)`` of two blocks that have all rows of the keys that they have.

    >>> left, right = pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [2, 2], "v": ["a", "b"]})
    >>> Merge("left", ("k",), ("k",), ("k",), ("k", "v"))(left, right)
       k    v
    0  1  NaN
    1  2    a
    2  2    b
    """

    how: str
    """As in pandas; "leftsemi" and "leftanti" besides, for the rows of the left that have a match, or none."""
    left_on: tuple[Any, ...] | None
    """Names of columns, or of levels of the index; None for the index."""
    right_on: tuple[Any, ...] | None
    left: tuple[Any, ...]
    """The labels of the columns of both sides, before any are left out."""
    right: tuple[Any, ...]
    suffixes: tuple[str | None, str | None] = ("_x", "_y")
    indicator: bool | str = False
    validate: str | None = None
    may_go: tuple[int, ...] = ()
    """Which sides, 0 for the left and 1 for the right, may be looked up whole where a plan leaves that open."""

    def __call__(self, *blocks: Any) -> Any:
        left, right = blocks
        side = 0 if self.how == "right" else 1
        return self.merged(left, right, self.table_of(blocks[side], side), side)

    @property
    def is_same_of_none(self) -> bool:
        return True

    def table_of(self, block: Any, side: int) -> Table | None:
        """The keys of a side, 0 for the left and 1 for the right, to be looked up; None where pandas has to merge."""
        is_plain = self._is_plain and not isinstance(block.columns, pd.MultiIndex)
        return Table.of(self._keys(block, side)) if is_plain or self.how in KEEPING_OWN else None

    @property
    def _is_plain(self) -> bool:
        named = self.left_on is not None and self.right_on is not None
        return named and self.how in _PLAIN and not self.indicator and not self.validate

    def is_by_number(self, left: Any, right: Any) -> bool:
        """Whether rows of two frames are found by one number or time each: a table of many such takes little time.

        >>> frame = pd.DataFrame({"k": [1], "name": ["a"]})
        >>> [Merge("left", on, on, (), ()).is_by_number(frame, frame) for on in (("k",), ("name",))]
        [True, False]
        """
        if not self._is_plain:
            return False
        keys = self._keys(left, 0) + self._keys(right, 1)
        dtypes = {key.dtype for key in keys}
        return len(keys) == 2 and len(dtypes) == 1 and is_number(dtypes.pop())

    def merged(self, left: Any, right: Any, table: Table | None, side: int) -> Any:
        """The rows of both, joined; by the ``table`` of a side, if there is one for the types of their keys."""
        stays = left if side else right
        keys = self._keys(stays, 1 - side)
        if table is None or not table.fits(keys):
            return self.by_pandas(left, right)
        if self.how in KEEPING_OWN:
            found = table.has(keys)
            return rows_where(left, found if self.how == "leftsemi" else ~found)
        if not (set(self.left_on or ()) <= set(left) and set(self.right_on or ()) <= set(right)):
            return self.by_pandas(left, right)  # which keeps levels of the index that are keys
        own, places = table.matches(keys, keeps_all=self.how != "inner")
        mine = stays.set_axis(pd.RangeIndex(len(stays))) if own is None else rows_at(stays, own)
        labels = self._labels(left.columns, right.columns)
        kept = [i for i, name in enumerate(right.columns) if not self._is_shared(name)]
        if side:
            return _beside(mine, rows_at(right.iloc[:, kept], places), labels)
        theirs = rows_at(left, places)
        for i, name in enumerate(left.columns):
            if self._is_shared(name):
                key = mine[name]  # also where there is no match; where there is, the left's -0.0, not 0.0
                theirs.isetitem(i, key if key.dtype.kind != "f" else key.where(places < 0, theirs[name]))
        return _beside(theirs, mine.iloc[:, kept], labels)

    def _keys(self, block: Any, side: int) -> list[Any]:
        on = self.right_on if side else self.left_on
        return [key if isinstance(key, pd.Series) else pd.Series(key) for key in key_columns(block, on)]

    def _is_shared(self, name: Any) -> bool:
        """Whether ``name`` is of keys that become one column."""
        pairs = zip(self.left_on or (), self.right_on or (), strict=False)
        return any(one == name == other for one, other in pairs)

    def _labels(self, left: Any, right: Any) -> Any:
        """The labels of the columns of both, without the keys that they share, and with suffixes where they clash."""
        right = right[[not self._is_shared(name) for name in right]]
        clashing = set(left) & set(right)
        named = [
            [f"{name}{suffix}" if name in clashing and suffix is not None else name for name in labels]
            for labels, suffix in zip((left, right), self.suffixes, strict=True)
        ]
        if clashing:
            left, right = [
                pd.Index(names, tupleize_cols=False, name=labels.name)
                for names, labels in zip(named, (left, right), strict=True)
            ]
        return left.append(right)

    def key_labels(self) -> list[tuple[Any, Any]] | None:
        """Where the keys of the answer are: for each the column to take it from, and one for where that has no value.

        Both are the same but where rows of either side may be without the other's column.  None if the index has them.

        >>> Merge("right", ("k",), ("j",), ("k", "j"), ("k", "j")).key_labels()
        [('j_y', 'j_y')]
        """
        if self.left_on is None and self.right_on is None:
            return None
        sides = [
            [self._key_label(side, name) for name in on or ()]
            for side, on in enumerate((self.left_on, self.right_on))
        ]
        own, other = [labels or sides[1 - side] for side, labels in enumerate(sides)]
        if self.how in {"right", "right_anti"}:
            own = other
        return list(zip(own, other if self.how == "outer" else own, strict=True))

    def _key_label(self, side: int, name: Any) -> Any:
        """What column ``name`` of a side is called in the answer."""
        is_clashing = name in self.left and name in self.right and not self._is_shared(name)
        suffix = self.suffixes[side] if is_clashing and self.how not in KEEPING_OWN else None
        return name if suffix is None else f"{name}{suffix}"

    @property
    def gaps(self) -> Columns:  # type: ignore[override]
        """Those of a side that may lack rows, but for keys that both share."""
        sides = {"left": [1], "right": [0], "outer": [0, 1]}.get(self.how, [])
        named = [(side, name) for side in sides for name in (self.left, self.right)[side]]
        return frozenset([self._key_label(side, name) for side, name in named if not self._is_shared(name)])

    def by_pandas(self, left: Any, right: Any) -> Any:
        """The same for any two blocks, by pandas."""
        if self.how in KEEPING_OWN:
            return self._filtered(left, right)
        keys: dict[str, Any] = {}
        for side, on in (("left", self.left_on), ("right", self.right_on)):
            keys |= {f"{side}_index": True} if on is None else {f"{side}_on": list(on)}
        how: Any = self.how
        made = left.merge(
            right, how, **keys, suffixes=self.suffixes, indicator=self.indicator, validate=self.validate
        )
        if self.how in _ANTI and self.left_on is not None and self.right_on is not None:
            made.index = pd.RangeIndex(len(made))  # pandas has the numbers of a left or right join, with gaps
        if (self.left_on is None) != (self.right_on is None):
            labelled = right if self.left_on is None else left
            if not len(labelled):
                made.index = _missing_labels(labelled.index, len(made))
        return made

    def _filtered(self, left: Any, right: Any) -> Any:
        """The rows of ``left`` that have a match, or none, by a merge of the keys alone."""
        keys = [self._keys(left, 0), self._keys(right, 1)]
        names = [f"key {i}" for i in range(len(keys[0]))]
        own, other = [
            pd.DataFrame(dict(zip(names, [key.reset_index(drop=True) for key in side], strict=True)))
            for side in keys
        ]
        found = own.assign(place=np.arange(len(own))).merge(other, on=names)["place"]
        has = np.zeros(len(left), bool)
        has[found.to_numpy()] = True
        return left[has if self.how == "leftsemi" else ~has]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None:
            left: Columns = None
            right: Columns = frozenset(self.right_on or ()) if self.how in KEEPING_OWN else None
            return Projection(self, (left, right))
        left, right = self._needs(wanted)
        return Projection(self, (left, right))

    def _needs(self, wanted: frozenset[Any]) -> tuple[frozenset[Any], frozenset[Any]]:
        """The columns of both sides of which the ``wanted`` are made, and that name them so."""
        own, other = frozenset(self.left_on or ()), frozenset(self.right_on or ())
        if self.how in KEEPING_OWN:
            return wanted | own, other
        lefts, rights = frozenset(self.left), frozenset(self.right)
        for name in lefts & rights:  # with a suffix on either side only while both have it
            if name in wanted or any(f"{name}{suffix}" in wanted for suffix in self.suffixes if suffix):
                own, other = own | {name}, other | {name}
        return own | (wanted & lefts), other | (wanted & rights)

    @property
    def label(self) -> str:
        on = "index" if self.left_on is None else ", ".join(map(str, self.left_on))
        return f"merge({self.how}, {on})"


def _missing_labels(index: Any, n: int) -> Any:
    """``n`` missing labels like those of ``index``.

    Where a column meets an index, rows have the labels of the side with the column; pandas makes an exception where
    that has no row at all, which partitions of it may well have.
    """
    if isinstance(index, pd.MultiIndex):
        return (
            index if not n else pd.MultiIndex.from_tuples([(np.nan,) * index.nlevels] * n, names=index.names)
        )
    values = index.to_numpy() if isinstance(index.dtype, np.dtype) else index.array
    found = pd.api.extensions.take(values, np.full(n, -1), allow_fill=True)
    return pd.Index(found, name=index.name)


def _beside(left: Any, right: Any, labels: Any) -> Any:
    """The columns of two frames of the same rows, under other labels."""
    return pd.concat([left, right], axis=1).set_axis(labels, axis=1)


@frozen
class Prepared:
    """A frame that is looked up by every partition of another, and its keys as a table."""

    block: Any
    table: Table | None


@frozen
class Prepare(FrameKernel):
    """All blocks of the small side of a merge as one :class:`Prepared`."""

    merge: Merge
    side: int
    """Which one it is: 0 for the left, 1 for the right."""

    def __call__(self, *blocks: Any) -> Any:
        return Prepared(blocks[0], self.merge.table_of(blocks[0], self.side))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))

    @property
    def label(self) -> str:
        return "as a table"


@frozen
class LookUp(FrameKernel):
    """A merge of a block with the :class:`Prepared` other side, whichever of the two is the left."""

    merge: Merge
    side: int
    """Which one is prepared: 0 for the left, 1 for the right."""
    shown: str

    def __call__(self, *blocks: Any) -> Any:
        block, small = blocks
        sides = (block, small.block) if self.side else (small.block, block)
        return self.merge.merged(*sides, small.table, self.side)

    @property
    def gaps(self) -> Columns:  # type: ignore[override]
        """As those of the merge."""
        return self.merge.gaps

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        left, right = self.merge.projected(wanted, 2).needs
        return Projection(self, (left, right) if self.side else (right, left))

    @property
    def label(self) -> str:
        return self.shown


@frozen
class Cross(FrameKernel):
    """Every row of one block beside every row of another."""

    suffixes: tuple[str | None, str | None]

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].merge(blocks[1], how="cross", suffixes=self.suffixes)

    @property
    def label(self) -> str:
        return "merge(cross)"


@frozen
class MergeAsof(FrameKernel):
    """``pandas.merge_asof`` of a block and the whole right side; after them the last row before the block, if any, in a list.

    Raises ValueError where the block begins with a key before that of the row before it.
    """

    options: tuple[tuple[str, Any], ...]
    keeps_rows: ClassVar[bool] = False
    gaps: ClassVar[Columns] = None

    def __call__(self, *blocks: Any) -> Any:
        left, right, *edges = blocks
        if edges and edges[0]:
            self._check_sorted(edges[0][0], left)
        return pd.merge_asof(left, right, **dict(self.options))

    def _check_sorted(self, before: pd.DataFrame, left: pd.DataFrame) -> None:
        last, first = self._keys(before), self._keys(left)
        if len(last) and len(first) and first[0] < last[-1]:
            raise ValueError(
                f"left keys must be sorted, across all partitions: one begins with {first[0]}, and the rows before it end "
                f"with {last[-1]}; sort_values() sorts the whole frame"
            )

    def _keys(self, left: pd.DataFrame) -> pd.Index[Any]:
        options = dict(self.options)
        name: Any = options.get("left_on", options.get("on"))
        name = name[0] if isinstance(name, list) else name
        if options.get("left_index"):
            return left.index
        return pd.Index(left[name]) if name in left.columns else left.index.get_level_values(name)

    @property
    def label(self) -> str:
        return "merge_asof"
