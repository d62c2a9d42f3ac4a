"""Methods made of tables: how they look, what they refuse, and which columns are read for them."""

from __future__ import annotations

import copy
import functools
import importlib
import inspect
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pannier as pn
import pannier.dataframe as pdf
from pannier.collections.dataframe import stubs
from pannier.collections.dataframe.accessors import CategoricalAccessor, DatetimeAccessor, StringAccessor
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.elementwise import ElementwiseFrame, ElementwiseIndex, ElementwiseSeries
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.index import Index
from pannier.collections.dataframe.methods import verbs_of
from pannier.collections.dataframe.series import Series
from pannier.errors import UsageError
from tests.oracle.frame_strategies import frame_of, same
from tests.plan.test_frame_passes import columns_read

_WHOLE = pd.DataFrame({"i": [1, 2, 3], "f": [1.5, None, -2.0], "s": ["a", None, "b"]})
_OWNERS: list[tuple[type, type]] = [
    (ElementwiseFrame, pd.DataFrame),
    (ElementwiseSeries, pd.Series),
    (ElementwiseIndex, pd.DatetimeIndex),
    (StringAccessor, pd.Series.str),
    (CategoricalAccessor, pd.Series.cat),
]


@pytest.fixture
def df() -> Any:
    """A frame of three columns in two partitions."""
    return pn.from_pandas(_WHOLE, npartitions=2)


@pytest.mark.parametrize("name", stubs.MODULES)
def test_stubs_are_those_of_the_tables(name: str) -> None:
    """What type checkers see is what there is: run ``python -m pannier.collections.dataframe.stubs``."""
    module = importlib.import_module(name)
    assert stubs.path_of(module).read_text(encoding="utf-8") == stubs.stub(module)


@pytest.mark.parametrize(("owner", "kind"), _OWNERS)
def test_parameters_are_those_of_pandas(owner: type, kind: Any) -> None:
    """Each parameter has its name in pandas; pandas may have more, that are refused."""
    for verb in verbs_of(owner):
        theirs = getattr(kind, verb.name, None)
        assert theirs is not None, f"pandas has no {verb.name}"
        if not verb.is_property:
            own = [
                name for name in inspect.signature(getattr(owner, verb.name)).parameters if name != "kwargs"
            ]
            known = inspect.signature(theirs).parameters
            assert set(own) <= {*known, "self"}, verb.name


def test_methods_look_like_methods(df: Any) -> None:
    """Name, signature and docstring are where tools look for them."""
    assert str(inspect.signature(df.clip)) == "(lower=None, upper=None, *, axis=None)"
    assert next(iter(inspect.signature(DataFrame.clip).parameters)) == "self"
    assert df.clip.__name__ == "clip"
    assert "``lower``" in (inspect.getdoc(df.clip) or "")
    assert (
        inspect.getdoc(StringAccessor.upper)
        == "The strings in upper case.\n\nAs pandas.Series.str.upper, of each partition."
    )
    assert inspect.getdoc(DatetimeAccessor.year)
    assert {"clip", "fillna"} <= set(dir(df))
    assert inspect.isroutine(DataFrame.clip)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (lambda df: df.fillna(0, limit=1), "ffill"),
        (lambda df: df.s.dropna(ignore_index=True), "reset_index"),
        (lambda df: df.dropna(axis=1), "would not be known"),
        (lambda df: df.dropna(ignore_index=True), "reset_index"),
        (lambda df: df.explode("s", ignore_index=True), "reset_index"),
        (lambda df: df.query("i.max()"), "nothing about each row"),
        (lambda df: df.i.add(_WHOLE.i), "from_pandas"),
        (lambda df: df.i + _WHOLE.i, "from_pandas"),
        (lambda df: df.i == _WHOLE.i, "from_pandas"),
        (lambda df: df + _WHOLE, "from_pandas"),
        (lambda df: np.array([1, 2, 3]) + df.i, "from_pandas"),
        (lambda df: df.add(_WHOLE), "from_pandas"),
        (lambda df: df[["i"]].mul(_WHOLE.i, axis=0), "from_pandas"),
        (lambda df: df.set_axis(["a", "b", "c"]), "set_index"),
        (lambda df: df.squeeze(axis=0), "not known"),
        (lambda df: df.filter(items=[1], axis=0), "isin"),
        (lambda df: df.s.str.cat(["x", "y", "z"]), "same frame"),
        (lambda df: df.index.to_frame(index=False), "reset_index"),
        (lambda df: np.add(df.i, 1, out=np.zeros(3)), "keep what it returns"),
    ],
)
def test_what_partitions_cannot_do_alone(df: Any, steps: Any, message: str) -> None:
    """It is refused while building, with what to use instead."""
    with pytest.raises(UsageError, match=message):
        steps(df)


