"""Methods of groups that give rows, against pandas."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pannier as pn
from tests.oracle.frame_strategies import Parted, agree, frame_of, frames, same

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.usefixtures("shuffled"),
]

few = settings(max_examples=4)
"""Examples for each of many methods."""
some = settings(max_examples=10)

LOOSE: dict[str, Any] = {"check_exact": False, "rtol": 1e-9, "atol": 1e-6}

ROW_BY_ROW: list[tuple[str, dict[str, Any]]] = [
    ("cumsum", {}),
    ("cumprod", {}),
    ("cummax", {}),
    ("cummin", {}),
    ("cumcount", {}),
    ("cumcount", {"ascending": False}),
    ("shift", {}),
    ("shift", {"periods": -2}),
    ("shift", {"fill_value": 0}),
    ("diff", {}),
    ("ffill", {}),
    ("bfill", {"limit": 1}),
    ("rank", {}),
    ("rank", {"method": "first", "pct": True}),
    ("transform", {"func": "mean"}),
    ("head", {"n": 2}),
    ("head", {"n": -1}),
    ("tail", {"n": 1}),
    ("tail", {"n": -1}),
    ("nth", {"n": 0}),
    ("nth", {"n": -2}),
]
KEYS: Any = st.sampled_from(["s", "b", "c", ["s", "b"]])


def both(parted: Parted, steps: Callable[[Any], Any], **options: Any) -> None:
    """Whatever the partitions, ``steps`` have the answer of pandas."""
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole), **{**LOOSE, **options})


@pytest.mark.parametrize(("name", "kwargs"), ROW_BY_ROW, ids=str)
@few
@given(parted=frames("ifsbc", max_partitions=4), key=KEYS, dropna=st.booleans())
def test_rows_in_their_places(
    name: str, kwargs: dict[str, Any], key: Any, dropna: bool, parted: Parted
) -> None:
    """A row for each row, or for some, where it was in the frame, with its label."""
    assume(len(parted.whole))
    assume(
        name != "transform" or parted.whole[key].notna().to_numpy().any()
    )  # pandas looks for a group that is not
    for columns in ("f", ["i", "f"]):
        both(parted, lambda df, c=columns: getattr(df.groupby(key, dropna=dropna)[c], name)(**kwargs))


@pytest.mark.parametrize("keys", [[None, None, None], ["a", None, "a"], [None, "b", None]])
def test_values_for_rows_of_no_group(keys: list[str | None]) -> None:
    """They have that which is given to shift, also where no row has a key."""
    whole = pd.DataFrame({"k": pd.Series(keys, dtype="str"), "x": [1, 2, 3], "y": [0.5, 1.5, 2.5]})
    for n in (1, 3):
        lazy = pn.from_pandas(whole, npartitions=n)
        agree(
            lambda lazy=lazy: lazy.groupby("k")[["x", "y"]].shift(fill_value=0),
            lambda: whole.groupby("k")[["x", "y"]].shift(fill_value=0),
        )


@some
@given(parted=frames("ifsb", max_partitions=4))
def test_beside_the_frame(parted: Parted) -> None:
    """What is made row by row can be put beside the frame it is of."""
    assume(len(parted.whole))
    both(parted, lambda df: df.assign(total=df.groupby("s").i.cumsum()))
    both(parted, lambda df: df.i - df.groupby("b").i.transform("min"))


@some
@given(parted=frames("ifsb", max_partitions=4), key=KEYS.filter(lambda key: key != "c"))
def test_functions_of_groups(key: Any, parted: Parted) -> None:
    """A function of each group: rows that it keeps, values and frames that it makes."""
    assume(len(parted.whole.dropna(subset=["s"])))
    both(parted, lambda df: df.groupby(key).filter(lambda group: len(group) > 1))
    both(parted, lambda df: df.groupby(key)[["i", "f"]].apply(lambda group: group.i.sum()))
    both(parted, lambda df: df.groupby(key)[["i"]].apply(lambda group: group.head(1)))
    both(parted, lambda df: df.groupby(key).i.transform(lambda column: column - column.min()))


@some
@given(parted=frames("ifsb", max_partitions=4), key=KEYS.filter(lambda key: key != "c"))
def test_under_their_keys(key: Any, parted: Parted) -> None:
    """What has the keys as labels has them in order."""
    assume(len(parted.whole.dropna(subset=["s"])))
    both(parted, lambda df: df.groupby(key).f.nlargest(2))
    both(parted, lambda df: df.groupby(key).i.nsmallest(2))
    both(parted, lambda df: df.groupby(key).i.describe())
    both(parted, lambda df: df.groupby(key).f.quantile([0.5, 0.1], interpolation="higher"))
    both(parted, lambda df: df.groupby(key)[["i", "f"]].quantile([0.3]))
    both(parted, lambda df: df.groupby(key).i.value_counts(), in_order=False)
    both(parted, lambda df: df.groupby(key).f.ohlc())
    both(parted, lambda df: df.groupby(key, as_index=False)[["i", "f"]].ohlc())


@some
@given(
    parted=frames("ifsb", max_partitions=4),
    key=KEYS.filter(lambda key: key != "c"),
    options=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(["normalize", "sort", "ascending"], st.booleans())
    ),
    dropna=st.booleans(),
)
def test_counts_of_rows(key: Any, options: dict[str, Any], dropna: bool, parted: Parted) -> None:
    """Rows of each group are counted, in all columns or in some; those that are as frequent are in any order."""
    assume(len(parted.whole.dropna(subset=["s", "f"])))
    for columns in (["i", "f"], ["b", "i"]):
        both(
            parted,
            lambda df, c=columns: df.groupby(key)[c].value_counts(dropna=dropna, **options),
            in_order=False,
        )
    both(parted, lambda df: df.groupby(key).value_counts(["i"], dropna=dropna, **options), in_order=False)
    both(
        parted,
        lambda df: df.groupby(key, as_index=False)[["i"]].value_counts(**options).drop(columns="i"),
        in_order=False,
    )


@pytest.mark.parametrize("options", [{}, {"as_index": False}, {"dropna": False}, {"sort": False}], ids=str)
@some
@given(
    parted=frames("ifsc", max_partitions=5),
    key=st.sampled_from(["s", "c", ["s"], ["s", "i"], ["c", "i"]]),
    normalize=st.booleans(),
)
def test_counts_of_a_key(key: Any, normalize: bool, options: dict[str, Any], parted: Parted) -> None:
    """It is not put beside itself."""
    column = key if isinstance(key, str) else key[-1]
    assume(len(parted.whole.dropna(subset=key)))

    def steps(df: Any) -> Any:
        return df.groupby(key, **options)[column].value_counts(normalize=normalize)

    both(parted, steps, in_order=options.get("sort", True))


@some
@given(parted=frames("ifsc", max_partitions=4), key=st.sampled_from(["c", ["s", "c"]]))
def test_categories_without_rows(key: Any, parted: Parted) -> None:
    """Are groups once on request, not once in each partition."""
    assume(len(parted.whole.dropna(subset=["s", "c"])))
    # pandas lists keys of rows that it leaves out, too
    parted = Parted([part.dropna(subset=key) for part in parted.parts])
    for steps in (
        lambda groups: groups.f.describe(),
        lambda groups: groups.i.apply(lambda column: column.max() - column.min()),
        lambda groups: groups.f.quantile([0.2, 0.8]),
        lambda groups: groups.f.nlargest(1),
        lambda groups: groups.i.cumsum(),
        lambda groups: groups.f.median(),
    ):
        both(parted, lambda df, s=steps: s(df.groupby(key, observed=False)))
    for steps in (lambda groups: groups.i.value_counts(), lambda groups: groups[["i"]].value_counts()):
        both(parted, lambda df, s=steps: s(df.groupby(key, observed=False)), in_order=False)


@some
@given(parted=frames("isc", max_partitions=4), keys=st.sampled_from(["c", ["s", "c"]]))
def test_distinct_values_of_groups_without_rows(keys: Any, parted: Parted) -> None:
    """Are none."""
    parted = Parted([part.dropna() for part in parted.parts])
    found = parted.lazy.groupby(keys, observed=False).i.unique().compute(scheduler="sync")
    expected = parted.whole.groupby(keys, observed=False).i.unique()
    assert {key: set(values) for key, values in found.items()} == {
        key: set(values) for key, values in expected.items()
    }


def test_counts_of_categories() -> None:
    """All combinations of categories are counted, once; columns that are not there cannot be."""
    whole = pd.DataFrame({"c": pd.Categorical(["a", "b"] * 3, ["z", "a", "b"]), "x": [1, 2, 2, 3, 3, 3]})
    df = Parted([whole.iloc[:2], whole.iloc[2:]]).lazy
    with pytest.raises(ValueError, match="do not exist in the DataFrame"):
        df.groupby("x").value_counts(subset=["nix"])
    for by, options in (("x", {}), ("c", {"observed": False}), ("c", {})):
        counted = df.groupby(by, **options).value_counts().compute(scheduler="sync")
        expected = whole.groupby(by, **options).value_counts()
        pd.testing.assert_series_equal(counted.sort_index(), expected.sort_index())


@pytest.mark.parametrize("key", ["k", ["k", "j"]])
def test_categories_that_are_as_frequent(key: Any) -> None:
    """Come in the order in which all rows have them, wherever their group is."""
    n = 200
    draws = np.random.default_rng(1)
    whole = pd.DataFrame(
        {
            "k": np.arange(n) % 50,
            "j": 0,
            "c": pd.Categorical(draws.choice(list("abcd"), n), list("zdbca")),
        }
    )
    df = Parted([whole.iloc[i : i + 40] for i in range(0, n, 40)]).lazy
    counted = df.groupby(key).c.value_counts(split_out=8).compute(scheduler="sync")
    pd.testing.assert_series_equal(counted, whole.groupby(key).c.value_counts())


def test_extremes_of_texts_are_refused() -> None:
    """Where pandas has none."""
    df = Parted([pd.DataFrame({"k": [1, 2], "s": ["a", "b"]})] * 2).lazy
    with pytest.raises(pd.errors.DataError, match="No numeric types to aggregate"):
        df.groupby("k").s.ohlc()


@pytest.mark.parametrize("key", ["c", ["k", "c"], ["c", "k"]], ids=str)
def test_functions_are_not_called_for_rows_without_a_key(key: Any) -> None:
    """Categories without rows are groups, with which they are called, but rows that lack a key are in none."""
    whole = pd.DataFrame(
        {"k": ["a", "b", None, "b"], "c": pd.Categorical(["x", "y", "x", None]), "x": range(4)}
    )
    lazy = frame_of([whole[:1], whole[1:1], whole[1:]])
    seen: list[list[int]] = []

    def first(group: Any) -> int:
        seen.append(group.tolist())
        return group.max() if len(group) else -1

    def asked(df: Any) -> Any:
        return df.groupby(key, observed=False).x.agg(first)

    expected = asked(whole)
    wanted, made = set(map(tuple, seen)), asked(lazy)
    seen.clear()
    same(made.compute(scheduler="sync"), expected)
    assert set(map(tuple, seen)) == wanted


@pytest.mark.parametrize("as_index", [True, False])
@few
@given(parted=frames("icfs"))
def test_sizes_of_several_columns(as_index: bool, parted: Parted) -> None:
    """By name they are one value a group, whatever columns are chosen."""
    options: Any = {"as_index": as_index, "observed": True}
    for by, chosen in (("i", ["f", "s"]), (["s", "c"], ["i", "f"]), ("i", [])):
        agree(
            lambda by=by, chosen=chosen: parted.lazy.groupby(by, **options)[chosen].agg("size"),
            lambda by=by, chosen=chosen: parted.whole.groupby(by, **options)[chosen].agg("size"),
        )
    agree(lambda: parted.lazy.groupby("i").agg("size"), lambda: parted.whole.groupby("i").agg("size"))


@some
@given(parted=frames("ifsb", max_partitions=4))
def test_one_group(parted: Parted) -> None:
    """The rows of a group that there is."""
    assume((parted.whole.s == "a").any())
    both(parted, lambda df: df.groupby("s").get_group("a"))
    both(parted, lambda df: df.groupby("s").f.get_group("a"))


def test_errors_name_the_group() -> None:
    """An exception of a function of a group says which one it was."""
    df = Parted([pd.DataFrame({"k": [1, 2], "x": [1, 2]}), pd.DataFrame({"k": [3], "x": [1]})]).lazy

    def fails(group: pd.DataFrame) -> bool:
        if group.k.iloc[0] == 3:
            raise LookupError("no such thing")
        return True

    with pytest.raises(LookupError) as caught:
        df.groupby("k").filter(fails).compute(scheduler="sync")
    assert any("of the group [3]" in note for note in caught.value.__notes__)


def test_wrong_meta_is_reported() -> None:
    """A declared type that is wrong is an error that names it."""
    df = Parted([pd.DataFrame({"k": [1, 2], "x": [1, 2]})] * 2).lazy
    wrong = df.groupby("k").x.apply(lambda column: "text", meta=("x", "int64"))
    with pytest.raises(pn.errors.UsageError, match="apply"):
        wrong.compute(scheduler="sync")


@pytest.mark.parametrize("how", ["left", "outer"])
@pytest.mark.parametrize("broadcast", [None, False])
def test_groups_of_merged_rows_have_the_types_of_pandas(how: Any, broadcast: bool | None) -> None:
    """Whole numbers are floats where a merge has left gaps, in what is made of them by group, too."""
    one = pd.DataFrame({"k": [1, 2, 3, 4, 1], "g": list("ababa")})
    other = pd.DataFrame({"k": [1, 2, 1], "v": [5, 6, 7]})
    whole = one.merge(other, on="k", how=how)
    lazy = frame_of([one[:2], one[2:2], one[2:]]).merge(
        frame_of([other[:2], other[2:]]), on="k", how=how, broadcast=broadcast
    )
    for name in ("sum", "prod", "min", "max"):
        agree(lambda n=name: getattr(lazy.groupby("g"), n)(), lambda n=name: getattr(whole.groupby("g"), n)())
    agree(
        lambda: lazy.groupby("g").v.agg(["sum", "max", "count"]),
        lambda: whole.groupby("g").v.agg(["sum", "max", "count"]),
    )


@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df.set_index("s"),
        lambda df: df.sort_values("s", ascending=False),
        lambda df: df.sort_values("s").set_index("s"),
        lambda df: df.merge(df[["s"]], on="s"),
    ],
)
def test_a_function_of_groups_whose_rows_are_in_late_partitions(steps: Callable[[Any], Any]) -> None:
    """Is tried on them, also behind a shuffle."""
    whole = pd.DataFrame({"k": [1, 2] * 6, "x": range(12), "s": list("lkjihgfedcba")})
    parted = Parted([whole[i : i + 2] for i in range(0, 12, 2)])
    both(parted, lambda df: steps(df[df.x > 8]).groupby("k").apply(lambda group: group.x.max()))
    both(parted, lambda df: steps(df[df.x > 8]).groupby("k").apply(lambda group: group.nlargest(1, "x")))


@pytest.mark.parametrize("name", ["count", "any", "all"])
def test_objects_without_an_order(name: str) -> None:
    """Lists, dicts and objects of several types are counted, and true or not, as in pandas."""
    values = [[1], {"a": 1}, None, [], "a", 5, pd.Timedelta("1h"), {}]
    whole = pd.DataFrame({"k": [1, 2, 1, 3, 2, 2, 1, 3], "x": pd.Series(values, dtype=object)})
    for cuts in ([8], [2, 2, 5, 8], [1, 4, 8]):
        parted = Parted([whole.iloc[a:b] for a, b in itertools.pairwise([0, *cuts])])
        both(parted, lambda df: getattr(df.groupby("k"), name)())
        both(parted, lambda df: df.groupby("k").x.agg([name, "size"]))


def test_keys_that_are_truth_values_again() -> None:
    """Truth values that were objects, as of ``shift``, stay truth values behind labels of groups."""
    whole = pd.DataFrame({"b": [True, False, True, False], "a": [1, 1, 2, 2], "q": [1, 2, 3, 4]})
    parted = Parted([whole.iloc[:1], whole.iloc[1:1], whole.iloc[1:]])
    for name in ("min", "max", "first"):
        both(
            parted,
            lambda df, n=name: getattr(
                df.shift(-1).groupby(["b", "a"]).q.sum().reset_index().groupby("a").b, n
            )(),
        )
