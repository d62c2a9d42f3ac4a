"""Verbs that run a user's own function: over partitions, over rows, over values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import pandas as pd

from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, FrameLike, wrap
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import Call
from pannier.kernels.kernel import BlockKernel, Slot, name_of
from pannier.plan.nodes import Blockwise

_SAYS_NAMES: Final = (pd.DataFrame, pd.Series, pd.Index, Mapping, list, tuple)
"""What a meta is that says more than the type of one value."""


class _Expected(NamedTuple):
    """What a user's function makes of a partition."""

    meta: Any
    is_value: bool
    """Whether it is one value, and the meta a series of such."""
    keeps_labels: bool = True
    """Whether rows keep their labels, as far as is known."""
    sample: Any = None
    """What it makes of the first rows of the first partition, where it was tried on these."""


class PartitionOperands(FrameOperands):
    """Operands of a function of partitions: block i of each, whatever its rows are, or the only one of some."""

    def _block(self, other: FrameLike) -> Slot:
        if other.npartitions == self.first.npartitions:
            return self._place(other.node, other._meta, shared=False)
        if other.npartitions == 1:
            return self._place(other.node, other._meta, shared=True)
        raise UsageError(
            f"partitions are put side by side, and there are {self.first.npartitions} of {self.first.node.verb} and "
            f"{other.npartitions} of {other.node.verb}; repartition one of them, or give align_dataframes=True where "
            "divisions are known"
        )


class UserFunctions(Operators):
    """``map_partitions``, and what it is the base of."""

    __slots__ = ()

    def map_partitions(
        self,
        func: Callable[..., Any],
        *args: Any,
        meta: Any = UNSET,
        enforce_metadata: bool = True,
        transform_divisions: bool = True,
        clear_divisions: bool = False,
        align_dataframes: bool = False,
        **kwargs: Any,
    ) -> Any:
        """What ``func(partition, *args, **kwargs)`` makes of each partition, a pandas object; or one value of each.

        Without ``meta`` the function is tried at once on some of the first rows, which are read for it, and what it
        returns says what there will be.  What it then returns for a partition has to be of the same columns and
        types, or is made so where no value changes by it.

        Parameters
        ----------
        func
            A function of a pandas object; it must leave that as it is.
        args, kwargs
            Further arguments.  Frames and series among them are given partition by partition beside this one's, those
            of one partition to all; scalars are computed first.
        meta
            What the function returns: an empty pandas object, ``{name: type, ...}`` or ``[(name, type), ...]`` for a
            frame, ``(name, type)`` for a series, a type for one value of each.  It is not tried then.
        enforce_metadata
            False: let partitions be of any columns and types.
        transform_divisions
            Of no effect: what a function makes of an index has no divisions that are known.
        clear_divisions
            The function changes labels, so that divisions are not known any more.  Found out by itself where the
            function is tried.
        align_dataframes
            Cut frames among the arguments, of known divisions, at the same labels first.

        Raises
        ------
        UsageError
            On compute: what the function returned for a partition does not fit; the message names the partition, the
            column, a value, and the ``meta`` that would.

        Examples
        --------
        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=2)
        >>> df.map_partitions(lambda part: part.assign(y=part.x - part.x.min())).compute(
        ...     scheduler="sync"
        ... )
           x  y
        0  1  0
        1  2  1
        2  3  0
        3  4  1
        >>> df.map_partitions(len).compute(scheduler="sync").tolist()
        [2, 2]
        """
        first: Any = self
        if align_dataframes:
            for i, arg in enumerate(args):
                if isinstance(arg, FrameLike) and arg.npartitions > 1:
                    first, other = first._beside(arg)
                    args = (*args[:i], other, *args[i + 1 :])
        operands = PartitionOperands(first)
        args, kwargs = operands.arguments(args, kwargs)
        shown = f"map_partitions({name_of(func)})"
        step = Call(func, (Slot(0), *args), kwargs, shown)
        return first._user_step(
            "map_partitions",
            step,
            operands,
            shown,
            meta,
            enforces=enforce_metadata,
            clears=clear_divisions,
        )

    def _user_step(
        self,
        verb: str,
        step: BlockKernel,
        operands: FrameOperands,
        shown: str,
        meta: Any = UNSET,
        *,
        enforces: bool = True,
        keeps_rows: bool | None = None,
        clears: bool = False,
    ) -> Any:
        """A step over partitions that runs a user's function, tried on first rows where no ``meta`` is given.

        ``keeps_rows`` says whether rows and labels stay; None where only the function knows.
        """
        expected = self._expected(step, operands, shown, meta, keeps_rows)
        meta, is_value = expected.meta, expected.is_value
        is_same = keeps_rows is True or (expected.keeps_labels and not is_value and not clears)
        has_divisions = is_same and not isinstance(meta, pd.Index) and not isinstance(self._meta, pd.Index)
        divisions = self._divisions if has_divisions else None
        kernel = frames.user.UserStep(
            frames.user.OneValue(step) if is_value else step,
            shown,
            meta if enforces else None,
            rows_kept=keeps_rows is True,
            checks_labels=divisions is not None and keeps_rows is not True,
        )
        node = Blockwise(
            verb=verb,
            kernel=kernel,
            over=tuple(operands.nodes),
            blockmap=operands.blockmap,
            params=(range(self.npartitions),),
        )
        if expected.sample is not None:
            dataframe.sampled.keep_sample(node, expected.sample)
        rows = self._rows if is_same else ""
        return wrap(
            node, meta, divisions, rows, numbers=is_value or (operands.first._numbers if is_same else None)
        )

    def _expected(
        self, step: BlockKernel, operands: FrameOperands, shown: str, meta: Any, keeps_rows: bool | None
    ) -> _Expected:
        """What ``step`` makes of a partition, as ``meta`` says or as it is seen to."""
        if meta is UNSET or meta is None:
            seen = dataframe.sampled.tried(step, operands, shown)
            if not isinstance(seen.meta, (pd.DataFrame, pd.Series, pd.Index)):
                return _Expected(_meta_of_values(seen.meta, shown), is_value=True)
            keeps_labels = _has_labels_of(seen.made, seen.blocks[0])
            return _Expected(seen.meta, False, keeps_labels, seen.made if seen.is_first else None)
        if keeps_rows is None and not isinstance(meta, _SAYS_NAMES):
            return _Expected(dataframe.sampled.make_meta(meta, pd.RangeIndex(0)), is_value=True)
        return _Expected(
            dataframe.sampled.make_meta(meta, self._meta, getattr(self._meta, "name", None)), is_value=False
        )

    def _each(
        self,
        name: str,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        meta: Any,
        *,
        enforces: bool = True,
    ) -> Any:
        """The pandas method ``name`` of every partition, which calls ``func`` with each row or value."""
        operands = FrameOperands(self)
        args, kwargs = operands.arguments(args, kwargs)
        step = frames.user.EachRow(name, func, args, tuple(kwargs.items()))
        return self._user_step(name, step, operands, step.label, meta, enforces=enforces, keeps_rows=True)


