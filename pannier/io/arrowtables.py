"""Frames as tables of Arrow, with the types that are known of all partitions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pandas as pd

from pannier.errors import annotate


def known_schema(meta: pd.DataFrame, *, preserve_index: bool | None) -> Any:
    """The Arrow schema of frames like ``meta``; columns of objects, which may be anything, are null."""
    import pyarrow as pa

    return pa.Schema.from_pandas(meta, preserve_index=preserve_index)


def is_known(kind: Any) -> bool:
    """Whether an Arrow type was found in an empty frame: not of a column of objects, or of unknown categories."""
    import pyarrow as pa

    return not pa.types.is_null(kind.value_type if pa.types.is_dictionary(kind) else kind)


def arrow_table(
    block: pd.DataFrame,
    schema: Any,
    path: str,
    *,
    preserve_index: bool | None = False,
    fixed: Collection[str] | None = None,
) -> Any:
    """``block`` as an Arrow table with the types of ``schema``, and by what there is where it knows none.

    Columns that are not ``fixed``, by default all are, stay of what they are in ``block`` where that is of another kind,
    as fractions among whole numbers.  Raises what Arrow raises for a column of mixed objects, with a note that says where
    and what to do.
    """
    import pyarrow as pa

    known = {each.name: each for each in schema if is_known(each.type)}

    def wanted(found: Any) -> Any:
        """The field of the table for one that was found."""
        field = known.get(found.name, found)
        if fixed is None or found.name in fixed or not is_known(found.type):
            return field
        return field if _kind(found.type) == _kind(field.type) else found

    try:
        own = () if fixed is None else known_schema(block.iloc[:0], preserve_index=preserve_index)
        free = [each for each in own if each.name not in (fixed or ())]
        has_others = any(wanted(each) is each or not is_known(each.type) for each in free)
        if not has_others and len(known) == len(schema) and _is_found(block, schema):
            return pa.Table.from_pandas(block, schema, preserve_index=preserve_index, nthreads=1)
        found = pa.Table.from_pandas(block, preserve_index=preserve_index, nthreads=1)
        return _cast(found, pa.schema([wanted(each) for each in found.schema], found.schema.metadata))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        hint = "a column of one type can be written: convert it with astype, or name its type in schema="
        raise annotate(error, f"while writing {path}; {hint}") from None


def _kind(kind: Any) -> str:
    """What an Arrow type has in common with those that its values are cast to without another meaning."""
    import pyarrow as pa

    kinds = {
        "text": pa.types.is_string(kind) or pa.types.is_large_string(kind),
        "times": pa.types.is_timestamp(kind) and kind.tz is None,
        "times with a zone": pa.types.is_timestamp(kind) and kind.tz is not None,
        "codes": pa.types.is_dictionary(kind),
    }
    return next((name for name, is_so in kinds.items() if is_so), str(kind))


def _cast(table: Any, schema: Any) -> Any:
    """``table`` with the types of ``schema``; columns that have theirs are left, since Arrow casts no codes of numbers."""
    import pyarrow as pa

    columns = [
        column if column.type.equals(kind) else column.cast(kind)
        for column, kind in zip(table.columns, schema.types, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _is_found(block: pd.DataFrame, schema: Any) -> bool:
    """Whether Arrow finds the columns of ``block`` by their names in ``schema``, where all names are texts."""
    labels = [*block.columns, *block.index.names]
    has_texts = all(isinstance(label, str) or label is None for label in labels)
    has_places = not any(str(label).startswith("__index_level_") for label in block.columns)
    return has_texts and has_places and set(block.columns) <= set(schema.names)
