"""Methods that treat each row alone against pandas, each with sample arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.collections.dataframe.accessors import DatetimeAccessor
from pannier.collections.dataframe.elementwise import ElementwiseFrame, ElementwiseIndex, ElementwiseSeries
from pannier.collections.dataframe.methods import verbs_of
from pannier.errors import UsageError
from tests.oracle.frame_calls import (
    DATED_CALLS,
    FRAME_CALLS,
    INDEX_CALLS,
    INSTANT_CALLS,
    SERIES_CALLS,
    Call,
    hard_frame,
)
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, same

_HARD = hard_frame()
_MILD = Parted([part.assign(i=part.i.abs()).set_axis(part.index + 10 * part.i) for part in _HARD.parts])
"""The same without what has no power, and with each label once."""
_CALLS = [call for calls in (*FRAME_CALLS.values(), *SERIES_CALLS.values()) for call in calls]


_DATED_LABELS: dict[str, list[Call]] = {
    verb.name: [] for verb in verbs_of(DatetimeAccessor) if verb.name in INSTANT_CALLS
}
"""Methods of an index of instants: those of a series of instants."""


def _named(calls: dict[str, list[Call]]) -> list[Any]:
    return [
        pytest.param(call, id=f"{name}-{number}")
        for name, some in calls.items()
        for number, call in enumerate(some)
    ]


@pytest.mark.parametrize(
    ("owner", "calls"),
    [
        (ElementwiseFrame, FRAME_CALLS),
        (ElementwiseSeries, SERIES_CALLS),
        (ElementwiseIndex, INDEX_CALLS | _DATED_LABELS),
    ],
)
def test_every_row_of_the_tables_has_calls(owner: type, calls: dict[str, list[Call]]) -> None:
    """A row that nobody calls is a method that nobody tests."""
    assert {verb.name for verb in verbs_of(owner)} == set(calls)
    assert all(some or name in DATED_CALLS or name in _DATED_LABELS for name, some in calls.items())


@pytest.mark.parametrize("call", _named(FRAME_CALLS))
def test_methods_of_frames(call: Call) -> None:
    """Partitions that are empty, or where all is missing, leave no trace in types or values."""
    agree(lambda: call(_HARD.lazy), lambda: call(_HARD.whole))


@pytest.mark.parametrize("call", _named(SERIES_CALLS))
def test_methods_of_series(call: Call) -> None:
    """The same for series."""
    agree(lambda: call(_HARD.lazy), lambda: call(_HARD.whole))


@pytest.mark.parametrize("call", _named(INDEX_CALLS))
def test_methods_of_indices(call: Call) -> None:
    """Labels are treated as values; where pandas makes an array, there is an index of its values."""
    expected = call(_HARD.whole.index)
    if isinstance(expected, np.ndarray):
        expected = pd.Index(expected)
    agree(lambda: call(_HARD.lazy.index), lambda: expected)


class _Labels:
    """An index under the name by which calls of a series of instants find it."""

    def __init__(self, index: Any) -> None:
        self.dt = index


@pytest.mark.filterwarnings("ignore:DatetimeIndex")
@pytest.mark.parametrize("name", sorted(_DATED_LABELS))
def test_methods_of_indices_of_instants(name: str) -> None:
    """An index of instants has their methods, without an accessor."""
    index = pd.DatetimeIndex(["2015-01-01 10:00", "2016-02-29", "2016-12-31 23:59"], name="at")
    whole = pd.DataFrame({"x": range(3)}, index=index)
    lazy = pn.from_pandas(whole, npartitions=2)
    for call in (
        INSTANT_CALLS[name]
        if name != "tz_convert"
        else [lambda t: t.dt.tz_localize("UTC").tz_convert("Asia/Tokyo")]
    ):
        expected = call(_Labels(index))
        if isinstance(expected, np.ndarray):
            expected = pd.Index(expected, name="at")
        agree(lambda call=call: call(_Labels(lazy.index)), lambda expected=expected: expected)


@pytest.mark.parametrize(
    "call",
    [
        lambda df: df.tz_localize("UTC", axis=1),
        lambda df: df.tz_localize("UTC", 1),
        lambda df: df.tz_localize("UTC", axis="columns").tz_convert("Asia/Tokyo", axis="columns"),
        lambda df: df.at_time("11:00", axis=1),
        lambda df: df.between_time("10:30", "12:00", axis=1),
    ],
)
def test_columns_that_are_instants(call: Call) -> None:
    """Where names of columns change or are picked, a column that is wanted of the result is there."""
    whole = pd.DataFrame([[1, 2], [3, 4]], columns=pd.to_datetime(["2020-01-01 10:00", "2021-01-01 11:00"]))
    lazy = pn.from_pandas(whole, npartitions=2)
    last = call(whole).columns[-1]
    agree(lambda: call(lazy)[last], lambda: call(whole)[last])


@settings(max_examples=12)
@given(frames("i", unique_index=True))
def test_functions_of_labels(parted: Parted) -> None:
    """A function, or a dict, makes an index of an index."""
    assume(len(parted.whole))  # of no labels pandas does not know the type
    for mapper in (lambda label: label * 2.5, {label: f"row {label}" for label in range(-5, 21)}):
        agree(
            lambda mapper=mapper: parted.lazy.index.map(mapper),
            lambda mapper=mapper: parted.whole.index.map(mapper),
        )


@pytest.mark.parametrize("call", _named(DATED_CALLS))
@pytest.mark.parametrize("column", [None, "x"])
def test_methods_of_rows_at_instants(call: Call, column: str | None) -> None:
    """Labels that are instants become others, or choose rows; so do divisions."""
    index = pd.date_range("2015-01-01 10:00", periods=6, freq="11h")
    whole: Any = pd.DataFrame({"x": range(6)}, index=index)
    lazy: Any = pn.from_pandas(whole, npartitions=3)
    if column:
        lazy, whole = lazy[column], whole[column]
    agree(lambda: call(lazy), lambda: call(whole), check_freq=False)
    made = call(lazy)
    for part, (start, end) in enumerate(zip(made.divisions, made.divisions[1:], strict=False)):
        labels = made.partitions[part].compute(scheduler="sync").index
        assert start is None or ((labels >= start) & (labels <= end)).all()


@settings(max_examples=60)
@given(frames("ifsbtcn", unique_index=True), st.sampled_from(_CALLS))
def test_methods_of_any_frame(parted: Parted, call: Call) -> None:
    """Whatever the rows and partitions are."""
    agree(lambda: call(parted.lazy), lambda: call(parted.whole))


@pytest.mark.parametrize("call", _named(FRAME_CALLS))
def test_one_column_of_what_methods_make(call: Call) -> None:
    """What is read for one column of the result is enough to make it."""
    for column in call(_MILD.whole).columns:
        agree(lambda column=column: call(_MILD.lazy)[column], lambda column=column: call(_MILD.whole)[column])


@settings(max_examples=8)
@given(frames("ifsb", unique_index=True))
def test_methods_that_say_which_columns_they_read(parted: Parted) -> None:
    """Missing values, lists and expressions, of all columns and of one."""
    for steps in (
        lambda df: df.dropna(),
        lambda df: df.dropna(subset=["f"]),
        lambda df: df.dropna(how="all", subset=["f", "s"]),
        lambda df: df.dropna(thresh=3),
        lambda df: df.astype({"i": "float64", "s": object}),
        lambda df: df[["i", "b"]].astype("float64"),
        lambda df: df.query("i > 0 and b"),
        lambda df: df.query("`i` > @limit", local_dict={"limit": 1}),
        lambda df: df.eval("i + f"),
        lambda df: df.eval("k = i * 2"),
        lambda df: df.assign(l=df.s.str.split("b")).explode("l"),
        lambda df: df.filter(like="i"),
        lambda df: df.set_axis(["i", "p", "q", "r"], axis=1),
        lambda df: df.rename_axis("key"),
        lambda df: df[["i"]].squeeze(axis=1).to_frame(),
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))
        if "i" in steps(parted.whole):
            agree(lambda steps=steps: steps(parted.lazy)["i"], lambda steps=steps: steps(parted.whole)["i"])


@pytest.mark.parametrize(
    "expression",
    [
        "i > 1",
        "-1 < i <= 3 and b",
        "b",
        "not b",
        "~(i == 1)",
        "i > 1 & f < 3 | b",
        "(i > 1) & ~b",
        "i in [1, 3]",
        "i not in (1, 3) or s == 'a'",
        "i == @limit",
        "f != i",
        "n >= 2",
        "c == 'x'",
        "s > 'a' and i < 4",
        "t > '2015-06-01'",
        "t > @at",
        "i == [1, 3]",
        "i + f > 2",
        "s.str.len() > 1",
        "index > 1",
        "i > f * 2 or i == -1",
        "`i` > 1",
        "s in @names",
    ],
)
def test_conditions_as_text(expression: str) -> None:
    """Text chooses the rows that it chooses in pandas, whether it is read as operators or by pandas."""
    values = {"limit": 1, "names": ["a", "ab"], "at": pd.Timestamp("2016-06-01")}
    agree(
        lambda: _HARD.lazy.query(expression, local_dict=values),
        lambda: _HARD.whole.query(expression, local_dict=values),
    )


def test_conditions_that_are_read_as_operators() -> None:
    """Passes see comparisons; what is more than these is left to pandas."""
    assert "eval" not in str(_HARD.lazy.query("i > 1 and s in ['a']").explain())
    assert "eval" in str(_HARD.lazy.query("i.abs() > 1").explain())


def test_variables_of_queries() -> None:
    """Names with @ are the caller's: of its function, of its module, or values yet to be computed."""
    limit = 1
    assert limit
    most = _HARD.lazy.i.max()
    assert most is not None
    for made, expected in (
        (_HARD.lazy.query("i > @limit"), _HARD.whole.query("i > @limit")),
        (_HARD.lazy.query("i in @_SOME"), _HARD.whole.query("i in @_SOME")),
        (_HARD.lazy.eval("i * @limit"), _HARD.whole.eval("i * @limit")),
        (_HARD.lazy.query("i == @most"), _HARD.whole[_HARD.whole.i == 4]),
    ):
        same(made.compute(scheduler="sync"), expected)


