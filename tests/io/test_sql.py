"""Databases as frames: what pandas reads of a table or query, in ranges of its index."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import pwd
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pannier.errors import InputError, UsageError
from pannier.io.sql import sql_query_source, sql_table_source
from pannier.io.sql_sink import sql_writer

sa = pytest.importorskip("sqlalchemy")

N = 23


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": [i * 3 for i in range(N)],
            "x": [i / 7 for i in range(N)],
            "name": ["a", None, "c"] * 7 + ["d", "e"],
            "gaps": pd.array([*range(N - 1), None], "Int64"),
            "flag": [True, False] * 11 + [True],
            "maybe": pd.array([True] * (N - 1) + [None], "boolean"),
            "at": pd.date_range("2020-01-01", periods=N, freq="h"),
            "day": pd.date_range("2020-01-01", periods=N).date,
        }
    )


def fill(uri: str) -> str:
    engine = sa.create_engine(uri)
    kinds = {"day": sa.Date(), "flag": sa.Boolean(), "maybe": sa.Boolean(), "at": sa.DateTime()}
    frame().astype({"gaps": object, "maybe": object}).to_sql(
        "t", engine, index=False, dtype={**kinds, "gaps": sa.BigInteger()}
    )
    engine.dispose()
    return uri


def binaries() -> str | None:
    """The folder of a PostgreSQL server's programs, if there is one."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    found = str(folders[0]) if folders else shutil.which("initdb")
    return None if found is None else str(Path(found).parent)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that ends with the block: on a socket in a folder of its own, as no root."""
    programs = binaries()
    if programs is None:
        pytest.skip("there is no PostgreSQL server here")
    pytest.importorskip("psycopg2")
    owner = {name.pw_name for name in pwd.getpwall()} & {"postgres", "nobody"}
    as_user: list[str] = []
    with tempfile.TemporaryDirectory(prefix="pannier-pg-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        if os.getuid() == 0:
            if not owner or shutil.which("runuser") is None:
                pytest.skip("PostgreSQL does not run as root, and there is no other user to run it")
            user = "postgres" if "postgres" in owner else "nobody"
            as_user = ["runuser", "-u", user, "--"]
            shutil.chown(folder, user)

        def run(*command: str) -> None:
            subprocess.run([*as_user, *command], check=True, capture_output=True, cwd=folder, timeout=60)

        data = f"{folder}/data"
        run(f"{programs}/initdb", "-D", data, "-U", "me", "-A", "trust", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run(f"{programs}/pg_ctl", "-D", data, "-w", "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql+psycopg2://me@/postgres?host={folder}"
        finally:
            run(f"{programs}/pg_ctl", "-D", data, "-m", "immediate", "stop")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def uri(request, tmp_path_factory):
    """A database with one table."""
    if request.param == "sqlite":
        yield fill(f"sqlite:///{tmp_path_factory.mktemp('sql')}/a.db")
        return
    with postgres() as server:
        yield fill(server)


def blocks_of(source, meta, divisions) -> list[pd.DataFrame]:
    """The partitions as another process would read them, each checked against meta and divisions."""
    reader, parts = pickle.loads(pickle.dumps((source.reader, source.parts)))
    blocks = [reader(part) for part in parts]
    for block in blocks:
        pd.testing.assert_frame_equal(block.iloc[:0], meta)
    if divisions is not None:
        assert len(divisions) == len(blocks) + 1
        for i, (block, low, high) in enumerate(zip(blocks, divisions, divisions[1:], strict=False)):
            assert (block.index >= low).all()
            assert (block.index <= high if i == len(blocks) - 1 else block.index < high).all()
    return blocks


def read_table(uri: str, index: object = "id", **options: object) -> pd.DataFrame:
    return pd.concat(blocks_of(*sql_table_source("t", uri, index, **options)))


def expected(uri: str, index: str = "id") -> pd.DataFrame:
    engine = sa.create_engine(uri)
    with engine.connect() as connection:
        found = pd.read_sql_table("t", connection, index_col=index)
    engine.dispose()
    return found


# --- tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("npartitions", [1, 3, 30])
@pytest.mark.parametrize("index", ["id", "at", "x", "day"])
def test_a_table_is_what_pandas_reads_of_it(uri, index, npartitions):
    """However many ranges its index is cut into; a null in one of them counts for the types of all."""
    pd.testing.assert_frame_equal(read_table(uri, index, npartitions=npartitions), expected(uri, index))


def test_ranges_are_as_many_as_have_the_bytes(uri):
    """By what the first rows weigh."""
    source, _, _ = sql_table_source("t", uri, "id", bytes_per_chunk="1 kB")
    assert 1 < len(source.parts) < N
    assert len(sql_table_source("t", uri, "id")[0].parts) == 1
    assert source.reader.weigh(source.parts[0]) < 2000


def test_divisions_can_be_given(uri):
    """For any index that sorts; they may not leave out rows by accident."""
    found = sql_table_source("t", uri, "id", divisions=[0, 10, 66])
    assert found[2] == (0, 10, 66)
    assert [len(block) for block in blocks_of(*found)] == [4, 19]
    with pytest.raises(UsageError, match=r"from 3 to 66, and the index from 0 to 66: rows would be left out"):
        sql_table_source("t", uri, "id", divisions=[3, 66])
    some = sql_table_source("t", uri, "id", divisions=[3, 9], limits=(3, 9))
    assert [list(block.index) for block in blocks_of(*some)] == [[3, 6, 9]]


def test_limits_leave_out_rows(uri):
    """Both of them are among those that are read."""
    found = read_table(uri, limits=(6, 30), npartitions=3)
    assert list(found.index) == list(range(6, 31, 3))


def test_columns_can_be_chosen_and_computed(uri):
    """By name, or as a labelled expression, over a table of SQLAlchemy's or over bare columns."""
    table = sa.Table("t", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("x", sa.Float))
    double = (table.c.x * 2).label("double")
    found = read_table(
        uri, (sa.column("id", sa.Integer) + 1).label("next"), columns=["name", double], npartitions=2
    )
    assert list(found) == ["name", "double"]
    assert list(found.index) == [i * 3 + 1 for i in range(N)]
    assert found["double"].tolist() == pytest.approx([i / 7 * 2 for i in range(N)])


