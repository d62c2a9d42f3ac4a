"""Frames for other libraries, and as bags."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import pannier as pn
import pannier.dataframe as pdf
from pannier.errors import UsageError
from pannier.testing import no_compute
from tests.oracle.frame_strategies import frame_of

FRAME = pd.DataFrame(
    {
        "i": [1, 2, 3, 4],
        "s": ["a", None, "c", "d"],
        "c": pd.Categorical(["x", "y", "x", None]),
        "t": pd.to_datetime(["2015-01-01", None, "2015-01-03", "2015-01-04"]),
    }
)


@pytest.fixture
def frame() -> Any:
    """The rows of FRAME in three partitions, one of them empty."""
    return frame_of([FRAME.iloc[:1], FRAME.iloc[1:1], FRAME.iloc[1:]])


def counted(frame: pd.DataFrame, seen: list[int]) -> Any:
    """A frame of four partitions that notes which ones are made."""

    def note(block: pd.DataFrame) -> pd.DataFrame:
        seen.append(int(block.i.iloc[0]))
        return block

    return pn.from_pandas(frame, npartitions=4).map_partitions(note, meta=frame.iloc[:0])


def test_arrow_reads_the_stream(frame: Any) -> None:
    """All rows and types, without an index that only numbers rows."""
    table = pa.RecordBatchReader.from_stream(frame).read_all()
    pd.testing.assert_frame_equal(table.to_pandas(), FRAME, check_categorical=False)
    assert frame.to_arrow().equals(table)


def test_an_index_comes_along() -> None:
    """Labels that say something are a column."""
    named = FRAME[["i"]].set_index(pd.Index(list("wxyz"), name="key"))
    table = pn.from_pandas(named, npartitions=2).to_arrow()
    assert table.column_names == ["i", "key"]
    assert table["key"].to_pylist() == list("wxyz")


LABELLED = pd.DataFrame({"x": range(6), "y": [0.5, None, 2.5, 3.5, 4.5, 5.5], "s": list("abcdef")})
KEPT: dict[str, Callable[[Any], Any]] = {
    "all": lambda df: df,
    "filtered": lambda df: df[df.x.isin([0, 2, 5])],
    "a range is left": lambda df: df[df.x > 1],
    "of the first": lambda df: df[df.x.isin([0, 1])],
    "none": lambda df: df[df.x > 9],
    "dropna": lambda df: df.dropna(),
    "shifted": lambda df: df[["x", "y"]].shift(1),
    "sorted": lambda df: df.sort_values("y", ascending=False),
    "sorted and filtered": lambda df: df[df.x.isin([0, 2, 5])].sort_values("s", ascending=False),
    "renumbered": lambda df: df[df.x.isin([0, 2, 5])].reset_index(drop=True),
    "index": lambda df: df.set_index("s"),
    "levels": lambda df: df.groupby(["s", "x"]).sum(),
    "gaps in a partition": lambda df: df.assign(y=df.x.where(df.x != 2)),
}
INDEXES = [
    pd.RangeIndex(6),
    pd.RangeIndex(2, 14, 2),
    pd.RangeIndex(6, name="k"),
    pd.Index([5, 6, 7, 8, 9, 11]),
    pd.Index(list("uvwxyz"), name="k"),
    pd.date_range("2024-01-01", periods=6),
]


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("index", [*INDEXES, "csv"], ids=str)
@pytest.mark.parametrize("npartitions", [1, 4])
def test_a_table_has_the_labels_of_pandas(tmp_path: Path, kept: str, index: Any, npartitions: int) -> None:
    """Columns, types and metadata are those that pyarrow gives the frame of pandas."""
    whole = LABELLED if isinstance(index, str) else LABELLED.set_axis(index)
    if isinstance(index, str):
        whole.to_csv(tmp_path / "a.csv", index=False)
        df = pdf.read_csv(tmp_path / "a.csv", blocksize=100 // npartitions)
    else:
        df = pn.from_pandas(whole, npartitions=npartitions)
    made, expected = KEPT[kept](df).to_arrow(), pa.Table.from_pandas(KEPT[kept](whole))
    assert made.equals(expected, check_metadata=True)
    pd.testing.assert_frame_equal(made.to_pandas(), expected.to_pandas())


def test_a_stream_numbers_rows_over_all_partitions(tmp_path: Path) -> None:
    """Where labels come along that are the numbers of rows; those that a filter leaves may be put into a column."""
    LABELLED.to_csv(tmp_path / "a.csv", index=False)
    df = pdf.read_csv(tmp_path / "a.csv", blocksize=25)
    assert df.npartitions > 2
    left = df[df.x.isin([0, 2, 5])]
    for frame in (pdf.concat([df, df]), pdf.concat([left, df]), df.sample(frac=0.5, random_state=1)):
        labels = pa.RecordBatchReader.from_stream(frame).read_all()["__index_level_0__"]
        assert labels.to_pylist() == frame.compute().index.tolist()
    assert pa.RecordBatchReader.from_stream(left).read_all().column_names == ["x", "y", "s"]
    labels = pa.RecordBatchReader.from_stream(left.assign(label=left.index)).read_all()["label"]
    assert labels.to_pylist() == [0, 2, 5]


@pytest.mark.parametrize("columns", [[0, 1], pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")])])
def test_names_that_are_no_texts_become_texts(columns: Any) -> None:
    """As pyarrow writes those of pandas: numbers, and names of several levels."""
    whole = pd.DataFrame([[1, 2.5], [3, None]], columns=columns)
    df = pn.from_pandas(whole, npartitions=2)
    assert df.to_arrow().to_pydict() == pa.Table.from_pandas(whole).to_pydict()


def test_partitions_are_made_when_they_are_read() -> None:
    """A stream that is not read on to its end makes no more than it was asked for."""
    seen: list[int] = []
    frame = counted(FRAME[["i"]], seen)
    with pn.config.set(num_workers=1):
        with no_compute():
            reader = pa.RecordBatchReader.from_stream(frame)
        assert reader.read_next_batch().num_rows == 1
        assert seen == [1]
        assert reader.read_next_batch().num_rows == 1
        assert seen == [1, 2]


def test_columns_of_objects_have_the_type_of_what_is_in_them() -> None:
    """They are found in the first partitions; another type later on is an error that says what to do."""
    lists = pd.DataFrame({"v": pd.Series([[1], [2, 3], None], dtype=object)})
    assert pn.from_pandas(lists, npartitions=2).to_arrow()["v"].to_pylist() == [[1], [2, 3], None]
    mixed = pd.DataFrame({"v": pd.Series([[1], [2], "text"], dtype=object)})
    with pn.config.set(num_workers=1), pytest.raises(pa.ArrowException) as caught:
        pn.from_pandas(mixed, npartitions=3).to_arrow()
    assert "astype()" in "\n".join(caught.value.__notes__)


def test_frames_of_records_stream_with_all_columns() -> None:
    """Fields that no first record has are in the stream."""
    records = [{"a": 1}] * 400 + [{"a": 0.5, "late": "x"}]
    table = pn.from_sequence(records, npartitions=2).to_dataframe().to_arrow()
    assert table.column_names == ["a", "late"]
    assert table["late"].to_pylist()[-1] == "x"


def test_polars_reads_a_frame(frame: Any) -> None:
    """By the Arrow stream."""
    polars = pytest.importorskip("polars")
    made = polars.DataFrame(frame)
    assert made["i"].to_list() == [1, 2, 3, 4]
    assert made["s"].to_list() == ["a", None, "c", "d"]


def test_duckdb_reads_a_frame(frame: Any) -> None:
    """By the Arrow stream."""
    duckdb = pytest.importorskip("duckdb")
    numbers = frame[["i", "s"]]  # duckdb finds it by its name
    assert duckdb.sql("SELECT sum(i) FROM numbers WHERE s IS NOT NULL").fetchall() == [(8,)]
    assert numbers is not None


def test_numpy_and_pandas_take_a_frame(frame: Any) -> None:
    """They get all values."""
    np.testing.assert_array_equal(np.asarray(frame[["i"]]), [[1], [2], [3], [4]])
    np.testing.assert_array_equal(np.asarray(frame.i), [1, 2, 3, 4])
    assert frame[["i"]].to_records(index=False).i.tolist() == [1, 2, 3, 4]


def test_a_copy_for_numpy_can_be_written_to(frame: Any) -> None:
    """An array that is asked for as a copy is nobody else's."""
    made = np.array(frame.i, copy=True)
    made[0] = 9
    assert np.nan_to_num(frame.i / 0 - frame.i / 0).tolist() == [0, 0, 0, 0]


