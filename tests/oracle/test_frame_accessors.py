"""Methods of strings, instants and categories against pandas, each with sample arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.collections.dataframe.accessors import (
    CategoricalAccessor,
    DatetimeAccessor,
    ListAccessor,
    StringAccessor,
    StructAccessor,
)
from pannier.collections.dataframe.methods import verbs_of
from pannier.errors import UsageError
from tests.oracle.frame_calls import (
    CAT_CALLS,
    INSTANT_CALLS,
    MORE_STR_CALLS,
    PERIOD_CALLS,
    SPAN_CALLS,
    STR_CALLS,
    Call,
    hard_frame,
)
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick

_HARD = hard_frame()
_OF_OBJECTS = {"decode", "get", "join"}
"""Called on bytes and lists, which pandas refuses where all are missing."""


def _named(*tables: dict[str, list[Call]]) -> list[Any]:
    return [
        pytest.param(call, id=f"{name}-{number}")
        for calls in tables
        for name, some in calls.items()
        for number, call in enumerate(some)
    ]


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (StringAccessor, {*STR_CALLS}),
        (DatetimeAccessor, {*INSTANT_CALLS, *PERIOD_CALLS, *SPAN_CALLS}),
        (CategoricalAccessor, {*CAT_CALLS}),
        (ListAccessor, {"len", "flatten"}),
        (StructAccessor, {"field", "explode"}),
    ],
)
def test_every_row_of_the_tables_has_calls(owner: type, names: set[str]) -> None:
    """A row that nobody calls is a method that nobody tests."""
    assert {verb.name for verb in verbs_of(owner)} == names


def _boxed(expected: Any, column: Any) -> Any:
    """An array, as pandas has it for some, as a series."""
    if isinstance(expected, np.ndarray):
        return pd.Series(expected, index=column.index, name=column.name)
    return expected


@pytest.mark.parametrize("call", _named(STR_CALLS, MORE_STR_CALLS))
def test_strings(call: Call) -> None:
    """Partitions that are empty, or where all is missing, leave no trace in types or values."""
    agree(lambda: call(_HARD.lazy.s), lambda: call(_HARD.whole.s))


@pytest.mark.parametrize("call", _named(INSTANT_CALLS, PERIOD_CALLS, SPAN_CALLS))
def test_instants(call: Call) -> None:
    """The same for instants, periods and spans of time."""
    agree(lambda: call(_HARD.lazy.t), lambda: _boxed(call(_HARD.whole.t), _HARD.whole.t))


@pytest.mark.parametrize("call", _named(CAT_CALLS))
def test_categories(call: Call) -> None:
    """The same for categories that are known."""
    agree(lambda: call(_HARD.lazy.c), lambda: call(_HARD.whole.c))


@settings(max_examples=60)
@given(
    frames("stc", unique_index=True),
    st.sampled_from([call for name, calls in STR_CALLS.items() for call in calls if name not in _OF_OBJECTS]),
    st.sampled_from([call for calls in INSTANT_CALLS.values() for call in calls]),
    st.sampled_from([call for calls in CAT_CALLS.values() for call in calls]),
)
def test_any_values(parted: Parted, of_string: Call, of_instant: Call, of_category: Call) -> None:
    """Whatever the values and partitions are."""
    agree(lambda: of_string(parted.lazy.s), lambda: of_string(parted.whole.s))
    agree(lambda: of_instant(parted.lazy.t), lambda: _boxed(of_instant(parted.whole.t), parted.whole.t))
    agree(lambda: of_category(parted.lazy.c), lambda: of_category(parted.whole.c))


@quick
@given(frames("s"))
def test_strings_of_an_index(parted: Parted) -> None:
    """An index has the same methods; arrays of truth values are indices."""
    parts = [part.set_index("s") for part in parted.parts]
    lazy, whole = frame_of(parts).index, pd.concat(parts).index
    for steps in (
        lambda index: index.str.upper(),
        lambda index: index.str.startswith("a", na=False),
        lambda index: index.str.len(),
    ):
        expected = steps(whole)
        agree(
            lambda steps=steps: steps(lazy),
            lambda expected=expected: (
                expected if isinstance(expected, pd.Index) else pd.Index(expected, name="s")
            ),
        )


@quick
@given(frames("s"))
def test_all_strings_as_one(parted: Parted) -> None:
    """Without others, all strings are joined."""
    for options in ({}, {"sep": "-"}, {"sep": ", ", "na_rep": "?"}):
        agree(
            lambda options=options: parted.lazy.s.str.cat(**options),
            lambda options=options: parted.whole.s.str.cat(**options),
        )


def test_objects_of_which_whole_partitions_are_missing() -> None:
    """Numbers of texts have the types, and what is filled up the kinds of missing values, that they have in all rows."""
    texts = pd.DataFrame({"s": pd.Series([None, np.nan, "a-b", None, "c"], dtype=object)})
    lazy = frame_of([texts[:1], texts[1:2], texts[2:2], texts[2:4], texts[4:]])
    for steps in (
        lambda s: s.str.len(),
        lambda s: s.str.count("a"),
        lambda s: s.str.find("b"),
        lambda s: s.str.split("-").str.len(),
        lambda s: s.str.contains("a"),
    ):
        agree(lambda steps=steps: steps(lazy.s), lambda steps=steps: steps(texts.s))
    for steps in (lambda s: s.str.partition("-"), lambda s: s.str.rsplit("-", n=1, expand=True)):
        made, expected = steps(lazy.s).compute(scheduler="sync"), steps(texts.s)
        pd.testing.assert_frame_equal(made, expected)
        assert list(map(type, made[1])) == list(map(type, expected[1]))


def test_categories_as_one_text() -> None:
    """What stands for missing values need not be a category."""
    kinds = pd.DataFrame({"c": pd.Categorical(["x", None, "y", None])})
    lazy = frame_of([kinds[:1], kinds[1:1], kinds[1:2], kinds[2:]])
    agree(lambda: lazy.c.str.cat(sep="-", na_rep="?"), lambda: kinds.c.str.cat(sep="-", na_rep="?"))


def test_pieces_in_columns() -> None:
    """As many columns as may be needed, in every partition; what is missing is a missing value."""
    texts = pd.DataFrame({"s": ["a-b-c", "d", None, "e-f"]})
    lazy = frame_of([texts[1:3], texts[:1], texts[3:]]).s
    made = lazy.str.split("-", n=2, expand=True)
    assert list(made.columns) == [0, 1, 2]
    expected = texts.s.loc[[1, 2, 0, 3]].str.split("-", n=2, expand=True)
    pd.testing.assert_frame_equal(made.compute(scheduler="sync"), expected)
    pd.testing.assert_frame_equal(made.partitions[0].compute(scheduler="sync"), expected[:2])
    right = lazy.str.rsplit("-", n=1, expand=True).compute(scheduler="sync")
    pd.testing.assert_frame_equal(right, texts.s.loc[[1, 2, 0, 3]].str.rsplit("-", n=1, expand=True))
    assert list(lazy.str.partition("-").columns) == [0, 1, 2]
    agree(lambda: lazy.str.partition("-")[2], lambda: texts.s.loc[[1, 2, 0, 3]].str.partition("-")[2])
    with pytest.raises(UsageError, match="say with n="):
        lazy.str.split("-", expand=True)


@quick
@given(frames("sic"))
def test_categories_that_are_not_known(parted: Parted) -> None:
    """Categories that each partition finds are united as pandas would find them in all rows, or known on request."""
    for column in ("s", "i"):
        agree(
            lambda column=column: parted.lazy[column].astype("category"),
            lambda column=column: parted.whole[column].astype("category"),
        )
        agree(
            lambda column=column: parted.lazy.astype({column: "category"}),
            lambda column=column: parted.whole.astype({column: "category"}),
        )
    unknown = parted.lazy.s.astype("category")
    assert not unknown.cat.known
    with pytest.raises(UsageError, match="as_known"):
        unknown.cat.codes  # noqa: B018
    known = unknown.cat.as_known(scheduler="sync")
    expected = parted.whole.s.astype("category")
    assert known.cat.known == bool(len(expected.cat.categories))
    if known.cat.known:
        assert list(known.cat.categories) == list(expected.cat.categories)
        agree(lambda: known.cat.codes, lambda: expected.cat.codes)
    agree(parted.lazy.c.cat.as_unknown, lambda: parted.whole.c)
    agree(
        parted.lazy.c.cat.remove_unused_categories,
        parted.whole.c.cat.remove_unused_categories,
    )
    ordered = pd.CategoricalDtype(ordered=True)
    agree(lambda: parted.lazy.s.astype(ordered), lambda: parted.whole.s.astype(ordered))


def test_what_is_known_of_types() -> None:
    """Time zone, resolution, order and categories are there before anything runs."""
    assert str(_HARD.lazy.t.dt.tz_localize("UTC").dt.tz) == "UTC"
    assert _HARD.lazy.t.dt.unit == "ns"
    assert _HARD.lazy.c.cat.known
    assert not _HARD.lazy.c.cat.ordered
    assert list(_HARD.lazy.c.cat.categories) == ["y", "x", "z"]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (lambda df: df.i.str, "Can only use .str accessor with string values"),
        (lambda df: df.s.dt, "Can only use .dt accessor with datetimelike values"),
        (lambda df: df.i.cat, "Can only use .cat accessor"),
        (lambda df: df.s.str.get_dummies(), "not be known before all rows are read"),
        (lambda df: df.t.dt.freq, "infer_freq"),
        (lambda df: df.s.str.uppr(), "did you mean"),
        (lambda df: df.t.dt.days, "days"),
    ],
)
def test_what_values_have_not(steps: Any, message: str) -> None:
    """Values of another kind are refused while building, as pandas does it; names that do not exist are explained."""
    with pytest.raises(AttributeError, match=message):
        steps(_HARD.lazy)


def test_lists_and_structs_of_arrow() -> None:
    """What Arrow nests has accessors as in pandas."""
    import pyarrow as pa

    lists = pd.Series([[1, 2], [3, 4], None, [5]], dtype=pd.ArrowDtype(pa.list_(pa.int64())), name="l")
    rows = [{"x": 1, "y": "a"}, None, {"x": 3, "y": None}, {"x": 4, "y": "d"}]
    structs = pd.Series(
        rows, dtype=pd.ArrowDtype(pa.struct([("x", pa.int64()), ("y", pa.string())])), name="r"
    )
    whole = pd.DataFrame({"l": lists, "r": structs})
    lazy = frame_of([whole[:2], whole[2:2], whole[2:]])
    for steps in (
        lambda df: df.l.list.len(),
        lambda df: df.l.dropna().list[0],
        lambda df: df.l.list.flatten(),
        lambda df: df.r.struct.field("x"),
        lambda df: df.r.struct.explode(),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))
