"""Frames written to a table of a database: a transaction a partition."""

from __future__ import annotations

import decimal
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import field
from typing import Any, ClassVar, Final, TypeAlias

import numpy as np
import pandas as pd

from pannier.errors import UsageError, annotate
from pannier.frozen import frozen
from pannier.io.sql_reader import connected, sqlalchemy
from pannier.kernels.frames.base import Columns
from pannier.kernels.frames.kinds import is_plain
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.kernel import BlockKernel
from pannier.kernels.reductions import Reduction

_TYPES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "datetime": ("DateTime", {}),
    "datetime64": ("DateTime", {}),
    "date": ("Date", {}),
    "time": ("Time", {}),
    "floating": ("Float", {"precision": 53}),
    "integer": ("BigInteger", {}),
    "boolean": ("Boolean", {}),
}
"""By what ``infer_dtype`` says of objects, the types of SQLAlchemy that pandas gives them; all others are texts."""

Examples: TypeAlias = Mapping[Hashable, Mapping[Any, Any]]
"""The first value of each type in columns of objects, by the name of the column."""


@frozen
class ObjectKinds(Reduction):
    """Of the columns and levels ``names``, all of objects, what ``infer_dtype`` says of their values.

    That depends on the types of the values in the order in which they come, so the first of each type stands for all.

    >>> kinds = ObjectKinds(("a",))
    >>> parts = [pd.DataFrame({"a": [None, each]}, dtype=object) for each in (1, 2, "b")]
    >>> found = [kinds.chunk(part) for part in parts]
    >>> kinds.finish(kinds.combine(found[:2])), kinds.finish(kinds.combine(found))
    ({'a': 'integer'}, {'a': 'mixed-integer'})
    """

    over_blocks: ClassVar[bool] = True
    in_pieces: ClassVar[bool] = False

    names: tuple[Hashable, ...]

    def chunk(self, records: Any) -> Examples:
        frame = records.to_frame() if records.ndim == 1 else records
        columns = {level.name: level for level in levels_of(frame.index)} | dict(frame.items())
        return {name: _examples(pd.Index(columns[name])) for name in self.names}

    def combine(self, partials: list[Examples]) -> Examples:
        merged: dict[Hashable, dict[Any, Any]] = {name: {} for name in self.names}
        for partial in partials:
            for name, examples in partial.items():
                for kind, value in examples.items():
                    merged[name].setdefault(kind, value)
        return merged

    def finish(self, partial: Examples) -> dict[Hashable, str]:
        return {
            name: pd.api.types.infer_dtype(_objects(examples.values())) for name, examples in partial.items()
        }

    @property
    def label(self) -> str:
        return "to_sql"


def _nested(block: Any) -> str:
    """What to do with a column of lists or dicts, if there is one."""
    for name, column in (block.to_frame() if block.ndim == 1 else block).items():
        if column.dtype == object and column.map(type).isin([dict, list]).any():
            return (
                f"; column {name!r} has lists or dicts, which most databases have no type for: make texts of them,"
                " for example with map(json.dumps, na_action='ignore')"
            )
    return ""


_WITH_NAN: Final = (float, np.floating, decimal.Decimal, np.datetime64, np.timedelta64)


def _examples(values: pd.Index[Any]) -> dict[Any, Any]:
    """The first value of each type, of which missing ones are types of their own."""
    found: dict[Any, Any] = {}
    if is_plain(values.dtype, "biuf"):  # one value, and what is missing, stand for all
        are_missing = np.asarray(values.isna())
        values = values[~are_missing][:1].append(values[are_missing][:1])
    for value in values:
        kind = type(value), isinstance(value, _WITH_NAN) and bool(value != value)  # noqa: PLR0124
        if kind not in found:
            found[kind] = value
    return found


def _objects(values: Iterable[Any]) -> pd.Series[Any]:
    return pd.Series(list(values), dtype=object)


@frozen
class SqlWriter(BlockKernel):
    """Appends a partition to a table, all of it or, where that fails, none; returns its number of rows.

    With the partition come the types that :meth:`prepare` gives.  Further arguments are not looked at: in a ``Scan``
    they make partitions be written one after the other.
    """

    name: str
    uri: str = field(repr=False)
    schema: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    """Keywords of :meth:`pandas.DataFrame.to_sql`."""
    engine_kwargs: Mapping[str, Any] | None = field(default=None, repr=False)

    def __call__(self, *blocks: Any) -> int:
        block, types = blocks[0] if isinstance(blocks[0], tuple) else blocks[:2]
        with connected(self.uri, self.engine_kwargs) as connection, connection.begin():
            try:
                block.to_sql(
                    self.name,
                    connection,
                    schema=self.schema,
                    if_exists="append",
                    **{**dict(self.options), "dtype": types},
                )
            except Exception as error:
                annotate(error, f"while writing to the table {self.name!r}{_nested(block)}")
                raise
        return len(block)

    @property
    def label(self) -> str:
        return "to_sql"

    def untyped(self, meta: pd.DataFrame | pd.Series[Any], unsettled: Columns) -> tuple[Hashable, ...]:
        """The columns of frames like ``meta``, and the levels, whose types in a table only their values tell.

        So it may be of columns that are ``unsettled``; None for the one of a series.
        Raises :class:`~pannier.errors.UsageError` where two of them have one name.
        """
        frame = meta.to_frame() if isinstance(meta, pd.Series) else meta
        options = dict(self.options)
        given = options["dtype"]
        is_mapping = given is None or isinstance(given, Mapping)
        columns: list[tuple[Hashable, Any]] = [*frame.items()] if is_mapping else []
        levels: list[tuple[Hashable, Any]] = (
            [(level.name, level) for level in levels_of(frame.index)] if options["index"] else []
        )
        known = given if isinstance(given, Mapping) else {}
        may_be = frozenset(frame.columns) if unsettled is None else unsettled
        found = [
            name
            for name, values in [*levels, *columns]
            if (values.dtype == np.dtype(object) or name in may_be) and name not in known
        ]
        if len(set(found)) < len(found):
            raise UsageError(
                f"to_sql: columns or levels of objects have one name, {found!r:.200}: rename them"
            )
        return tuple(found)

    def prepare(
        self, meta: pd.DataFrame | pd.Series[Any], if_exists: str, kinds: Mapping[Hashable, str]
    ) -> Any:
        """Make the table, for columns like those of ``meta``, before any partition is written; returns their types.

        ``kinds`` says what is in columns that may be of objects, by :class:`ObjectKinds`.  Raises ValueError, as pandas
        does, if the table is there and ``if_exists`` is ``"fail"``.
        """
        frame = meta.to_frame() if isinstance(meta, pd.Series) else meta
        kinds = {
            name: kind
            for name, kind in kinds.items()
            if name not in frame or is_plain(frame[name].dtype, "O")
        }
        options = dict(self.options)
        types = options["dtype"]
        if kinds:
            given = (
                types if isinstance(types, Mapping) else {} if types is None else dict.fromkeys(meta, types)
            )
            types = {**given, **{name: _sql_type(kind) for name, kind in kinds.items()}}
        with connected(self.uri, self.engine_kwargs) as connection, connection.begin():
            meta.iloc[:0].to_sql(
                self.name,
                connection,
                schema=self.schema,
                if_exists=if_exists,  # type: ignore[arg-type]
                **{**options, "dtype": types},
            )
        return types


def _sql_type(kind: str) -> Any:
    if kind == "complex":
        raise ValueError("Complex datatypes not supported")  # as pandas says
    name, options = _TYPES.get(kind, ("Text", {}))
    return getattr(sqlalchemy(), name)(**options)


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
