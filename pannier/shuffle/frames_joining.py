"""Parts of a frame put together: what was taken apart in splits becomes one frame again.

Values of a column are copied once, from all parts to where they stay.  Splits of one shuffle may have read a text as
categories, each with its own; these are united first, and codes are rewritten on that one way.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pannier.kernels.frames.blocks import concatenated, united_categories
from pannier.shuffle.frames_codec import Column, Kind, Packed, Recipe

_KEPT_UNIONS: Final = 16
"""Of categories; gathers of one shuffle nearly always want the same."""


class Part(NamedTuple):
    """Some rows of a frame."""

    packed: Packed
    source: int
    """The number of the frame."""


def joined(parts: Iterable[Part], in_order: bool = False) -> Any:
    """The frame of all ``parts``, which come frame by frame; None if there are none.

    Rows come as the parts do, or on request as they were in the frames.  Where frames are not made alike, as where
    a column has whole numbers here and texts there, they are joined as pandas does.
    """
    blocks: list[Any] = []
    run: list[Part] = []
    for part in parts:
        if run and not run[-1].packed.recipe.is_like(part.packed.recipe):
            blocks.append(_of_one_kind(run, in_order))
            run = []
        run.append(part)
    if run:
        blocks.append(_of_one_kind(run, in_order))
    return concatenated(blocks) if blocks else None


def _of_one_kind(run: Sequence[Part], in_order: bool) -> Any:
    return put_together([part.packed for part in run], [part.source for part in run] if in_order else [])


def put_together(parts: Sequence[Packed], sources: Sequence[int] = ()) -> Any:
    """The frame of all ``parts``, at least one, one after the other; their recipes are alike.

    If ``sources`` are given, for each part the number of the frame it is of, rows are in the order of these frames,
    and in each in the order that they had, as far as that was kept.

    >>> from pannier.shuffle.frames_codec import packed
    >>> frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    >>> put_together([packed(frame)]).equals(frame)
    True
    """
    recipe = parts[0].recipe
    recipes = tuple(dict.fromkeys(part.recipe for part in parts))
    unions = _unions(recipes) if len(recipes) > 1 else [None] * len(recipe.columns)
    arrays = iter([[part.batch.column(i) for part in parts] for i in range(len(recipe.schema))])
    loose = iter(list(zip(*[part.loose for part in parts], strict=True)))
    values = []
    for column, union in zip(recipe.columns, unions, strict=True):
        own = list(itertools.islice(arrays, column.width))
        if union is not None:
            values.append(union.of([part.recipe for part in parts], own[0]))
        else:
            values.append(_column(column, own, loose))
    if sources and recipe.is_ordered:
        numbers = _bytes_of(next(arrays), np.dtype("u4"))
        order = np.lexsort((numbers, np.repeat(sources, [part.rows for part in parts])))
        values = [each.take(order) for each in values]
    return _assembled(recipe, values, sum(part.rows for part in parts))


def hashes_of(parts: Sequence[Part]) -> np.ndarray[Any, Any] | None:
    """The hashes of the keys of all rows of ``parts``, as they come; None where these have not gone along."""
    if not parts or not all(part.packed.recipe.is_hashed for part in parts):
        return None
    return _bytes_of([part.packed.batch.columns[-1] for part in parts], np.dtype("u8"))


class _Union(NamedTuple):
    """The categories of a column in several recipes."""

    dtype: pd.CategoricalDtype
    codes: dict[Recipe, np.ndarray[Any, Any]]
    """For each recipe the new codes of its categories, last that of what is missing."""

    def of(self, recipes: Sequence[Recipe], arrays: Sequence[Any]) -> pd.Categorical:
        """The values whose codes by ``recipes`` are in ``arrays``."""
        widths = [f"i{array.type.bit_width // 8}" for array in arrays]
        codes = [
            self.codes[recipe].take(_bytes_of([array], np.dtype(width)))  # -1 is the last one's number, too
            for recipe, array, width in zip(recipes, arrays, widths, strict=True)
        ]
        return pd.Categorical.from_codes(np.concatenate(codes), dtype=self.dtype, validate=False)


@functools.lru_cache(maxsize=_KEPT_UNIONS)
def _unions(recipes: tuple[Recipe, ...]) -> list[_Union | None]:
    """For each column its united categories; None where it has none, or all have the same.

    Raises TypeError for categories whose orders do not agree.
    """
    found: list[_Union | None] = []
    for columns in zip(*[recipe.columns for recipe in recipes], strict=True):
        dtypes = [column.dtype for column in columns]
        if columns[0].kind is not Kind.CODES or all(_is_same(dtypes[0], dtype) for dtype in dtypes[1:]):
            found.append(None)
            continue
        dtype = united_categories(dtypes)
        kind = _code_type(dtype)
        codes = [np.append(dtype.categories.get_indexer(each.categories), -1).astype(kind) for each in dtypes]
        found.append(_Union(dtype, dict(zip(recipes, codes, strict=True))))
    return found


def _is_same(one: pd.CategoricalDtype, other: pd.CategoricalDtype) -> bool:
    """Whether a code means the same."""
    return bool(one == other) and one.categories.equals(other.categories)


def _column(column: Column, arrays: list[list[Any]], loose: Any) -> Any:
    """The values of a column, from all its parts."""
    dtype = column.dtype
    match column.kind:
        case Kind.FIXED:
            return _bytes_of(arrays[0], dtype)
        case Kind.ZONED:
            times = pd.DatetimeIndex(_bytes_of(arrays[0], np.dtype(f"M8[{dtype.unit}]")))
            return times.tz_localize("UTC").tz_convert(dtype.tz).array
        case Kind.CODES:
            codes = _bytes_of(arrays[0], _code_type(dtype))
            return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
        case Kind.MASKED:
            values, gaps = _bytes_of(arrays[0], dtype.numpy_dtype), _bytes_of(arrays[1], np.dtype(bool))
            return dtype.construct_array_type()(values, gaps)
        case Kind.ARROW:
            return dtype.__from_arrow__(arrays[0][0] if len(arrays[0]) == 1 else pa.concat_arrays(arrays[0]))
        case Kind.LOOSE:
            parts = next(loose)
            if isinstance(dtype, np.dtype):
                return np.concatenate(parts)
            return parts[0] if len(parts) == 1 else pd.concat(list(map(pd.Series, parts))).array


def _code_type(dtype: Any) -> np.dtype[Any]:
    codes: np.dtype[Any] = pd.Categorical([], dtype=dtype).codes.dtype
    return codes


def _bytes_of(arrays: Iterable[Any], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The numpy array whose bytes ``arrays`` have; one of its own, which may be written to."""
    views = [
        np.frombuffer(each.buffers()[1], dtype, len(each), each.offset * dtype.itemsize)
        for each in arrays
        if len(each)
    ]
    return np.concatenate(views) if views else np.empty(0, dtype)


def _assembled(recipe: Recipe, values: list[Any], rows: int) -> Any:
    n = len(recipe.names)
    if not n:
        index: Any = pd.RangeIndex(rows)
    elif recipe.is_multi:
        index = pd.MultiIndex.from_arrays([_as_index(each) for each in values[:n]], names=recipe.names)
    else:
        index = _as_index(values[0], recipe.names[0])
    if recipe.shape == "index":
        return index
    columns = [pd.Series(each, index, copy=False, dtype=each.dtype) for each in values[n:]]
    if recipe.shape == "series":
        return columns[0].rename(recipe.labels)
    frame = pd.DataFrame(dict(enumerate(columns)), index=index, copy=False)
    frame.columns = recipe.labels
    return frame


def _as_index(values: Any, name: Any = None) -> Any:
    return pd.Index(values, dtype=values.dtype, name=name, copy=False)
