"""Ranks are those of pandas, in their places, whatever the partitions."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import InputError, UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

EVERY = "ifsbtcn"
METHODS = ["average", "min", "max", "first", "dense"]
OPTIONS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(METHODS),
        "na_option": st.sampled_from(["keep", "top", "bottom"]),
        "ascending": st.booleans(),
        "pct": st.booleans(),
    }
)
EVERY_OPTION = [
    {"method": method, "na_option": na, "ascending": ascending, "pct": pct}
    for method, na, ascending, pct in itertools.product(
        METHODS, ["keep", "top", "bottom"], [True, False], [True, False]
    )
]


@pytest.fixture(params=["together", "in ranges"], autouse=True, scope="module")
def sorted_rows(request: pytest.FixtureRequest) -> Any:
    """A few rows are sorted in one partition, or are treated as if they were many."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "in ranges":
            patch.setattr("pannier.shuffle.frames_cuts.PARTITION_BYTES", 20)
        yield


def in_parts(values: list[Any], dtype: Any, *ends: int) -> tuple[Any, pd.Series[Any]]:
    """A column in partitions that end before these rows, and as pandas has it; labels are in no order, and repeated."""
    labels = [i * 7 % 5 for i in range(len(values))]
    whole = pd.Series(values, dtype=dtype, name="v", index=pd.Index(labels, name="k"))
    bounds = [0, *ends, len(values)]
    parts = [whole.iloc[a:b].to_frame() for a, b in itertools.pairwise(bounds)]
    return frame_of(parts)["v"], whole


@quick
@given(frames(EVERY), st.sampled_from(EVERY), OPTIONS)
def test_a_series(parted: Parted, column: str, options: Any) -> None:
    """Of any type, with missing values."""
    agree(lambda: parted.lazy[column].rank(**options), lambda: parted.whole[column].rank(**options))


@quick
@given(frames(EVERY), st.lists(st.sampled_from(EVERY), max_size=4, unique=True), OPTIONS, st.booleans())
def test_a_frame(parted: Parted, columns: list[str], options: Any, numeric: bool) -> None:
    """Each column by itself, in the type that all have in common."""
    options = {**options, "numeric_only": numeric}
    agree(lambda: parted.lazy[columns].rank(**options), lambda: parted.whole[columns].rank(**options))


@quick
@given(frames("ifb"), OPTIONS)
def test_rows(parted: Parted, options: Any) -> None:
    """Within each."""
    agree(
        lambda: parted.lazy[["i", "f"]].rank(axis=1, **options),
        lambda: parted.whole[["i", "f"]].rank(axis=1, **options),
    )
    agree(
        lambda: parted.lazy.assign(s="a").rank(axis="columns", numeric_only=True, **options),
        lambda: parted.whole.assign(s="a").rank(axis="columns", numeric_only=True, **options),
    )


@pytest.mark.parametrize("options", EVERY_OPTION, ids=lambda options: "-".join(map(str, options.values())))
def test_equal_values_over_many_partitions(options: Any) -> None:
    """Runs go through whole ranges, and end in the middle of them; some partitions are empty."""
    values = [2, 2, None, 2, 1, 2, 2, 2, 3, None, 2, 2, 2, 1, 2, None]
    lazy, whole = in_parts(values, "float64", 1, 1, 3, 5, 8, 10, 11, 13, 15)
    same(lazy.rank(**options).compute(scheduler="sync"), whole.rank(**options))


_LETTERS = ["b", None, "a", "c", "a", None, "b"]
_NUMBERS = [2, None, 1, 3, 1, None, 2]
TYPES: dict[str, tuple[list[Any], Any]] = {
    "texts of Python": (_LETTERS, object),
    "numbers of Python": ([2, None, 1.5, True, 2**70, float("inf"), 1], object),
    "tuples": ([(2,), None, (1, 2), (1,), (1,), None, (3,)], object),
    "string": (_LETTERS, "string"),
    "texts in Arrow": (_LETTERS, pd.ArrowDtype(pa.string())),
    "numbers in Arrow": (_NUMBERS, "int64[pyarrow]"),
    "fractions in Arrow": (_NUMBERS, "double[pyarrow]"),
    "UInt8": (_NUMBERS, "UInt8"),
    "Float64": (_NUMBERS, "Float64"),
    "boolean": ([True, None, False, True, False, None, True], "boolean"),
    "infinities": ([np.inf, None, -np.inf, 0.0, -0.0, None, np.inf], "float32"),
    "large numbers": ([2**53, 2**53 + 1, 2**53, 2**53 + 2, 0, 0, 1], "int64"),
    "times with a zone": ([None if n is None else pd.Timestamp(n, unit="D", tz="UTC") for n in _NUMBERS], None),
    "spans of time": (_NUMBERS, "timedelta64[s]"),
    "periods": ([None if n is None else pd.Period(f"200{n}", "Y") for n in _NUMBERS], "period[Y]"),
    "intervals": ([None if n is None else pd.Interval(n, n + 1) for n in _NUMBERS], None),
    "categories": (_LETTERS, pd.CategoricalDtype(["c", "a", "b"])),
    "ordered categories": (_LETTERS, pd.CategoricalDtype(["c", "a", "b"], ordered=True)),
    "categories of numbers": (_NUMBERS, pd.CategoricalDtype([3, 1, 2])),
    "categories of truth values": ([True, None, False, False, True, None, True], pd.CategoricalDtype([True, False])),
    "ordered categories of numbers": (_NUMBERS, pd.CategoricalDtype([3, 1, 2], ordered=True)),
}  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "options", EVERY_OPTION[::17], ids=lambda options: "-".join(map(str, options.values()))
)
def test_types(kind: str, options: Any) -> None:
    """Come out as those of pandas, of a series, of a frame with nothing else, and of one with other types."""
    lazy, whole = in_parts(*TYPES[kind], 2, 2, 3, 5)
    same(lazy.rank(**options).compute(scheduler="sync"), whole.rank(**options))
    for other in ({}, {"n": 0.5}, {"s": "x"}):
        actual = lazy.to_frame().assign(**other).rank(**options).compute(scheduler="sync")
        same(actual, whole.to_frame().assign(**other).rank(**options))


