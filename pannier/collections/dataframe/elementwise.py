"""Methods of frames, series and indices that treat each row alone: tables, and the classes made of them.

Their types are in the stub beside this file, which is made of the tables.
"""

from __future__ import annotations

from typing import Any, Final

from pannier.collections.dataframe.instants import FIELDS, INSTANTS
from pannier.collections.dataframe.methods import Columns, Rows, Verb, apply_verb, verbs
from pannier.collections.dataframe.operators import Operators

_LIMIT: Final = {
    "limit": "it would have to count rows of the partitions before; use where() or ffill(limit=)"
}
_IGNORE_INDEX: Final = {
    "ignore_index": "rows are not numbered anew by each partition; use reset_index(drop=True)"
}
_TYPES: Final = (
    "  Rows of another type of numbers, or of objects among truth values, are all read first, for ``head()`` too: they decide "
    "the type."
)

_ARITHMETIC: Final = {
    "add": "The sums of values and ``other``",
    "sub": "The values less ``other``",
    "mul": "The products of values and ``other``",
    "truediv": "The values divided by ``other``",
    "floordiv": "The whole quotients of values and ``other``",
    "mod": "What is left when values are divided by ``other``",
    "pow": "The values to the power of ``other``",
    "radd": "The sums of ``other`` and values",
    "rsub": "What ``other`` is less the values",
    "rmul": "The products of ``other`` and values",
    "rtruediv": "What ``other`` is, divided by the values",
    "rfloordiv": "The whole quotients of ``other`` and values",
    "rmod": "What is left when ``other`` is divided by the values",
    "rpow": "``other`` to the power of the values",
    "subtract": "The values less ``other``",
    "multiply": "The products of values and ``other``",
    "div": "The values divided by ``other``",
    "divide": "The values divided by ``other``",
    "rdiv": "What ``other`` is, divided by the values",
}
_COMPARISONS: Final = {
    "eq": "Whether values equal ``other``",
    "ne": "Whether values differ from ``other``",
    "lt": "Whether values are less than ``other``",
    "le": "Whether values are at most ``other``",
    "gt": "Whether values are greater than ``other``",
    "ge": "Whether values are at least ``other``",
}
_FILLED: Final = "; ``fill_value`` stands for what is missing on one side."

FRAME_ARITHMETIC: Final = (
    *(
        Verb(
            f"{name}(other, axis='columns', level=None, fill_value=None)",
            doc + _FILLED,
            columns=Columns.OWN_OF_VALUES,
            joins_labels=True,
        )
        for name, doc in _ARITHMETIC.items()
    ),
    *(
        Verb(
            f"{name}(other, axis='columns', level=None)",
            f"{doc}.",
            columns=Columns.OWN_OF_VALUES,
            joins_labels=True,
        )
        for name, doc in _COMPARISONS.items()
    ),
)
SERIES_ARITHMETIC: Final = tuple(
    Verb(f"{name}(other, level=None, fill_value=None, axis=0)", doc + _FILLED, joins_labels=True)
    for name, doc in {**_ARITHMETIC, **_COMPARISONS}.items()
)

_MISSING: Final = "Whether each value is missing."
_PRESENT: Final = "Whether each value is there, not missing."

COMMON: Final = (
    Verb("abs()", "The values without their signs.", columns=Columns.OWN),
    Verb("isna()", _MISSING, columns=Columns.OWN),
    Verb("isnull()", _MISSING, columns=Columns.OWN),
    Verb("notna()", _PRESENT, columns=Columns.OWN),
    Verb("notnull()", _PRESENT, columns=Columns.OWN),
    Verb(
        "round(decimals=0, *args, **kwargs)",
        "The values rounded to a number of decimals, that of a frame may be a dict by column.",
        columns=Columns.OWN,
    ),
    Verb(
        "clip(lower=None, upper=None, *, axis=None)",
        "The values, with ``lower`` for those below it and ``upper`` for those above it.",
        columns=Columns.OWN_OF_VALUES,
        sees_all="a partition that it has no values for would be left as it is; join() it, and clip by that column",
    ),
    Verb(
        "fillna(value, *, axis=None)",
        "The values, with ``value`` for those that are missing: one, a series, or a dict by column or label."
        + _TYPES,
        columns=Columns.OWN,
        mixes="value",
        refuses=_LIMIT,
    ),
    Verb(
        "replace(to_replace=None, value=..., *, regex=False)",
        "The values, with others for some of them: one by one, by list, by dict or by pattern.",
        columns=Columns.OWN_OF_VALUES,
        reads_all=True,
    ),
    Verb(
        "where(cond, other=..., *, axis=None, level=None)",
        "The values where ``cond`` is true, and ``other`` (by default: missing) elsewhere." + _TYPES,
        columns=Columns.OWN_OF_VALUES,
        mixes="other",
    ),
    Verb(
        "mask(cond, other=..., *, axis=None, level=None)",
        "The values where ``cond`` is false, and ``other`` (by default: missing) elsewhere." + _TYPES,
        columns=Columns.OWN_OF_VALUES,
        mixes="other",
    ),
    Verb("isin(values)", "Whether each value is one of ``values``.", columns=Columns.OWN, reads_all=True),
    Verb(
        "tz_convert(tz, axis=0, level=None)",
        "The same rows, with the instants of the index in time zone ``tz``.",
        rows=Rows.SHIFTED,
        columns=Columns.OWN,
    ),
    Verb(
        "tz_localize(tz, axis=0, level=None, *, ambiguous='raise', nonexistent='raise')",
        "The same rows, with the wall times of the index as instants in time zone ``tz``.",
        rows=Rows.SHIFTED,
        columns=Columns.OWN,
    ),
    Verb(
        "at_time(time, asof=False, axis=None)",
        "The rows whose label is at one time of the day.",
        rows=Rows.PICKED,
        columns=Columns.OWN,
    ),
    Verb(
        "between_time(start_time, end_time, inclusive='both', axis=None)",
        "The rows whose label is between two times of the day.",
        rows=Rows.PICKED,
        columns=Columns.OWN,
    ),
    Verb(
        "droplevel(level, axis=0)",
        "The same rows, without one or several levels of their labels.",
        rows=Rows.RELABELLED,
    ),
)

