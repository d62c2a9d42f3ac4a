"""Frames written to a table of a database: a transaction a partition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

import pandas as pd

from pannier.errors import UsageError, annotate
from pannier.frozen import frozen
from pannier.io.sql_reader import connected, sqlalchemy
from pannier.kernels.kernel import BlockKernel


@frozen
class SqlWriter(BlockKernel):
    """Appends a partition to a table, all of it or, where that fails, none; returns its number of rows.

    Further arguments are not looked at: in a ``Scan`` they make partitions be written one after the other.
    """

    name: str
    uri: str = field(repr=False)
    schema: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    """Keywords of :meth:`pandas.DataFrame.to_sql`."""
    engine_kwargs: Mapping[str, Any] | None = field(default=None, repr=False)

    def __call__(self, *blocks: Any) -> int:
        block = blocks[0]
        with connected(self.uri, self.engine_kwargs) as connection, connection.begin():
            try:
                block.to_sql(
                    self.name, connection, schema=self.schema, if_exists="append", **dict(self.options)
                )
            except Exception as error:
                annotate(error, f"while writing to the table {self.name!r}")
                raise
        return len(block)

    @property
    def label(self) -> str:
        return "to_sql"

    def prepare(self, meta: pd.DataFrame | pd.Series[Any], if_exists: str) -> None:
        """Make the table, for columns like those of ``meta``, before any partition is written.

        Raises ValueError, as pandas does, if it is there and ``if_exists`` is ``"fail"``.
        """
        with connected(self.uri, self.engine_kwargs) as connection, connection.begin():
            meta.iloc[:0].to_sql(
                self.name,
                connection,
                schema=self.schema,
                if_exists=if_exists,  # type: ignore[arg-type]
                **dict(self.options),
            )


def sql_writer(
    name: str,
    uri: Any,
    *,
    schema: str | None = None,
    if_exists: str = "fail",
    index: bool = True,
    index_label: Any = None,
    chunksize: int | None = None,
    dtype: Any = None,
    method: Any = None,
    engine_kwargs: Mapping[str, Any] | None = None,
) -> SqlWriter:
    """What writes partitions to the table ``name`` of the database at ``uri``, an SQLAlchemy URL.

    The table is made by :meth:`SqlWriter.prepare`, once, when the run begins.  The other arguments are those of
    :meth:`pandas.DataFrame.to_sql`.  Raises :class:`~pannier.errors.UsageError` for a bad one.
    """
    if if_exists not in ("fail", "replace", "append"):
        raise UsageError(f"if_exists must be 'fail', 'replace' or 'append', not {if_exists!r}")
    sa = sqlalchemy()
    if isinstance(uri, sa.engine.URL):
        uri = uri.render_as_string(hide_password=False)
    if not isinstance(uri, str):
        raise UsageError(f"a database is named by an SQLAlchemy URL, not by a {type(uri).__name__}")
    given = {
        "index": index,
        "index_label": index_label,
        "chunksize": chunksize,
        "dtype": dtype,
        "method": method,
    }
    return SqlWriter(name, uri, schema, tuple(given.items()), engine_kwargs)