_SOME = [1, 3]


@settings(max_examples=12)
@given(frames("ifs"))
def test_names_and_labels_of_series(parted: Parted) -> None:
    """Names are changed by a value, labels by a dict or a function."""
    for steps in (
        lambda df: df.i.rename("k"),
        lambda df: df.i.rename({1: 100}),
        lambda df: df.i.rename(lambda label: label + 1),
        lambda df: df.i.rename_axis("key"),
        lambda df: df.i.divmod(3)[0],
        lambda df: df.i.rdivmod(3)[1],
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))


@settings(max_examples=12)
@given(frames("if", unique_index=True))
def test_functions_of_numpy(parted: Parted) -> None:
    """Universal functions are steps, for frames, series and indices, beside values and arrays of one value."""
    for steps in (
        lambda df: np.sqrt(np.abs(df)),
        lambda df: np.add(df.i, df.f),
        lambda df: np.float64(2) * df.i,
        lambda df: np.maximum(df.f, 1),
        lambda df: np.modf(df.f)[0],
        lambda df: np.modf(df.f)[1],
        lambda df: np.isnan(df.f),
        lambda df: np.add(df.i, 1, dtype="float32"),
        lambda df: np.negative(df.index),
    ):
        agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))
    with np.errstate(all="ignore"):
        assert np.array_equal(np.asarray(parted.lazy.f), parted.whole.f.to_numpy(), equal_nan=True)