FRAME: Final = (
    Verb(
        "swaplevel(i=-2, j=-1, axis=0)",
        "The same rows, with levels ``i`` and ``j`` of their labels in each other's place.",
        rows=Rows.RELABELLED,
    ),
    Verb(
        "reorder_levels(order, axis=0)",
        "The same rows, with the levels of their labels in another order.",
        rows=Rows.RELABELLED,
    ),
    Verb(
        "to_timestamp(freq=None, how='start', axis=0)",
        "The same rows, with an instant for each period of the index.",
        rows=Rows.RELABELLED,
        columns=Columns.OWN,
    ),
    Verb(
        "to_period(freq=None, axis=0)",
        "The same rows, with a period for each instant of the index.",
        rows=Rows.RELABELLED,
        columns=Columns.OWN,
    ),
)

SERIES: Final = (
    Verb(
        "swaplevel(i=-2, j=-1)",
        "The same rows, with levels ``i`` and ``j`` of their labels in each other's place.",
        rows=Rows.RELABELLED,
    ),
    Verb(
        "reorder_levels(order)",
        "The same rows, with the levels of their labels in another order.",
        rows=Rows.RELABELLED,
    ),
    Verb(
        "between(left, right, inclusive='both')",
        "Whether each value is between ``left`` and ``right``; ``inclusive`` says which ends count.",
    ),
    Verb(
        "case_when(caselist)",
        "For each row the value of the first condition of ``caselist``, a list of pairs, that is true; else its own.",
    ),
    Verb(
        "combine_first(other)",
        "The values, with those of ``other`` for what is missing.",
        mixes="other",
        joins_labels=True,
    ),
    Verb(
        "combine(other, func, fill_value=None)",
        "What ``func`` makes of pairs of values, of this series and of ``other``.",
        joins_labels=True,
    ),
    Verb(
        "dropna(*, axis=0, how=None)",
        "The values that are not missing.",
        rows=Rows.PICKED,
        refuses=_IGNORE_INDEX,
    ),
    Verb(
        "explode()",
        "The elements of the lists among the values, one a row, with their label.",
        rows=Rows.PICKED,
        refuses=_IGNORE_INDEX,
    ),
    Verb("repeat(repeats)", "Each value some times, with its label.", rows=Rows.PICKED),
    Verb("to_frame(name=...)", "A frame of this one column.", "DataFrame"),
    Verb(
        "to_timestamp(freq=None, how='start')",
        "The same rows, with an instant for each period of the index.",
        rows=Rows.RELABELLED,
    ),
    Verb(
        "to_period(freq=None)",
        "The same rows, with a period for each instant of the index.",
        rows=Rows.RELABELLED,
    ),
    Verb("add_prefix(prefix)", "The same rows, with ``prefix`` before each label.", rows=Rows.RELABELLED),
    Verb("add_suffix(suffix)", "The same rows, with ``suffix`` behind each label.", rows=Rows.RELABELLED),
)

INDEX: Final = (
    Verb("isna()", _MISSING),
    Verb("isnull()", _MISSING),
    Verb("notna()", _PRESENT),
    Verb("notnull()", _PRESENT),
    Verb("isin(values, level=None)", "Whether each label is one of ``values``.", reads_all=True),
    Verb("fillna(value)", "The labels, with ``value`` for those that are missing."),
    Verb("where(cond, other=None)", "The labels where ``cond`` is true, and ``other`` elsewhere."),
    Verb("putmask(mask, value)", "The labels where ``mask`` is false, and ``value`` elsewhere."),
    Verb("dropna(how='any')", "The labels that are not missing.", rows=Rows.PICKED),
    Verb("repeat(repeats)", "Each label some times.", rows=Rows.PICKED),
    Verb("rename(name)", "The same labels, with ``name`` as the name of the index."),
    Verb("set_names(names, *, level=None)", "The same labels, with other names of levels."),
    Verb(
        "to_series(*, name=None)",
        "A series of the labels, with themselves as its labels.",
        "Series",
        refuses={"index": "assign the labels to a column, and set_index() another"},
    ),
    Verb("get_level_values(level)", "The labels of one level.", "Index"),
)


class _Verbs(Operators):
    """What applies a row of a table to this."""

    __slots__ = ()

    def _verb(self, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return apply_verb(self, verb, args, kwargs)


@verbs("DataFrame", COMMON, FRAME, FRAME_ARITHMETIC)
class ElementwiseFrame(_Verbs):
    """Methods of a frame that treat each row alone."""

    __slots__ = ()


@verbs("Series", COMMON, SERIES, SERIES_ARITHMETIC)
class ElementwiseSeries(_Verbs):
    """Methods of a series that treat each row alone."""

    __slots__ = ()


@verbs("DatetimeIndex", FIELDS, INSTANTS)
@verbs("Index", INDEX)
class ElementwiseIndex(_Verbs):
    """Methods of an index that treat each label alone."""

    __slots__ = ()
