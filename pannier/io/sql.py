"""Tables and queries of databases as a source of frames: a range of an index column is a partition.

What is asked when a frame is built: the columns and their types, some first rows for what a row weighs, and in one
statement how many rows there are, which columns have nulls, and between what the index lies.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from pannier.errors import InputError, UsageError, annotate, near_matches
from pannier.io.sql_reader import SqlColumn, SqlPart, SqlReader, connected, dtype_of, sqlalchemy
from pannier.plan.nodes import Source
from pannier.sizes import parse_bytes

Read = tuple[Source, pd.DataFrame, "tuple[Any, ...] | None"]
"""Source, meta and divisions."""


def sql_table_source(
    table_name: str,
    con: Any,
    index_col: Any,
    *,
    divisions: Sequence[Any] | None = None,
    npartitions: int | None = None,
    limits: tuple[Any, Any] | None = None,
    columns: Sequence[Any] | None = None,
    bytes_per_chunk: str | float = "256 MiB",
    head_rows: int = 5,
    schema: str | None = None,
    meta: pd.DataFrame | None = None,
    engine_kwargs: Mapping[str, Any] | None = None,
) -> Read:
    """The rows of a table as (source, meta, divisions), with ``index_col`` as their index.

    Parameters
    ----------
    con
        The database, as an SQLAlchemy URL.
    index_col
        The name of a column, or a labelled SQLAlchemy expression; numbers or times unless ``divisions`` are given.
    divisions
        Where in the index partitions begin, and the last value.
    npartitions
        How many ranges of equal width to make; by default as many as have ``bytes_per_chunk`` bytes each.
    limits
        The least and the greatest index to read; by default those there are.
    columns
        Names, or labelled SQLAlchemy expressions; by default all columns.
    head_rows
        How many rows to look at for types that the database does not tell, and for what a row weighs.
    meta
        An empty frame with the types of the columns, in place of those of the database.

    Raises
    ------
    ImportError
        SQLAlchemy, or the driver of the database, is not installed.
    InputError
        The index has nulls: such rows are in no range.
    UsageError
        A bad option, a column that does not exist, or divisions that leave out rows.
    """
    sa = sqlalchemy()
    uri = _uri(con)
    with connected(uri, engine_kwargs) as connection:
        try:
            table = sa.Table(table_name, sa.MetaData(), schema=schema, autoload_with=connection)
        except sa.exc.NoSuchTableError as error:
            names = sa.inspect(connection).get_table_names(schema)
            raise UsageError(f"there is no table {table_name!r}{near_matches(table_name, names)}") from error
    known = {column.name: SqlColumn(column.name, column.type) for column in table.columns}
    index = _column(index_col, known)
    chosen = [_column(each, known) for each in (known if columns is None else columns)]
    reader = SqlReader(
        "read_sql_table", uri, table_name, schema, tuple(chosen), index, engine_kwargs=engine_kwargs
    )
    return _divided(reader, divisions, npartitions, limits, bytes_per_chunk, head_rows, meta)


def sql_query_source(
    sql: Any,
    con: Any,
    index_col: Any,
    *,
    divisions: Sequence[Any] | None = None,
    npartitions: int | None = None,
    limits: tuple[Any, Any] | None = None,
    bytes_per_chunk: str | float = "256 MiB",
    head_rows: int = 5,
    meta: pd.DataFrame | None = None,
    engine_kwargs: Mapping[str, Any] | None = None,
) -> Read:
    """The rows of a query, text or an SQLAlchemy ``Select``, as (source, meta, divisions); see :func:`sql_table_source`."""
    sa = sqlalchemy()
    uri = _uri(con)
    if not isinstance(sql, (str, sa.sql.expression.SelectBase)):
        raise UsageError(f"a query is a text or an SQLAlchemy Select, not {sql!r:.100}")
    if isinstance(sql, str):
        sql = sql.strip().rstrip(";")
        bare = SqlReader("read_sql_query", uri, sql, None, (), SqlColumn(index_col))
        with connected(uri, engine_kwargs) as connection:
            found = connection.execute(sa.select(sa.text("*")).select_from(bare.rows_from()).limit(0))
            known = {name: SqlColumn(name) for name in tuple(found.keys())}
    else:
        known = {column.name: SqlColumn(column.name, column.type) for column in sql.selected_columns}
    index = _column(index_col, known)
    reader = SqlReader(
        "read_sql_query", uri, sql, None, tuple(known.values()), index, engine_kwargs=engine_kwargs
    )
    return _divided(reader, divisions, npartitions, limits, bytes_per_chunk, head_rows, meta)


def _uri(con: Any) -> str:
    sa = sqlalchemy()
    if isinstance(con, sa.engine.URL):
        return str(con.render_as_string(hide_password=False))
    if not isinstance(con, str):
        raise UsageError(
            f"a database is named by an SQLAlchemy URL, which workers can connect to, not by a {type(con).__name__};"
            " for example 'sqlite:////data/some.db'"
        )
    return con


def _column(given: Any, known: Mapping[Any, SqlColumn]) -> SqlColumn:
    """The column that a name or an expression stands for."""
    sa = sqlalchemy()
    if isinstance(given, str):
        if given not in known:
            raise UsageError(
                f"there is no column {given!r}{near_matches(given, known)}; there are {list(known)!r:.300}"
            )
        return known[given]
    if isinstance(given, sa.sql.elements.Label):
        return SqlColumn(given.name, given.type, _without_tables(given.element))
    if isinstance(given, sa.sql.elements.ColumnClause):
        return _column(str(given.name), known)
    raise UsageError(f"a column is a name or an expression with a .label(...), not {given!r:.100}")


def _without_tables(expression: Any) -> Any:
    """``expression`` over columns by their names alone, of whatever the statement reads."""
    sa = sqlalchemy()

    def bare(element: Any, **_: Any) -> Any:
        return sa.column(element.name, element.type) if isinstance(element, sa.Column) else None

    return sa.sql.visitors.replacement_traverse(expression, {}, bare)


def _divided(
    reader: SqlReader,
    divisions: Sequence[Any] | None,
    npartitions: int | None,
    limits: tuple[Any, Any] | None,
    bytes_per_chunk: str | float,
    head_rows: int,
    meta: pd.DataFrame | None,
) -> Read:
    """The rows that ``reader`` reads, divided by ranges of its index."""
    if divisions is not None and npartitions is not None:
        raise UsageError("give divisions or npartitions, not both")
    if npartitions is not None and npartitions < 1:
        raise UsageError(f"npartitions must be at least 1, not {npartitions}")
    with connected(reader.uri, reader.engine_kwargs) as connection:
        sample = reader.limited(max(head_rows, 1))
        head = pd.read_sql_query(sample.statement(SqlPart()), connection)
        facts = _facts(reader, connection)
        unknown = [name for name in head.columns if head[name].isna().all() and facts.filled[name]]
        shown = {name: _one_value(reader, connection, name) for name in unknown}
    if meta is None:
        reader = dataclasses.replace(reader, dtypes=_dtypes(reader, head, shown, facts))
    else:
        dtypes = [*meta.dtypes.items(), (reader.index.name, meta.index.dtype)]
        reader = dataclasses.replace(reader, dtypes=tuple(dtypes))
    empty = reader.conformed(head.iloc[:0])
    if facts.filled[reader.index.name] < facts.rows:
        missing = facts.rows - facts.filled[reader.index.name]
        raise InputError(
            f"{missing:,} rows have no value in the index column {reader.index.name!r}, so that they are in no range"
            " of it; read a query that leaves them out, or take another column"
        )
    if limits is not None:
        facts = dataclasses.replace(facts, least=limits[0], greatest=limits[1])
    width = int(head.memory_usage(deep=True).sum() / max(len(head), 1))
    if divisions is None:
        count = npartitions or max(1, round(facts.rows * width / max(parse_bytes(bytes_per_chunk), 1)))
        borders = _borders(facts, count, reader.index.name)
    else:
        borders = list(divisions)
        _check_divisions(borders, facts, is_limited=limits is not None)
    parts = [SqlPart(_plain(low), _plain(high)) for low, high in pairwise(borders)] or [SqlPart()]
    if borders:
        parts[-1] = dataclasses.replace(parts[-1], is_last=True)
    reader = dataclasses.replace(reader, weight=int(width * facts.rows / len(parts)))
    known = tuple(pd.Index(borders, dtype=empty.index.dtype)) if borders else None
    return Source(verb=reader.verb, reader=reader, parts=tuple(parts)), empty, known


@dataclasses.dataclass(frozen=True, slots=True)
class _Facts:
    """What the database says of all rows."""

    rows: int
    filled: Mapping[Any, int]
    """For each column, how many rows have a value in it."""
    least: Any
    greatest: Any
    """Of the index."""


def _facts(reader: SqlReader, connection: Any) -> _Facts:
    sa = sqlalchemy()
    columns = {column.name: column for column in (*reader.columns, reader.index)}
    counts = [sa.func.count(column.compared()) for column in columns.values()]
    index = reader.index.compared()
    ends = [sa.func.min(index, type_=reader.index.kind), sa.func.max(index, type_=reader.index.kind)]
    statement = sa.select(sa.func.count(), *ends, *counts).select_from(reader.rows_from())
    rows, least, greatest, *values = connection.execute(statement).one()
    return _Facts(rows, dict(zip(columns, values, strict=True)), least, greatest)


def _one_value(reader: SqlReader, connection: Any, name: Any) -> pd.DataFrame:
    """A row with a value in a column."""
    column = next(each for each in (*reader.columns, reader.index) if each.name == name)
    statement = reader.with_columns(frozenset([name])).limited(1).statement(SqlPart())
    return pd.read_sql_query(statement.where(column.compared().is_not(None)), connection)


def _dtypes(
    reader: SqlReader, head: pd.DataFrame, shown: Mapping[Any, pd.DataFrame], facts: _Facts
) -> tuple[tuple[Any, Any], ...]:
    """The pandas types of the columns in the whole, which nulls in some part may decide."""
    is_table = reader.verb == "read_sql_table"
    columns = (*reader.columns, reader.index)
    kinds = {column.name: dtype_of(column.kind, is_table=is_table) for column in columns}
    dtypes = []
    for name in head.columns:
        dtype = kinds[name]
        if dtype is None:
            dtype = shown.get(name, head)[name].dtype
        if facts.filled[name] < facts.rows:
            dtype = {"i": pd.Series([1.0]).dtype, "b": pd.Series([None], dtype=object).dtype}.get(
                dtype.kind, dtype
            )
        dtypes.append((name, dtype))
    return tuple(dtypes)


def _borders(facts: _Facts, count: int, name: Any) -> list[Any]:
    """Where ``count`` ranges of equal width begin and end; none without rows."""
    least, greatest = facts.least, facts.greatest
    if least is None or greatest is None:
        return []
    if isinstance(least, bool):
        raise UsageError(
            f"the index column {name!r} has truth values, which have no ranges; take another column"
        )
    if isinstance(least, dt.date):
        start, width = pd.Timestamp(least), pd.Timestamp(greatest) - pd.Timestamp(least)
        inner: list[Any] = [start + width * i / count for i in range(1, count)]
        if not isinstance(least, dt.datetime):
            inner = [border.date() for border in inner]
    elif isinstance(least, int):
        inner = [least + (greatest - least) * i // count for i in range(1, count)]
    else:
        try:
            low, high = float(least), float(greatest)
        except (TypeError, ValueError) as error:
            raise UsageError(
                f"the index column {name!r} goes from {least!r} to {greatest!r}, between which ranges of equal width"
                " cannot be made; give divisions=[...]"
            ) from error
        inner = [low + (high - low) * i / count for i in range(1, count)]
    return [*dict.fromkeys([least, *inner]), greatest] if least != greatest else [least, greatest]


def _check_divisions(borders: Sequence[Any], facts: _Facts, *, is_limited: bool) -> None:
    """Refuse divisions that are not sorted, or that leave out rows nobody said are to be left out."""
    if len(borders) < 2 or any(not low <= high for low, high in pairwise(borders)):
        raise UsageError(f"divisions must be at least two values in ascending order, not {borders!r:.200}")
    if is_limited or facts.least is None:
        return
    try:
        is_outside = _plain(borders[0]) > facts.least or _plain(borders[-1]) < facts.greatest
    except TypeError as error:
        raise annotate(error, f"divisions {borders!r:.100} for an index from {facts.least!r}") from None
    if is_outside:
        raise UsageError(
            f"divisions go from {borders[0]!r} to {borders[-1]!r}, and the index from {facts.least!r} to"
            f" {facts.greatest!r}: rows would be left out; limits=({borders[0]!r}, {borders[-1]!r}) says that they are to be"
        )


def _plain(value: Any) -> Any:
    """``value`` as drivers of databases know it."""
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