def test_only_columns_that_are_read_are_selected(uri):
    """Projection reaches the statement, and so does the number of rows."""
    source, _, _ = sql_table_source("t", uri, "id", npartitions=2)
    reader = source.reader.with_columns(frozenset(["name", "x"])).limited(2)
    assert list(reader(source.parts[1])) == ["x", "name"]
    assert len(reader(source.parts[1])) == 2
    text = str(reader.statement(source.parts[1]))
    assert "gaps" not in text
    assert "LIMIT" in text


def test_types_can_be_given(uri):
    """By an empty frame, in place of those of the database."""
    meta = pd.DataFrame({"gaps": pd.array([], "Int64")}, index=pd.Index([], dtype="int64", name="id"))
    found = read_table(uri, columns=["gaps"], meta=meta, npartitions=3)
    assert found["gaps"].dtype == "Int64"
    assert found["gaps"].isna().sum() == 1


# --- queries -----------------------------------------------------------------------------------------------


def test_a_query_is_what_pandas_reads_of_it(uri):
    """As text or as a statement; a colon in it is no parameter."""
    text = "SELECT id, x * 2 AS y, gaps, name, 'a:b' AS c FROM t WHERE id < 60 ;"
    found = pd.concat(blocks_of(*sql_query_source(text, uri, "id", npartitions=3)))
    engine = sa.create_engine(uri)
    with engine.connect() as connection:
        whole = pd.read_sql_query(sa.text(text.replace(":", r"\:").rstrip(" ;")), connection, index_col="id")
    engine.dispose()
    pd.testing.assert_frame_equal(found, whole)
    table = sa.table("t", sa.column("id", sa.Integer), sa.column("x", sa.Float))
    statement = sa.select(table.c.id, (table.c.x * 2).label("y")).where(table.c.id < 60)
    found = pd.concat(blocks_of(*sql_query_source(statement, uri, "id", npartitions=3)))
    pd.testing.assert_frame_equal(found, whole[["y"]])


def test_a_query_with_its_first_values_missing_has_the_type_of_the_others(uri):
    """One row with a value is looked at."""
    text = "SELECT id, CASE WHEN id < 30 THEN NULL ELSE name END AS late FROM t"
    blocks = blocks_of(*sql_query_source(text, uri, "id", npartitions=3, head_rows=2))
    assert pd.concat(blocks)["late"].dtype == pd.Series(["a"]).dtype