@settings(max_examples=12)
@given(frames("if", unique_index=True))
def test_products(parted: Parted) -> None:
    """Products go over the rows of all partitions."""
    weights = pd.Series({"i": 1.5, "f": -2.0})
    for product in (
        lambda df: df.i @ df.i,
        lambda df: np.matmul(df.f.fillna(0.0), df.i),
        lambda df: df.i.dot(df.fillna(0.0)),
        lambda df: df @ weights,
        lambda df: df @ weights.to_frame("w"),
        lambda df: np.matmul(df, [1, 2]),
    ):
        agree(lambda product=product: product(parted.lazy), lambda product=product: product(parted.whole))


def test_products_that_would_be_of_one_partition() -> None:
    """What has a value for each row is not multiplied with each partition."""
    df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": [3, 4]}), npartitions=2)
    with pytest.raises(UsageError, match="matmul puts together values of rows in several partitions"):
        np.array([1, 2]) @ df
    with pytest.raises(
        UsageError, match=r"dot\(\) of a frame is with a value, or a row, for each column, in memory"
    ):
        df @ df
    with pytest.raises(TypeError, match="needs a series of the same rows"):
        df.x @ np.array([1, 2])


@given(frames("ib"), st.integers(-3, 12))
def test_labels_are_in_a_series(parted: Parted, label: int) -> None:
    """As in pandas, ``in`` asks for labels, not for values; they may be numbered when all are computed."""
    assert (label in parted.lazy.i) is (label in parted.whole.i)
    numbered = parted.lazy.reset_index(drop=True)
    assert (label in numbered.i) is (label in numbered.index) is (label in range(len(parted.whole)))
    with pytest.raises(TypeError, match="not reversible"):
        reversed(numbered.i)