@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df.clip(1, 2, 3, 4),
        lambda df: df.astype({"zz": "int64"}),
        lambda df: df.dropna(subset=["zz"]),
        lambda df: df.s.add(1),
        lambda df: df.i.fillna(),
        lambda df: df.query("zz > 1"),
        lambda df: df.i.between("a", "b"),
        lambda df: df.explode("zz"),
    ],
)
def test_what_pandas_refuses(df: Any, steps: Any) -> None:
    """Wrong arguments, columns and types raise while building what they raise in pandas."""
    with pytest.raises(Exception) as expected:  # noqa: PT011  compared below
        steps(_WHOLE)
    with pytest.raises(expected.type):
        steps(df)


def test_what_would_give_nothing_is_refused(df: Any) -> None:
    """What makes a frame of its type, or asks for rows by labels that are not beside it."""
    for build, why in (
        (lambda: pdf.DataFrame({"x": [1]}), r"DataFrame\(\.\.\.\) takes no data; use from_pandas\(\)"),
        (lambda: df[df.set_index(["i", "s"]).index.isin([(1, "a")])], "cannot be matched"),
    ):
        with pytest.raises(UsageError, match=why):
            build()


@pytest.mark.parametrize("kind", [pd.DataFrame, pd.Series])
def test_nothing_changes_in_place(df: Any, kind: type) -> None:
    """Each method that does in pandas says what to write, and takes ``inplace=False``."""
    held, whole = (df, _WHOLE) if kind is pd.DataFrame else (df.f, _WHOLE.f)
    args: dict[str, Any] = {
        "sort_values": ("i",) * (whole.ndim - 1),
        "set_index": ("i",),
        "query": ("i > 1",),
        "eval": ("i + 1",),
        "fillna": ({"f": 0.0} if whole.ndim == 2 else 0.0,),
        "rename": ({1: 5},),
        "rename_axis": ("n",),
        "replace": (1, 2),
        "where": (whole.notna(),),
        "mask": (whole.isna(),),
    }
    named = {"drop": {"columns": ["f"]}} if whole.ndim == 2 else {"drop": {"index": [1], "errors": "ignore"}}
    found = [
        name
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if "inplace" in inspect.signature(method).parameters and hasattr(type(held), name)
    ]
    assert len(found) > 12
    for name in found:
        build = functools.partial(getattr(held, name), *args.get(name, ()), **named.get(name, {}))
        with pytest.raises(UsageError, match=rf"inplace.*, as in df = df\.{name}\("):
            build(inplace=True)
        if name not in ("where", "mask"):  # by what is not computed yet
            expected = getattr(whole, name)(*args.get(name, ()), **named.get(name, {}))
            same(build(inplace=False).compute(scheduler="sync"), expected)


def test_refused_parameters_by_position(df: Any) -> None:
    """They are no parameters at all."""
    with pytest.raises(TypeError, match="too many positional arguments"):
        df.s.explode(True)