@pytest.mark.filterwarnings("ignore:The Dataframe Interchange Protocol")
def test_interchange_protocol(frame: Any) -> None:
    """Older libraries get the columns."""
    assert list(frame[["i", "s"]].__dataframe__().column_names()) == ["i", "s"]


def test_matplotlib_draws_a_column(frame: Any) -> None:
    """A column can be given as it is."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib import pyplot

    (line,) = pyplot.plot(frame.i.compute())
    assert line.get_ydata().tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [(1, "a"), (3, "c")]),
        ({"index": True}, [(0, 1, "a"), (2, 3, "c")]),
        ({"format": "dict"}, [{"i": 1, "s": "a"}, {"i": 3, "s": "c"}]),
        ({"format": "dict", "index": True}, [{"index": 0, "i": 1, "s": "a"}, {"index": 2, "i": 3, "s": "c"}]),
    ],
)
@pytest.mark.parametrize("scheduler", ["sync", "processes"])
def test_bags_of_rows(frame: Any, options: Any, expected: Any, scheduler: str) -> None:
    """Tuples or dicts of Python's own values, with labels or without."""
    bag = frame[["i", "s"]].to_bag(**options).filter(lambda row: None not in tuple(row) and "d" not in row)
    bag = bag.filter(lambda row: (row if isinstance(row, tuple) else tuple(row.values()))[-1] in ("a", "c"))
    found = bag.compute(scheduler=scheduler)
    assert found == expected
    assert all(
        type(value) in (int, str) for row in found for value in (row if type(row) is tuple else row.values())
    )


