"""A user's functions over partitions, rows and values, against pandas."""

from __future__ import annotations

import collections
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
import pannier.dataframe as pdf
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same


@pytest.fixture
def numbers() -> Any:
    """Four rows in two partitions."""
    return pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4], "s": list("abcd")}), npartitions=2)


@quick
@given(frames("ifs"))
def test_functions_of_rows_and_values(parted: Parted) -> None:
    """Without meta, and whatever the partitions, the answer is that of pandas."""
    for steps in (
        lambda df: df.i.map(lambda value: value * 1.5),
        lambda df: df.i.apply(lambda value, by: f"{value} {by}", args=("times",)),
        lambda df: df.s.map(lambda value: value.upper(), na_action="ignore"),
        lambda df: df[["i", "f"]].map(lambda value: value + 0.5),
        lambda df: df.i.map({1: "one", 2: "two", -1: "minus"}),
        lambda df: df.apply(lambda row: row.i * 2.0 + len(str(row.s)), axis=1),
        lambda df: df.apply(lambda row: pd.Series({"a": row.i, "b": row.f}), axis=1),
    ):
        if len(parted.whole):  # of nothing pandas cannot say what a function makes
            agree(lambda steps=steps: steps(parted.lazy), lambda steps=steps: steps(parted.whole))
        else:
            assert len(steps(parted.lazy).compute(scheduler="sync")) == 0


@quick
@given(frames("if"))
def test_functions_of_rows_that_were_shuffled(parted: Parted) -> None:
    """What is tried on first rows has rows side by side that belong together, also where some have been away."""
    for pick in (
        lambda df: df[df.groupby("i").f.transform("size") > 1],
        lambda df: df[df.i.rank() > 2].iloc[1:],
        lambda df: df.assign(n=df.groupby("i").cumcount().cumsum())[lambda rows: rows.n > 0],
        lambda df: df.groupby("i").head(3).assign(t=lambda rows: rows.i.astype("str")),
        lambda df: df[~df.duplicated("i")].assign(m=df.f.max()),
    ):

        def steps(df: Any, pick: Any = pick) -> Any:
            return pick(df).i.map(lambda value: value * 2)

        if len(steps(parted.whole)):
            agree(lambda: steps(parted.lazy), lambda: steps(parted.whole))


@quick
@given(frames("ifsbtcn"))
def test_functions_of_partitions(parted: Parted) -> None:
    """A function of whole partitions that works row by row gives what it gives of all rows."""
    for func in (
        lambda df: df.assign(j=df.i * 2, u=df.s.str.upper()),
        lambda df: df[df.i > 0],
        lambda df: df.f + df.i,
        lambda df: df.rename(columns={"i": "k"}).drop(columns="t"),
        lambda df: df.index,
    ):
        agree(lambda func=func: parted.lazy.map_partitions(func), lambda func=func: func(parted.whole))


@quick
@given(frames("if"), st.integers(0, 3))
def test_one_value_a_partition(parted: Parted, least: int) -> None:
    """A function that returns one value gives a series of as many as there are partitions, numbered."""
    found = parted.lazy.map_partitions(lambda df, least: int((df.i > least).sum()), least).compute(
        scheduler="sync"
    )
    same(found, pd.Series([int((part.i > least).sum()) for part in parted.parts]))


@quick
@given(frames("if"))
def test_columns_made_by_functions_fit_their_frame(parted: Parted) -> None:
    """What a function makes row by row can be put beside the frame, though divisions are not known."""

    def steps(df: Any, make: Any) -> Any:
        return df.assign(made=make(df), k=df.i.map(lambda value: value - 1)).query("k > 0")

    if not len(parted.whole):
        return
    lazy = parted.lazy.assign(made=parted.lazy.map_partitions(lambda df: df.i * df.f))
    plain = parted.whole.assign(made=parted.whole.i * parted.whole.f)
    agree(lambda: lazy[lazy.made > 0], lambda: plain[plain.made > 0])


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_lambdas_travel(numbers: Any, scheduler: str) -> None:
    """Functions that cannot be imported run on every scheduler."""
    factor = 3
    made = numbers.map_partitions(lambda df: df.assign(y=df.x * factor)).y.map(lambda value: value + 1)
    assert made.compute(scheduler=scheduler).tolist() == [4, 7, 10, 13]


