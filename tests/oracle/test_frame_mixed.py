"""Values of one type among those of another against pandas: what depends on the values of all partitions is refused."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, computed, frames, quick, same

_MIXED = {
    "int": pd.Series([1, 2, 3, 4]),
    "float": pd.Series([np.nan, np.nan, 3.5, 4]),
    "bool": pd.Series([True, False, True, True]),
    "Int64": pd.Series([None, 2, 3, 4], dtype="Int64"),
    "Float64": pd.Series([1.5, None, 3, 4], dtype="Float64"),
    "boolean": pd.Series([True, None, False, True], dtype="boolean"),
    "text": pd.Series([None, None, "a", "b"], dtype="str"),
    "time": pd.Series(pd.to_datetime([None, "2020-01-01", None, "2020-01-02"])),
    "zone": pd.Series(pd.to_datetime([None, "2020-01-01", None, "2020-01-02"])).dt.tz_localize("UTC"),
    "texts": pd.Series(["x", None, None, "y"], dtype=object),
    "objects": pd.Series([True, None, None, False], dtype=object),
}


def _replaced(name: str) -> Callable[[Any], Any]:
    """Column ``a`` with values of ``b``, by the method ``name``."""
    return lambda df: getattr(df.a, name)(*([df.b] if name == "fillna" else [df.c, df.b]))


def _mixed(own: str, other: str) -> Parted:
    whole = pd.DataFrame({"a": _MIXED[own], "b": _MIXED[other], "c": [True, False, False, True]})
    return Parted([whole[:2], whole[2:2], whole[2:3], whole[3:]])


@pytest.mark.parametrize("name", ["where", "mask", "fillna"])
@pytest.mark.parametrize(
    "pair",
    "int-Int64 float-Int64 float-Float64 bool-Int64 objects-Int64 text-Int64 text-float text-boolean text-time time-float "
    "time-Int64 time-zone time-texts zone-time".split(),
)
def test_values_of_another_type_that_all_of_them_decide(name: str, pair: str) -> None:
    """Where the type of the answer depends on values of other partitions, it is refused; of one partition it is had."""
    parted = _mixed(*pair.split("-"))
    steps, message = (
        _replaced(name),
        rf"{name}\(\) of .* depends on the values of all partitions; .* astype\(\)",
    )
    with pytest.raises(UsageError, match=message):
        steps(parted.lazy)
    df = parted.lazy
    own, other = df[["a"]], df[["b"]].rename(columns={"b": "a"})
    args = [other] if name == "fillna" else [df[["c"]].rename(columns={"c": "a"}), other]
    with pytest.raises(UsageError, match=message):
        getattr(own, name)(*args)
    agree(lambda: steps(pn.from_pandas(parted.whole, npartitions=1)), lambda: steps(parted.whole))


@pytest.mark.parametrize("name", ["where", "mask", "fillna"])
@pytest.mark.parametrize(
    "pair",
    "int-int int-bool float-int float-bool Int64-int Int64-Float64 Int64-boolean boolean-bool bool-objects bool-boolean "
    "text-texts text-int text-bool texts-text objects-float time-int zone-bool texts-time".split(),
)
def test_values_of_another_type(name: str, pair: str) -> None:
    """Others have pandas' type, whichever partitions they are in."""
    parted, steps = _mixed(*pair.split("-")), _replaced(name)
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole))


def test_objects_among_texts() -> None:
    """Objects that are put among texts must be texts: else all rows would be objects."""
    parted = _mixed("text", "objects")
    with pytest.raises(
        UsageError, match=r"fillna\(\) of texts with objects that are no texts: .* 'a' astype\(object\)"
    ):
        parted.lazy.a.fillna(parted.lazy.b).compute(scheduler="sync")
    as_objects = [df.a.astype(object).fillna(df.b) for df in (parted.lazy, parted.whole)]
    same(as_objects[0].compute(scheduler="sync"), as_objects[1])


