"""Reads the rows of a range of a table, or of a query, as a frame."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import numbers
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import Any, Final

import numpy as np
import pandas as pd

from pannier.errors import InputError, annotate
from pannier.frozen import frozen
from pannier.io.labels import reader_label
from pannier.kernels.kernel import BlockKernel

_NOW: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
"""A time, to see what pandas makes of one."""


@frozen
class SqlColumn:
    """A column that is read."""

    name: Any
    """What the frame calls it."""
    kind: Any = None
    """Its SQLAlchemy type; None where nobody knows."""
    expression: Any = None
    """What it is computed by; None where it is a column of that name."""

    def element(self) -> Any:
        """The column in a statement."""
        import sqlalchemy as sa

        if self.expression is not None:
            return self.expression.label(self.name)
        return sa.column(self.name, self.kind)

    def compared(self) -> Any:
        """What is compared with the ends of a range."""
        return self.element() if self.expression is None else self.expression


def dtype_of(kind: Any, *, is_table: bool) -> Any:
    """The type that pandas gives to values of an SQLAlchemy type; None where that does not say.

    Dates are times where they are read from a table, and objects from a query.

    >>> import sqlalchemy as sa
    >>> dtype_of(sa.Integer(), is_table=True), dtype_of(None, is_table=True) is None
    (dtype('int64'), True)
    """
    try:
        python = None if kind is None else kind.python_type
    except NotImplementedError:
        return None
    if python is None or python is dt.timedelta:
        return None
    if python is dt.datetime and kind.timezone:
        return pd.to_datetime(pd.Series([_NOW]), utc=True).dtype
    if python is dt.datetime or (python is dt.date and is_table):
        return pd.to_datetime(
            pd.Series([_NOW.replace(tzinfo=None) if python is dt.datetime else _NOW.date()])
        ).dtype
    examples: dict[type, Any] = {bool: False, int: 1, float: 1.0, decimal.Decimal: 1.0, str: ""}
    return pd.Series([examples[python]]).dtype if python in examples else np.dtype(object)


@frozen
class SqlPart:
    """The rows whose index is at least ``lower`` and below ``upper``; with the last part's, also ``upper`` itself."""

    lower: Any = None
    """None: without such an end."""
    upper: Any = None
    is_last: bool = False

    def __str__(self) -> str:
        """
        >>> str(SqlPart(0, 10)), str(SqlPart())
        ('rows with index from 0 to below 10', 'all rows')
        """
        if self.lower is None:
            return "all rows"
        return f"rows with index from {self.lower} to {'' if self.is_last else 'below '}{self.upper}"


