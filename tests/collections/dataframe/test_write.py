"""Frames written to files and databases, and read again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import sqlalchemy

import pannier as pn
from pannier.collections.delayed import Delayed
from pannier.errors import InputError, UsageError
from pannier.testing import no_compute
from tests.oracle.frame_strategies import frame_of

SYNC = {"scheduler": "sync"}
FRAME = pd.DataFrame(
    {
        "i": [1, 2, 3, 4, 5],
        "f": [0.5, np.nan, 2.5, -1.0, 0.0],
        "s": ["a", "b,c", None, 'd"e', "f\ng"],
        "t": pd.to_datetime(["2015-01-01", "2015-01-02", None, "2015-01-04", "2015-01-05"]),
    }
)


@pytest.fixture
def frame() -> Any:
    """The rows of FRAME in three partitions, one of them empty."""
    return frame_of([FRAME.iloc[:2], FRAME.iloc[2:2], FRAME.iloc[2:]])


@pytest.fixture
def numbered(tmp_path: Path) -> Any:
    """A frame of two files, whose labels only number rows."""
    for i, part in enumerate((FRAME.iloc[:2], FRAME.iloc[2:])):
        (tmp_path / "in").mkdir(exist_ok=True)
        part[["i", "f"]].to_csv(tmp_path / "in" / f"{i}.csv", index=False)
    return pn.read_csv(f"{tmp_path}/in/*.csv")


def test_csv_is_read_as_it_was_written(frame: Any, tmp_path: Path) -> None:
    """One file a partition, and one of all."""
    paths = frame.to_csv(tmp_path / "out-*.csv.gz", index=False, scheduler="sync")
    assert [Path(path).name for path in paths] == ["out-0.csv.gz", "out-1.csv.gz", "out-2.csv.gz"]
    made = pn.read_csv(paths, parse_dates=["t"]).compute(scheduler="sync")
    pd.testing.assert_frame_equal(made, FRAME, check_dtype=False)
    (path,) = frame.to_csv(tmp_path / "all.csv", single_file=True, index=False, scheduler="sync")
    assert Path(path).read_text() == FRAME.to_csv(index=False)


def test_labels_that_number_rows_are_numbered_through(numbered: Any, tmp_path: Path) -> None:
    """With the index in it, a file says which row of all it is."""
    (path,) = numbered.to_csv(tmp_path / "all.csv", single_file=True, scheduler="sync")
    assert Path(path).read_text() == FRAME[["i", "f"]].to_csv()
    numbered.to_parquet(tmp_path / "parquet", write_index=True, compute_kwargs=SYNC)
    found = pd.read_parquet(tmp_path / "parquet")
    assert found.index.tolist() == list(range(5))


def test_nothing_is_written_before_it_is_computed(frame: Any, tmp_path: Path) -> None:
    """With compute=False there is a delayed list of paths."""
    with no_compute():
        written = frame.to_csv(tmp_path / "a", compute=False)
        columns = frame.to_parquet(tmp_path / "b", compute=False)
    assert isinstance(written, Delayed)
    assert not (tmp_path / "a").exists()
    assert len(written.compute(scheduler="sync")) == 3
    assert len(columns.compute(scheduler="sync")) == 3


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_parquet_is_read_as_it_was_written(frame: Any, tmp_path: Path, scheduler: str) -> None:
    """Types, values and missing ones come back."""
    paths = frame.to_parquet(tmp_path / "out", compute_kwargs={"scheduler": scheduler})
    assert len(paths) == 3
    pd.testing.assert_frame_equal(pn.read_parquet(tmp_path / "out").compute(scheduler="sync"), FRAME)
    assert pn.read_parquet(tmp_path / "out", columns="i").sum().compute(scheduler="sync") == 15


def test_parquet_keeps_an_index(tmp_path: Path) -> None:
    """Labels that say something are written, and divisions found again."""
    named = FRAME.set_index("i")
    df = pn.from_pandas(named, npartitions=2)
    df.to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    made = pn.read_parquet(tmp_path / "out", calculate_divisions=True, aggregate_files=False)
    pd.testing.assert_frame_equal(made.compute(scheduler="sync"), named)
    assert made.divisions == df.divisions
    df.to_parquet(tmp_path / "bare", write_index=False, compute_kwargs=SYNC)
    assert "i" not in pn.read_parquet(tmp_path / "bare").columns


PICKS: list[Callable[[Any], Any]] = [
    lambda df: df[df.i > 2],
    lambda df: df.sort_values("i", ascending=False),
    lambda df: df.partitions[[1, 0]],
    lambda df: df.map_partitions(lambda block: block.iloc[::-1]),
    lambda df: df.rename_axis("row"),
]


@pytest.mark.parametrize("pick", PICKS)
def test_numbers_of_rows_that_were_picked_are_kept(tmp_path: Path, pick: Callable[[Any], Any]) -> None:
    """Numbers say which rows they are once there are not all of them, or in another order."""
    df = pick(pn.from_pandas(FRAME, npartitions=3))
    expected = df.compute(scheduler="sync")
    df.to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    for found in (pd.read_parquet(tmp_path / "out"), pn.read_parquet(tmp_path / "out").compute(**SYNC)):
        assert found.index.tolist() == expected.index.tolist()
        assert found.index.name == expected.index.name


def test_numbers_that_do_not_count_from_0_are_kept(tmp_path: Path) -> None:
    """Steps and a first label are not those that reading gives."""
    df = pn.from_pandas(FRAME.set_axis(pd.RangeIndex(10, 20, 2), axis=0), npartitions=2)
    df.to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    assert pn.read_parquet(tmp_path / "out").compute(**SYNC).index.tolist() == [10, 12, 14, 16, 18]


def test_parquet_by_a_column_whose_name_begins_as_that_of_a_marker(tmp_path: Path) -> None:
    """Its folders hold data, here and elsewhere."""
    df = pn.from_pandas(FRAME.assign(_part=[1, 1, 2, 2, 2]), npartitions=2)
    for folder in (tmp_path / "out", "memory://underscored"):
        df.to_parquet(folder, partition_on="_part", compute_kwargs=SYNC)
        found = pn.read_parquet(folder).compute(**SYNC)
        assert sorted(zip(found.i, found._part, strict=True)) == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 2)]


def test_parquet_of_a_column_that_is_called_as_an_index_without_a_name(tmp_path: Path) -> None:
    """Arrow counts on then, for the index."""
    frame = pd.DataFrame({"__index_level_0__": ["a", "b", "c"]}, index=[4, 5, 6])
    pn.from_pandas(frame, npartitions=2).to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    frame.to_parquet(tmp_path / "expected.parquet")
    expected = pd.read_parquet(tmp_path / "expected.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out"), expected)
    pd.testing.assert_frame_equal(pn.read_parquet(tmp_path / "out").compute(**SYNC), expected)


def test_numbers_of_all_rows_are_not_written(tmp_path: Path) -> None:
    """Rows are numbered when they are read, those of files that are written again too."""
    df = pn.from_pandas(FRAME, npartitions=2)
    df.assign(j=df.i + df.f).to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    pn.read_parquet(tmp_path / "out").to_parquet(tmp_path / "again", compute_kwargs=SYNC)
    for folder in ("out", "again"):
        found = pq.ParquetFile(tmp_path / folder / "part.0.parquet").schema_arrow.names
        assert found == [*FRAME.columns, "j"]


def test_parquet_keeps_numbers_for_names(tmp_path: Path) -> None:
    """Columns that are numbered, as those of arrays are, can be written, and are numbered when they are read."""
    df = pn.from_array(np.array([[1, 2], [3, 4], [5, 6]]), chunksize=2)
    df.to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    assert pd.read_parquet(tmp_path / "out").to_dict("list") == {0: [1, 3, 5], 1: [2, 4, 6]}


def test_parquet_in_place_of_what_it_is_read_from(frame: Any, tmp_path: Path) -> None:
    """A folder may be read and overwritten in one plan."""
    frame.to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    df = pn.read_parquet(tmp_path / "out")
    df[df.i > 2].to_parquet(tmp_path / "out", overwrite=True, write_index=False, compute_kwargs=SYNC)
    assert pn.read_parquet(tmp_path / "out").i.compute(scheduler="sync").tolist() == [3, 4, 5]


@pytest.mark.parametrize("on", [0, 1, [0], (1, 0)])
def test_folders_of_columns_that_numbers_name(tmp_path: Path, on: Any) -> None:
    """As pandas writes and reads them."""
    whole = pd.DataFrame({0: [1, 2, 3, 1], 1: list("abca"), 2: [1.0, 2.0, 3.0, 4.0]})
    pn.from_pandas(whole, npartitions=2).to_parquet(tmp_path / "a", partition_on=on, compute_kwargs=SYNC)
    whole.to_parquet(tmp_path / "b", partition_cols=[on] if isinstance(on, int) else list(on))
    made = pn.read_parquet(tmp_path / "a").compute(scheduler="sync")
    expected = pd.read_parquet(tmp_path / "b")
    pd.testing.assert_frame_equal(
        made.sort_values(2, ignore_index=True), expected.sort_values(2, ignore_index=True)
    )


def test_parquet_by_a_column(frame: Any, tmp_path: Path) -> None:
    """Values of a column become folders."""
    frame.assign(part=frame.i % 2).to_parquet(tmp_path / "out", partition_on="part", compute_kwargs=SYNC)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["part=0", "part=1"]
    made = pn.read_parquet(tmp_path / "out", filters=[("part", "==", 1)])
    assert sorted(made.i.compute(scheduler="sync")) == [1, 3, 5]


def test_parquet_by_columns_as_pandas_names_them(frame: Any, tmp_path: Path) -> None:
    """``partition_cols`` is ``partition_on``."""
    made = frame.assign(part=frame.i % 2)
    made.to_parquet(tmp_path / "out", partition_cols=["part"], compute_kwargs=SYNC)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["part=0", "part=1"]
    with pytest.raises(UsageError, match="partition_cols= is another name for partition_on="):
        made.to_parquet(tmp_path / "two", partition_cols=["part"], partition_on=["part"])


def test_records_become_parquet(tmp_path: Path) -> None:
    """Fields that were not among the first records are in the files, in every one."""
    records = [{"a": i} for i in range(1000)] + [{"a": 1.5, "late": "x"}]
    made = pn.from_sequence(records, npartitions=3).to_dataframe()
    made.to_parquet(tmp_path / "out", compute_kwargs=SYNC)
    found = pn.read_parquet(tmp_path / "out").compute(scheduler="sync")
    assert list(found.columns) == ["a", "late"]
    assert found.a.dtype == "float64"
    assert found.late.iloc[-1] == "x"


@pytest.mark.parametrize("orient", ["records", "split", "index", "columns"])
def test_json_is_read_as_it_was_written(frame: Any, tmp_path: Path, orient: str) -> None:
    """By default a record a line; else a file in an orient of pandas."""
    numbers = frame[["i", "f"]]
    paths = numbers.partitions[[0, 2]].to_json(tmp_path / "*.json", orient=orient, compute_kwargs=SYNC)
    made = pn.read_json(paths, orient=orient).compute(scheduler="sync")
    pd.testing.assert_frame_equal(made.reset_index(drop=True), FRAME[["i", "f"]])


def test_json_of_records(tmp_path: Path) -> None:
    """Lines and arrays of records, of fields that come and go, with their paths, types and dates."""
    first, second = [{"a": 1, "d": "2015-01-01"}], [{"a": "x", "b": True}]
    for name, records in (("1", first), ("2", second)):
        (tmp_path / f"{name}.json").write_text("\n".join(map(json.dumps, records)))
        (tmp_path / f"{name}.array").write_text(json.dumps(records))
    expected = pd.DataFrame({"a": ["1", "x"], "d": ["2015-01-01", None], "b": [np.nan, True]})
    for pattern, lines in (("*.json", None), ("*.array", False)):
        made = pn.read_json(f"{tmp_path}/{pattern}", lines=lines)
        pd.testing.assert_frame_equal(made.compute(scheduler="sync"), expected)
    made = pn.read_json(
        f"{tmp_path}/*.json",
        include_path_column="file",
        path_converter=lambda path: Path(path).stem,
        columns=["d", "a"],
        convert_dates=["d"],
        dtype={"a": "string"},
    )
    found = made.compute(scheduler="sync")
    assert found.dtypes.astype(str).tolist()[1:] == ["string", "category"]
    assert found.d.dt.year.tolist()[0] == 2015
    assert found.file.tolist() == ["1", "2"]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("values", [["2015-01-01", "2016-02-03"], ["2015-01-01", None, "2016-02-03"]])
def test_json_of_dates_as_numbers(tmp_path: Path, values: list[Any], unit: str) -> None:
    """They are dates with the unit they have, and an error without it: each block would guess."""
    numbers = pd.Series(pd.to_datetime(values)).astype(f"datetime64[{unit}]")
    path = tmp_path / "a.json"
    records = [{"d": None if pd.isna(each) else int(each.to_datetime64().astype(int))} for each in numbers]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    made = pn.read_json(path, convert_dates=["d"], date_unit=unit, blocksize=20).compute(scheduler="sync")
    assert made.d.dropna().tolist() == pd.to_datetime(values).dropna().tolist()
    pd.testing.assert_series_equal(
        made.d, pd.to_datetime(pd.Series([each["d"] for each in records], name="d"), unit=unit)
    )
    with pytest.raises(InputError, match=r"'d' of convert_dates= has numbers.*date_unit="):
        pn.read_json(path, convert_dates=["d"], blocksize=20).compute(scheduler="sync")


def test_json_of_dates_of_which_first_records_have_none(tmp_path: Path) -> None:
    """Numbers that come late are found, too; texts are read as such, whatever the unit of numbers."""
    path = tmp_path / "a.json"
    path.write_text('{"d": null}\n' * 300 + '{"d": 1420070400000}\n')
    with pytest.raises(InputError, match=r"such as 1420070400000\.0: "):
        pn.read_json(path, convert_dates=["d"]).compute(scheduler="sync")
    made = pn.read_json(path, convert_dates=["d"], date_unit="ms").compute(scheduler="sync")
    assert made.d.dropna().tolist() == [pd.Timestamp("2015-01-01")]
    path.write_text('{"d": "2015-01-01"}\n' * 3)
    made = pn.read_json(path, convert_dates=["d"], date_unit="ms", blocksize=20).compute(scheduler="sync")
    assert made.d.tolist() == [pd.Timestamp("2015-01-01")] * 3


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"convert_dates": True}, "list of columns, not True"),
        ({"convert_dates": ["a"], "date_unit": "m"}, "date_unit must be one of s, ms"),
        ({"orient": "recods"}, "did you mean 'records'"),
        ({"orient": "split", "lines": True}, "needs orient='records'"),
        ({"precise_float": True}, "no option 'precise_float'"),
        ({"lines": False, "include_path_column": True}, "lines=True"),
    ],
)
def test_json_refuses(tmp_path: Path, options: Any, why: str) -> None:
    """What cannot be meant is refused at once."""
    (tmp_path / "a.json").write_text('{"a": 1}\n')
    with pytest.raises(UsageError, match=why):
        pn.read_json(f"{tmp_path}/a.json", **options)


def test_json_errors_have_an_address(tmp_path: Path) -> None:
    """What is no JSON is an error with file and line."""
    (tmp_path / "a.json").write_text('{"a": 1}\n' * 500 + "nothing\n")
    with pytest.raises(json.JSONDecodeError) as caught:
        pn.read_json(f"{tmp_path}/a.json").compute(scheduler="sync")
    assert "a.json, line 501" in "\n".join(caught.value.__notes__)
    with pytest.raises(json.JSONDecodeError) as whole:
        pn.read_json(f"{tmp_path}/a.json", lines=False, meta={"a": "int64"}).compute(scheduler="sync")
    assert "lines=True" in "\n".join(whole.value.__notes__)


def test_orc_is_read_as_it_was_written(frame: Any, tmp_path: Path) -> None:
    """With and without labels."""
    paths = frame.to_orc(tmp_path / "out", compute_kwargs=SYNC)
    assert len(paths) == 3
    made = pn.read_orc(tmp_path / "out").compute(scheduler="sync")
    pd.testing.assert_frame_equal(made, FRAME.astype({"t": "datetime64[ns]"}))
    with pytest.raises(UsageError, match="pyarrow"):
        frame.to_orc(tmp_path / "out", engine="other")


@pytest.mark.parametrize("parallel", [False, True])
def test_tables_of_databases(frame: Any, tmp_path: Path, parallel: bool) -> None:
    """A table is made once, and holds all rows."""
    uri = f"sqlite:///{tmp_path}/some.db"
    plain = frame.drop(columns="t")
    assert plain.to_sql("rows", uri, index=False, parallel=parallel, compute_kwargs=SYNC) == 5
    made = pn.read_sql("rows", uri, "i", npartitions=2).compute(scheduler="sync")
    pd.testing.assert_frame_equal(made, FRAME.drop(columns="t").set_index("i"), check_dtype=False)
    query = pn.read_sql("SELECT i, f FROM rows WHERE f > 0", uri, index_col="i", npartitions=1)
    assert query.f.compute(scheduler="sync").tolist() == [0.5, 2.5]
    with pytest.raises(ValueError, match="exists"):
        plain.to_sql("rows", uri, compute_kwargs=SYNC)
    plain.to_sql("rows", uri, index=False, if_exists="append", compute_kwargs=SYNC)
    with sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool).connect() as connection:
        assert connection.execute(sqlalchemy.text("SELECT count(*) FROM rows")).scalar() == 10


def test_series_are_written(frame: Any, tmp_path: Path) -> None:
    """A column by itself, as CSV."""
    paths = frame.i.to_csv(tmp_path / "*.csv", index=False, scheduler="sync")
    assert pn.read_csv(paths).i.compute(scheduler="sync").tolist() == [1, 2, 3, 4, 5]


def test_hdf_is_refused(frame: Any) -> None:
    """With what to use instead."""
    with pytest.raises(AttributeError, match="to_parquet"):
        frame.to_hdf  # noqa: B018  it is the asking that raises


@pytest.mark.parametrize("npartitions", [1, 2])
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({0: [1, 2], 1: ["a", "b"]}),
        pd.DataFrame({0: [1, 2], 1: [None, b"b"]}),
        pd.DataFrame({("a", 1): [1, 2], ("b", 2): [3, 4]}),
        pd.DataFrame({"c": pd.Categorical([2, 1], categories=[2, 1, 3]), "o": [b"a", None]}),
    ],
    ids=["numbers", "objects", "levels", "codes"],
)
def test_labels_and_codes_come_back_from_parquet(tmp_path, frame, npartitions):
    """Columns called by numbers keep their labels, and categories are written beside objects."""
    pn.from_pandas(frame, npartitions=npartitions).to_parquet(tmp_path / "ours")
    frame.to_parquet(tmp_path / "theirs.parquet")
    expected = pd.read_parquet(tmp_path / "theirs.parquet")
    for actual in (
        pn.read_parquet(tmp_path / "ours").compute(scheduler="sync"),
        pd.read_parquet(tmp_path / "ours"),
    ):
        pd.testing.assert_frame_equal(actual, expected, check_index_type=False)


def test_blank_lines_are_no_records(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}\n\n  \n{"a": 2}\n\n')
    for more in ({}, {"blocksize": 9}, {"include_path_column": True}):
        assert pn.read_json(path, **more).a.compute(scheduler="sync").tolist() == [1, 2]


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_counts_beside_an_index_of_arrow_times(unit):
    index = pd.Index(pd.to_datetime(["2020-01-01", "2020-01-02"])).astype(f"timestamp[{unit}][pyarrow]")
    frame = pd.DataFrame({"a": [1, 2]}, index=index)
    assert pn.from_pandas(frame, npartitions=2).count().compute(scheduler="sync").tolist() == [2]


def test_counts_beside_intervals():
    frame = pd.DataFrame({"a": pd.IntervalIndex.from_breaks([0, 1, 2])})
    assert pn.from_pandas(frame, npartitions=2).count().compute(scheduler="sync").tolist() == [2]


OBJECTS = pd.DataFrame(
    {
        "ints": [None, None, 3, None, 2**40],
        "days": [None, None, None, datetime.date(2020, 1, 2), None],
        "times": [datetime.time(1), None, None, None, None],
        "stamps": [None, None, pd.Timestamp(2020, 1, 2, 3).to_pydatetime(), None, pd.NaT],
        "flags": [None, True, False, None, np.nan],
        "floats": [None, np.nan, 0.5, None, 1.5],
        "raw": [b"a", None, b"b", None, None],
        "texts": ["a", None, "b", "c", None],
        "mixed": [1, None, "b", 2, None],
        "numbers": [1, None, 0.5, 2, None],
        "gaps": [None] * 5,
        "named": [None, 1, 2, 3, 4],
    },
    index=pd.Index([datetime.date(2020, 1, 1 + i) for i in range(5)], dtype=object, name="day"),
    dtype=object,
)


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("npartitions", [1, 3, 5])
def test_columns_of_objects_have_the_types_of_their_values_in_tables(
    tmp_path: Path, npartitions: int, parallel: bool
) -> None:
    """As pandas, which sees all of them, makes the table; however they are in partitions."""
    options: dict[str, Any] = {"dtype": {"named": sqlalchemy.SmallInteger()}}
    frame = pn.from_pandas(OBJECTS, npartitions=npartitions, sort=False)
    ours, theirs = (f"sqlite:///{tmp_path}/{name}.db" for name in ("ours", "theirs"))
    assert frame.to_sql("t", ours, parallel=parallel, compute_kwargs=SYNC, **options) == 5
    engines = [sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool) for uri in (ours, theirs)]
    OBJECTS.to_sql("t", engines[1], **options)
    tables = []
    for engine in engines:
        with engine.connect() as connection:
            columns = connection.execute(sqlalchemy.text("PRAGMA table_info(t)")).all()
            rows = connection.execute(sqlalchemy.text("SELECT * FROM t ORDER BY day")).all()
            tables.append((columns, rows))
    assert tables[0] == tables[1]
    assert [column[2] for column in tables[0][0]].count("TEXT") == 5


def test_a_type_for_all_columns_of_a_table(tmp_path: Path) -> None:
    """Is that of those of objects, too; the index has its own."""
    frame = pn.from_pandas(OBJECTS[["ints"]], npartitions=2, sort=False)
    uri = f"sqlite:///{tmp_path}/some.db"
    assert frame.to_sql("t", uri, dtype=sqlalchemy.Text(), compute_kwargs=SYNC) == 5
    with sqlalchemy.create_engine(uri, poolclass=sqlalchemy.NullPool).connect() as connection:
        found = connection.execute(sqlalchemy.text("PRAGMA table_info(t)")).all()
    assert [(name, kind) for _, name, kind, *_ in found] == [("day", "DATE"), ("ints", "TEXT")]


def test_columns_that_no_table_can_have(tmp_path: Path) -> None:
    """Are refused, as by pandas; levels of objects need names that tell them apart."""
    uri = f"sqlite:///{tmp_path}/some.db"
    frame = pn.from_pandas(pd.DataFrame({"c": pd.Series([1j, 2j], dtype=object)}), npartitions=2)
    with pytest.raises(ValueError, match="Complex datatypes not supported"):
        frame.to_sql("t", uri, compute_kwargs=SYNC)
    levels = pd.MultiIndex.from_arrays([pd.Index([1, "a"], dtype=object)] * 2)
    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2]}, index=levels), npartitions=1, sort=False)
    with pytest.raises(UsageError, match="have one name"):
        frame.to_sql("t", uri, compute_kwargs=SYNC)


@pytest.mark.parametrize(
    ("verb", "given", "meant"),
    [
        ("to_csv", {"compressions": "gzip"}, "compression"),
        ("to_csv", {"separ": ";"}, ""),
        ("to_csv", {"indexes": False}, "index"),
        ("to_json", {"orint": "records"}, "orient"),
        ("to_json", {"indents": 2}, "indent"),
        ("to_parquet", {"compressions": "gzip"}, "compression"),
        ("to_parquet", {"row_groups_size": 2}, "row_group_size"),
        ("to_orc", {"stripesize": 2}, "stripe_size"),
    ],
)
def test_misspelt_options(frame: Any, tmp_path: Path, verb: str, given: dict[str, Any], meant: str) -> None:
    """An option that there is not is found before anything is computed, or written."""
    hint = f".*did you mean .*'{meant}'" if meant else ""
    with no_compute(), pytest.raises(UsageError, match=f"{verb} has no keyword '{next(iter(given))}'{hint}"):
        getattr(frame, verb)(tmp_path / "out", **given)
    assert not (tmp_path / "out").exists()


def test_options_of_pandas_and_arrow(frame: Any, tmp_path: Path) -> None:
    """Those of the writers beneath are taken."""
    frame.to_csv(tmp_path / "a-*.csv", sep=";", quoting=1, header=False, errors="replace", scheduler="sync")
    frame.to_json(tmp_path / "a-*.json", date_format="iso", force_ascii=False, compute_kwargs=SYNC)
    frame.to_parquet(
        tmp_path / "a", row_group_size=1, data_page_size=1024, write_statistics=["i"], compute_kwargs=SYNC
    )
    frame.to_orc(tmp_path / "b", stripe_size=1 << 20, compute_kwargs=SYNC)
    pd.testing.assert_frame_equal(pn.read_parquet(tmp_path / "a").compute(scheduler="sync"), FRAME)
