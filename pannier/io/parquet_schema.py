"""One schema for many Parquet files: columns by name, types that hold the values of all, and what pandas said.

Every partition is converted to this schema before it becomes a frame, so that all have the columns and types of
the whole, as if the whole had been read at once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias

import pyarrow as pa

from pannier.errors import InputError
from pannier.io.arrowtables import is_known
from pannier.io.parquet_columns import is_text
from pannier.io.parquet_footers import Footer, in_threads, open_parquet

Written: TypeAlias = tuple[str, pa.Schema]
"""A file that was written, and its schema."""

_PANDAS: Final = b"pandas"
"""The key under which pandas' own description of a frame stands in a schema."""

_SAMPLED: Final = 8
"""Files whose sizes are taken for those of all."""

_CODED: Final = 1.5
"""Bytes a row below which a column of text is better read as codes.  With a hundred values reading is twice as fast,
with a hundred thousand three times as slow."""


class Described(Protocol):
    """A file whose columns are known."""

    @property
    def path(self) -> str:
        """Where it is."""

    @property
    def schema(self) -> Any:
        """Its Arrow schema."""


def unified_schema(footers: Sequence[Described], wanted: Collection[str] | None = None) -> Any:
    """The schema of the columns of all files, in order of their first appearance.

    Numbers are widened.  Where two files have types for a column that no type holds both of, it is left out unless it is
    ``wanted``, as all are by default: then :class:`~pannier.errors.InputError` is raised.
    """
    distinct = _distinct(footers)
    fields: dict[str, Any] = {}
    origins: dict[str, Described] = {}
    torn: set[str] = set()
    for footer in distinct:
        for field in footer.schema:
            known = fields.get(field.name)
            if known is None:
                fields[field.name], origins[field.name] = field.with_nullable(True), footer
            elif not known.type.equals(field.type):
                merged = merged_type(known.type, field.type)
                if merged is None and wanted is not None and field.name not in wanted:
                    torn.add(field.name)
                    continue
                if merged is None:
                    raise _incompatible(field.name, origins[field.name], known.type, footer, field.type)
                fields[field.name] = pa.field(field.name, merged)
                floats = pa.types.is_floating(merged) and not pa.types.is_floating(known.type)
                if merged.equals(field.type) or (floats and pa.types.is_floating(field.type)):
                    origins[field.name] = footer
    for name in torn:
        del fields[name], origins[name]
    metadata = _merged_metadata(distinct, origins)
    return pa.schema(list(fields.values()), metadata=metadata)


def merged_type(one: Any, other: Any) -> Any:
    """The Arrow type that holds the values of both types; None if there is none.

    >>> merged_type(pa.int32(), pa.float64()), merged_type(pa.int32(), pa.string())
    (DataType(double), None)
    """
    known = [kind for kind in (one, other) if is_known(kind)]
    if known and all(map(pa.types.is_dictionary, known)):
        types = [kind.value_type for kind in known]
        if types[0] == types[-1] or all(map(is_text, types)):
            widest = types[-1] if pa.types.is_string(types[0]) else types[0]
            return pa.dictionary(pa.int32(), widest, all(kind.ordered for kind in known))
    plain = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in (one, other)]
    schemas = [pa.schema([pa.field("column", kind)]) for kind in plain]
    try:
        return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return None


def settled(written: Sequence[Written]) -> Iterator[tuple[str, Any, Any]]:
    """Each of some files with its schema and the one that it should have, in which a column is of one type in all.

    Columns of objects have the types that were found in their values: where none were, there is the type of the other
    files, or that of texts.  Raises :class:`~pannier.errors.InputError` for two types that no type holds both of.
    """
    types: dict[str, tuple[str, Any]] = {}
    for path, schema in written:
        for each in schema:
            known = types.get(each.name)
            if known is None or not is_known(known[1]):
                types[each.name] = (path, each.type)
            elif is_known(each.type) and not each.type.equals(known[1]):
                merged = merged_type(known[1], each.type)
                if merged is None:
                    raise InputError(
                        f"column {each.name!r} was written as {known[1]} to {known[0]} and as {each.type} to {path},"
                        f" which no type holds both; use astype, or name one by schema={{{each.name!r}: ...}} of to_parquet"
                    )
                types[each.name] = (path, merged)
    for path, schema in written:
        wanted = [each.with_type(types[each.name][1]) for each in schema]
        yield path, schema, typed(pa.schema(wanted, schema.metadata))


def typed(schema: Any) -> Any:
    """``schema`` with the type of texts for columns without one.

    >>> typed(pa.schema({"a": pa.null(), "b": pa.int8()})).types
    [DataType(string), DataType(int8)]
    """
    fields = [each if is_known(each.type) else each.with_type(pa.string()) for each in schema]
    return pa.schema(fields, schema.metadata)