def test_first_of_columns_of_other_types() -> None:
    """combine_first of frames has other missing values where other types meet, and numbers of any kind."""
    for own, other in (("text", "time"), ("int", "bool"), ("time", "float")):
        df = _mixed(own, other).lazy
        with pytest.raises(
            UsageError, match=r"combine_first\(\) of .* give both the same type with astype\(\)"
        ):
            df[["a"]].combine_first(df[["b"]].rename(columns={"b": "a"}))
    for own, other in (
        ("int", "float"),
        ("float", "int"),
        ("float", "bool"),
        ("Int64", "Int64"),
        ("text", "text"),
    ):
        parted = _mixed(own, other)

        def steps(df: Any) -> Any:
            return df[["a", "c"]].combine_first(df[["b"]].rename(columns={"b": "a"}))

        agree(
            lambda steps=steps, parted=parted: steps(parted.lazy),
            lambda steps=steps, parted=parted: steps(parted.whole),
        )


_FIRSTS = ["int64", "int8", "uint64", "float64", "float32", "bool", "str", "Int64", "datetime64[ns]"]


@st.composite
def _firsts(draw: st.DrawFn, names: str) -> pd.DataFrame:
    """A frame of some of these columns, of any types, some of them without values."""
    index = sorted(draw(st.sets(st.integers(0, 8), min_size=1)))
    made = {}
    for name in draw(st.sets(st.sampled_from(names), min_size=1)):
        dtype = draw(st.sampled_from(_FIRSTS))
        gaps = [] if dtype[:3] in ("int", "uin", "boo") else [None]
        values = draw(st.sampled_from([[0, 1], [0, 1, *gaps], gaps or [1]]))
        drawn = draw(st.lists(st.sampled_from(values), min_size=len(index), max_size=len(index)))
        if dtype == "str":
            drawn = [value if value is None else "ab"[value] for value in drawn]
        made[name] = pd.Series(drawn, index, dtype)
    return pd.DataFrame(made)


@quick
@given(one=_firsts("xyz"), other=_firsts("xyw"), sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_first_of_frames_of_other_rows_and_columns(
    one: pd.DataFrame, other: pd.DataFrame, sizes: tuple[int, int]
) -> None:
    """Columns of one side have missing values, of a type that holds them, where only the other has a label."""
    first, second = (pn.from_pandas(each, npartitions=n) for each, n in zip((one, other), sizes, strict=True))
    try:
        made = first.combine_first(second)
    except UsageError:
        assert any(one[name].dtype != other[name].dtype for name in one.columns.intersection(other.columns))
        return
    agree(lambda: made, lambda: one.combine_first(other))


@quick
@given(frames("ifstbn"))
def test_first_of_the_same_rows(parted: Parted) -> None:
    """Where missing values of a frame are filled in from it."""

    def steps(df: Any) -> Any:
        return df[["f", "s", "n"]].combine_first(
            df.fillna({"f": 1.0, "s": "q", "n": 3})[["f", "s", "n", "b"]]
        )

    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole))


def test_first_of_large_numbers_and_of_objects() -> None:
    """Whether pandas rounds numbers, and makes texts of objects, depends on other partitions: that is refused."""
    one = pd.DataFrame({"x": [2**53 + 1, 1, 2], "o": ["a", None, 1]})
    other = one.set_axis([0, 1, 7])
    first, second = (pn.from_pandas(each, npartitions=2) for each in (one, other))
    with pytest.raises(UsageError, match=r"'x', whole numbers beyond .*; give both astype\('Int64'\)"):
        first[["x"]].combine_first(second[["x"]]).compute()
    with pytest.raises(UsageError, match=r"\['o'\] .* are objects: .* give them a type with astype\(\)"):
        first.combine_first(second)
    agree(lambda: first.o.combine_first(second.o), lambda: one.o.combine_first(other.o))
    whole = pn.from_pandas(one, npartitions=1)
    agree(lambda: whole.combine_first(whole), lambda: one.combine_first(one))
    numbers = first[["x"]]
    agree(lambda: numbers.combine_first(numbers), lambda: one[["x"]].combine_first(one[["x"]]))
    agree(
        lambda: first[["o"]].combine_first(second[["x"]])["x"],
        lambda: one[["o"]].combine_first(other[["x"]])["x"],
    )
    with pytest.raises(UsageError, match="combine_first of partitions and a DataFrame in memory"):
        first.combine_first(one)