@pytest.mark.parametrize("ordered", [True, False])
def test_categories_that_are_not_known(ordered: bool) -> None:
    """Are ranked by their values; an order that nobody knows is refused when it runs."""
    one = pd.Series(["b", "a"], dtype=pd.CategoricalDtype(["b", "a"], ordered=ordered))
    other = pd.Series(["c", "a"], dtype=pd.CategoricalDtype(["c", "a"], ordered=ordered))
    lazy = frame_of([part.to_frame("v") for part in (one, other)])["v"]
    if ordered:
        with pytest.raises(InputError, match="the order of the category 'c' is not known"):
            lazy.rank().compute(scheduler="sync")
    else:
        assert lazy.rank().compute(scheduler="sync").tolist() == [3.0, 1.5, 4.0, 1.5]


@pytest.mark.parametrize("names", [["k"], [0], [None], ["k", 0]])
def test_labels_stay(names: list[Any]) -> None:
    """With their names, those of the columns that are made on the way among them; levels too."""
    whole = pd.DataFrame({"x": [3, 1, 2, 1], "y": list("abab")})
    levels = [["u", "v", "u", "w"], [3, 1, 2, 2]][: len(names)]
    whole.index = (
        pd.MultiIndex.from_arrays(levels, names=names)
        if len(names) > 1
        else pd.Index(levels[0], name=names[0])
    )
    lazy = frame_of([whole[:1], whole[1:3], whole[3:]])
    same(lazy.rank().compute(scheduler="sync"), whole.rank())
    same(lazy.x.rank().compute(scheduler="sync"), whole.x.rank())


def test_rows_that_are_numbered_through() -> None:
    """Are that afterwards too; ranks go beside what they are of, and divisions are kept."""
    bag = pn.from_sequence([{"x": 3.0}, {"x": 1.0}, {"x": 2.0}], npartitions=3)
    df = bag.to_dataframe()
    same(df.rank().compute(scheduler="sync"), pd.DataFrame({"x": [3.0, 1.0, 2.0]}))
    beside = df.assign(rank=df.x.rank()).compute(scheduler="sync")
    same(beside, pd.DataFrame({"x": [3.0, 1.0, 2.0], "rank": [3.0, 1.0, 2.0]}))
    known = pn.from_pandas(pd.DataFrame({"x": [2, 1]}, index=[4, 7]), npartitions=2)
    assert known.rank().divisions == known.divisions


def test_columns_of_one_name() -> None:
    """Are ranked each by itself."""
    whole = pd.DataFrame([[3, 1], [1, 2], [2, 2]], columns=["x", "x"])
    lazy = frame_of([whole[:1], whole[1:]])
    same(lazy.rank().compute(scheduler="sync"), whole.rank())


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_schedulers(scheduler: str) -> None:
    """Of more rows than one range gets."""
    values = np.random.default_rng(0).integers(0, 9, 300_000)
    whole = pd.DataFrame({"x": values, "y": values + np.arange(len(values)) % 7.0})
    lazy = pn.from_pandas(whole, npartitions=6)
    same(lazy.rank(method="first").compute(scheduler=scheduler), whole.rank(method="first"))


@pytest.mark.parametrize("npartitions", [1, 3])
def test_ranks_of_some_rows_are_those_of_all(npartitions: int) -> None:
    """Rows are left out after they are ranked."""
    whole = pd.DataFrame({"x": [5, 4, 3, 2, 1]})
    lazy = pn.from_pandas(whole, npartitions=npartitions)
    same(lazy.rank().head(2, scheduler="sync"), whole.rank().head(2))
    ranked, plain = lazy.assign(r=lazy.x.rank()), whole.assign(r=whole.x.rank())
    same(ranked[ranked.x > 3].compute(scheduler="sync"), plain[plain.x > 3])
    same(ranked[ranked.x > 3].r.compute(scheduler="sync"), plain[plain.x > 3].r)


def test_only_columns_that_are_ranked_are_read() -> None:
    """Of each column its own sort."""
    df = pn.from_pandas(pd.DataFrame({"x": [2, 1], "y": ["b", "a"]}), npartitions=2)
    assert "from_pandas [x]" in str(df.x.rank().explain())


def test_refusals() -> None:
    """Say what there is; other arguments are judged by pandas, while the step is written."""
    df = pn.from_pandas(pd.DataFrame({"x": [2, 1], "y": ["b", "a"]}), npartitions=2)
    with pytest.raises(UsageError, match=r"method is one of 'average', 'min', .*, not 'averag'.*'average'"):
        df.rank(method="averag")
    with pytest.raises(ValueError, match="na_option must be one of"):
        df.rank(na_option="last")
    with pytest.raises(ValueError, match="No axis named 2"):
        df.rank(axis=2)
    with pytest.raises(ValueError, match="No axis named 1"):
        df.x.rank(axis=1)
    with pytest.raises(TypeError, match="non-numeric dtype"):
        df.y.rank(numeric_only=True)
    lazy, _ = in_parts(["a", 1, "b"], object, 1)
    with pytest.raises(TypeError, match="not supported between instances"):
        lazy.rank().compute(scheduler="sync")