def test_a_query_without_rows_is_one_empty_partition(uri):
    """With its columns, and without divisions."""
    found = sql_query_source("SELECT id, x FROM t WHERE id > 1000", uri, "id", npartitions=5)
    assert [block.shape for block in blocks_of(*found)] == [(0, 1)]
    assert found[2] is None


# --- errors --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("tt", "id"), {}, "there is no table 'tt'; did you mean 't'"),
        (("t", "idd"), {}, "there is no column 'idd'; did you mean 'id'"),
        (("t", "id"), {"columns": ["namee"]}, "did you mean 'name'"),
        (("t", "id"), {"columns": [3]}, "with a .label(...)"),
        (("t", "flag"), {"divisions": [0, 1], "npartitions": 2}, "not both"),
        (("t", "id"), {"npartitions": 0}, "at least 1"),
        (("t", "id"), {"divisions": [5, 1]}, "ascending order"),
    ],
)
def test_what_is_not_there_is_said_when_the_frame_is_built(uri, arguments, options, message):
    """With the nearest name that is."""
    table, index = arguments
    with pytest.raises(UsageError, match=re.escape(message)):
        sql_table_source(table, uri, index, **options)


def test_an_index_without_values_is_refused(uri):
    """Its rows would be in no range, and lost."""
    with pytest.raises(InputError, match="7 rows have no value in the index column 'name'"):
        sql_table_source("t", uri, "name", divisions=["a", "e"])


def test_texts_need_divisions(uri):
    """There is no range of equal width between texts."""
    query = "SELECT name, x FROM t WHERE name IS NOT NULL"
    with pytest.raises(UsageError, match=r"goes from 'a' to 'e', .*give divisions=\[\.\.\.\]"):
        sql_query_source(query, uri, "name")
    found = sql_query_source(query, uri, "name", divisions=["a", "c", "e"])
    assert [len(block) for block in blocks_of(*found)] == [7, 9]


def test_truth_values_have_no_ranges(tmp_path):
    """SQLite has a least and a greatest of them, but no column is compared with these."""
    with pytest.raises(UsageError, match="index column 'flag' has truth values, which have no ranges"):
        sql_table_source("t", fill(f"sqlite:///{tmp_path}/some.db"), "flag")


def test_a_connection_is_no_database(uri):
    """Workers could not use it."""
    engine = sa.create_engine(uri)
    with pytest.raises(UsageError, match="named by an SQLAlchemy URL"):
        sql_table_source("t", engine, "id")
    assert len(read_table(engine.url)) == N
    engine.dispose()


def test_an_error_of_the_database_says_where(uri):
    """As pandas raises it."""
    source, _, _ = sql_table_source("t", uri, "id", npartitions=2)
    engine = sa.create_engine(uri)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE t RENAME TO u"))
    try:
        with pytest.raises(pd.errors.DatabaseError) as caught:
            source.reader(source.parts[0])
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE u RENAME TO t"))
        engine.dispose()
    assert "in read_sql_table, over rows with index from 0 to below 33" in caught.value.__notes__


def test_a_password_is_not_shown():
    """In what is printed of a reader."""
    writer = sql_writer("t", "postgresql://me:secret@host/db")
    assert "secret" not in repr(writer)


# --- writing -------------------------------------------------------------------------------------------------------


def test_partitions_are_appended_to_a_table(uri):
    """Made once from the empty frame; with fail, replace and append as in pandas."""
    whole = frame().set_index("id")[["x", "name", "at"]]
    meta = whole.iloc[:0]
    for if_exists, copies in [("fail", 1), ("append", 2), ("replace", 1)]:
        writer = pickle.loads(pickle.dumps(sql_writer("written", uri, if_exists=if_exists)))
        types = writer.prepare(meta, if_exists, {})
        assert [writer(block, types) for block in (whole.iloc[:5], meta, whole.iloc[5:])] == [5, 0, 18]
        source, empty, divisions = sql_table_source("written", uri, "id", npartitions=2)
        found = pd.concat(blocks_of(source, empty, divisions)).sort_index(kind="stable")
        pd.testing.assert_frame_equal(
            found, pd.concat([whole] * copies).sort_index(kind="stable"), check_dtype=False
        )
    with pytest.raises(ValueError, match="already exists"):
        sql_writer("written", uri).prepare(meta, "fail", {})