def test_bits_of_whole_numbers_of_other_rows() -> None:
    """Are refused: pandas raises where a label is missing on one side, of which one partition may have none."""
    first, second = (pn.from_pandas(pd.DataFrame({"x": [0] * n}), npartitions=n) for n in (3, 1))
    for func in (operator.and_, operator.or_, operator.xor):
        with pytest.raises(UsageError, match="labels of all partitions"):
            func(first, second)


@quick
@given(
    func=st.sampled_from(
        [
            operator.add,
            operator.mul,
            operator.floordiv,
            operator.mod,
            operator.and_,
            lambda one, other: one.sub(other, fill_value=1),
            lambda one, other: one.add(other),
            lambda one, other: one.eq(other),
        ]
    ),
    one=_firsts("x"),
    other=_firsts("xy"),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    scale=st.sampled_from([1, 70, 2**60]),
)
def test_arithmetic_with_other_rows(
    func: Any, one: pd.DataFrame, other: pd.DataFrame, sizes: tuple[int, int], scale: int
) -> None:
    """Is that of pandas, or refused: for truth values, and for whole numbers that floats would come out of otherwise."""
    kinds = {each.dtype.kind for each in (one.iloc[:, 0], other.iloc[:, 0])}
    if not kinds <= set("iufb"):
        return
    one, other = (
        each.assign(**{name: each[name] * scale for name in each if each[name].dtype == "int64"})
        for each in (one, other)
    )
    pairs = [(one, other)] if "x" in other else []
    for a, b in [*pairs, (one.iloc[:, 0], other.iloc[:, 0])]:
        first, second = (pn.from_pandas(each, npartitions=n) for each, n in zip((a, b), sizes, strict=True))
        try:
            made = func(first, second).compute(scheduler="sync")
        except UsageError:
            assert "b" in kinds or scale > 1 or func is not operator.add
            continue
        except Exception as error:  # noqa: BLE001  whatever it is, pandas must raise it too, or divide by false before
            with pytest.raises((type(error), ZeroDivisionError)):
                func(a, b)
            continue
        same(made, func(a, b))


