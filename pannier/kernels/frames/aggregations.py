"""Aggregations of groups as data: which states each keeps, and how they become its answer.

A recipe is for a column, or two, whose types it takes; what has none is asked of pandas, on whole groups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.groupexamples import example
from pannier.kernels.frames.groupmoments import Comoments, Moments
from pannier.kernels.frames.groupstates import (
    Array,
    Count,
    Custom,
    Extreme,
    ExtremeLabel,
    Outermost,
    Size,
    State,
    Total,
    Truth,
    is_number,
)

Options: TypeAlias = Mapping[str, Any]


class Aggregation:
    """An aggregation of your own, for ``agg``: three functions of grouped columns.

    ``chunk`` gets a column of a partition, grouped, and returns a series with a value a group, or a tuple of several.
    ``agg`` gets these for several partitions, grouped (one argument each), and returns the same.  ``finalize``, if
    given, makes the answer of what ``agg`` returned last.

    >>> spread = Aggregation(
    ...     "spread",
    ...     lambda grouped: (grouped.max(), grouped.min()),
    ...     lambda most, least: (most.max(), least.min()),
    ...     lambda most, least: most - least,
    ... )
    >>> spread.__name__
    'spread'
    """

    def __init__(
        self,
        name: str,
        chunk: Callable[..., Any],
        agg: Callable[..., Any],
        finalize: Callable[..., Any] | None = None,
    ) -> None:
        self.__name__ = name
        self.chunk = chunk
        self.agg = agg
        self.finalize = finalize

    def __reduce__(self) -> tuple[Any, ...]:
        return Aggregation, (self.__name__, self.chunk, self.agg, self.finalize)

    def __repr__(self) -> str:
        return f"Aggregation({self.__name__!r})"


@frozen
class Recipe:
    """How an aggregation is made of states."""

    states: Callable[[tuple[int, ...], Options], tuple[State, ...]]
    """From the places of its columns what is kept of each group."""
    finish: Callable[[list[Array], Options], Array]
    """From the columns of these states the answer of each group."""
    takes: Callable[[Any], bool]
    """Whether it is right for a column of this type."""
    options: frozenset[str] = frozenset()
    """What may be said about how it is to be done."""


_OF_THEIR_TYPE: Final = frozenset({"sum", "prod", "min", "max", "first", "last"})
"""Functions of which answers are floats only where values are."""


@frozen
class Output:
    """One column of an answer."""

    func: Any
    """The aggregation: its name, a function, or an :class:`Aggregation`."""
    columns: tuple[int, ...]
    """Where the columns it is of stand in a block."""
    name: Any
    """What the user calls the (first) column."""
    options: tuple[tuple[str, Any], ...]
    states: tuple[State, ...]
    """What is kept of each group; nothing if it is made of whole groups."""
    dtype: Any = None
    """The type of the (first) column."""

    @property
    def needs_rows(self) -> bool:
        """Whether it is made of whole groups."""
        return not self.states

    @property
    def needs_labels(self) -> bool:
        """Whether it may look at the index of the rows."""
        return self.func in ("idxmin", "idxmax") if isinstance(self.func, str) else self.needs_rows

    @property
    def of_nothing(self) -> Any:
        """What it is of a group without rows, as pandas has it."""
        if self.func == "size":
            return 0
        if len(self.columns) != 1 or isinstance(self.func, Aggregation):
            return np.nan
        few = example(pd.Series([], dtype=self.dtype, name=self.name))
        if not isinstance(self.func, str):
            return self.func(few.iloc[:0])
        groups = few.groupby(pd.Categorical([0] * len(few), categories=[0, 1]), observed=False)
        method = getattr(groups, self.func, None)  # one of "own corr" and "own cov" is not there
        return np.nan if method is None else method(**dict(self.options)).iloc[1]

    def listed(self, answers: pd.Series[Any], index: pd.Index[Any]) -> pd.Series[Any]:
        """``answers`` for all of ``index``, among which groups without rows are."""
        nothing = self.of_nothing
        if nothing is None or pd.api.types.is_list_like(nothing):
            places = answers.index.get_indexer(index)
            objects = [nothing if place < 0 else answers.iloc[place] for place in places]
            return pd.Series(objects, index=index, dtype=object)
        if answers.dtype == np.bool_ and pd.isna(nothing):
            answers = answers.astype(np.float64)  # as pandas has truth values of which some are missing
        if _holds(answers.dtype, nothing):
            return answers.reindex(index, fill_value=nothing)
        return answers.astype(object).reindex(index, fill_value=nothing).infer_objects()

    def keeps_type(self, found: Any, declared: Any) -> bool:
        """Whether answers stay of the type that was ``found``, and not of the ``declared`` one.

        That is so of functions of the user's, and where a merge has made floats of whole numbers, since rows have none.
        """
        if not isinstance(self.func, str):
            return True
        were_whole = isinstance(declared, np.dtype) and declared.kind in "iu" and found == np.float64
        return were_whole and self.func in _OF_THEIR_TYPE and not self.options

    def finish(self, arrays: list[Array]) -> Array:
        """The answer, from the columns of its states."""
        if isinstance(self.func, Aggregation):
            finalize = self.func.finalize
            return arrays[0] if finalize is None else finalize(*map(pd.Series, arrays)).array
        return RECIPES[self.func].finish(arrays, dict(self.options))


def _holds(dtype: Any, value: Any) -> bool:
    """Whether a column of ``dtype`` can have ``value``."""
    if pd.isna(value):
        return True
    try:
        return not pd.api.types.is_object_dtype(dtype) and bool(
            pd.Series([value], dtype=dtype).iloc[0] == value
        )
    except (TypeError, ValueError):
        return False


def output_of(func: Any, columns: Sequence[tuple[int, pd.Series[Any]]], options: Options) -> Output:
    """How to make ``func`` of ``columns``: for each its place, and a few values of its type."""
    places = tuple([place for place, _ in columns])
    samples = [sample for _, sample in columns]
    states: tuple[State, ...] = ()
    if isinstance(func, Aggregation):
        made = func.chunk(samples[0].groupby(np.arange(len(samples[0]))))
        states = (Custom(places[0], func.chunk, func.agg, len(made) if isinstance(made, tuple) else 1),)
    elif isinstance(func, str) and func in RECIPES:
        recipe = RECIPES[func]
        if all(recipe.takes(sample.dtype) for sample in samples) and recipe.options.issuperset(options):
            states = recipe.states(places, options)
    name = samples[0].name if samples else None
    dtype = samples[0].dtype if samples else None
    return Output(func, places, name, tuple(options.items()), states, dtype)


def _anything(_: Any) -> bool:
    return True


def _orders(dtype: Any) -> bool:
    return not (isinstance(dtype, np.dtype) and dtype.kind == "O")


def _is_plain(dtype: Any) -> bool:
    """Numbers, and times without a zone, as numpy has them."""
    return isinstance(dtype, np.dtype) and dtype.kind in "iufmM"


def _first(arrays: list[Array], _: Options) -> Array:
    return arrays[0]


def _label(arrays: list[Array], _: Options) -> Array:
    if pd.Series(arrays[0]).isna().any():
        raise ValueError("idxmin and idxmax need a value in every group, and one has missing values alone")
    return arrays[1]


def _enough(arrays: list[Array], options: Options) -> Array:
    """The first array, missing where the count that is second is below ``min_count``."""
    if options.get("min_count", 0) <= 0:
        return arrays[0]
    few = arrays[1] < options["min_count"]
    if not few.any():
        return arrays[0]
    values: Any = pd.Series(arrays[0])
    if values.dtype.kind in "iu":  # floats could not tell large ones apart
        values = values.astype("Int64" if values.dtype.kind == "i" else "UInt64")
    return values.mask(few).array


def _ratio(arrays: list[Array], _: Options) -> Array:
    total, n = arrays
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / n


def _variance(arrays: list[Array], options: Options) -> Array:
    n, _, m2 = arrays
    left = (n - options.get("ddof", 1)).astype(np.float64)
    return np.divide(m2, left, out=np.full(len(n), np.nan), where=left > 0)


def _deviation(arrays: list[Array], options: Options) -> Array:
    return np.sqrt(_variance(arrays, options))


def _standard_error(arrays: list[Array], options: Options) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.sqrt(_variance(arrays, options) / arrays[0])


def _skewness(arrays: list[Array], _: Options) -> Array:
    n, _, m2, m3 = arrays
    with np.errstate(invalid="ignore", divide="ignore"):
        skewness = n * np.sqrt(n - 1.0) / (n - 2) * m3 / m2**1.5
    return np.where((n < 3) | (m2 == 0), np.nan, skewness)


def _kurtosis(arrays: list[Array], _: Options) -> Array:
    n, _, m2, _, m4 = arrays
    n = n.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = (n - 2) * (n - 3)
        kurtosis = n * (n + 1) * (n - 1) * m4 / (rest * m2**2) - 3 * (n - 1) ** 2 / rest
    return np.where((n < 4) | (m2 == 0), np.nan, kurtosis)


def _covariance(arrays: list[Array], options: Options) -> Array:
    n, _, _, _, _, xy = arrays[:6]
    left = (n - options.get("ddof", 1)).astype(np.float64)
    enough = (left > 0) & (n >= max(options.get("min_periods") or 1, 1)) & ~_are_infinite(n, arrays[6:])
    return np.divide(xy, left, out=np.full(len(n), np.nan), where=enough)


def _are_infinite(n: Array, flags: list[Array]) -> Array:
    """Which groups have infinite values among ``n``: pandas takes these for missing only beside values that are."""
    if not flags:
        return np.zeros(len(n), np.bool_)
    size, has_gaps = flags
    return ~has_gaps & (n < size)


def _correlation(arrays: list[Array], options: Options) -> Array:
    n, _, _, xx, yy, xy = arrays
    root = np.sqrt(xx * yy)
    enough = (root > 0) & (n >= max(options.get("min_periods") or 1, 1))
    correlation = np.divide(xy, root, out=np.full(len(n), np.nan), where=enough)
    return np.clip(correlation, -1.0, 1.0)


def _own_correlation(arrays: list[Array], options: Options) -> Array:
    n, _, m2 = arrays
    return np.where((m2 > 0) & (n >= (options.get("min_periods") or 1)), 1.0, np.nan)


def _own_covariance(arrays: list[Array], options: Options) -> Array:
    enough = (arrays[0] >= (options.get("min_periods") or 1)) & ~_are_infinite(arrays[0], arrays[3:])
    return np.where(enough, _variance(arrays[:3], options), np.nan)


def _moments(order: int) -> Callable[[tuple[int, ...], Options], tuple[State, ...]]:
    return lambda columns, _: (Moments(columns[0], order),)


def _comoments(columns: tuple[int, ...], _: Options) -> tuple[State, ...]:
    return Comoments(*columns[:2]), *_flags(columns[2:])


def _own_comoments(columns: tuple[int, ...], _: Options) -> tuple[State, ...]:
    return Moments(columns[0], 2), *_flags(columns[1:])


def _flags(gaps: tuple[int, ...]) -> tuple[State, ...]:
    return (Size(), Truth(gaps[0], True)) if gaps else ()


def _total(is_product: bool) -> Callable[[tuple[int, ...], Options], tuple[State, ...]]:
    def states(columns: tuple[int, ...], options: Options) -> tuple[State, ...]:
        counted = (Count(columns[0]),) if options.get("min_count", 0) > 0 else ()
        return Total(columns[0], is_product), *counted

    return states


_DDOF: Final = frozenset({"ddof"})
_MIN_COUNT: Final = frozenset({"min_count"})
_PAIRS: Final = frozenset({"ddof", "min_periods"})

RECIPES: Final[Mapping[str, Recipe]] = {
    "size": Recipe(lambda _, __: (Size(),), _first, _anything),
    "count": Recipe(lambda columns, _: (Count(columns[0]),), _first, _anything),
    "sum": Recipe(_total(False), _enough, is_number, _MIN_COUNT),
    "prod": Recipe(_total(True), _enough, is_number, _MIN_COUNT),
    "mean": Recipe(
        lambda columns, _: (Total(columns[0], in_floats=True), Count(columns[0])), _ratio, is_number
    ),
    "min": Recipe(lambda columns, _: (Extreme(columns[0], True),), _first, _orders),
    "max": Recipe(lambda columns, _: (Extreme(columns[0], False),), _first, _orders),
    "first": Recipe(lambda columns, _: (Outermost(columns[0], True),), _first, _anything),
    "last": Recipe(lambda columns, _: (Outermost(columns[0], False),), _first, _anything),
    "any": Recipe(lambda columns, _: (Truth(columns[0], True),), _first, _anything),
    "all": Recipe(lambda columns, _: (Truth(columns[0], False),), _first, _anything),
    "idxmin": Recipe(lambda columns, _: (ExtremeLabel(columns[0], True),), _label, _is_plain),
    "idxmax": Recipe(lambda columns, _: (ExtremeLabel(columns[0], False),), _label, _is_plain),
    "var": Recipe(_moments(2), _variance, is_number, _DDOF),
    "std": Recipe(_moments(2), _deviation, is_number, _DDOF),
    "sem": Recipe(_moments(2), _standard_error, is_number, _DDOF),
    "skew": Recipe(_moments(3), _skewness, is_number),
    "kurt": Recipe(_moments(4), _kurtosis, is_number),
    "cov": Recipe(_comoments, _covariance, is_number, _PAIRS),
    "own corr": Recipe(_moments(2), _own_correlation, is_number, _PAIRS),
    "own cov": Recipe(_own_comoments, _own_covariance, is_number, _PAIRS),
    "corr": Recipe(_comoments, _correlation, is_number, _PAIRS),
}
"""How aggregations are made that need no whole groups."""