def test_nothing_but_first_rows_is_read_while_building(tmp_path: Any) -> None:
    """A function is tried on a few real rows of the first partitions."""
    tried: list[list[int]] = []
    df = pn.from_pandas(pd.DataFrame({"x": range(100_000)}), npartitions=10)

    def func(part: Any) -> Any:
        tried.append(part.x.tolist())
        return part

    df.map_partitions(func)
    assert len(tried) == 1
    assert tried[0] == list(range(len(tried[0])))
    assert len(tried[0]) < 1000


def test_rows_are_looked_for_behind_filters() -> None:
    """Where the first rows do not get to the function, further ones are tried."""
    frame = pd.DataFrame({"x": range(10_000)})
    df = pn.from_pandas(frame, npartitions=4)
    late = df[df.x > 3000].map_partitions(lambda part: part.assign(first=str(part.x.iloc[0])))
    assert late._meta.dtypes["first"] == "str"


def test_functions_of_rows_that_became_more() -> None:
    """What a function made of first rows is beside the same rows of its frame, where steps before made many of each."""
    whole = pd.DataFrame({"l": [[i, i + 1, i + 2] for i in range(90)]})

    def steps(df: Any) -> Any:
        df = df.explode("l")
        df["a"] = df.l.map(lambda value: value + 1)
        df["b"] = df.apply(lambda row: row.a * 2, axis=1)
        return df

    agree(lambda: steps(frame_of([whole[:80], whole[80:80], whole[80:]])), lambda: steps(whole))


def test_no_rows_at_all() -> None:
    """A function without rows to be tried on is tried on none."""
    df = frame_of([pd.DataFrame({"x": [1, 2]})])
    made = df[df.x > 5].map_partitions(lambda part: part.assign(y=part.x / 2))
    assert made._meta.dtypes["y"] == "float64"
    assert len(made.compute(scheduler="sync")) == 0


@pytest.mark.parametrize(
    "meta",
    [
        pd.DataFrame({"x": [1], "y": [0.5]}),
        {"x": "int64", "y": "float64"},
        [("x", "int64"), ("y", float)],
    ],
)
def test_declared_meta_of_frames(numbers: Any, meta: Any) -> None:
    """Names and types may be said in any form; the function is not tried then."""
    tried = []

    def func(part: Any) -> Any:
        tried.append(part)
        return pd.DataFrame({"y": part.x / 2, "x": part.x})

    made = numbers.map_partitions(func, meta=meta)
    assert not tried
    assert list(made.columns) == ["x", "y"]
    same(
        made.compute(scheduler="sync"),
        pd.DataFrame({"x": [1, 2, 3, 4], "y": [0.5, 1.0, 1.5, 2.0]}),
    )


@pytest.mark.parametrize("meta", [("n", "float64"), ("n", float), pd.Series([], name="n", dtype="float64")])
def test_declared_meta_of_series(numbers: Any, meta: Any) -> None:
    """Whole numbers become the floats that were declared."""
    made = numbers.apply(lambda row: row.x * 2, axis=1, meta=meta)
    same(made.compute(scheduler="sync"), pd.Series([2.0, 4.0, 6.0, 8.0], name="n"))


@pytest.mark.parametrize("meta", [int, "int64"])
def test_declared_meta_of_values(numbers: Any, meta: Any) -> None:
    """One value a partition, of a type that was declared."""
    made = numbers.map_partitions(len, meta=meta)
    assert made.compute(scheduler="sync").tolist() == [2, 2]
    assert made.sum().compute(scheduler="sync") == 4


def test_meta_that_says_nothing(numbers: Any) -> None:
    """What is no meta is refused at once."""
    with pytest.raises(UsageError, match="names and types"):
        numbers.map_partitions(len, meta=object())


def test_wrong_columns_are_reported(numbers: Any) -> None:
    """Partition, columns and what would be right are in the error."""
    made = numbers.map_partitions(
        lambda part: part.rename(columns={"x": "z"}), meta={"x": "int64", "s": "str"}
    )
    with pytest.raises(
        UsageError, match=r"partition 0 the columns \['z', 's'\].*without \['x'\].*meta=\{'z'"
    ):
        made.compute(scheduler="sync")


