"""What a call of ``groupby`` and a method of it mean: which columns are read, what is computed, how the answer looks.

pandas is asked, with a few rows of the right types that are made up: names and types of the answer come from it, and
so do its errors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from pannier.errors import UsageError, near_matches
from pannier.frozen import frozen
from pannier.kernels import frames
from pannier.kernels.frames.aggregations import Aggregation, Output, output_of
from pannier.kernels.frames.groupexamples import example
from pannier.kernels.frames.grouping import GroupAggregate, framed
from pannier.kernels.frames.groupkeys import Index, Keyed
from pannier.kernels.frames.groupsteps import GroupMatrix
from pannier.kernels.kernel import Slot


class Plan(NamedTuple):
    """How to aggregate a frame."""

    keyed: Keyed
    aggregate: GroupAggregate


@frozen
class GroupSpec:
    """The arguments of ``groupby``, and which columns of the groups are chosen."""

    meta: Any
    """The frame or series that is grouped, without rows."""
    keys: tuple[Any, ...]
    """Names of columns, :class:`~pannier.kernels.frames.groupkeys.Index`, slots for further blocks."""
    key_metas: tuple[pd.Series[Any], ...]
    """For each key its values, without rows, under its name."""
    selection: Any = None
    """A column, a list of columns, or None for all."""
    is_list: bool = True
    """Whether ``by`` was a list: of one key, it makes keys of ``apply`` tuples."""
    sort: bool = True
    dropna: bool = True
    observed: bool = True
    as_index: bool = True
    group_keys: bool = True
    times: tuple[frames.bins.TimeKey | None, ...] = ()
    """For each key what it is made of, if it is a bin of a time."""

    @property
    def names(self) -> tuple[Any, ...]:
        """What the keys are called."""
        return tuple([key.name for key in self.key_metas])

    @property
    def lists_unobserved(self) -> bool:
        """Whether categories without rows are groups too, so that all rows have to be in one place."""
        return not self.observed and any(isinstance(key.dtype, pd.CategoricalDtype) for key in self.key_metas)

    @property
    def is_series(self) -> bool:
        """Whether it is one column whose groups are asked."""
        return isinstance(self.meta, pd.Series) or (
            self.selection is not None and not isinstance(self.selection, list)
        )

    @property
    def columns(self) -> list[Any]:
        """The columns that are aggregated; None for the series itself."""
        if isinstance(self.meta, pd.Series):
            return [None]
        if self.selection is None:
            keys = {key for key in self.keys if not isinstance(key, (Index, Slot))}
            keys |= {time.column for time in self.times if time is not None and time.column is not None}
            return [column for column in self.meta.columns if column not in keys]
        return self.selection if isinstance(self.selection, list) else [self.selection]

    def keyed(self, values: Iterable[Any]) -> Keyed:
        """The step that puts keys before these columns.

        Raises UsageError for columns that their names do not tell apart.
        """
        values = tuple(values)
        if not isinstance(self.meta, pd.Series):
            twice = set(self.meta.columns[self.meta.columns.duplicated()])
            for value in values:
                if value is None or value in twice:
                    raise UsageError(
                        f"groups are of columns with names of their own, and {value!r} is none; choose others, as in "
                        "groupby(key)[columns], or name all with set_axis(names, axis=1) first"
                    )
        return Keyed(self.keys, values)

    def labels(self, columns: Sequence[Any]) -> pd.Index[Any]:
        """``columns`` as an index like that of the frame."""
        return self.meta.columns[self.meta.columns.get_indexer_for(list(columns))]  # type: ignore[no-any-return]

    def chosen(self, selection: Any) -> GroupSpec:
        """The same groups of a column, or of a list of columns.

        Raises KeyError for a column that there is not, with those that are near.
        """
        if isinstance(self.meta, pd.Series) or (
            self.selection is not None and not isinstance(selection, list)
        ):
            raise IndexError(f"columns {self.selection!r} are chosen already")
        for column in selection if isinstance(selection, list) else [selection]:
            if column not in self.meta.columns:
                raise KeyError(f"Column not found: {column}{near_matches(column, self.meta.columns)}")
            check_whole(self.meta.columns, column)
        return dataclasses.replace(self, selection=selection)

    def groups(self, frame: Any, keys: list[Any]) -> Any:
        """The pandas object for the groups of ``frame``, chosen as here."""
        keys = [key if time is None else time.grouper for key, time in zip_longest(keys, self.times)]
        made = frame.groupby(
            keys if self.is_list or len(keys) > 1 else keys[0],
            sort=self.sort,
            dropna=self.dropna,
            observed=self.observed,
            as_index=self.as_index,
            group_keys=self.group_keys,
        )
        return made if self.selection is None else made[self.selection]

    def shown(self, ask: Callable[[Any], Any]) -> Any:
        """What ``ask`` makes of a few groups that are made up.

        Objects are texts there; or numbers, where ``ask`` takes no texts, as decimal numbers may be objects.  Each
        group has rows: types are those of answers in which no category lacks them.
        """
        if not self.observed:
            return dataclasses.replace(self, observed=True).shown(ask)
        try:
            return ask(self.example())
        except (TypeError, ValueError):
            if not self._objects:
                raise
            try:
                return ask(self.example(in_numbers=True))
            except (TypeError, ValueError):
                pass
            raise

    @property
    def _objects(self) -> list[int]:
        """Where columns of objects are that are aggregated."""
        if isinstance(self.meta, pd.Series):
            return [0] if self.meta.dtype == object else []
        columns, dtypes = self.columns, self.meta.dtypes
        return [
            i
            for i, (column, dtype) in enumerate(zip(self.meta.columns, dtypes, strict=True))
            if pd.api.types.is_object_dtype(dtype) and column in columns
        ]

    def example(self, *, in_numbers: bool = False) -> Any:
        """The pandas object for a few groups that are made up; their objects are texts, or numbers."""
        frame = example(self.meta)
        if in_numbers:
            numbers = frames.reductions.plausible(self.meta)
            if isinstance(frame, pd.Series):
                frame = numbers
            else:
                for i in self._objects:
                    frame.isetitem(i, numbers.iloc[:, i])
        keys = []
        for key, meta in zip(self.keys, self.key_metas, strict=True):
            named = not isinstance(key, (Index, Slot))
            keys.append(key if named else pd.Series(example(meta).array, index=frame.index, name=meta.name))
        times = tuple([time and time.without_gaps for time in self.times])
        return dataclasses.replace(self, times=times).groups(frame, keys)

    def method(self, func: str, options: Mapping[str, Any]) -> Plan:
        """How to compute what the method ``func`` of groups gives, a value a column."""
        asked = {**options, "min_count": 0} if "min_count" in options else options  # the rows are few
        shown = self.shown(lambda groups: getattr(groups, func)(**asked))
        own = {name: value for name, value in options.items() if name not in _ABOUT_COLUMNS}
        if func == "size":
            return self._plan([(None, func)], {}, shown)
        if self.is_series:
            return self._plan([(self.columns[0], func)], own, shown)
        indexed = dataclasses.replace(self, as_index=True)  # columns are those of no key, but for chosen ones
        values = shown if self.as_index else indexed.shown(lambda groups: getattr(groups, func)(**asked))
        return self._plan([(name, func) for name in values.columns], own, shown)

    def aggregation(self, func: Any, named: Mapping[str, Any]) -> Plan:
        """How to compute ``agg(func, **named)``."""
        if isinstance(func, str) and func == "size" and not named:
            return self.method(func, {})  # one value a group, of whatever columns
        wanted = self._wanted(func, named)
        asked = {name: _shown(value) for name, value in named.items()}
        shown = self.shown(lambda groups: groups.agg(_shown(func), **asked))
        return self._plan(wanted, {}, shown)

    def pairs(self, func: str, options: Mapping[str, Any]) -> tuple[Keyed, GroupMatrix]:
        """How to compute ``func`` (corr, cov) of each pair of columns."""
        shown = getattr(self.example(), func)(**options)
        own = {name: value for name, value in options.items() if name not in _ABOUT_COLUMNS}
        keyed = dataclasses.replace(self.keyed(shown.columns), lets_infinite_go=True)
        columns = self._samples(keyed)
        gaps = []
        if func == "cov" and any(dtype.kind == "f" for dtype in shown.dtypes):
            keyed = dataclasses.replace(keyed, marks_gaps=True)
            gaps = [(len(self.keys) + len(columns), pd.Series([False]))]
        outputs = [
            output_of(f"own {func}", [x, *gaps], own) if x is y else output_of(func, [x, y, *gaps], own)
            for i, x in enumerate(columns)
            for y in columns[i:]
        ]
        meta = pd.DataFrame({i: pd.Series(dtype="f8") for i in range(len(outputs))})
        aggregate = self._aggregate(outputs, meta, None)
        return keyed, GroupMatrix(aggregate, tuple(shown.columns), shown.iloc[:0])

    def _wanted(self, func: Any, named: Mapping[str, Any]) -> list[tuple[Any, Any]]:
        """For each column of the answer of ``agg``, the column it is of, and the function."""
        if func is None:
            if not named:
                raise TypeError("Must provide 'func' or tuples of '(column, aggfunc).")
            if self.is_series:
                return [(self.columns[0], each) for each in named.values()]
            pairs = [(each[0], each[1]) for each in named.values()]
            self._check([column for column, _ in pairs])
            return pairs
        if isinstance(func, Mapping):
            self._check(list(func))
            return [(column, each) for column, some in func.items() for each in _listed(some)]
        return [(column, each) for column in self.columns for each in _listed(func)]

    def _check(self, columns: list[Any]) -> None:
        for column in columns:
            if not self.is_series and column not in self.meta.columns:
                raise KeyError(f"Label(s) {[column]} do not exist{near_matches(column, self.meta.columns)}")

    def _plan(self, wanted: list[tuple[Any, Any]], options: Mapping[str, Any], shown: Any) -> Plan:
        is_size = len(wanted) == 1 and wanted[0][1] == "size"
        values = [] if is_size else [column for column, _ in wanted]
        keyed = self.keyed(dict.fromkeys(values))
        samples = dict(zip(keyed.values, self._samples(keyed), strict=True))
        outputs = []
        for column, func in wanted:
            some = [samples[column]] if column in samples else []
            outputs.append(output_of(_named(func, some[0][1] if some else None), some, options))
        keys = None if self.as_index else self._keys_beside(shown.columns, len(outputs))
        if not isinstance(shown, pd.Series) and len(outputs) + len(keys or ()) != len(shown.columns):
            raise UsageError(
                f"agg gives {len(shown.columns)} columns for {len(outputs)} functions; name each, as in "
                "agg(total=('x', 'sum'))"
            )
        plan = Plan(keyed, self._aggregate(outputs, shown.iloc[:0], keys))
        return (
            self._with_own_types(plan) if any(isinstance(func, Aggregation) for _, func in wanted) else plan
        )

    def _keys_beside(self, columns: pd.Index[Any], n: int) -> tuple[int, ...]:
        """Which keys are before the last ``n`` of ``columns``: all, or those whose names these have not."""
        names, keys = self.names, list[int]()
        if len(columns) == len(names) + n:
            return tuple(range(len(names)))
        taken = set(columns[len(columns) - n :].get_level_values(0))
        for i in reversed(range(len(names))):
            unnamed = "index" if len(names) == 1 else f"level_{i}"
            name = unnamed if names[i] is None else names[i]
            if name not in taken:
                keys.insert(0, i)
                taken.add(name)
        return tuple(keys)

    def _with_own_types(self, plan: Plan) -> Plan:
        """``plan`` with the types that aggregations of the user's own make of rows that are made up."""
        keys = [example(meta).array for meta in self.key_metas]
        block = framed([*keys, *[sample.array for _, sample in self._samples(plan.keyed)]])
        aggregate = plan.aggregate
        made = aggregate.finish(aggregate.chunk(block))
        return plan._replace(aggregate=dataclasses.replace(aggregate, meta=made.iloc[:0]))

    def _samples(self, keyed: Keyed) -> list[tuple[int, pd.Series[Any]]]:
        """For each value of ``keyed`` its place, and values that are made up."""
        frame = example(self.meta)
        return [
            (len(self.keys) + i, frame if name is None else frame[name])
            for i, name in enumerate(keyed.values)
        ]

    def _aggregate(self, outputs: list[Output], meta: Any, columns: tuple[int, ...] | None) -> GroupAggregate:
        dtypes = tuple([key.dtype for key in self.key_metas])
        return GroupAggregate(
            self.names, dtypes, tuple(outputs), meta, self.sort, self.dropna, self.observed, columns
        )