@frozen
class SqlReader(BlockKernel):
    """Reads a part: called with one, returns its rows as a frame."""

    verb: str
    uri: str = field(repr=False)
    origin: Any
    """The name of a table, or a query as text or as an SQLAlchemy statement."""
    schema: str | None
    """That of the table; None for the default one."""
    columns: tuple[SqlColumn, ...]
    index: SqlColumn
    dtypes: tuple[tuple[Any, Any], ...] = ()
    """The pandas types of the columns and the index in the whole, for each that is read."""
    rows: int | None = None
    """The rows to read at most."""
    weight: int = 0
    """Bytes of a part in memory, roughly."""
    engine_kwargs: Mapping[str, Any] | None = field(default=None, repr=False)
    is_projected: bool = field(default=False, repr=False, compare=False)
    """Whether there are columns that nobody reads, which are left out."""

    def __call__(self, *blocks: Any) -> pd.DataFrame:
        part: SqlPart = blocks[0]
        with connected(self.uri, self.engine_kwargs) as connection:
            try:
                frame = pd.read_sql_query(self.statement(part), connection)
            except Exception as error:
                annotate(error, f"in {self.verb}, over {part}")
                raise
        return self.conformed(frame)

    @property
    def label(self) -> str:
        return reader_label(self.verb, [each.name for each in self.columns] if self.is_projected else None)

    def with_columns(self, columns: frozenset[Any]) -> SqlReader:
        """The same reader for those of its columns that are in ``columns``, in the order in which it has them."""
        kept = tuple(column for column in self.columns if column.name in columns)
        return dataclasses.replace(self, columns=kept, is_projected=True)

    def limited(self, rows: int) -> SqlReader:
        """The same reader for the first ``rows`` rows of each part."""
        return dataclasses.replace(self, rows=rows if self.rows is None else min(rows, self.rows))

    def weigh(self, part: SqlPart) -> int:
        """Bytes that the frame of ``part`` takes in memory, roughly: parts are taken to be alike."""
        return self.weight

    def statement(self, part: SqlPart) -> Any:
        """The SELECT for the rows of ``part``."""
        import sqlalchemy as sa

        columns = [self.index, *(column for column in self.columns if column.name != self.index.name)]
        statement = sa.select(*[column.element() for column in columns]).select_from(self.rows_from())
        index = self.index.compared()
        if part.lower is not None:
            upper = index <= part.upper if part.is_last else index < part.upper
            statement = statement.where(index >= part.lower, upper)
        return statement if self.rows is None else statement.limit(self.rows)

    def rows_from(self) -> Any:
        """What the rows are of: the table, or the query in parentheses."""
        import sqlalchemy as sa

        if self.verb == "read_sql_table":
            return sa.table(self.origin, schema=self.schema)
        if not isinstance(self.origin, str):
            return self.origin.subquery("query")
        literal = re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", self.origin)  # a colon is no parameter of ours
        ended = f"{literal}\n" if "--" in literal else literal  # a comment in its last line ends there
        return sa.text(ended).columns().subquery("query")

    def conformed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """``frame`` with the index and the types of the whole."""
        dtypes = dict(self.dtypes)
        kinds = {column.name: column.kind for column in (*self.columns, self.index)}
        for name in frame.columns:
            dtype = dtypes.get(name)
            if dtype is not None and frame[name].dtype != dtype:
                frame[name] = _converted(frame[name], dtype, is_guessed=kinds[name] is None)
        return frame.set_index(self.index.name)


def _converted(column: pd.Series[Any], dtype: Any, *, is_guessed: bool) -> pd.Series[Any]:
    """``column`` as ``dtype``; as one that the first rows had, only without loss."""
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.to_datetime(column, utc=True).astype(dtype)
    strange = _strange(column, dtype) if is_guessed else column.iloc[:0]
    if len(strange):
        raise InputError(
            f"column {column.name!r} has the value {strange.iloc[0]!r:.200}, and its type is {dtype}, as in the first"
            " rows or in meta=; look at more of them with head_rows=, or give the types by meta="
        )
    try:
        return column.astype(dtype)
    except (TypeError, ValueError) as error:
        whose = "as in the first rows or in meta=" if is_guessed else "as the table declares, or meta="
        raise InputError(
            f"column {column.name!r} has values that are not of its type {dtype}, {whose}: {error}; give the types by meta="
        ) from error


def _strange(column: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """The values of ``column`` that are no whole numbers, or no texts, where ``dtype`` is for these."""
    values = column.dropna()
    if isinstance(dtype, pd.StringDtype):
        return values[[not isinstance(value, str) for value in values]]
    if dtype.kind in "iu":
        return values[[not isinstance(value, numbers.Real) or value % 1 != 0 for value in values]]
    return values.iloc[:0]


@contextmanager
def connected(uri: str, engine_kwargs: Mapping[str, Any] | None) -> Iterator[Any]:
    """A connection to the database at ``uri``, within the block.

    Raises ImportError, with what to install, where SQLAlchemy is not.
    """
    sa = sqlalchemy()
    engine = sa.create_engine(uri, **{"poolclass": sa.pool.NullPool, **(engine_kwargs or {})})
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def sqlalchemy() -> Any:
    """The package of that name, or an ImportError that says how to install it."""
    try:
        import sqlalchemy as sa
    except ImportError as error:
        raise ImportError("databases need more packages: pip install 'pannier[sql]'") from error
    return sa