def test_types_that_differ_later_are_reported(numbers: Any) -> None:
    """Partition, column, both types, the value and the meta that fits are in the error; and that meta does fit."""

    def func(part: Any) -> Any:
        return part.assign(y=part.x if part.x.max() < 3 else part.x / 2)

    made = numbers.map_partitions(func)
    with pytest.raises(
        UsageError, match=r"partition 1 column 'y' of type float64, and int64 .* 1\.5"
    ) as caught:
        made.compute(scheduler="sync")
    assert "meta={'x': 'int64', 's': 'str', 'y': 'float64'}" in str(caught.value)
    fixed = numbers.map_partitions(func, meta={"x": "int64", "s": "str", "y": "float64"})
    assert fixed.compute(scheduler="sync").y.tolist() == [1.0, 2.0, 1.5, 2.0]


def test_types_that_differ_without_loss_are_made_the_same(numbers: Any) -> None:
    """Floats that are whole, and objects that are texts, are of the type that was seen first."""

    def func(part: Any) -> Any:
        late = part.x.max() > 2
        return part.assign(
            y=part.x.astype("float64") if late else part.x, s=part.s.astype(object) if late else part.s
        )

    same(
        numbers.map_partitions(func).dtypes,
        pd.Series({"x": np.dtype("int64"), "s": pd.StringDtype(na_value=np.nan), "y": np.dtype("int64")}),
    )
    assert numbers.map_partitions(func).compute(scheduler="sync").y.dtype == "int64"


def test_types_need_not_be_enforced(numbers: Any) -> None:
    """Partitions may be of any type where the user says so."""
    made = numbers.x.map_partitions(lambda part: part / 1 if part.max() > 2 else part, enforce_metadata=False)
    assert made.compute(scheduler="sync").tolist() == [1.0, 2.0, 3.0, 4.0]


def test_another_kind_of_object_is_reported(numbers: Any) -> None:
    """A series where a frame was declared."""
    made = numbers.map_partitions(lambda part: part.x, meta={"x": "int64"})
    with pytest.raises(UsageError, match="a Series, and a DataFrame was expected"):
        made.compute(scheduler="sync")


def test_an_array_is_refused(numbers: Any) -> None:
    """Values without labels are no partition."""
    with pytest.raises(UsageError, match="no labels"):
        numbers.map_partitions(lambda part: part.x.to_numpy())


def test_errors_name_partition_and_row(numbers: Any) -> None:
    """An exception of the user's keeps its type and says where it came."""
    with pytest.raises(ZeroDivisionError) as caught:
        numbers.apply(lambda row: 1 / (4 - row.x), axis=1).compute(scheduler="sync")
    notes = "\n".join(caught.value.__notes__)
    assert "partition 1" in notes
    assert "label 3" in notes
    assert "rows, with labels from " in notes
    assert all("\n" not in note for note in caught.value.__notes__)


def test_values_are_not_looked_up_in_what_is_lazy(numbers: Any) -> None:
    """What is lazy is joined by its labels."""
    for other in (numbers.x, numbers, numbers.index):
        with pytest.raises(UsageError, match=r"use merge\(\), as in df.merge"):
            numbers.x.map(other)


