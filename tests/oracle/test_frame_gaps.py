"""Whole numbers among which a step makes gaps in some partitions: texts and objects of them, against pandas."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

import pannier as pn
from pannier.errors import InputError
from tests.oracle.frame_strategies import Parted, agree

_FRAME = pd.DataFrame({"k": [0, 0, 1, 1, 2, 2, 3, 3], "v": range(8), "d": [1, 1, 1, 1, 1, 1, 1, 0]})
_SIZES = [(8,), (3, 5), (0, 2, 0, 2, 4), (4, 0, 4), (1, 1, 1, 1, 1, 1, 2)]
_RIGHT = pd.DataFrame({"k": [1, 2, 4], "r": [5, 6, 7], "t": [True, False, True]})


@pytest.fixture(params=_SIZES, ids=str)
def parted(request: pytest.FixtureRequest) -> Parted:
    ends = np.cumsum((0, *request.param))
    return Parted([_FRAME.iloc[start:end] for start, end in itertools.pairwise(ends)])


def _lazily(df: Any, lazily: Callable[[pd.DataFrame], Any]) -> Any:
    return _RIGHT if isinstance(df, pd.DataFrame) else lazily(_RIGHT)


def _to_numeric(texts: Any) -> Any:
    return pd.to_numeric(texts) if isinstance(texts, pd.Series) else pn.dataframe.to_numeric(texts)


def _persisted(values: Any) -> Any:
    return values if isinstance(values, pd.Series) else values.persist()


_SERIES: dict[str, Callable[[Any], Any]] = {
    "where, the first": lambda df: df.v.where(df.v > 0),
    "where, the last": lambda df: df.v.where(df.v < 7),
    "where, none": lambda df: df.v.where(df.v >= 0),
    "where, all": lambda df: df.v.where(df.v > 9),
    "where, of fractions": lambda df: df.v.where(df.v > 2, 0.5),
    "mask": lambda df: df.v.mask(df.v == 3),
    "map": lambda df: df.k.map({0: 5, 1: 6, 3: 8}),
    "map, seen gaps": lambda df: df.k.map({1: 6, 2: 7, 3: 8}),
    "replace": lambda df: df.v.replace(2, 0.5),
    "replace, of few bits": lambda df: df.v.astype("int8").replace(7, 300),
    "clip": lambda df: df.v.clip(0, 5.5),
    "divided by a zero": lambda df: df.v // df.d,
    "divided in a text": lambda df: df.eval("w = v // d").w,
    "divided by NumPy": lambda df: np.floor_divide(df.v, df.d),
    "numbers in texts": lambda df: _to_numeric(df.v.astype(str).where(df.v != 3)),
    "filled": lambda df: df.v.where(df.v > 2).fillna(0),
    "without gaps": lambda df: df.v.where(df.v > 2).dropna(),
    "as whole numbers again": lambda df: df.v.where(df.v > 2).fillna(0).astype("int64"),
    "persisted": lambda df: _persisted(df.v.where(df.v != 3)),
    "truth values": lambda df: (df.v > 3).where(df.v > 1),
    "lengths": lambda df: df.v.astype(str).where(df.v != 2).str.len(),
    "years": lambda df: df.v.astype("datetime64[s]").where(df.v != 2).dt.year,
}
_FRAMES: dict[str, Callable[[Any], Any]] = {
    "where": lambda df: df.where(df.v > 2),
    "one column": lambda df: df.assign(v=df.v.where(df.v != 5)),
    "a filter after": lambda df: df.assign(v=df.v.where(df.v > 2))[lambda df: df.v > 3],
    "merge, looked up": lambda df: df.merge(_RIGHT, how="left", on="k"),
    "merge, shuffled": lambda df: df.merge(
        _lazily(df, lambda right: pn.from_pandas(right, npartitions=2)), how="outer", on="k"
    ),
    "merge, right": lambda df: df.merge(
        _lazily(df, lambda right: pn.from_pandas(right, npartitions=3)), how="right", on="k"
    ),
}
_MAKERS = {**_SERIES, **_FRAMES}


def _rows(values: Any) -> list[str]:
    """What is in the rows, of which types, in some order."""
    if isinstance(values, pd.DataFrame):
        return sorted(map(repr, values.itertuples(index=False, name=None)))
    return sorted(map(repr, values))


def _as_frame(values: Any) -> Any:
    return values if hasattr(values, "columns") else values.to_frame("v")


@pytest.mark.parametrize("maker", _MAKERS)
def test_steps(parted: Parted, maker: str) -> None:
    """Texts, and objects, are those of pandas in all partitions."""
    lazy, whole = _MAKERS[maker](parted.lazy), _MAKERS[maker](parted.whole)
    assert _rows(lazy.astype(str).compute()) == _rows(whole.astype(str))
    assert _rows(lazy.astype(object).compute()) == _rows(whole.astype(object))


@pytest.mark.parametrize("maker", _MAKERS)
def test_answers(parted: Parted, maker: str) -> None:
    """Types are those of pandas, also where the rows with gaps are left out of whole partitions."""
    lazy, whole = [_as_frame(_MAKERS[maker](df)) for df in (parted.lazy, parted.whole)]
    for pick in (
        lambda df: df,
        lambda df: df.dropna(),
        lambda df: df.dropna()[df.dropna().iloc[:, -1] == -1],
    ):
        found, expected = pick(lazy).compute(), pick(whole)
        assert found.dtypes.to_dict() == expected.dtypes.to_dict()
        assert _rows(found) == _rows(expected)


@pytest.mark.parametrize("maker", _MAKERS)
def test_files(parted: Parted, maker: str, tmp_path: Path) -> None:
    """Files of texts have numbers in one way."""
    lazy, whole = _MAKERS[maker](parted.lazy), _MAKERS[maker](parted.whole)
    lines = [
        line
        for path in lazy.to_csv(tmp_path / "csv", header=False, index=False)
        for line in Path(path).read_text().splitlines()
    ]
    assert sorted(lines) == sorted(whole.to_csv(header=False, index=False).splitlines())
    texts = [Path(path).read_text() for path in lazy.to_json(tmp_path / "json")]
    records = whole.to_json(orient="records", lines=True) if len(whole) else ""
    assert sorted("".join(texts).split()) == sorted(records.split())


@pytest.mark.parametrize("maker", _MAKERS)
def test_tables(parted: Parted, maker: str, tmp_path: Path) -> None:
    """Files of columns have the types of pandas, all of them."""
    lazy, whole = [_as_frame(_MAKERS[maker](df)) for df in (parted.lazy, parted.whole)]
    expected = pa.Table.from_pandas(whole, preserve_index=False)
    lazy.to_parquet(tmp_path / "parquet", write_index=False)
    paths = sorted((tmp_path / "parquet").iterdir())
    assert [pq.read_schema(path).types for path in paths] == [expected.schema.types] * len(paths)
    assert _rows(pn.read_parquet(tmp_path / "parquet").compute()) == _rows(expected.to_pandas())
    paths = lazy.to_orc(tmp_path / "orc", write_index=False)
    assert [orc.read_table(path).schema.types for path in paths] == [expected.schema.types] * len(paths)
    assert _rows(pn.read_orc(paths).compute()) == _rows(expected.to_pandas())


@pytest.mark.parametrize("maker", _MAKERS)
def test_streams(parted: Parted, maker: str) -> None:
    """Batches of Arrow have the types of pandas, too."""
    lazy, whole = [_as_frame(_MAKERS[maker](df)).reset_index(drop=True) for df in (parted.lazy, parted.whole)]
    found, expected = pa.RecordBatchReader.from_stream(lazy).read_all(), pa.Table.from_pandas(whole)
    assert found.schema.types == expected.schema.types
    assert _rows(found.to_pandas()) == _rows(expected.to_pandas())


_MIXING = {
    "texts": lambda df: df.v.replace(7, "x"),
    "truth values": lambda df: (df.v > 3).where(df.v > 1),
    "truth values and numbers": lambda df: (df.v > 3).replace(True, 5),
}


@pytest.mark.parametrize("maker", [*_MAKERS, *_MIXING])
def test_databases(parted: Parted, maker: str, tmp_path: Path) -> None:
    """A table is made as pandas makes it."""
    make = (_MAKERS | _MIXING)[maker]
    found = []
    for name, df in (("ours", parted.lazy), ("theirs", parted.whole)):
        uri = f"sqlite:///{tmp_path}/{name}.db"
        make(df).to_sql("t", uri, index=False)
        with contextlib.closing(sqlite3.connect(tmp_path / f"{name}.db")) as connection:
            made = connection.execute("SELECT sql FROM sqlite_master").fetchall()
            found.append((made, sorted(map(repr, connection.execute("SELECT * FROM t")))))
    assert found[0] == found[1]


_GAPPED: dict[str, Callable[[Any], Any]] = {
    "truth values": lambda df: (df.v % 2 == 0).where(df.v > 1),
    "truth values, the last": lambda df: (df.v % 2 == 0).where(df.v != 6),
    "truth values, none": lambda df: (df.v % 2 == 0).where(df.v >= 0),
    "few bits": lambda df: df.v.astype("int8").where(df.v != 5),
    "without a sign": lambda df: df.v.astype("uint8").mask(df.v == 1),
    "whole numbers": lambda df: df.v.where(df.v < 6),
}
_OF_GAPPED: dict[str, Callable[[Any], Any]] = {
    "diff": lambda s: s.diff(),
    "shift": lambda s: s.shift(),
    "shift, filled": lambda s: s.shift(1, fill_value="x"),
    "replace": lambda s: s.replace(1, 9),
    "replace, by a text": lambda s: s.replace(4, "x"),
    "replace, by several": lambda s: s.replace({True: 0.5, 3: "x"}),
    "fillna, by a text": lambda s: s.fillna("x"),
    "where, texts": lambda s: s.where(s.isna() | (s == 1), "x"),
    "case_when": lambda s: s.case_when([(s == 1, "x")]),
    "abs": lambda s: s.abs(),
    "round": lambda s: s.round(),
    "sum with itself": lambda s: s + s,
    "added": lambda s: s.add(127),
    "less": lambda s: s - 5,
    "product": lambda s: s * True,
}


def _types_of(values: Any) -> list[tuple[type, str]]:
    return [(type(value), str(value)) for value in values.astype(object)]


@pytest.mark.filterwarnings("ignore:.*fill value:pandas.errors.Pandas4Warning")
@pytest.mark.parametrize("step", _OF_GAPPED)
@pytest.mark.parametrize("maker", _GAPPED)
def test_steps_of_gapped_values(parted: Parted, maker: str, step: str) -> None:
    """What is made of values with gaps in some partitions is of the values, and types of values, of pandas."""
    found = _OF_GAPPED[step](_GAPPED[maker](parted.lazy)).compute()
    expected = _OF_GAPPED[step](_GAPPED[maker](parted.whole))
    assert found.dtype == expected.dtype
    assert _types_of(found) == _types_of(expected)
    pd.testing.assert_series_equal(found, expected)


_REPLACED: dict[str, Callable[[Any], Any]] = {
    "lists": lambda df: df[["v"]].replace([1, 7], [0.5, "x"]),
    "lists, of a series": lambda df: df.v.replace([6, 0], ["x", 0.5]),
    "a dict": lambda df: df.replace({7: "x", 1: 0.5}),
    "a dict of dicts": lambda df: df.replace({"v": {2: None, 7: "x", 3: 0.5}, "k": {1: 8.5, 2: []}}),
    "of few bits": lambda df: df.v.astype("int8").replace({1: 300, 6: "x"}),
    "of fractions": lambda df: (df.v / 2).replace({1.5: "x", 1: 7}),
    "what is not there": lambda df: df.v.replace({-1: 0.5, 7: "x"}),
}


@pytest.mark.parametrize("maker", _REPLACED)
def test_replaced_by_objects(parted: Parted, maker: str) -> None:
    """Numbers among objects are fractions in all partitions if they are in one."""
    found, expected = _REPLACED[maker](parted.lazy).compute(), _REPLACED[maker](parted.whole)
    columns = [None] if expected.ndim == 1 else expected.columns
    for name in columns:
        pair = (found, expected) if name is None else (found[name], expected[name])
        assert pair[0].dtype == pair[1].dtype
        assert _types_of(pair[0]) == _types_of(pair[1])
        assert pair[0].index.equals(pair[1].index)


_GROUPED: dict[str, Callable[[Any, Any], Any]] = {
    "sum": lambda df, key: df.assign(k=key).groupby("k").v.sum(),
    "agg, in no order": lambda df, key: (
        df.assign(k=key).groupby("k", sort=False).agg({"v": "max", "d": "mean"})
    ),
    "median": lambda df, key: df.assign(k=key).groupby("k").v.median(),
    "keys as columns": lambda df, key: df.assign(k=key).groupby(["d", "k"], as_index=False).v.first(),
    "two keys": lambda df, key: df.assign(k=key).groupby(["k", "d"]).v.sum(),
    "a series beside": lambda df, key: df.groupby(key).v.count(),
    "size": lambda df, key: df.v.groupby(key).size(),
    "without gaps": lambda df, key: df.assign(k=key).dropna().groupby("k").v.sum(),
}


@pytest.mark.parametrize("grouped", _GROUPED)
@pytest.mark.parametrize("kept", [range(4), range(3, 8), [3, 4, 7], []], ids=str)
def test_keys_of_groups(parted: Parted, kept: Any, grouped: str) -> None:
    """Keys of which some partitions lack all values are of the type of pandas."""
    agree(
        lambda: _GROUPED[grouped](parted.lazy, parted.lazy.k.where(parted.lazy.v.isin(kept))),
        lambda: _GROUPED[grouped](parted.whole, parted.whole.k.where(parted.whole.v.isin(kept))),
        in_order="no order" not in grouped,
    )


@pytest.mark.parametrize("verb", ["where", "mask"])
@pytest.mark.parametrize("kept", [range(4), range(3, 8), range(8), [0, 2, 4, 6], []], ids=str)
def test_columns_that_the_other_lacks(parted: Parted, verb: str, kept: Any) -> None:
    """Instants and texts become objects where a row is replaced, also if all rows of whole partitions are."""

    def made(df: Any, columns: list[str]) -> Any:
        own = df.assign(t=df.v.astype("datetime64[s]"), s=df.v.astype(str))[["t", "s", "v"]]
        is_kept = df.v.isin(kept)
        return getattr(own, verb)(is_kept if verb == "where" else ~is_kept, own[columns])

    for columns in (["s"], ["t"], ["v"], ["t", "s"]):
        agree(lambda: made(parted.lazy, columns), lambda: made(parted.whole, columns))  # noqa: B023  called at once


def test_parquet_that_no_type_holds(tmp_path: Path) -> None:
    """Objects in one partition and numbers in others are an error, and a type that is said is kept to."""
    lazy = pn.from_pandas(_FRAME[["v"]], npartitions=4)
    with pytest.raises(InputError, match=r"column 'v' was written as int64 to .*part\.0.* and as string"):
        lazy.replace({6: "x", 7: "y"}).to_parquet(tmp_path / "texts")
    with pytest.raises(pa.ArrowInvalid, match="Could not convert 'x'") as caught:
        lazy.replace(7, "x").to_parquet(tmp_path / "mixed")
    assert "part.3.parquet" in "".join(caught.value.__notes__)
    fractions = lazy.replace(7, 0.5)
    with pytest.raises(pa.ArrowInvalid, match=r"0\.5.* was truncated"):
        fractions.to_parquet(tmp_path / "said", schema={"v": pa.int64()})
    lazy.to_parquet(tmp_path / "there")
    with pytest.raises(pa.ArrowInvalid, match=r"0\.5.* was truncated"):
        fractions.to_parquet(tmp_path / "there", append=True)
    assert {pq.read_schema(path).field("v").type for path in (tmp_path / "there").iterdir()} == {pa.int64()}


@pytest.mark.parametrize("npartitions", [2, 3, 7])
@pytest.mark.parametrize(
    "build",
    [
        lambda first, other: first + other,
        lambda first, other: first.to_frame().assign(z=other),
        lambda first, other: first.to_frame().join(other.rename("w")),
        lambda first, other: first.to_frame().assign(z=other).z,
    ],
)
def test_other_rows(npartitions: int, build: Callable[[Any, Any], Any]) -> None:
    """Labels that one side lacks make gaps in the partitions where they are."""
    own, given = pd.Series(range(14), name="v"), pd.Series(range(6)) * 2
    lazy = build(pn.from_pandas(own, npartitions=npartitions), pn.from_pandas(given, npartitions=2))
    whole = build(own, given)
    assert _rows(lazy.astype(str).compute()) == _rows(whole.astype(str))


@pytest.mark.usefixtures("shuffled")
@pytest.mark.parametrize("sort", [True, False])
def test_groups(parted: Parted, sort: bool) -> None:
    """Groups without gaps are of the type of those with gaps, in whichever partitions they are."""
    lazy, whole = [
        df.assign(v=df.v.where(df.v != 1)).groupby("k", sort=sort).v.first().astype(str)
        for df in (parted.lazy, parted.whole)
    ]
    assert _rows(lazy.compute()) == _rows(whole)


def test_rows_at_times() -> None:
    """Times without a row are gaps, in some partitions only."""
    whole = pd.Series(
        range(9), pd.DatetimeIndex(["2015-01-01", "2015-01-03", *pd.date_range("2015-01-04", periods=7)])
    )
    lazy = pn.from_pandas(whole, npartitions=4)
    assert _rows(lazy.asfreq("D").astype(str).compute()) == _rows(whole.asfreq("D").astype(str))
    assert _rows(lazy.resample("D").first().astype(str).compute()) == _rows(
        whole.resample("D").first().astype(str)
    )


def test_plans_that_pay(tmp_path: Path) -> None:
    """Types are asked for only where a step may have made gaps in the very columns that become texts."""
    paths = [tmp_path / f"{i}.csv" for i in range(2)]
    for path in paths:
        _FRAME.to_csv(path, index=False)
    df = pn.read_csv(paths)
    merged = df.merge(_RIGHT, how="left", on="k")
    seen = [
        df.where(df.v > 2).astype(str),
        merged.astype(object),
        merged[["r"]].astype("category"),
        df.v.map({1: 2}).astype(str),
    ]
    unseen = [
        df.astype(str),
        merged.map(repr),
        merged.map_partitions(len, meta=int),
        (df.v % 2).astype(str),
        df.eval("w = v // 10").astype(str),
        df[df.v.where(df.v > 2) > 3].astype(str),
        df.where(df.v > 2).astype(float).astype(str),
        df.where(df.v > 2).astype("float64"),
        df.assign(w=df.v.where(df.v > 2)).v.astype(str),
        merged[["k", "v"]].astype(str),
        merged.astype({"r": "Int64", "t": "boolean"}).astype(str),
        df.merge(_RIGHT, on="k").astype(str),
        df.v.where(df.v > 2).isna().astype(str),
    ]
    assert ["types" in each.explain() for each in seen] == [True] * len(seen)
    assert ["types" in each.explain() for each in unseen] == [False] * len(unseen)


@pytest.mark.parametrize(
    "step",
    [
        lambda values: values.quantile(0.3),
        lambda values: values.quantile([0.0, 0.5], interpolation="nearest"),
        lambda values: values.median(),
        lambda values: values.median(skipna=False),
        lambda values: values.describe(),
    ],
)
@pytest.mark.parametrize("maker", ["where, the first", "where, the last", "where, none", "where, all"])
def test_quantiles(parted: Parted, maker: str, step: Callable[[Any], Any]) -> None:
    """Gaps in any partition make floats of all."""
    values = _SERIES[maker]
    agree(lambda: step(values(parted.lazy)), lambda: step(values(parted.whole)))
    agree(lambda: step(values(parted.lazy).to_frame()), lambda: step(values(parted.whole).to_frame()))