class FrameFunctions(UserFunctions):
    """Functions of the rows and values of a frame."""

    __slots__ = ()

    def apply(
        self,
        func: Callable[..., Any],
        axis: int | str = 0,
        raw: bool = False,
        result_type: str | None = None,
        args: tuple[Any, ...] = (),
        meta: Any = UNSET,
        **kwargs: Any,
    ) -> Any:
        """What ``func(row, *args, **kwargs)`` makes of every row, a series; with ``axis=1`` only.

        One value a row makes a series, a pandas series a row a frame.  Without ``meta`` the function is tried on some
        first rows; see :meth:`map_partitions`.  An exception says at which row it came.  Slow, as it is in pandas:
        where there is a way with whole columns, it is many times faster.

        Raises :class:`~pannier.errors.UsageError` for ``axis=0``: a column is in many partitions.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
        >>> df.apply(lambda row: row.x * row.y, axis=1).compute(scheduler="sync").tolist()
        [3, 8]
        """
        if axis not in (1, "columns"):
            raise UsageError(
                "a column is in many partitions, so that no function can be applied to it as one; give axis=1 for a "
                "function of rows, use map_partitions() for one of partitions, agg() and the reductions for columns"
            )
        options = {"axis": 1, "raw": raw, "result_type": result_type, "args": args}
        return self._each("apply", func, (), {**options, **kwargs}, meta)

    def map(
        self, func: Callable[..., Any], na_action: str | None = None, *, meta: Any = UNSET, **kwargs: Any
    ) -> Any:
        """What ``func(value, **kwargs)`` makes of every value; with ``na_action="ignore"`` not of missing ones.

        Without ``meta`` the function is tried on some first rows; see :meth:`map_partitions`.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
        >>> df.map(lambda value: value + 0.5).compute(scheduler="sync")
             x    y
        0  1.5  3.5
        1  2.5  4.5
        """
        return self._each("map", func, (), {"na_action": na_action, **kwargs}, meta)

    def applymap(self, func: Callable[..., Any], meta: Any = UNSET, **kwargs: Any) -> Any:
        """:meth:`map` under its old name."""
        return self.map(func, meta=meta, **kwargs)