def test_a_partition_is_written_whole_or_not_at_all(uri):
    """What fails in the middle is rolled back, and says where it was."""
    meta = pd.DataFrame({"x": [1.0]}).iloc[:0]
    writer = sql_writer("halves", uri, index=False, chunksize=1)
    writer.prepare(meta, "replace", {})
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each database has its own
        writer(pd.DataFrame({"x": [1.0, object()]}), None)
    assert "while writing to the table 'halves'" in caught.value.__notes__
    source, _, _ = sql_query_source("SELECT 1 AS one, count(*) AS n FROM halves", uri, "one")
    assert source.reader(source.parts[0])["n"].tolist() == [0]


@pytest.mark.parametrize(
    ("uri_given", "options", "message"),
    [("sqlite://", {"if_exists": "x"}, "if_exists must be"), (3, {}, "SQLAlchemy URL")],
)
def test_bad_options_are_refused(uri_given, options, message):
    """When the plan is made."""
    with pytest.raises(UsageError, match=message):
        sql_writer("t", uri_given, **options)


def test_values_that_the_first_rows_do_not_show(tmp_path):
    """A query of a database without types tells them by its first rows; what these do not hold is an error."""
    address = f"sqlite:///{tmp_path}/a.db"
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("CREATE TABLE t (k INTEGER, x, t)")
        rows = zip(range(10), [1] * 8 + [1.5, 2.0], [*"abcdefgh", 5, "j"], strict=True)
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", list(rows))
    for query, value in (("SELECT k, x FROM t -- some", "1.5"), ("SELECT k, t FROM t", "5")):
        source, _, _ = sql_query_source(query, address, "k", npartitions=2)
        source.reader(source.parts[0])
        with pytest.raises(InputError, match=rf"has the value .*{value}.*head_rows="):
            source.reader(source.parts[1])
    source, _, _ = sql_query_source("SELECT k, x FROM t", address, "k", npartitions=2, head_rows=10)
    assert [source.reader(part).x.sum() for part in source.parts] == [4.0, 7.5]


@pytest.mark.parametrize("value", [{"a": 1}, [1, 2]])
@pytest.mark.parametrize("of", [pd.Series, pd.DataFrame])
def test_a_column_of_records_is_named(tmp_path, value, of):
    """And what makes texts of it, which can be written."""
    writer = sql_writer("nested", f"sqlite:///{tmp_path}/some.db", index=False)
    column = pd.Series([None, value], name="o", dtype=object)
    with pytest.raises(Exception, match="not supported") as caught:
        writer(column if of is pd.Series else pd.DataFrame({"n": [1, 2], "o": column}), {})
    (note,) = caught.value.__notes__
    assert note.startswith("while writing to the table 'nested'; column 'o' has lists or dicts")
    texts = column.map(json.dumps, na_action="ignore")
    assert writer(texts if of is pd.Series else pd.DataFrame({"n": [1, 2], "o": texts}), {}) == 2


def test_values_that_are_not_of_the_type_of_their_column(tmp_path):
    """SQLite keeps texts among numbers: the error names column and type, and with meta= they are read."""
    address = f"sqlite:///{tmp_path}/a.db"
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as connection, connection:
        connection.execute("CREATE TABLE t (k INTEGER, x INTEGER, y)")
        connection.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [(i, i, i or None) for i in range(9)] + [(9, "a", "a")]
        )
    table = sql_table_source("t", address, "k", columns=["x"], npartitions=2)[0]
    query = sql_query_source("SELECT k, y FROM t", address, "k", npartitions=2)[0]
    for source, whose in (
        (table, "'x'.*int64, as the table declares"),
        (query, "'y'.*float64, as in the first"),
    ):
        source.reader(source.parts[0])
        with pytest.raises(InputError, match=rf"column {whose}.*'a'.*meta="):
            source.reader(source.parts[1])
    meta = pd.DataFrame({"x": pd.Series([], dtype=object)}, index=pd.Index([], dtype="int64", name="k"))
    source = sql_table_source("t", address, "k", columns=["x"], npartitions=2, meta=meta)[0]
    assert [each for part in source.parts for each in source.reader(part).x] == [*range(9), "a"]