@pytest.mark.parametrize(
    ("steps", "columns"),
    [
        (lambda df: df[["i", "f"]].fillna(0)["f"], {"f"}),
        (lambda df: df.fillna({"f": 0, "i": 1})["f"], {"f"}),
        (lambda df: df[["i", "f"]].clip(0, 1)["i"], {"i"}),
        (lambda df: df.isna().s, {"s"}),
        (lambda df: df.astype({"i": "float64", "f": "float32"})["f"], {"f"}),
        (lambda df: df.astype(object)["s"], {"s"}),
        (lambda df: df[["i", "f"]].add(df[["i", "f"]])["i"], {"i"}),
        (lambda df: df[["i", "f"]].add(df[["f", "i"]] * 2)["i"], {"i"}),
        (lambda df: df[["i", "f"]].add(df.i, axis=0)["f"], {"i", "f"}),
        (lambda df: df.dropna(subset=["f"])["i"], {"i", "f"}),
        (lambda df: df.dropna()["i"], {"i", "f", "s"}),
        (lambda df: df.query("i > 1")["s"], {"i", "s"}),
        (lambda df: df.eval("k = i + 1")["k"], {"i"}),
        (lambda df: df.eval("i + f"), {"i", "f"}),
        (lambda df: df.s.str.upper(), {"s"}),
        (lambda df: np.negative(df[["i", "f"]])["f"], {"f"}),
        (lambda df: df.replace({"s": {"a": "b"}})["i"], {"i", "f", "s"}),
        (lambda df: df.replace("a", "b")["i"], {"i"}),
    ],
)
def test_columns_that_are_read(df: Any, steps: Any, columns: set[str]) -> None:
    """Of the source no more is read than the columns that the answer is made of."""
    made = steps(df)
    (read,) = columns_read(made)
    assert (set(_WHOLE.columns) if read is None else read) == columns
    pd.testing.assert_series_equal(made.compute(scheduler="sync"), steps(_WHOLE))


def test_rows_that_stay(df: Any) -> None:
    """What keeps rows can be put beside its frame; what leaves some out cannot, and has its divisions still."""
    assert (df.i + df.f.fillna(0)).compute(scheduler="sync").tolist() == [2.5, 2.0, 1.0]
    assert df.f.dropna().divisions == df.divisions
    assert df.i.rename({0: 7}).divisions == (None,) * 3
    with pytest.raises(UsageError, match="cannot be matched"):
        pn.from_pandas(_WHOLE, npartitions=2).i.clear_divisions().add(df.f.clear_divisions().dropna())


def test_labels_in_other_time_zones_keep_divisions() -> None:
    """Divisions are shifted with the labels; they are lost without a zone, because clocks are set back."""
    at = pd.date_range("2015-10-24", periods=4, freq="D")
    df = pn.from_pandas(pd.DataFrame({"x": range(4)}, index=at), npartitions=2)
    utc = df.tz_localize("UTC")
    assert utc.divisions == tuple(pd.DatetimeIndex(df.divisions).tz_localize("UTC"))
    moved = utc.x.tz_convert("Asia/Tokyo")
    assert moved.divisions == tuple(pd.DatetimeIndex(utc.divisions).tz_convert("Asia/Tokyo"))
    assert not moved.tz_localize(None).known_divisions


def test_other_rows_with_divisions(df: Any) -> None:
    """Frames of other rows are cut at the same labels where both have divisions."""
    other = pn.from_pandas(_WHOLE.assign(i=_WHOLE.i * 10)[1:], npartitions=1)
    expected = _WHOLE.i.add(_WHOLE.i[1:] * 10, fill_value=0)
    pd.testing.assert_series_equal(df.i.add(other.i, fill_value=0).compute(scheduler="sync"), expected)