def test_errors_while_trying_say_what_to_do(numbers: Any) -> None:
    """An exception on the first rows comes at once, with a hint at meta=."""
    with pytest.raises(ZeroDivisionError) as caught:
        numbers.x.map(lambda value: 1 // (value - 1))
    assert "meta=" in "\n".join(caught.value.__notes__)


def test_errors_of_steps_before_say_what_to_do(numbers: Any) -> None:
    """So does one of a step that makes the rows to try on."""
    broken = numbers.x.map(lambda value: 1 // (value - 1), meta=("x", "int64"))
    with pytest.raises(ZeroDivisionError) as caught:
        broken.map_partitions(lambda part: part)
    assert "with meta= it is not tried" in "\n".join(caught.value.__notes__)


def test_columns_cannot_be_applied_to(numbers: Any) -> None:
    """A function of whole columns is refused, with what to use instead."""
    with pytest.raises(UsageError, match="axis=1"):
        numbers.apply(len)


def test_frames_among_the_arguments(numbers: Any) -> None:
    """Partitions come side by side, one partition goes to all, and one value of a reduction too."""
    other = pn.from_pandas(pd.DataFrame({"y": [10, 20, 30, 40]}), npartitions=2)
    one = pn.from_pandas(pd.DataFrame({"z": [1000]}), npartitions=1)
    made = numbers.map_partitions(lambda a, b, c: a.x + b.y + c.z.iloc[0], other, c=one)
    assert made.compute(scheduler="sync").tolist() == [1011, 1022, 1033, 1044]
    scaled = numbers.x.map_partitions(lambda part, largest: part / largest, numbers.x.max())
    assert scaled.compute(scheduler="sync").tolist() == [0.25, 0.5, 0.75, 1.0]
    aligned = numbers.map_partitions(
        lambda a, b: a.x + b.y,
        other.repartition(npartitions=1).repartition(divisions=(0, 1, 3)),
        align_dataframes=True,
    )
    assert aligned.compute(scheduler="sync").tolist() == [11, 22, 33, 44]
    three = pn.from_pandas(pd.DataFrame({"y": [1, 2, 3]}), npartitions=3)
    with pytest.raises(UsageError, match="side by side"):
        numbers.map_partitions(lambda a, b: a, three)


def test_delayed_arguments_need_a_meta(numbers: Any) -> None:
    """A delayed value is not computed while building."""
    value = pn.delayed(abs)(-5)
    with pytest.raises(UsageError, match="needs meta="):
        numbers.x.map_partitions(lambda part, by: part * by, value)
    made = numbers.x.map_partitions(lambda part, by: part * by, value, meta=("x", "int64"))
    assert made.compute(scheduler="sync").tolist() == [5, 10, 15, 20]


def test_divisions(numbers: Any) -> None:
    """They stay where labels do, are left where the function is seen to change them, and else checked."""
    assert numbers.map_partitions(lambda part: part[["x"]]).divisions == (0, 2, 3)
    assert not numbers.map_partitions(lambda part: part.set_index("x")).known_divisions
    assert not numbers.map_partitions(lambda part: part, clear_divisions=True).known_divisions
    moved = numbers.map_partitions(lambda part: part.set_index(part.index + 10), meta=numbers._meta)
    with pytest.raises(UsageError, match="clear_divisions=True"):
        moved.compute(scheduler="sync")
    assert not numbers.index.map_partitions(lambda index: index * 2).known_divisions


def test_numbers_of_rows(tmp_path: Any) -> None:
    """Labels that only number rows are numbered through, unless a function leaves out rows somewhere."""
    for i in range(3):
        pd.DataFrame({"x": [1, 2, 3 + i]}).to_csv(tmp_path / f"{i}.csv", index=False)
    df = pn.read_csv(f"{tmp_path}/*.csv", blocksize=None)
    assert df.npartitions == 3
    whole = df.map_partitions(lambda part: part.assign(y=1)).compute(scheduler="sync")
    assert whole.index.tolist() == list(range(9))
    some = df.map_partitions(lambda part: part[(part.x != 1) | (part.x.max() < 5)]).compute(scheduler="sync")
    assert some.index.tolist() == [0, 1, 2, 0, 1, 2, 1, 2]


def test_module_function(numbers: Any) -> None:
    """The frame may be any of the arguments."""
    made = pdf.map_partitions(lambda by, s: s * by, 10, numbers.x)
    assert made.compute(scheduler="sync").tolist() == [10, 20, 30, 40]
    with pytest.raises(UsageError, match="needs a frame"):
        pdf.map_partitions(len, 3)


def test_spans_of_time_behind_missing_ones() -> None:
    """Rows that come first and miss all values are taken for instants by pandas, and say nothing."""
    spans = pd.DataFrame({"d": pd.to_timedelta([None, None, "1h", None, "2h"])})
    lazy = frame_of([spans[:2], spans[2:2], spans[2:4], spans[4:]])
    agree(lambda: lazy.d.map(lambda value: value), lambda: spans.d.map(lambda value: value))


@pytest.mark.parametrize("values", [[True, False, True], [1, 2, 3], ["a", None, "b"]])
def test_dicts_with_values_for_what_they_lack(values: list[Any]) -> None:
    """Their values have one type in all partitions, empty ones too."""
    whole = pd.DataFrame({"x": values})
    lazy = frame_of([whole[:0], whole[:1], whole[1:1], whole[1:]])
    for found in (collections.defaultdict(int, {1: 3, "a": 4}), collections.Counter("aab")):
        agree(lambda found=found: lazy.x.map(found), lambda found=found: whole.x.map(found))
