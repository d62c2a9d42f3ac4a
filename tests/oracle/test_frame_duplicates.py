"""Rows that are there more than once, against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, quick, same

KEEP: Any = st.sampled_from(["first", "last", False])
SUBSETS: Any = st.one_of(
    st.none(), st.sampled_from("ifsbtcn"), st.lists(st.sampled_from("ifsbtcn"), min_size=1, max_size=3)
)
OBJECTS: Any = st.sampled_from(
    [
        None,
        np.nan,
        pd.NaT,
        pd.NA,
        0,
        0.0,
        -0.0,
        1,
        True,
        "a",
        "1",
        (1, np.nan),
        (1.0, np.nan),
        [1],
        [1.0],
        {"a": 1},
    ]
)


@pytest.fixture(params=["together", "by key"], autouse=True, scope="module")
def shuffled(request: pytest.FixtureRequest) -> Any:
    """A few rows stay together, or are treated as if they were many."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "by key":
            patch.setattr("pannier.shuffle.frames_few._FEW_ROWS", 1)
            patch.setattr("pannier.kernels.frames.sorting._MANY", 0)
            patch.setattr("pannier.shuffle.routes.PARTITION_BYTES", 200)
        yield


@quick
@given(frames("ifsbtcn"), SUBSETS, KEEP)
def test_of_rows(parted: Parted, subset: Any, keep: Any) -> None:
    """Rows are found again in any partition, in some columns or in all, and the answer is in their places."""
    agree(lambda: parted.lazy.duplicated(subset, keep), lambda: parted.whole.duplicated(subset, keep))
    agree(
        lambda: parted.lazy[~parted.lazy.duplicated(subset, keep)],
        lambda: parted.whole[~parted.whole.duplicated(subset, keep)],
    )


@quick
@given(frames("ifsbtcn"), st.sampled_from("ifsbtcn"), KEEP)
def test_of_values(parted: Parted, column: str, keep: Any) -> None:
    """A series keeps its name and labels."""
    agree(lambda: parted.lazy[column].duplicated(keep), lambda: parted.whole[column].duplicated(keep))


@quick
@given(frames("if"), KEEP)
def test_of_labels(parted: Parted, keep: Any) -> None:
    """An index has an index of truth values, with which rows are chosen; so has one of levels."""
    lazy, whole = parted.lazy, parted.whole
    agree(lambda: lazy.index.duplicated(keep), lambda: pd.Index(whole.index.duplicated(keep)))
    agree(lambda: lazy[~lazy.index.duplicated(keep)], lambda: whole[~whole.index.duplicated(keep)])
    agree(
        lambda: lazy.set_index(["i", "f"], sort=False).index.duplicated(keep),
        lambda: pd.Index(whole.set_index(["i", "f"]).index.duplicated(keep)),
    )


@quick
@given(st.lists(st.lists(OBJECTS, max_size=4), min_size=1, max_size=4), KEEP)
def test_of_objects(parts: list[list[Any]], keep: Any) -> None:
    """What is equal in a column of objects is what pandas takes for equal there; in several columns, another thing."""
    columns = [pd.Series(np.fromiter(part, object, len(part)), dtype=object) for part in parts]
    parted = Parted([pd.DataFrame({"o": column, "one": 1}) for column in columns])
    agree(lambda: parted.lazy.o.duplicated(keep), lambda: parted.whole.o.duplicated(keep))
    agree(lambda: parted.lazy.duplicated("o", keep), lambda: parted.whole.duplicated("o", keep))
    agree(lambda: parted.lazy.duplicated(keep=keep), lambda: parted.whole.duplicated(keep=keep))


@quick
@given(frames("fsi"), st.sampled_from([None, "a", 0, [0, "a"], ("a", 0)]), KEEP)
def test_of_columns_of_one_name(parted: Parted, subset: Any, keep: Any) -> None:
    """Are looked at together, under labels that are no strings too."""
    named = Parted([part.set_axis(["a", 0, "a"], axis=1) for part in parted.parts])
    agree(lambda: named.lazy.duplicated(subset, keep), lambda: named.whole.duplicated(subset, keep))