@settings(max_examples=12)
@given(frames("ifs"))
def test_conversions(parted: Parted) -> None:
    """Functions of a whole series or frame treat each row alone."""
    import pannier.dataframe as pdf

    for lazily, plainly in (
        (pdf.isna, lambda df: df.isna()),
        (lambda df: pdf.notna(df.s), lambda df: df.s.notna()),
        (lambda df: pdf.to_numeric(df.i.astype(str)), lambda df: pd.to_numeric(df.i.astype(str))),
        (
            lambda df: pdf.to_numeric(df.s, errors="coerce"),
            lambda df: pd.to_numeric(df.s, errors="coerce"),
        ),
        (lambda df: pdf.to_timedelta(df.i, unit="h"), lambda df: pd.to_timedelta(df.i, unit="h")),
        (lambda df: pdf.to_datetime(df.i, unit="D"), lambda df: pd.to_datetime(df.i, unit="D")),
    ):
        agree(lambda lazily=lazily: lazily(parted.lazy), lambda plainly=plainly: plainly(parted.whole))


@pytest.mark.filterwarnings("ignore:Parsing dates")
def test_one_way_of_writing_dates() -> None:
    """All partitions read dates as the first one is written, though the others could be read otherwise."""
    import pannier.dataframe as pdf

    texts = pd.DataFrame({"t": ["13/02/2015", "14/02/2015", "01/03/2015", None]})
    lazy = frame_of([texts[:2], texts[2:]])
    agree(lambda: pdf.to_datetime(lazy.t), lambda: pd.to_datetime(texts.t))
    assert pdf.to_datetime(lazy.t).dtype == pd.to_datetime(texts.t).dtype
    parts = pd.DataFrame({"year": [2015, 2016], "month": [1, 2], "day": [3, 4]})
    agree(lambda: pdf.to_datetime(frame_of([parts[:1], parts[1:]])), lambda: pd.to_datetime(parts))


@pytest.mark.parametrize("labels", [[0, 1, 4, 10], [4, 5], [-2, 0]])
def test_clipping_by_other_rows(labels: list[int]) -> None:
    """Values without a bound are missing, unless no value has one, which no partition can tell."""
    whole = pd.DataFrame({"x": [1, 5, 3, 8, 2, 7]})
    bounds = pd.Series(4.5, index=labels, name="low")
    lazy, low = pn.from_pandas(whole, npartitions=3), pn.from_pandas(bounds, npartitions=2)
    for call in (lambda df, low: df.x.clip(lower=low), lambda df, low: df.clip(upper=low, axis=0)):
        with pytest.raises(
            UsageError, match=r"clip\(\) by the labels of from_pandas, .*; join\(\) it, and clip by"
        ):
            call(lazy, low)
        one, few = pn.from_pandas(whole, npartitions=1), pn.from_pandas(bounds, npartitions=1)
        agree(lambda call=call, one=one, few=few: call(one, few), lambda call=call: call(whole, bounds))
    joined, expected = lazy.join(low), whole.join(bounds)
    agree(lambda: joined.x.clip(lower=joined.low), lambda: expected.x.clip(lower=expected.low))


@pytest.mark.parametrize(
    "call",
    [
        lambda df, other: df**other,
        lambda df, other: df.x**other.x,
        lambda df, other: df.x.pow(other.x, fill_value=2),
        lambda df, other: df.rpow(other),
    ],
)
@pytest.mark.parametrize("labels", [[0, 1, 2, 3], [1, 2, 3, 7]])
def test_powers_of_whole_numbers_of_other_rows(call: Callable[[Any, Any], Any], labels: list[int]) -> None:
    """Whole numbers become floats if a label is missing anywhere, which no partition can tell; floats stay floats."""
    whole, other = pd.DataFrame({"x": [2, 3, 4, 5]}), pd.DataFrame({"x": [2, -1, 0, -3]}, index=labels)
    lazy, powers = pn.from_pandas(whole, npartitions=2), pn.from_pandas(other, npartitions=2)
    with pytest.raises(UsageError, match=r"pow of whole numbers .* make one side astype\('float64'\) first"):
        call(lazy, powers)
    agree(lambda: call(lazy.astype("float64"), powers), lambda: call(whole.astype("float64"), other))
    one = pn.from_pandas(whole, npartitions=1)
    agree(lambda: call(one, pn.from_pandas(other, npartitions=1)), lambda: call(whole, other))
    agree(lambda: call(lazy, lazy + 1), lambda: call(whole, whole + 1))
