"""Verbs that put frames side by side by keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from pannier import config, io, plan, shuffle
from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike, wrap
from pannier.collections.dataframe.mergekeys import keys_of, require, shared_levels, sorted_by_keys
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.plan.blockmaps import Aligned, Product
from pannier.plan.nodes import Blockwise, Node
from pannier.sizes import format_bytes

_MAY_GO: Final[dict[str, tuple[int, ...]]] = {
    "inner": (1, 0),
    "left": (1,),
    "right": (0,),
    "outer": (),
    "left_anti": (1,),
    "right_anti": (0,),
    "leftsemi": (1,),
    "leftanti": (1,),
    "cross": (),
}
"""For every kind of join, which side may be whole beside each partition of the other, what is tried first before."""
_HOWS: Final = ", ".join(map(repr, _MAY_GO))
_SHUFFLES: Final = frozenset({"disk", "tasks", "p2p"})


class Merging(FrameLike):
    """``merge`` and its relatives."""

    __slots__ = ()

    def merge(
        self,
        right: Any,
        how: str = "inner",
        on: Any = None,
        left_on: Any = None,
        right_on: Any = None,
        left_index: bool = False,
        right_index: bool = False,
        sort: bool = False,
        suffixes: Sequence[str | None] = ("_x", "_y"),
        indicator: bool | str = False,
        validate: str | None = None,
        *,
        shuffle_method: str | None = None,
        npartitions: int | None = None,
        broadcast: bool | None = None,
    ) -> Any:
        """The rows of this frame and of ``right`` with equal keys, side by side, as in pandas.

        ``how`` is one of pandas' ("inner", "left", "right", "outer", "cross"), or "leftsemi" or "leftanti": the rows of
        this frame that have a match, or none, as they are.  "left_anti" and "right_anti" by columns have their rows
        numbered from 0, where pandas leaves gaps for rows that have a match.  ``right`` is a frame, a series with a name, or an object
        of pandas.

        A side that is small is looked up by every partition of the other, which stays in its order; else both are
        shuffled, into ``npartitions`` partitions or as many as the larger side has, and rows come in the order of
        buckets.  Small is what is known to take no more than the setting ``broadcast_bytes``, and what is one
        partition of unknown size; an outer join shuffles.  Where rows are found by one number or time, a larger side
        is looked up, too, on threads, if it takes no more than a sixteenth of ``memory_limit``, and 1 GiB.
        :meth:`explain` says what was chosen and why.
        ``broadcast=True`` has the side that may be looked up be so, whatever its size, and False shuffles, as
        ``shuffle_method`` does.  With ``sort`` the result is sorted by the keys,
        missing ones last, but first where keys are columns of times or categories; missing labels of an index last.

        Raises what pandas raises for columns that are not there, types that cannot be equal, names that clash.

        >>> import pandas as pd, pannier as pn
        >>> ages = pn.from_pandas(
        ...     pd.DataFrame({"name": ["ada", "bo"], "age": [36, 41]}), npartitions=2
        ... )
        >>> towns = pd.DataFrame({"name": ["bo", "cy"], "town": ["Rome", "Oslo"]})
        >>> ages.merge(towns, how="left", on="name").compute(scheduler="sync")
          name  age  town
        0  ada   36   NaN
        1   bo   41  Rome
        """
        if how not in _MAY_GO:
            raise UsageError(f"there is no {how!r} join{near_matches(how, _MAY_GO)}; how is one of {_HOWS}")
        if shuffle_method is not None and shuffle_method not in _SHUFFLES:
            raise UsageError(f"there is one way to shuffle, through local files; {shuffle_method!r} is none")
        other = as_frame("merge", right)
        if how == "cross":
            return _crossed(self, other, tuple(suffixes))
        left_keys, right_keys = keys_of(self, other, on, left_on, right_on, left_index, right_index)
        require(plan.lookups.SIDES[0], self._meta, left_keys)
        require(plan.lookups.SIDES[1], other._meta, right_keys)
        left: Any = self
        if left_keys is None or right_keys is None or how in frames.merging.KEEPING_OWN:  # labels stay
            left, other = map(dataframe.numbering.numbered_through, (self, other))
        shared = None
        if left_keys is None and right_keys is None:
            dataframe.alignment.check_labels(self._meta.index, other._meta.index)
            shared = shared_levels(self._meta.index, other._meta.index)
            if how in frames.merging.KEEPING_OWN:
                left_keys = right_keys = shared
        first, second = suffixes
        merge = frames.merging.Merge(
            how,
            left_keys,
            right_keys,
            tuple(self._meta.columns),
            tuple(other._meta.columns),
            (first, second),
            indicator,
            validate,
        )
        if shuffle_method is not None and broadcast is None:
            broadcast = False
        if merge.left_on is None and merge.right_on is None and how in {"inner", "outer"}:
            other = dataframe.alignment.named_alike(left, other)
        merged = _Sides(left, other, merge, shared).merged(broadcast, npartitions)
        return sorted_by_keys(merged, merge) if sort else merged

    def join(
        self,
        other: Any,
        on: Any = None,
        how: str = "left",
        lsuffix: str = "",
        rsuffix: str = "",
        sort: bool = False,
        validate: str | None = None,
        *,
        suffixes: Sequence[str | None] | None = None,
        shuffle_method: str | None = None,
        npartitions: int | None = None,
    ) -> Any:
        """The rows of this frame and of ``other`` with equal index labels, side by side; see :meth:`merge`.

        With ``on`` these columns of this frame are met by the index of ``other``, which may also be a list of frames.
        Columns that both have need ``suffixes``, which ``lsuffix`` and ``rsuffix`` give one by one.

        >>> import pandas as pd, pannier as pn
        >>> left = pn.from_pandas(pd.DataFrame({"a": [1, 2]}, index=["x", "y"]), npartitions=2)
        >>> left.join(pd.DataFrame({"b": [3]}, index=["y"])).compute(scheduler="sync")
           a    b
        x  1  NaN
        y  2  3.0
        """
        if isinstance(other, (list, tuple)):
            if on is not None:
                raise UsageError("of several frames, join takes no on=; join them one after the other")
            joined: Any = self
            for each in other:
                joined = joined.join(each, how=how, lsuffix=lsuffix, rsuffix=rsuffix, suffixes=suffixes)
            return joined
        return self.merge(
            other,
            how=how,
            left_on=on,
            left_index=on is None,
            right_index=True,
            sort=sort,
            suffixes=(lsuffix, rsuffix) if suffixes is None else suffixes,
            validate=validate,
            shuffle_method=shuffle_method,
            npartitions=npartitions,
        )


def as_frame(verb: str, value: Any) -> Any:
    """``value``, what a verb is to join, as a lazy frame."""
    if isinstance(value, pd.Series):
        value = value.to_frame()
    if isinstance(value, pd.DataFrame):
        source, divisions = io.frames.frame_source(value, npartitions=1, chunksize=None, sort=False)
        return wrap(source, frames.blocks.emptied(value), divisions)
    if not isinstance(value, FrameLike) or isinstance(value._meta, pd.Index):
        raise TypeError(f"{verb} takes frames, lazy or of pandas, not {type(value).__name__}")
    if value.ndim == 1:
        if value._meta.name is None:
            raise UsageError(
                f"{verb} takes a series only if it has a name, for its column; give it one with rename()"
            )
        return value.to_frame()  # type: ignore[attr-defined]
    return value


class _Choice(NamedTuple):
    goes: int | None
    """Which side is looked up, 0 for the left and 1 for the right; None if both are shuffled."""
    why: str


class _Sides(NamedTuple):
    """The two sides of a merge."""

    left: Any
    right: Any
    merge: frames.merging.Merge
    shared: tuple[Any, ...] | None = None
    """The levels by which two indexes meet, where these are not all."""

    def merged(self, broadcast: bool | None, npartitions: int | None) -> Any:
        """The frame of both, in the way that is chosen."""
        with self.left._explained():
            self.merge.by_pandas(self.left._meta, self.right._meta)  # raises what pandas raises
            meta = frames.blocks.emptied(self.merge(self.left._meta, self.right._meta))
        if self._is_aligned and broadcast is None and npartitions is None:
            return self._matched(meta)
        choice = self._choice(broadcast, npartitions)
        is_own = self.merge.how in frames.merging.KEEPING_OWN
        is_numbered = not is_own and not self._keeps_labels and _has_no_labels(meta)
        if choice.goes is None:
            is_open = broadcast is None and npartitions is None and is_numbered
            node = self._shuffled(npartitions, choice.why, is_numbered, self._may_go if is_open else ())
        else:
            node = self._looked_up(choice.goes, choice.why)
        kept = self.left._divisions if is_own and choice.goes is not None else None
        return wrap(node, meta, divisions=kept, numbers=is_numbered)

    @property
    def _keeps_labels(self) -> bool:
        """Whether rows have labels of one side, or of both."""
        return self.merge.left_on is None or self.merge.right_on is None

    @property
    def _is_aligned(self) -> bool:
        """Whether both sides are joined by labels of which it is known in which partition they are."""
        by_index = self.merge.left_on is None and self.merge.right_on is None
        return by_index and self.left.known_divisions and self.right.known_divisions

    def _matched(self, meta: Any) -> Any:
        """The frame of both, cut at the same labels: partition by partition."""
        left, right = dataframe.alignment.matched(self.left, self.right, joins=True, pairs=True)
        node = Blockwise(
            verb="merge",
            kernel=self.merge,
            over=(left.node, right.node),
            blockmap=Aligned(left.npartitions, (False, False)),
        )
        return wrap(node, meta, left._divisions)

    @property
    def _may_go(self) -> tuple[int, ...]:
        """The sides that a plan may have looked up, if it finds room for them."""
        is_by_number = config.get("broadcast_bytes") is None and self.merge.is_by_number(
            self.left._meta, self.right._meta
        )
        return _MAY_GO[self.merge.how] if is_by_number else ()

    def _shuffled(
        self, npartitions: int | None, why: str, is_numbered: bool, may_go: tuple[int, ...]
    ) -> Node:
        merge = dataclasses.replace(self.merge, may_go=may_go)
        shown = f"{merge.label} ({why})"
        sides = [
            shuffle.frames.Side(
                on,
                side._meta,
                not (is_numbered and set(on or [None]) <= set(side.columns)),
                keeps_order=True,
            )
            for on, side in (
                (merge.left_on or self.shared, self.left),
                (merge.right_on or self.shared, self.right),
            )
        ]
        return dataframe.shuffle.shuffled_frames(
            "merge", [self.left.node, self.right.node], sides, merge, npartitions, shown, is_numbered
        )

    def _looked_up(self, side: int, why: str) -> Node:
        stays, goes = (self.left, self.right) if side else (self.right, self.left)
        if stays.npartitions == goes.npartitions == 1:
            return Blockwise(
                verb="merge",
                kernel=self.merge,
                over=(self.left.node, self.right.node),
                blockmap=Aligned(1, (False, True)),
            )
        return plan.lookups.looked_up(stays.node, goes.node, self.merge, side, why)

    def _choice(self, broadcast: bool | None, npartitions: int | None) -> _Choice:
        """How to join, from what is known while the plan is made."""
        allowed = () if self.merge.validate else _MAY_GO[self.merge.how]
        if broadcast:
            if npartitions is not None:
                raise UsageError("broadcast=True leaves the partitions as they are: leave out npartitions")
            if not allowed:
                raise UsageError(
                    f"neither side of a join with how={self.merge.how!r}{' that validates' if self.merge.validate else ''} "
                    "may be looked up by each partition of the other: leave out broadcast=True"
                )
            return _Choice(allowed[0], "broadcast=True")
        if broadcast is False:
            return _Choice(None, "shuffled: broadcast=False")
        if npartitions is not None:
            return _Choice(None, f"shuffled: npartitions={npartitions}")
        if self.left.npartitions == self.right.npartitions == 1:
            return _Choice(1, "1 partition each")
        reasons = []
        for side in allowed:
            is_small, reason = _smallness((self.left, self.right)[side].node)
            if is_small:
                return _Choice(side, reason)
            reasons.append(f"{plan.lookups.SIDES[side]} is {reason}")
        return _Choice(None, f"shuffled: {', '.join(reasons) or 'both sides are needed whole'}")


def _smallness(node: Node) -> tuple[bool, str]:
    """Whether ``node`` is small enough to be beside each partition of another, and what is known about it."""
    most = plan.estimates.broadcast_bytes()
    weights = plan.estimates.block_bytes(node)
    if weights is not None:
        size = sum(weights)
        return size < most, f"about {format_bytes(size)}"
    if node.npartitions == 1:
        return most > 0, "1 partition"
    return False, f"{node.npartitions} partitions of unknown size"


def _has_no_labels(meta: Any) -> bool:
    """Whether pandas numbers the rows of such a frame."""
    return isinstance(meta.index, pd.RangeIndex) and meta.index.name is None


def _crossed(left: Any, right: Any, suffixes: tuple[Any, ...]) -> Any:
    """Every row of one with every row of the other."""
    kernel = frames.merging.Cross((suffixes[0], suffixes[1]))
    node = Blockwise(
        verb="merge",
        kernel=kernel,
        over=(left.node, right.node),
        blockmap=Product(left.npartitions, right.npartitions),
    )
    return wrap(node, frames.blocks.emptied(kernel(left._meta, right._meta)), numbers=True)