def _listed(some: Any) -> list[Any]:
    return list(some) if isinstance(some, (list, tuple)) else [some]


def _shown(func: Any) -> Any:
    """``func`` for pandas, with a stand-in for each aggregation that pandas does not know."""
    if isinstance(func, Aggregation):
        return _stand_in(func)
    if isinstance(func, list):
        return [_shown(each) for each in func]
    if isinstance(func, tuple):  # pandas.NamedAgg among them
        return (func[0], *map(_shown, func[1:]))
    if isinstance(func, Mapping):
        return {column: _shown(each) for column, each in func.items()}
    return func


def _stand_in(own: Aggregation) -> Callable[[Any], Any]:
    def stand_in(_: Any) -> Any:
        return None

    stand_in.__name__ = own.__name__
    return stand_in


_ABOUT_COLUMNS: Final = frozenset({"numeric_only"})
"""Options that say which columns an answer has."""
_NAMES: Final[Mapping[Any, str]] = {
    len: "size",
    np.sum: "sum",
    np.prod: "prod",
    np.mean: "mean",
    np.median: "median",
    np.min: "min",
    np.max: "max",
}
"""Functions of a series that are computed as the method of this name is."""
_BUILTINS: Final[Mapping[Any, str]] = {sum: "sum", min: "min", max: "max", any: "any", all: "all"}
"""The same where no value may be missing, of which these make something else."""


