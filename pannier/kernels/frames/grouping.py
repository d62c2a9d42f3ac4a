"""Aggregating by group, over blocks whose first columns are the keys.

A block becomes a *partial*: a frame with a row for each group of the block, the keys first, then what is kept of the
group.  Partials are merged by the same means, and the last one becomes the answer as pandas would give it.  Where a
block has about as many groups as rows, nothing is gained by finding them twice, and each row is a partial of its
own; where an aggregation needs whole groups, partials are the rows themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.aggregations import Output
from pannier.kernels.frames.arrowgroups import reduced
from pannier.kernels.frames.blocks import concatenated, settable
from pannier.kernels.frames.groupcodes import (
    Groups,
    addressed_groups,
    are_alone,
    are_distinct,
    groups_of,
    is_complete,
    is_reducible,
)
from pannier.kernels.frames.groupstates import Array, Rows, State, is_number, taken
from pannier.kernels.frames.groupwhole import whole
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.reductions import Reduction


@frozen
class GroupAggregate(Reduction):
    """The outputs of each group of keys, as pandas has them."""

    names: tuple[Any, ...]
    """What the keys are called; they are the first columns of a block."""
    key_dtypes: tuple[Any, ...]
    outputs: tuple[Output, ...]
    meta: Any
    """The answer for no rows: a frame or a series of the right columns and types."""
    sort: bool = True
    dropna: bool = True
    observed: bool = True
    columns: tuple[int, ...] | None = None
    """Which keys are columns of the answer, before the outputs; None: the keys are its index."""
    over_blocks: ClassVar[bool] = True

    @property
    def needs_rows(self) -> bool:
        """Whether partials are the rows themselves."""
        return any(output.needs_rows for output in self.outputs)

    @property
    def needs_labels(self) -> bool:
        """Whether the index of the rows, or of partials, has to go along."""
        return self.needs_rows and any(output.needs_labels for output in self.outputs)

    @property
    def calls_functions(self) -> bool:
        """Whether functions of the user's are called."""
        return not all(isinstance(output.func, str) for output in self.outputs)

    @property
    def lists_unobserved(self) -> bool:
        """Whether categories without rows are groups too, so that answers have to be in one place."""
        return not self.observed and any(isinstance(dtype, pd.CategoricalDtype) for dtype in self.key_dtypes)

    def chunk(self, records: Any) -> pd.DataFrame:
        frame = self._rows_of_groups(records)
        if self.needs_rows:
            return frame if self.needs_labels else frame.reset_index(drop=True)
        return self.condensed(frame, merged=False)

    def combine(self, partials: list[Any]) -> pd.DataFrame:
        frame: pd.DataFrame = concatenated(partials)
        if self.needs_rows or len(partials) == 1:
            return frame
        return self.condensed(frame, merged=True)

    def finish(self, partial: Any) -> Any:
        return self.shaped(self.answers(partial))

    def answers(self, partials: pd.DataFrame, hashes: Any = None) -> pd.DataFrame:
        """Keys and answers of some groups, from all their partials, in the order of their first rows.

        Where the ``hashes`` of keys are known, groups of one row may come before the others; where keys are sorted in the
        end, which they can be if they are addresses, there is no order.
        """
        if hashes is None:
            return self._answers(partials, are_distinct(self._keys(partials)))
        alone = are_alone(hashes)
        if alone.all() or not alone.any():
            return self._answers(partials, bool(alone.all()))
        blocks = [self._answers(partials[alone], True), self._answers(partials[~alone], False)]
        answers: pd.DataFrame = concatenated(blocks)
        return answers

    def answers_of_alone(self, partials: pd.DataFrame) -> pd.DataFrame:
        """The same of groups that have one partial each."""
        return self._answers(partials, are_distinct=True)

    def _answers(self, partials: pd.DataFrame, are_distinct: bool) -> pd.DataFrame:
        """Keys and answers of some groups; see :meth:`answers` for their order."""
        keys, k = self._keys(partials), len(self.names)
        groups = Groups.of_each_row(len(partials)) if are_distinct else self._addressed(keys)
        if groups is None:
            if (made := self._reduced(partials, merged=True)) is not None:
                kept = made[k:]
                return self._declared(made[:k], [self._finished(output, kept) for output in self.outputs])
            groups = groups_of(keys, sort=False).by_appearance()
        elif not self.sort:
            groups = groups.by_appearance()
        rows = Rows(partials, groups)
        kept = self._chunks(rows) if self.needs_rows else self._merged(rows)
        answers = [self._answer(output, rows, kept) for output in self.outputs]
        return self._declared(self._found(partials, groups), answers)

    def shaped(self, answers: pd.DataFrame) -> Any:
        """The answers with the order, index, names and types that pandas gives them."""
        k = len(self.names)
        if self.sort:
            answers = answers.take(groups_of(self._keys(answers)).first)
        data = framed([answers.iloc[:, k + i].array for i in range(len(self.outputs))])
        keys = self._keys(answers)
        if self.columns is None or self.lists_unobserved:
            uniques = [as_index(key).rename(name) for key, name in zip(keys, self.names, strict=True)]
            data.index = uniques[0] if k == 1 else pd.MultiIndex.from_arrays(uniques, names=self.names)
            if self.lists_unobserved:
                data = self._with_unobserved(data, uniques)
                keys = [level.to_series() for level in levels_of(data.index)]
        return self._named(data, keys)

    @property
    def label(self) -> str:
        """The verb as the user wrote it."""
        funcs = list(dict.fromkeys(output.func for output in self.outputs))
        return f"groupby.{getattr(funcs[0], '__name__', funcs[0])}" if len(funcs) == 1 else "groupby.agg"

    def _keys(self, frame: pd.DataFrame) -> list[pd.Series[Any]]:
        return [frame.iloc[:, i] for i in range(len(self.names))]

    def _rows_of_groups(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of a block that belong to a group, or to one that says which keys are listed."""
        complete = is_complete(self._keys(frame)) if self.dropna and not self.lists_unobserved else None
        return frame if complete is None else frame[complete]

    def condensed(self, frame: pd.DataFrame, *, merged: bool) -> pd.DataFrame:
        """The partial of rows, or of partials that are to be ``merged``."""
        keys = self._keys(frame)
        groups = self._addressed(keys)
        if not is_reducible(keys, groups):
            return framed(self._partial(frame, Groups.of_each_row(len(frame)), merged=merged))
        if groups is None:
            if (made := self._reduced(frame, merged=merged)) is not None:
                return framed(made)
            groups = groups_of(keys, sort=False)
        arrays = self._partial(frame, groups, merged=merged)
        if not self.sort:
            by_appearance = np.argsort(groups.first)
            arrays = [each.take(by_appearance) for each in arrays]
        return framed(arrays)

    def _reduced(self, frame: pd.DataFrame, *, merged: bool) -> list[Array] | None:
        if self.needs_rows:
            return None
        return reduced(frame, len(self.names), self._states, merged=merged, in_order=not self.sort)

    def _addressed(self, keys: list[pd.Series[Any]]) -> Groups | None:
        """The groups of ``keys``, where it is fastest to address them; None where a hash table had better be asked."""
        return addressed_groups(keys) if all(state.is_light for state in self._states) else None

    def _partial(self, frame: pd.DataFrame, groups: Groups, *, merged: bool) -> list[Array]:
        rows = Rows(frame, groups)
        return [*self._found(frame, groups), *(self._merged(rows) if merged else self._chunks(rows))]

    def _chunks(self, rows: Rows) -> list[Array]:
        return [each for state in self._states for each in state.chunk(rows)]

    @property
    def _states(self) -> list[State]:
        """What is kept of each group; what several outputs need is kept once."""
        return list(dict.fromkeys(state for output in self.outputs for state in output.states))

    def _found(self, frame: pd.DataFrame, groups: Groups) -> list[Array]:
        """The keys of groups."""
        if groups.key is not None:
            return [groups.key]
        keys = [key.array for key in self._keys(frame)]
        return keys if groups.is_each_row else [taken(key, groups.first) for key in keys]

    def _declared(self, keys: Sequence[Array], arrays: Sequence[Array]) -> pd.DataFrame:
        """Keys, as what they are columns of, and what there is for each."""
        return framed([*map(_as_declared, keys, self.key_dtypes), *arrays])

    def _merged(self, partials: Rows) -> list[Array]:
        merged: list[Array] = []
        for state in self._states:
            merged += state.merge(partials, len(self.names) + len(merged))
        return merged

    def _answer(self, output: Output, rows: Rows, kept: list[Array]) -> Array:
        if output.needs_rows:
            k = len(self.names) if self.dropna else 0
            return whole(rows, k, output.columns[0], output.name, output.func, dict(output.options))
        return self._finished(output, kept)

    def _finished(self, output: Output, kept: list[Array]) -> Array:
        place, arrays = 0, {}
        for state in self._states:
            arrays[state] = kept[place : place + state.width]
            place += state.width
        return output.finish([each for state in output.states for each in arrays[state]])

    def _named(self, data: pd.DataFrame, keys: list[pd.Series[Any]]) -> Any:
        is_series = isinstance(self.meta, pd.Series)
        dtypes = [self.meta.dtype] if is_series else list(self.meta.dtypes)[len(self.columns or ()) :]
        columns = [
            (data[i] if output.keeps_type(data[i].dtype, dtype) else _cast(data[i], dtype)).array
            for i, (output, dtype) in enumerate(zip(self.outputs, dtypes, strict=True))
        ]
        if is_series:
            return pd.Series(columns[0], data.index, dtype=columns[0].dtype, name=self.meta.name, copy=False)
        if self.columns is None:
            data = framed(columns, data.index)
        else:
            shown = [keys[i] for i in self.columns]
            values = [as_index(key).array if key.dtype == object else key.array for key in shown]
            data = framed([*values, *columns])
        data.columns = self.meta.columns
        return data

    def _with_unobserved(self, data: pd.DataFrame, uniques: list[pd.Index[Any]]) -> pd.DataFrame:
        """``data`` with a row for each category, of all combinations of the other keys that there are.

        These are listed, too, where rows lack a category; such rows are of no group without missing keys.
        """
        levels = [self._level(key.dropna() if self.dropna else key) for key in uniques]
        full = levels[0] if len(levels) == 1 else pd.MultiIndex.from_product(levels, names=self.names)
        categorical = [i for i, key in enumerate(uniques) if isinstance(key.dtype, pd.CategoricalDtype)]
        there = _without(data.index, categorical).unique() if len(levels) > len(categorical) else None
        complete = is_complete([key.to_series() for key in uniques]) if self.dropna else None
        if complete is not None:
            data = data[complete]
        if there is not None:
            places = there.get_indexer(_without(full, categorical))
            if self.sort:
                full = full[places >= 0]
            else:  # groups with rows, then the others, in the order in which keys without categories come
                order = np.argsort(places, kind="stable")
                full = full.take(order[places[order] >= 0])
                full = data.index.append(full[data.index.get_indexer(full) < 0])
        if len(full) == len(data):
            return data.reindex(full)
        columns = {i: output.listed(data[i], full) for i, output in enumerate(self.outputs)}
        return pd.DataFrame(columns, index=full)

    def _level(self, key: pd.Index[Any]) -> pd.Index[Any]:
        dtype = key.dtype
        if not isinstance(dtype, pd.CategoricalDtype) or not isinstance(key, pd.CategoricalIndex):
            return key.unique().sort_values() if self.sort else key.unique()
        codes, seen = np.arange(len(dtype.categories)), pd.unique(key.codes)
        if self.sort:
            codes = np.append(codes, seen[seen < 0])
        else:
            codes = np.append(seen, np.setdiff1d(codes, seen))
        return pd.CategoricalIndex(pd.Categorical.from_codes(codes, dtype=dtype), name=key.name)


def _as_declared(key: Array, dtype: Any) -> Array:
    """``key`` as what it is a column of, if it was read as categories."""
    if isinstance(key.dtype, pd.CategoricalDtype) and not isinstance(dtype, pd.CategoricalDtype):
        values = pd.Series(key.categories, dtype=dtype).array
        return values.take(key.codes, allow_fill=bool((key.codes < 0).any()))
    return key


def as_index(key: pd.Series[Any]) -> Any:
    """The values of ``key`` as pandas has them in an index: objects of one kind are of its type there."""
    if key.dtype != object:
        return pd.Index(key.array, dtype=key.dtype)
    if not len(key):
        return pd.Index(key.array, dtype=object)
    if pd.api.types.infer_dtype(key, skipna=True) == "string":
        return pd.Index(key.to_numpy(), dtype="str")
    return pd.Index(key.mask(key.isna(), np.nan).array, dtype=object).infer_objects()


def _are_texts(objects: pd.Series[Any]) -> bool:
    """Whether objects are texts, missing ones aside."""
    return pd.api.types.infer_dtype(objects, skipna=True) in ("string", "empty")


def framed(arrays: Sequence[Array], index: pd.Index[Any] | None = None) -> pd.DataFrame:
    """A frame of ``arrays`` as they are, called 0, 1, 2 and so on."""
    columns = {i: pd.Series(each, index, dtype=each.dtype, copy=False) for i, each in enumerate(arrays)}
    return pd.DataFrame(columns, index=index, copy=False)


def named_like(values: pd.DataFrame, meta: Any) -> Any:
    """``values`` under the names of ``meta``: a series of them where that is one.

    >>> named_like(pd.DataFrame({0: [1, 2]}), pd.Series([], name="x")).name
    'x'
    """
    if isinstance(meta, pd.Series):
        name: Any = meta.name
        return values.iloc[:, 0].rename(name)
    values.columns = meta.columns
    return values


def _cast(column: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """``column`` in the type that pandas has for it, where its values allow that."""
    if column.dtype == dtype or isinstance(dtype, pd.CategoricalDtype):
        return column
    if isinstance(column.dtype, np.dtype) and isinstance(dtype, pd.StringDtype) and not _are_texts(column):
        return column
    if isinstance(dtype, np.dtype) and dtype.kind in "biu":
        if column.isna().any():
            return (
                column.astype(np.float64)
                if isinstance(column.dtype, pd.Int64Dtype | pd.UInt64Dtype)
                else column
            )
        made = column.astype(dtype)  # a product may be too large for the type of its factors
        return made if (made == column).all() else column
    if is_number(dtype) and dtype.kind in "iu" and not _fits(column, dtype):
        wide = "Int64" if dtype.kind == "i" else "UInt64"
        dtype = f"{wide.lower()}[pyarrow]" if isinstance(dtype, pd.ArrowDtype) else wide
    own: pd.Series[Any] = settable(column)  # pandas sets values in masked ones where it runs through them
    return own.astype(dtype)


def _fits(column: pd.Series[Any], dtype: Any) -> bool:
    """Whether whole numbers, some perhaps missing, can be of a narrower type."""
    limits = np.iinfo(dtype.numpy_dtype)
    return bool(column.dropna().between(limits.min, limits.max).all())


def _without(index: pd.Index[Any], places: Sequence[int]) -> pd.Index[Any]:
    """``index`` without the levels at ``places``."""
    kept = [level for i, level in enumerate(levels_of(index)) if i not in places]
    return kept[0] if len(kept) == 1 else pd.MultiIndex.from_arrays(kept)