@pytest.mark.parametrize(
    "steps",
    [
        lambda df: df.index > 1,
        lambda df: df.index.isin([1, 4]),
        lambda df: df.index.to_frame(),
        lambda df: np.negative(df.index),
        lambda df: df.index * df.index,
        lambda df: df.index.map(lambda label: label * 2),
        lambda df: df.index.astype("float64"),
        lambda df: df.index.unique(),
        lambda df: df.index.value_counts(),
        lambda df: df.index.rename("k"),
        lambda df: df.x + df.index,
        lambda df: df.assign(label=df.index),
        lambda df: df.set_index(df.index),
        lambda df: df.groupby(df.index).x.sum(),
        lambda df: df.groupby(level=0).x.sum(),
        lambda df: df.groupby(level=0).x.cumsum(),
        lambda df: df.groupby(pd.Grouper(level=0))[["x"]].sum(),
        lambda df: df.rename_axis("k").groupby(["k"]).x.sum(),
        lambda df: df.rename_axis("k").groupby(["x", "k"]).size(),
    ],
)
@pytest.mark.parametrize("lengths", [(3, 0, 4, 2), (0, 5), (0, 0), (4,)])
def test_labels_that_only_number_rows(steps: Any, lengths: tuple[int, ...]) -> None:
    """They are counted over all partitions wherever something is made of them."""
    parts = [pd.DataFrame({"x": np.arange(n) % 2}) for n in lengths]
    whole = pd.concat(parts, ignore_index=True)
    lazy = frame_of(parts)
    same(steps(wrap(lazy.node, lazy._meta, numbers=True)).compute(scheduler="sync"), steps(whole))


@pytest.mark.parametrize("lengths", [(3, 0, 4, 2), (0, 5), (4,)])
def test_reductions_of_labels_that_only_number_rows(lengths: tuple[int, ...]) -> None:
    """The numbers are those of all rows."""
    parts = [pd.DataFrame({"x": np.arange(n)}) for n in lengths]
    whole = pd.concat(parts, ignore_index=True).index
    lazy = frame_of(parts)
    labels = wrap(lazy.node, lazy._meta, numbers=True).index
    for name in ("max", "min", "nunique"):
        assert getattr(labels, name)().compute(scheduler="sync") == getattr(whole, name)()
    for name in ("is_unique", "is_monotonic_increasing", "is_monotonic_decreasing", "hasnans"):
        assert getattr(labels, name).compute(scheduler="sync") == getattr(whole, name)


def test_rows_chosen_by_labels(df: Any) -> None:
    """Truth values of labels choose rows as those of columns do."""
    kept = df[df.index.isin([0, 2]) & (df.index > 0)]
    pd.testing.assert_frame_equal(kept.compute(scheduler="sync"), _WHOLE[2:])


def test_accessors_of_your_own(df: Any) -> None:
    """A class is made of the collection under the name that is given; a name in use is warned of."""
    for register, kind in (
        (pdf.register_dataframe_accessor, DataFrame),
        (pdf.register_series_accessor, Series),
        (pdf.register_index_accessor, Index),
    ):

        @register("mine")
        class Mine:
            def __init__(self, held: Any) -> None:
                self.held = held

            def kind(self) -> str:
                return type(self.held).__name__

        try:
            held = {DataFrame: df, Series: df.i, Index: df.index}[kind]
            assert held.mine.kind() == kind.__name__
            assert kind.mine is Mine  # type: ignore[attr-defined]
            with pytest.warns(UserWarning, match="takes the place"):
                register("mine")(Mine)
        finally:
            delattr(kind, "mine")


@pytest.mark.parametrize(
    "windows",
    [
        lambda df: df[["s", "f"]].groupby("s"),
        lambda df: df.groupby("s").f,
        lambda df: df.f.rolling(2),
        lambda df: df.f.expanding(),
        lambda df: df.f.ewm(com=1),
        lambda df: df.groupby("s").f.rolling(2),
        lambda df: df.set_index("t").f.resample("2D"),
        lambda df: df.set_index("t").groupby("s").f.resample("2D"),
    ],
)
def test_windows_and_groups_are_copied_and_travel(windows: Any) -> None:
    """They can be in what is copied or pickled, and a loop over them ends."""
    times = pd.date_range("2015-01-01", periods=3)
    made = windows(pn.from_pandas(_WHOLE.assign(t=times), npartitions=2))
    expected = made.sum().compute(scheduler="sync")
    for copied in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert copied.sum().compute(scheduler="sync").equals(expected)
    with pytest.raises((TypeError, UsageError)):
        iter(made)