def test_small_numbers_that_overflow_with_other_rows() -> None:
    """Come out as floats in pandas where a label is missing: no partition knows that of the others."""
    one = pd.Series([100, 100, 1, 1], dtype="int8")
    other = one.set_axis([0, 1, 2, 9])
    first, second = (pn.from_pandas(each, npartitions=2) for each in (one, other))
    for steps in (
        lambda a, b: a + b,
        lambda a, b: a.mul(b),
        lambda a, b: a.to_frame("x") + b.to_frame("x"),
        lambda a, b: a.to_frame("x").add(b, axis=0),
    ):
        with pytest.raises(
            UsageError, match=r"of whole numbers of other rows, .*; make one side astype\('float64'\)"
        ):
            steps(first, second).compute(scheduler="sync")
        agree(
            lambda steps=steps: steps(first.astype("float64"), second),
            lambda steps=steps: steps(one.astype("float64"), other),
        )
        agree(lambda steps=steps: steps(first // 100, second), lambda steps=steps: steps(one // 100, other))
    agree(
        lambda: (first.to_frame("x") - second.to_frame("x")).x,
        lambda: (one.to_frame("x") - other.to_frame("x")).x,
    )
    truths = [each > 1 for each in (first, second)]
    for func in (
        operator.add,
        operator.truediv,
        lambda a, b: a.mul(b),
        lambda a, b: a.to_frame("x").mul(b, axis=0),
    ):
        with pytest.raises(
            UsageError, match=r"of bool of .* have other rows: .* make truth values numbers with astype\(\)"
        ):
            func(*truths)
    agree(lambda: truths[0] & truths[1], lambda: (one > 1) & (other > 1))


_NUMBERS = ["int8", "int64", "uint8", "uint64", "float32", "float64"]


@st.composite
def _numbers(draw: st.DrawFn, names: str) -> pd.DataFrame:
    """Columns of numbers of some types, few of which fit into all of these."""
    index = sorted(draw(st.sets(st.integers(0, 6), min_size=1)))
    made = {}
    for name in names:
        dtype = draw(st.sampled_from(_NUMBERS))
        values = [0, 1, 100, *([1.5, 0.1, np.nan] if dtype[0] == "f" else [])]
        values += [-1] * (dtype[0] != "u") + [300, 2**24 + 1] * ("64" in dtype)
        drawn = draw(st.lists(st.sampled_from(values), min_size=len(index), max_size=len(index)))
        made[name] = pd.Series(drawn, index, dtype)
    return pd.DataFrame(made)


@st.composite
def _replacing(draw: st.DrawFn) -> tuple[pd.DataFrame, pd.DataFrame, Callable[[Any, Any], Any]]:
    """Two frames of numbers, of the same rows or of others, and a step that puts values of one among those of the other."""
    one, other = draw(_numbers("xyc")), draw(_numbers("xyc"))
    is_beside = draw(st.booleans())
    if is_beside:
        other = other.reindex(one.index, method="nearest")
    name = draw(st.sampled_from(["where", "mask", "fillna"]))
    bound = draw(st.sampled_from([-9, 1, 1, 999]))
    column = draw(st.booleans())

    def steps(a: Any, b: Any) -> Any:
        if name == "fillna":
            return a.x.fillna(b.y) if column else a.fillna(b)
        own = a.x if column else a
        cond = own >= bound if is_beside else lambda values: values >= bound
        return getattr(own, name)(cond, b.y if column else b)

    return one, other, steps


@pytest.mark.filterwarnings("ignore:.*is not supported as a fill value")
@settings(max_examples=150)
@given(drawn=_replacing(), sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_numbers_among_those_of_another_type(drawn: Any, sizes: tuple[int, int]) -> None:
    """The type of a column is kept if it holds all of the other, in whichever partition, or if none is needed."""
    one, other, steps = drawn
    if one.index.equals(other.index):
        both = pd.concat([one.add_prefix("a"), other.add_prefix("b")], axis=1)

        def cut(df: Any, side: str) -> Any:
            return df[[f"{side}{name}" for name in "xyc"]].rename(
                columns={f"{side}{name}": name for name in "xyc"}
            )

        lazy = pn.from_pandas(both, npartitions=sizes[0])
        first, second = cut(lazy, "a"), cut(lazy, "b")
    else:
        first, second = (
            pn.from_pandas(each, npartitions=n) for each, n in zip((one, other), sizes, strict=True)
        )
    agree(lambda: steps(first, second), lambda: steps(one, other))


def test_the_first_of_numbers_whose_type_all_partitions_decide() -> None:
    """Has the type of all of them, also where its own partition has nothing to replace; series beside columns, too."""
    whole = pd.DataFrame(
        {"v": [1, 2, 3, 4], "w": [1, 2, 3, 4], "c": [True, True, False, True], "o": [np.nan, 1.5, 3, 4]}
    )
    lazy = pn.from_pandas(whole, npartitions=2)
    same(lazy.v.where(lazy.c, lazy.o).head(1), whole.v.where(whole.c, whole.o).head(1))
    for steps in (
        lambda df: df[["v", "w"]].where(df[["v", "w"]] != 3, df.o, axis=0),
        lambda df: df.v.mask(lambda v: v == 3, df.o),
        lambda df: df.v.astype("float32").where(df.v > 0, df.o / 3),
        lambda df: df.v.where(df.v > 3, df.o.nlargest(2)),
        lambda df: df.c.mask(df.v == 3, df.c.shift(1)),
        lambda df: df[["v", "c"]].where(df.v != 3, df[["v", "c"]].shift(1)),
    ):
        agree(lambda steps=steps: steps(lazy), lambda steps=steps: steps(whole))
    agree(lambda: lazy.v.where(lazy.c, lazy.o), lambda: whole.v.where(whole.c, whole.o))
    made = lazy.v.where(lazy.c, lazy.o)
    same(made.compute(scheduler="threads"), whole.v.where(whole.c, whole.o))


@pytest.mark.parametrize("dtype", ["Int64", "Int8", "int64[pyarrow]"])
def test_whole_numbers_beside_others_that_may_lack_values(dtype: str) -> None:
    """Are floats in pandas where a label is missing, and divided by zero something else than whole numbers are."""
    one = pd.Series([1, 2, None, 4], dtype=dtype)
    other = pd.Series([0, 3, 1, 0], [0, 1, 2, 9])
    first, second = (pn.from_pandas(each, npartitions=2) for each in (one, other))
    for func in (operator.add, operator.sub, operator.mul, operator.truediv):
        agree(lambda func=func: func(first, second), lambda func=func: func(one, other))
        agree(lambda func=func: func(second, first), lambda func=func: func(other, one))
    for name in ("floordiv", "mod"):
        fits = second.where(second != 0, 2).astype("float64")
        agree(
            lambda name=name, fits=fits: getattr(first, name)(fits),
            lambda name=name: getattr(one, name)(other.where(other != 0, 2).astype("float64")),
        )
        if dtype != "int64[pyarrow]":  # which raises in pandas
            with pytest.raises(UsageError, match=f"{name} of whole numbers of other rows"):
                getattr(first, name)(second).compute(scheduler="sync")


def test_combined_columns() -> None:
    """Are made in each partition of the same rows; where pandas looks at all rows before, they are refused."""
    one = pd.DataFrame({"x": pd.Series([100, 100, 1, 1], dtype="int8"), "f": [1.5, np.nan, 3, np.nan]})
    other = one.set_axis([0, 1, 2, 9])
    first, second = (pn.from_pandas(each, npartitions=2) for each in (one, other))
    for steps in (
        lambda df: df.combine(df // 2, np.minimum),
        lambda df: df.combine(df * 2, lambda a, b: a.where(a > 0, b), fill_value=7),
    ):
        agree(lambda steps=steps: steps(first), lambda steps=steps: steps(one))
    with pytest.raises(UsageError, match=r"has other rows: .* by repartition\(npartitions=1\), or join\(\)"):
        first.combine(second, np.add)
    with pytest.raises(UsageError, match=r"overwrite=False\) .* for which other\.notna\(\)\.any\(\)"):
        first.combine(first, np.add, overwrite=False)
    with pytest.raises(UsageError, match="combine of partitions and a DataFrame in memory"):
        first.combine(one, np.add)
    for options in ({}, {"overwrite": False}, {"fill_value": 1}):
        agree(
            lambda options=options: first.repartition(npartitions=1).combine(
                second.repartition(npartitions=1), np.add, **options
            ),
            lambda options=options: one.combine(other, np.add, **options),
        )


objects = st.lists(st.sampled_from([1, 2.5, "a", "b", None, "", -3]), max_size=6)


@quick
@given(objects, objects, st.sampled_from(["inner", "left", "right", "outer"]), st.sampled_from([None, False]))
def test_sorted_keys_of_mixed_objects(left: list[Any], right: list[Any], how: Any, broadcast: Any) -> None:
    """Numbers come before texts, and what is missing behind both: None, or NaN where a partition has no numbers."""
    assume(len(left) + len(right) > 2)  # pandas leaves a text and a number as they come
    ones = pd.DataFrame({"k": pd.Series(left, dtype=object), "v": range(len(left))})
    others = pd.DataFrame({"k": pd.Series(right, dtype=object), "w": range(len(right))})
    parted, beside = Parted([ones[:2], ones[2:]]), Parted([others[:3], others[3:]])
    merged = parted.lazy.merge(beside.lazy, on="k", how=how, sort=True, broadcast=broadcast)
    same(nones(computed(merged)), nones(ones.merge(others, on="k", how=how, sort=True)))


def nones(merged: pd.DataFrame) -> pd.DataFrame:
    """``merged`` with None for all that is missing among its keys."""
    keys = merged.k.astype(object)
    return merged.assign(k=keys.where(keys.notna(), None).astype(object))