def _named(func: Any, sample: pd.Series[Any] | None) -> Any:
    """The name of the method that is computed in place of ``func``, or ``func`` itself."""
    if isinstance(func, str) or not callable(func):
        return func
    if sample is not None and isinstance(sample.dtype, np.dtype) and sample.dtype.kind in "biu":
        func = _BUILTINS.get(func, func)
    return func if isinstance(func, str) else _NAMES.get(func, func)


def check_whole(columns: pd.Index[Any], label: Any) -> None:
    """Raise UsageError where ``label`` is a part of one of ``columns``, which have several levels."""
    if isinstance(columns, pd.MultiIndex) and not (
        isinstance(label, tuple) and len(label) == columns.nlevels
    ):
        raise UsageError(
            f"{label!r} is a part of the name of a column; groupby takes whole ones, such as {columns[0]!r}"
        )


def check_key(meta: Any) -> None:
    """Raise UsageError where what is to be a key has several values for each row."""
    if isinstance(meta, pd.MultiIndex):
        raise UsageError(
            f"rows are grouped by levels, not by an index of {meta.nlevels} of them; use groupby(level="
            f"{list(range(meta.nlevels))}), or reset_index() and groupby() of its columns"
        )
    if meta.ndim > 1:
        raise UsageError(
            f"rows are grouped by columns, not by a frame; use groupby({list(meta.columns)!r:.200})"
        )
