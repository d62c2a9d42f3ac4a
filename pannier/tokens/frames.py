"""How pandas' frames, series and columns are written: by labels and values, however they lie in blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pannier.tokens.writer import Write, Writer

if TYPE_CHECKING:
    import pandas as pd


def writers() -> Mapping[type, Write]:
    """By exact type: a subclass may hold more."""
    import pandas as pd

    return {
        pd.DataFrame: _write_frame,
        pd.Series: _write_series,
        pd.Index: _write_index,
        pd.RangeIndex: _write_range,
        pd.StringDtype: _write_text_dtype,
        pd.arrays.ArrowStringArray: _write_arrow,
        pd.arrays.ArrowExtensionArray: _write_arrow,
        pd.arrays.NumpyExtensionArray: _write_plain,
        **dict.fromkeys((pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray), _write_times),
        pd.arrays.PeriodArray: _write_times,
        pd.Categorical: _write_categories,
        pd.arrays.IntervalArray: _write_intervals,
        **dict.fromkeys(
            (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray), _write_masked
        ),
    }


def _write_frame(writer: Writer, value: pd.DataFrame, depth: int) -> None:
    writer.head(b"\xb0", value.shape[1])
    _write_labels(writer, value, depth)
    writer.write(value.columns, depth + 1)
    for column in range(value.shape[1]):
        writer.write(value._get_column_array(column), depth + 1)  # type: ignore[operator]  # noqa: SLF001


def _write_series(writer: Writer, value: pd.Series[Any], depth: int) -> None:
    writer.head(b"\xb1", 1)
    _write_labels(writer, value, depth)
    writer.write(value.name, depth + 1)
    writer.write(value.array, depth + 1)


def _write_labels(writer: Writer, value: pd.DataFrame | pd.Series[Any], depth: int) -> None:
    writer.write((value.flags.allows_duplicate_labels, value.attrs), depth + 1)
    writer.write(value.index, depth + 1)


def _write_index(writer: Writer, value: pd.Index[Any], depth: int) -> None:
    writer.head(b"\xb2", 1)
    writer.write(value.name, depth + 1)
    writer.write(value.array, depth + 1)


def _write_range(writer: Writer, value: pd.RangeIndex, depth: int) -> None:
    writer.head(b"\xb3", 1)
    writer.write((value.name, value.start, value.stop, value.step), depth + 1)


def _write_text_dtype(writer: Writer, value: pd.StringDtype, depth: int) -> None:
    writer.blob(b"\xb4", f"{value.storage} {value.na_value!r}".encode())


def _write_arrow(writer: Writer, value: Any, depth: int) -> None:
    writer.head(b"\xb5", 1)
    writer.write(value.dtype, depth + 1)
    writer.write(value.__arrow_array__(), depth + 1)


def _write_plain(writer: Writer, value: Any, depth: int) -> None:
    writer.head(b"\xb6", 1)
    writer.write(value.to_numpy(), depth + 1)


def _write_times(writer: Writer, value: Any, depth: int) -> None:
    writer.head(b"\xb7", 3)
    writer.write((value.dtype, getattr(value, "freq", None), value.asi8), depth + 1)


def _write_categories(writer: Writer, value: pd.Categorical, depth: int) -> None:
    writer.head(b"\xb8", 2)
    writer.write((value.dtype, value.codes), depth + 1)


def _write_intervals(writer: Writer, value: Any, depth: int) -> None:
    writer.head(b"\xba", 3)
    writer.write((value.dtype, value.left, value.right), depth + 1)


def _write_masked(writer: Writer, value: Any, depth: int) -> None:
    writer.head(b"\xb9", 3)
    # What stands in place of a missing value is nobody's.
    data = value.to_numpy(value.dtype.numpy_dtype, na_value=0)
    writer.write((value.dtype, data, value.isna()), depth + 1)