def pandas_metadata(schema: Any) -> dict[str, Any] | None:
    """What pandas has said of the frame that a file was written from, if it has."""
    raw = (schema.metadata or {}).get(_PANDAS)
    return None if raw is None else json.loads(raw)


def with_pandas_metadata(schema: Any, described: Mapping[str, Any] | None) -> Any:
    """``schema`` with this description of a frame."""
    rest = {key: value for key, value in (schema.metadata or {}).items() if key != _PANDAS}
    if described is not None:
        rest[_PANDAS] = json.dumps(described).encode()
    return schema.with_metadata(rest or None)


def columns_with_nulls(
    footers: Sequence[Footer], schema: Any, storage_options: Mapping[str, Any] | None
) -> list[str]:
    """Those whole-number and truth-value columns that have nulls in some file, or are missing in one with rows.

    pandas gives them another type than where there are none.  The footers say so as a rule; where a file has no
    statistics, the column is read.
    """
    kinds = {field.name: field.type for field in schema}
    return [
        name
        for name, kind in kinds.items()
        if (pa.types.is_integer(kind) or pa.types.is_boolean(kind))
        and any(_has_nulls(footer, name, storage_options) for footer in footers)
    ]


def read_categories(
    footers: Sequence[Footer], names: Sequence[str], storage_options: Mapping[str, Any] | None
) -> dict[str, list[Any]]:
    """The values of columns, in the order of their first appearance; those of dictionaries that no row has, too."""

    def values_in(footer: Footer) -> dict[str, dict[Any, None]]:
        found: dict[str, dict[Any, None]] = {name: {} for name in names if name in footer.positions}
        if not found:
            return found
        with open_parquet(footer.path, storage_options, footer.version, list(found)) as file:
            for group in range(footer.metadata.num_row_groups):
                table = file.read_row_group(group, list(found), use_threads=False)
                for name, known in found.items():
                    for chunk in table[name].chunks:
                        values = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk.unique()
                        known.update(dict.fromkeys(values.drop_null().to_pylist()))
        return found

    found = in_threads(values_in, footers) if names else []
    return {
        name: list(dict.fromkeys(value for each in found for value in each.get(name, ()))) for name in names
    }


def repetitive_columns(footers: Sequence[Footer], schema: Any) -> frozenset[str]:
    """Those columns of text whose values repeat so much that codes with a dictionary are read faster.

    The encoded size of a row tells: a code into a few thousand values, below which that is so, takes a byte and a half.
    """
    some = [footer for footer in footers if footer.metadata.num_rows][:_SAMPLED]
    found = []
    for field in schema:
        if is_text(field.type):
            sizes = [footer.encoded_size(field.name) for footer in some if field.name in footer.positions]
            rows = sum(footer.metadata.num_rows for footer in some if field.name in footer.positions)
            if rows and sum(sizes) < _CODED * rows:
                found.append(field.name)
    return frozenset(found)


def _has_nulls(footer: Footer, name: str, storage_options: Mapping[str, Any] | None) -> bool:
    metadata = footer.metadata
    if not metadata.num_rows:
        return False
    if name not in footer.positions:
        return True
    counts = [footer.null_count(i, name) for i in range(metadata.num_row_groups)]
    if any(counts):
        return True
    unknown = [i for i, count in enumerate(counts) if count is None]
    if not unknown:
        return False
    with open_parquet(footer.path, storage_options, footer.version) as file:
        return any(file.read_row_group(i, [name], use_threads=False)[name].null_count for i in unknown)


def _distinct(footers: Iterable[Described]) -> list[Described]:
    """The first file of each schema."""
    found: list[Described] = []
    for footer in footers:
        if not any(footer.schema.equals(known.schema, check_metadata=True) for known in reversed(found)):
            found.append(footer)
    return found


def _incompatible(name: str, one: Described, kind: Any, other: Described, other_kind: Any) -> InputError:
    return InputError(
        f"column {name!r} is of type {kind} in {one.path} and of type {other_kind} in {other.path}, and no type"
        " holds both; read the files apart and convert the column with astype, or leave it out with columns="
    )


def _merged_metadata(
    distinct: Sequence[Described], origins: Mapping[str, Described]
) -> dict[bytes, bytes] | None:
    """The metadata of the first file, with what pandas said of each column in the file whose type it has."""
    first = distinct[0].schema
    described = pandas_metadata(first)
    if described is None:
        return first.metadata  # type: ignore[no-any-return]
    columns = []
    for name, footer in origins.items():
        theirs = pandas_metadata(footer.schema) or {}
        columns += [column for column in theirs.get("columns", ()) if column.get("field_name") == name]
    merged = with_pandas_metadata(first, {**described, "columns": columns})
    return merged.metadata  # type: ignore[no-any-return]
