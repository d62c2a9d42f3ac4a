"""Frames under each other and beside each other are those of pandas; so is what was last known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
import pannier.dataframe as pdf
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

COLUMNS = st.lists(st.sampled_from("ifsbtn"), min_size=1, max_size=4, unique=True)
JOINS = st.sampled_from(["outer", "inner"])


@quick
@given(frames("ifsbtn"), frames("ifsbtn"), COLUMNS, COLUMNS, JOINS, st.booleans(), st.booleans())
def test_concat(
    one: Parted, other: Parted, left: Any, right: Any, join: Any, ignore: bool, sort: bool
) -> None:
    """Of other columns, with missing values of the right types."""
    if one.whole.empty or other.whole.empty:
        return  # of these pandas decides types by what is there
    agree(
        lambda: pdf.concat([one.lazy[left], other.lazy[right]], join=join, ignore_index=ignore, sort=sort),
        lambda: pd.concat([one.whole[left], other.whole[right]], join=join, ignore_index=ignore, sort=sort),
    )


@quick
@given(frames("if"), frames("if"), st.sampled_from("if"), st.sampled_from("if"))
def test_concat_of_series(one: Parted, other: Parted, left: str, right: str) -> None:
    """Of any names and types, and with frames."""
    if one.whole.empty or other.whole.empty:
        return
    agree(
        lambda: pdf.concat([one.lazy[left], other.lazy[right]]),
        lambda: pd.concat([one.whole[left], other.whole[right]]),
    )
    agree(
        lambda: pdf.concat([one.lazy, other.lazy[right]]), lambda: pd.concat([one.whole, other.whole[right]])
    )


@quick
@given(frames("if"), frames("if"), st.sampled_from([None, "f"]), st.sampled_from([None, "other"]))
def test_labels_of_two_names(one: Parted, other: Parted, left: str | None, right: str | None) -> None:
    """Have none in the answer, also where one frame has no rows."""
    plain = [each.whole.set_index("f").rename_axis(name) for each, name in ((one, left), (other, right))]
    lazy = [
        each.lazy.set_index("f", sort=False).rename_axis(name) for each, name in ((one, left), (other, right))
    ]
    agree(lambda: pdf.concat(lazy), lambda: pd.concat(plain))
    agree(lambda: pdf.concat([each.i for each in lazy]), lambda: pd.concat([each.i for each in plain]))


@pytest.mark.parametrize(
    "dtype",
    [pd.ArrowDtype(pa.date32()), pd.ArrowDtype(pa.decimal128(9, 2)), "bool[pyarrow]", "period[M]", "Int8"],
)
def test_columns_that_one_has_not_are_missing_in_any_type(dtype: Any) -> None:
    """Also in one that NaN cannot be cast to."""
    one, other = pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"y": pd.array([None, None], dtype)})
    agree(lambda: pdf.concat([frame_of([one]), frame_of([other])]), lambda: pd.concat([one, other]))


@pytest.mark.parametrize("others", [[0.5, 1.5], []])
@pytest.mark.parametrize("parts", [frame_of, lambda blocks: frame_of(blocks)["x"]])
def test_labels_of_two_types(others: list[float], parts: Any) -> None:
    """Are of the type that both can have, though there may be no labels of the other."""
    one = pd.DataFrame({"x": [1, 2]}, [3, 4])
    other = pd.DataFrame({"x": 0, "y": 1}, pd.Index(others, dtype="float64"))
    pick = (lambda whole: whole["x"]) if parts is not frame_of else (lambda whole: whole)
    agree(
        lambda: pdf.concat([parts([one[:1], one[1:]]), parts([other])]),
        lambda: pd.concat([pick(one), pick(other)]),
    )


@quick
@given(frames("ifs"))
def test_concat_beside(one: Parted) -> None:
    """Of the same rows."""
    agree(
        lambda: pdf.concat([one.lazy, (one.lazy["i"] + 1).rename("j"), one.lazy[["f"]]], axis=1),
        lambda: pd.concat([one.whole, (one.whole["i"] + 1).rename("j"), one.whole[["f"]]], axis=1),
    )


def test_labels_without_a_sign_beside_those_with_gaps() -> None:
    """Are refused where they are matched, and cast where frames are under each other."""
    wholes = [
        pd.DataFrame({name: [1, 2, 3]}, pd.Index([1, 2, last], dtype=dtype))
        for name, last, dtype in (("v", 3, "uint64"), ("w", 4, "Int64"))
    ]
    for one, other in (wholes, wholes[::-1]):
        for n in (1, 2):
            left, right = [pn.from_pandas(each, npartitions=n) for each in (one, other)]
            for steps in (
                lambda a, b: pdf.concat([a, b], axis=1),
                lambda a, b: a.sum(axis=1) + b.sum(axis=1),
                lambda a, b: a.join(b),
                lambda a, b: a.merge(b, "outer", left_index=True, right_index=True, broadcast=False),
            ):
                with pytest.raises(
                    UsageError, match=r"labels of type .*64 and of type .*64.*set_axis\(df.index"
                ):
                    steps(left, right)
            cast = [each.set_axis(each.index.astype("Int64"), axis=0) for each in (left, right)]
            same(
                cast[0].join(cast[1]).compute(scheduler="sync"),
                one.set_axis(one.index.astype("Int64")).join(other.set_axis(other.index.astype("Int64"))),
                in_order=False,
            )
            agree(
                lambda left=left, right=right: pdf.concat([left, right]),
                lambda one=one, other=other: pd.concat([one, other]),
            )


_PLACES = st.lists(st.integers(0, 2), min_size=1, max_size=6)


@quick
@given(
    _PLACES,
    st.permutations(range(4)),
    st.sampled_from([["b", "a", "c"], [5, 3, 4], pd.to_datetime(["2021", "2020", "2019"])]),
    st.integers(1, 3),
)
def test_labels_of_categories(places: list[int], order: list[int], values: Any, n: int) -> None:
    """Before and behind levels, other categories and plain labels."""
    wholes = [
        pd.DataFrame({"v": range(len(places))}, index=index)
        for index in (
            pd.Categorical.from_codes(places, values),
            pd.Categorical.from_codes(places, ["x", "y", "z"]),
            pd.MultiIndex.from_arrays([places, places]),
            pd.Index(places),
        )
    ]
    pieces = [wholes[i] for i in order[:3]]
    agree(
        lambda: pdf.concat([pn.from_pandas(each, npartitions=n, sort=False) for each in pieces]),
        lambda: pd.concat(pieces),
    )


def test_categories_with_gaps_beside_numbers() -> None:
    """Are what only all values decide."""
    gaps, whole = pd.Series([1, None], dtype=pd.CategoricalDtype([1, 2])), pd.Series([3, 4])
    for pieces in ([gaps, whole], [whole, gaps], [gaps, whole.astype("category")]):
        with pytest.raises(UsageError, match=r'of categories of type int64 lack values.*astype\("float64"\)'):
            pdf.concat([pn.from_pandas(each, npartitions=2) for each in pieces]).compute(scheduler="sync")
        floats = [each.astype("float64") for each in pieces]
        same(pdf.concat(floats).compute(scheduler="sync"), pd.concat(pieces))
    with pytest.raises(UsageError, match="concat: the labels of categories"):
        pdf.concat([frame_of([each.to_frame("k").set_index("k")]) for each in (gaps, whole)]).compute(
            scheduler="sync"
        )
    full = gaps.dropna()
    agree(lambda: pdf.concat([full, whole]), lambda: pd.concat([full, whole]))


def test_divisions_of_what_is_concatenated() -> None:
    """Are known where they follow each other, or are interleaved."""
    first = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}, index=[0, 1, 2]), npartitions=2)
    second = pn.from_pandas(pd.DataFrame({"x": [4, 5]}, index=[5, 6]), npartitions=2)
    assert pdf.concat([first, second]).divisions == (*first.divisions[:-1], *second.divisions)
    assert not pdf.concat([second, first]).known_divisions
    made = pdf.concat([first, first], interleave_partitions=True)
    assert made.divisions == first.divisions
    assert made.compute(scheduler="sync").sort_index().x.tolist() == [1, 1, 2, 2, 3, 3]
    both = pdf.concat([first, second.rename(columns={"x": "y"})], axis=1)
    same(
        both.compute(scheduler="sync"),
        pd.concat([first.compute(), second.compute().rename(columns={"x": "y"})], axis=1),
    )


def test_columns_in_order_of_what_is_interleaved() -> None:
    """And of what is not; also of columns that all frames have."""
    one = pd.DataFrame({"z": [1, 2, 3], "b": [4, 5, 6]})
    other = pd.DataFrame({"a": [1, 2, 3], "b": [4.5, 5, 6]})
    lazy = [pn.from_pandas(each, npartitions=2) for each in (one, other)]
    for interleaved in (False, True):
        made = pdf.concat(lazy, interleave_partitions=interleaved, sort=True)
        found = made.compute(scheduler="sync").sort_index(kind="stable")
        assert list(made.columns) == list(found.columns) == ["a", "b", "z"]
        same(found, pd.concat([one, other], sort=True).sort_index(kind="stable"))
    same(
        pdf.concat([lazy[0], lazy[0]], sort=True).compute(scheduler="sync"), pd.concat([one, one], sort=True)
    )


def test_concat_refuses_what_it_cannot_match() -> None:
    """And says what to do."""
    with pytest.raises(ValueError, match="'sort' keyword only accepts boolean"):
        pdf.concat([pd.DataFrame({"x": [1]})], sort="yes")
    with pytest.raises(UsageError, match=r"use sort_index\(\) of the answer"):
        pdf.concat([pd.DataFrame({"x": [1]})], axis=1, sort=True)
    one = frame_of([pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [2]})])
    other = frame_of([pd.DataFrame({"y": [1]}), pd.DataFrame({"y": [2]})])
    with pytest.raises(UsageError, match="cannot be matched"):
        pdf.concat([one, other], axis=1)
    for axis in (0, 1):
        with pytest.raises(UsageError, match=r"keys=.* tell frames apart by a column"):
            pdf.concat([one, one], axis=axis, keys=["a", "b"])
    with pytest.raises(TypeError, match="a list of frames, not DataFrame"):
        pdf.concat(one)
    with pytest.raises(TypeError, match="not int"):
        pdf.concat([one, 3])
    with pytest.raises(ValueError, match="no frames"):
        pdf.concat([])


TIMES = st.lists(st.integers(0, 30), max_size=12).map(sorted)


@quick
@given(TIMES, TIMES, st.sampled_from(["backward", "forward", "nearest"]), st.integers(0, 12), st.booleans())
def test_merge_asof(left: Any, right: Any, direction: Any, cut: int, by: bool) -> None:
    """Whatever the partitions of both."""
    one = pd.DataFrame({"t": pd.Series(left, dtype="int64"), "k": [i % 2 for i in left]}).astype(
        {"k": "int64"}
    )
    other = pd.DataFrame({"t": pd.Series(right, dtype="int64"), "k": [i % 2 for i in right], "v": 1.5})
    other = other.astype({"k": "int64"}).assign(v=range(len(other)))
    options: Any = {"on": "t", "direction": direction, "tolerance": 7}
    if by:
        options["by"] = "k"
    else:
        other = other[["t", "v"]]
    agree(
        lambda: pdf.merge_asof(
            frame_of([one[:cut], one[cut:]]), frame_of([other[:cut], other[cut:]]), **options
        ),
        lambda: pd.merge_asof(one, other, **options),
        check_dtype=False,
    )


@pytest.mark.parametrize("keys", [{"on": "t"}, {"left_index": True, "right_index": True}], ids=str)
def test_merge_asof_of_rows_that_are_not_sorted(keys: Any) -> None:
    """Raises as pandas does where each partition is sorted, but not all of them, on either side."""
    whole, other = pd.DataFrame({"t": [3, 4, 1, 2], "x": 0}), pd.DataFrame({"t": [0, 2, 3], "v": range(3)})
    if "left_index" in keys:
        whole, other = whole.set_index("t"), other.set_index("t")
    sorted_left = whole.sort_values("t")
    for frame, right in ((whole, other), (sorted_left, other.iloc[[1, 2, 0]])):
        side = "left" if frame is whole else "right"
        parts = [frame[:0], frame[:2], frame[:0], frame[2:], frame[:0]]
        with pytest.raises(ValueError, match=f"{side} keys must be sorted"):
            pd.merge_asof(frame, right, **keys)
        with pytest.raises(ValueError, match=f"{side} keys must be sorted"):
            pdf.merge_asof(frame_of(parts), frame_of([right[:2], right[2:]]), **keys).compute(
                scheduler="sync"
            )


def test_merge_of_the_module() -> None:
    """Takes objects of pandas on either side."""
    frame = pd.DataFrame({"k": [1, 2]})
    lazy = pn.from_pandas(frame, npartitions=2)
    for one, other in ((frame, lazy), (lazy, frame)):
        same(pdf.merge(one, other, on="k").compute(scheduler="sync"), frame)


def test_names_of_rows_that_are_numbered_anew(tmp_path: Path) -> None:
    """Go, also where rows were numbered before."""
    whole = pd.DataFrame({"k": range(6)})
    whole.to_csv(tmp_path / "a.csv", index=False)
    lazy = pn.read_csv(tmp_path / "a.csv", blocksize=4)
    for name in (None, "n"):
        agree(
            lambda n=name: pdf.concat([lazy.rename_axis("n"), lazy.rename_axis(n)], ignore_index=True),
            lambda n=name: pd.concat([whole.rename_axis("n"), whole.rename_axis(n)], ignore_index=True),
        )


@pytest.mark.parametrize("npartitions", [(1, 1, 1), (3, 2, 1), (2, 3, 2), (4, 1, 3)], ids=str)
@pytest.mark.parametrize("kind", ["times", "numbers", "texts"])
def test_order_of_rows_beside_each_other(npartitions: tuple[int, ...], kind: str) -> None:
    """Is that of times, as in pandas; that of any labels which partitions are cut at."""
    labels = [[0, 2, 4, 6, 8], [1, 3, 5, 7, 9], [0, 5, 11]]
    of: Any = {
        "times": lambda i: pd.Timestamp("2021") + pd.Timedelta(i, "D"),
        "numbers": int,
        "texts": lambda i: chr(97 + i),
    }[kind]
    whole = [
        pd.Series(1.5, pd.Index(map(of, each)), name=name) for name, each in zip("abc", labels, strict=True)
    ]
    lazy = [pn.from_pandas(each, npartitions=n) for each, n in zip(whole, npartitions, strict=True)]
    for n in (2, 3):
        expected = pd.concat(whole[:n], axis=1, sort=kind == "times" or npartitions != (1, 1, 1))
        made = pdf.concat(lazy[:n], axis=1)
        same(made.compute(scheduler="sync"), expected)
        same(
            pdf.concat(lazy[:n], axis=1, join="inner").compute(scheduler="sync"),
            pd.concat(whole[:n], axis=1, join="inner"),
        )


def test_merge_asof_of_an_index_and_a_column() -> None:
    """Has in pandas the keys of the left where any row is without a match: that is refused in several partitions."""
    left = pd.DataFrame({"x": [1, 2, 3, 4]}, [1, 3, 5, 9])
    right = pd.DataFrame({"k": [2, 4], "v": [2, 3]})
    options: Any = {"left_index": True, "right_on": "k"}
    agree(
        lambda: pdf.merge_asof(pn.from_pandas(left, npartitions=1), right, **options),
        lambda: pd.merge_asof(left, right, **options),
    )
    lazy = pn.from_pandas(left, npartitions=2)
    with pytest.raises(
        UsageError, match=r"without a match.*right\.set_index\(\.\.\.\) with right_index=True"
    ):
        pdf.merge_asof(lazy, right, **options)
    agree(
        lambda: pdf.merge_asof(lazy, right.set_index("k"), left_index=True, right_index=True),
        lambda: pd.merge_asof(left, right.set_index("k"), left_index=True, right_index=True),
        check_dtype=False,
    )