def test_bags_of_values_and_of_partitions(frame: Any) -> None:
    """Of a series its values; a partition as it is."""
    assert frame.i.to_bag().compute(scheduler="sync") == [1, 2, 3, 4]
    assert frame.i.to_bag(index=True).compute(scheduler="sync") == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert frame.i.to_bag(format="dict").take(1, scheduler="sync") == [{"i": 1}]
    assert frame.to_bag(format="frame").map(len).compute(scheduler="sync") == [1, 0, 3]
    with pytest.raises(UsageError, match="did you mean 'tuple'"):
        frame.to_bag(format="tuples")
    with pytest.raises(UsageError, match="two columns have the name 's', of which a dict holds one"):
        frame[["s", "i", "s"]].to_bag(format="dict")


def test_bags_number_rows_through(tmp_path: Any) -> None:
    """Labels that number rows are those of the whole."""
    for i in range(2):
        (tmp_path / f"{i}.csv").write_text("x\n5\n6\n")
    bag = pn.read_csv(f"{tmp_path}/*.csv").to_bag(index=True)
    assert bag.compute(scheduler="sync") == [(0, 5), (1, 6), (2, 5), (3, 6)]


def test_there_and_back(frame: Any) -> None:
    """A bag of dicts makes the frame again."""
    numbers = frame[["i", "s"]]
    made = numbers.to_bag(format="dict").to_dataframe().compute(scheduler="sync")
    pd.testing.assert_frame_equal(made, FRAME[["i", "s"]])


def test_first_rows_as_text(frame: Any) -> None:
    """Only what is shown is computed."""
    assert frame[["i"]].to_string(max_rows=2) == FRAME[["i"]].head(2).to_string()
    assert frame[["i"]].to_html(max_rows=2) == FRAME[["i"]].head(2).to_html()
    assert frame.i.to_string(max_rows=1) == FRAME.i.head(1).to_string()


def test_arrays_in_partitions_are_refused(frame: Any) -> None:
    """With what to use instead."""
    with pytest.raises(UsageError, match=r"numpy\.asarray"):
        frame.to_dask_array()
