"""ORC as frames: what pandas reads of the whole, a stripe or more a partition."""

from __future__ import annotations

import pickle
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import orc

from pannier.errors import InputError, UsageError
from pannier.io.orc import orc_source
from pannier.io.orc_tail import read_tail


def read(path: object, **options: object) -> tuple[list[pd.DataFrame], pd.DataFrame, tuple | None]:
    """The partitions as another process would read them, each checked against meta and row count."""
    source, meta, divisions = orc_source(path, **options)
    reader, parts = pickle.loads(pickle.dumps((source.reader, source.parts)))
    blocks = [reader(part) for part in parts]
    for block, part in zip(blocks, parts, strict=True):
        pd.testing.assert_frame_equal(block.iloc[:0], meta, check_index_type=False)
        assert reader.count_rows(part) == len(block)
    return blocks, meta, divisions


N = 60_000


def table() -> pa.Table:
    rng = np.random.default_rng(0)
    whole = pd.DataFrame(
        {
            "i": np.arange(N),
            "f": rng.normal(size=N),
            "s": rng.integers(0, 10**9, N).astype(str),
            "nested": [{"a": 1, "b": [2]}] * N,
            "gaps": pd.array([*range(N - 1), None], "Int64"),
            "maybe": pd.array([*[True] * (N - 1), None], "boolean"),
            "t": pd.date_range("2020", periods=N, freq="s"),
        }
    )
    return pa.Table.from_pandas(whole).replace_schema_metadata(None)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A file of several stripes."""
    file = tmp_path_factory.mktemp("orc") / "a.orc"
    orc.write_table(table(), file, stripe_size=1 << 19, batch_size=1024)
    assert orc.ORCFile(file).nstripes > 3
    return file


@pytest.mark.parametrize("split", [1, 2, False])
@pytest.mark.parametrize("options", [{}, {"columns": ["s", "gaps"]}, {"dtype_backend": "numpy_nullable"}])
def test_a_file_is_what_pandas_reads_of_it(path, options, split):
    """However many stripes are a partition; rows are numbered, and the divisions known."""
    blocks, _, divisions = read(path, split_stripes=split, **options)
    assert len(blocks) == (1 if split is False else -(-orc.ORCFile(path).nstripes // split))
    pd.testing.assert_frame_equal(pd.concat(blocks), pd.read_orc(path, **options))
    assert divisions == (*[block.index[0] for block in blocks], N - 1)


def test_the_tail_tells_rows_and_nulls(path):
    """As the file itself has them, past nested columns too."""
    tail = read_tail(str(path), "", None)
    file = orc.ORCFile(path)
    assert [stripe.rows for stripe in tail.stripes] == [
        file.read_stripe(i, ["i"]).num_rows for i in range(file.nstripes)
    ]
    assert tail.nulls == {name: table()[name].null_count for name in tail.schema.names}


def test_columns_of_several_files_are_united(tmp_path):
    """Numbers are widened, and what a file has not is null in its rows."""
    orc.write_table(pa.table({"x": pa.array([1, 2], pa.int32()), "y": ["a", "b"]}), tmp_path / "0.orc")
    orc.write_table(pa.table({"x": [1.5], "z": [3]}), tmp_path / "1.orc")
    orc.write_table(pa.table({"x": pa.array([], pa.float64())}), tmp_path / "2.orc")
    blocks, _, divisions = read(tmp_path)
    expected = pd.DataFrame({"x": [1, 2, 1.5], "y": ["a", "b", np.nan], "z": [np.nan, np.nan, 3]})
    pd.testing.assert_frame_equal(pd.concat(blocks), expected.astype({"y": blocks[0]["y"].dtype}))
    assert divisions == (0, 2, 2)


def test_columns_can_be_the_index(path):
    """Then the divisions are unknown."""
    blocks, _, divisions = read(path, index="i", columns=["f"])
    pd.testing.assert_frame_equal(pd.concat(blocks), pd.read_orc(path)[["f", "i"]].set_index("i"))
    assert divisions is None


def test_a_reader_gives_some_columns_and_the_first_rows(path):
    """And no columns at all, with all rows."""
    source, _, _ = orc_source(path)
    whole, part = pd.read_orc(path), source.parts[1]
    reader = source.reader.with_columns(frozenset(["s", "i"])).limited(3)
    expected = whole.loc[part.first : part.first + 2, ["i", "s"]]
    pd.testing.assert_frame_equal(reader(part), expected)
    assert reader.with_columns(frozenset())(part).shape == (3, 0)
    assert source.reader.with_columns(frozenset())(part).index.equals(
        pd.RangeIndex(part.first, part.first + part.rows)
    )
    assert 0.3 < source.reader.weigh(part) / whole.loc[part.first :][: part.rows].memory_usage().sum() < 3


def test_a_file_without_rows_is_one_part(tmp_path):
    """With the columns it has."""
    orc.write_table(pa.table({"x": pa.array([], pa.int64())}), tmp_path / "0.orc")
    blocks, _, divisions = read(tmp_path)
    assert [block.shape for block in blocks] == [(0, 1)]
    assert divisions is None


def test_what_is_no_orc_is_an_error_that_names_it(tmp_path):
    """When the frame is built."""
    (tmp_path / "a.orc").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match=r"a\.orc: cannot be read as ORC"):
        orc_source(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ["ff"]}, "no column 'ff' to read; did you mean 'f'"),
        ({"index": "k"}, "no column 'k'"),
        ({"split_stripes": -1}, "positive number of stripes"),
        ({"engine": "x"}, "read by pyarrow"),
        ({"dtype_backend": "x"}, "numpy_nullable"),
    ],
)
def test_bad_options_are_refused(path, options, message):
    """With the nearest good value where there is one."""
    with pytest.raises(UsageError, match=re.escape(message)):
        orc_source(path, **options)