def test_none_and_nan_beside_columns_of_one_name() -> None:
    """None and NaN are equal where pandas does not look at one column alone."""
    part = pd.DataFrame({"o": pd.Series([None, np.nan], dtype=object), "x": [1, 2], "y": [3, 4]})
    for names in (["o", "x", "y"], ["o", "x", "x"]):
        parted = Parted([part[:1].set_axis(names, axis=1), part[1:].set_axis(names, axis=1)])
        agree(lambda p=parted: p.lazy.duplicated("o"), lambda p=parted: p.whole.duplicated("o"))
        agree(lambda p=parted: p.lazy.duplicated(["o", "o"]), lambda p=parted: p.whole.duplicated(["o", "o"]))


def test_rows_without_columns() -> None:
    """Are not equal to others, as pandas has it."""
    whole = pd.DataFrame(index=list("abc"))
    same(frame_of([whole[:1], whole[1:]]).duplicated().compute(scheduler="sync"), whole.duplicated())


def test_categories_that_differ() -> None:
    """Values are compared, not their codes."""
    parts = [pd.DataFrame({"c": pd.Categorical(list(values))}) for values in ("ba", "cb", "", "a")]
    lazy, whole = frame_of(parts), pd.concat(parts)
    for keep in ("first", "last", False):
        same(lazy.duplicated("c", keep).compute(scheduler="sync"), whole.duplicated("c", keep))


def test_rows_that_are_only_numbered() -> None:
    """Their numbers are all different, and go on through the answer."""
    parted = Parted([pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [2, 3]})])
    lazy, whole = parted.lazy.reset_index(drop=True), parted.whole.reset_index(drop=True)
    same(lazy.duplicated().compute(scheduler="sync"), whole.duplicated())
    assert not lazy.index.duplicated().compute(scheduler="sync").any()


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_many_rows_of_few_keys(scheduler: str) -> None:
    """Give the same on other schedulers."""
    rng = np.random.default_rng(0)
    whole = pd.DataFrame({"k": rng.integers(0, 9, 20_000), "x": rng.integers(0, 4000, 20_000)})
    lazy = frame_of([whole[:9000], whole[9000:9000], whole[9000:]])
    for keep in ("first", "last", False):
        same(lazy.duplicated("k", keep).compute(scheduler=scheduler), whole.duplicated("k", keep))
        same(lazy.duplicated(keep=keep).compute(scheduler=scheduler), whole.duplicated(keep=keep))


def test_only_what_is_looked_at_is_read() -> None:
    """Columns that are not in ``subset`` go nowhere."""
    whole = pd.DataFrame({"key": [1, 1], "other": [1, 2]})
    plan = frame_of([whole[:1], whole[1:]]).duplicated("key").explain()
    assert "other" not in plan.split("optimized", 1)[1]


def test_errors() -> None:
    """Are those of pandas, and come while building where they can."""
    lazy = frame_of([pd.DataFrame({"alpha": [1, 2], "o": [[1], [2]]})] * 2)
    with pytest.raises(KeyError) as caught:
        lazy.duplicated(["alpha", "alpa"])
    assert "did you mean 'alpha'?" in caught.value.__notes__[0]
    for call in (lazy.duplicated, lazy.alpha.duplicated, lazy.index.duplicated):
        with pytest.raises(ValueError, match='keep must be either "first", "last" or False'):
            call(keep="any")
    with pytest.raises(ValueError, match="subset names no column"):
        lazy.duplicated([])
    with pytest.raises(TypeError, match="unhashable type: 'list'"):
        lazy.duplicated().compute(scheduler="sync")
    with pytest.raises(UsageError, match="cannot be matched"):
        lazy[lazy.repartition(npartitions=1).duplicated("alpha")]