class SeriesFunctions(UserFunctions):
    """Functions of the values of a series."""

    __slots__ = ()

    def map(self, arg: Any, na_action: str | None = None, meta: Any = UNSET, **kwargs: Any) -> Any:
        """What ``arg`` makes of every value: a function of it, or a dict or pandas series to look it up in.

        What a dict or series has not is missing.  Without ``meta`` a function is tried on some first rows; see
        :meth:`map_partitions`.

        >>> import pandas as pd, pannier as pn
        >>> s = pn.from_pandas(pd.Series(["a", "b", "a"]), npartitions=2)
        >>> s.map({"a": "one", "b": "two"}).compute(scheduler="sync").tolist()
        ['one', 'two', 'one']
        >>> s.map(str.upper).compute(scheduler="sync").tolist()
        ['A', 'B', 'A']
        """
        if isinstance(arg, FrameLike):
            raise UsageError(
                f"map() looks values up in a dict or pandas series, and this {type(arg).__name__} is lazy, with labels in "
                "many partitions: use merge(), as in df.merge(other.to_frame(), how='left', left_on='x', right_index=True)"
            )
        return self._each(
            "map",
            arg,
            (),
            {"na_action": na_action, **kwargs},
            meta,
            enforces=callable(arg) or meta is not UNSET or hasattr(arg, "__missing__"),
        )

    def apply(
        self,
        func: Callable[..., Any] | str,
        convert_dtype: Any = UNSET,
        meta: Any = UNSET,
        args: tuple[Any, ...] = (),
        **kwargs: Any,
    ) -> Any:
        """What ``func(value, *args, **kwargs)`` makes of every value; of a name, that method of the series.

        Where it returns a series for each value, a frame.  Without ``meta`` the function is tried on some first rows;
        see :meth:`map_partitions`.  ``convert_dtype`` has no effect, as in pandas.

        >>> import pandas as pd, pannier as pn
        >>> s = pn.from_pandas(pd.Series([1, 2, 3], name="x"), npartitions=2)
        >>> s.apply(lambda value, by: value * by, args=(10,)).compute(scheduler="sync").tolist()
        [10, 20, 30]
        """
        if isinstance(func, str):
            return getattr(self, func)(*args, **kwargs)
        return self._each("apply", func, (), {"args": args, **kwargs}, meta)


def map_partitions(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What ``func`` makes of the partitions of the frames and series among ``args``, side by side.

    The method :meth:`~pannier.collections.dataframe.user.UserFunctions.map_partitions` of the first of them, with its
    keywords; here it need not be the first argument.

    >>> import pandas as pd, pannier as pn, pannier.dataframe as pdf
    >>> x = pn.from_pandas(pd.Series([1, 2, 3], name="x"), npartitions=2)
    >>> pdf.map_partitions(lambda by, s: s * by, 10, x).compute(scheduler="sync").tolist()
    [10, 20, 30]
    """
    place = next((i for i, arg in enumerate(args) if isinstance(arg, UserFunctions)), None)
    if place is None:
        raise UsageError(f"map_partitions needs a frame or series among its arguments, not {args!r:.100}")
    if place == 0:
        return args[0].map_partitions(func, *args[1:], **kwargs)
    rest = (*args[:place], *args[place + 1 :])
    return args[place].map_partitions(Placed(func, place), *rest, **kwargs)


class Placed:
    """``func`` called with its first argument at another place."""

    __slots__ = ("func", "place")

    def __init__(self, func: Callable[..., Any], place: int) -> None:
        self.func = func
        self.place = place

    def __call__(self, first: Any, *args: Any, **kwargs: Any) -> Any:
        return self.func(*args[: self.place], first, *args[self.place :], **kwargs)

    @property
    def label(self) -> str:
        """The function as the user wrote it."""
        return name_of(self.func)


def _has_labels_of(made: Any, block: Any) -> bool:
    """Whether rows of ``made`` have the labels of those of ``block``, one by one."""
    if not isinstance(made, (pd.DataFrame, pd.Series)) or not isinstance(block, (pd.DataFrame, pd.Series)):
        return isinstance(made, pd.Index) and isinstance(block, pd.Index) and len(made) == len(block)
    return made.index is block.index or made.index.identical(block.index)


def _meta_of_values(value: Any, shown: str) -> pd.Series[Any]:
    """The series of values of which ``value`` is one."""
    if hasattr(value, "__array__") and getattr(value, "ndim", False):
        raise UsageError(
            f"{shown} returned an array, whose rows have no labels; return a pandas object, for example "
            "pd.Series(values, index=partition.index)"
        )
    return pd.Series([value])[:0]
