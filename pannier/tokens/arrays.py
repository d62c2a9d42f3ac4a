"""How numpy's arrays are written: by dtype, shape, order of axes in memory and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pannier.tokens.writer import Write, Writer

if TYPE_CHECKING:
    import numpy as np

_EXACT: Final = "biufcmMSU"
"""Kinds of dtypes whose values are their bytes, and whose text says all of them."""
_BLOCK: Final = 1 << 18
"""Bytes of an array with gaps that are brought together at a time."""


def writers() -> Mapping[type, Write]:
    """By exact type: a subclass may hold more."""
    import numpy as np

    scalars = {kind for kind in np.sctypeDict.values() if np.dtype(kind).kind in _EXACT}
    dtypes = {type(np.dtype(code)) for code in np.typecodes["All"]}
    return {
        np.ndarray: _write_array,
        np.ma.MaskedArray: _write_masked,
        **dict.fromkeys(scalars, _write_scalar),
        **dict.fromkeys(dtypes, _write_dtype),
    }


def _is_exact(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in _EXACT and dtype.metadata is None


def _write_dtype(writer: Writer, value: np.dtype[Any], depth: int) -> None:
    if _is_exact(value):
        writer.blob(b"\x90", value.str.encode())
    else:
        writer.write_parts(value, depth)


def _write_scalar(writer: Writer, value: np.generic, depth: int) -> None:
    if _is_exact(value.dtype):
        writer.blob(b"\x91", value.dtype.str.encode())
        writer.blob(b"", value.tobytes())
    else:
        writer.write_parts(value, depth)


def _write_array(writer: Writer, value: np.ndarray[Any, Any], depth: int) -> None:
    dtype = value.dtype
    if not _is_exact(dtype):
        if dtype.kind == "O" and dtype.metadata is None:
            data, order = _laid_out(value)
            writer.blob(b"\x92", f"{value.shape}{order}".encode())
            writer.write(data.ravel().tolist(), depth + 1)
        else:
            writer.write_parts(value, depth)
        return
    data, order = _laid_out(value)
    writer.blob(b"\x93", f"{dtype.str}{value.shape}{order}".encode())
    if dtype.kind in "mM":  # these are no buffers
        data = data.view("i8")
    if data.flags.c_contiguous:
        if data.size:
            writer.raw(data)
        return
    rows = max(1, _BLOCK * len(data) // data.nbytes)
    for start in range(0, len(data), rows):
        writer.raw(data[start : start + rows].copy(order="C"))


def _write_masked(writer: Writer, value: np.ma.MaskedArray[Any, Any], depth: int) -> None:
    import numpy as np

    writer.head(b"\x94", 4)
    writer.write((value.data, np.ma.getmaskarray(value), value.fill_value, value.hardmask), depth + 1)


def _laid_out(value: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], str]:
    """The array with its axes as they follow each other in memory, and their order if it is not their own.

    So one in the order of Fortran, which a function can tell from one of C, is neither copied nor taken for one.
    """
    if value.flags.c_contiguous:
        return value, ""
    long = [axis for axis, stride in enumerate(value.strides) if stride and value.shape[axis] > 1]
    axes = sorted(long, key=lambda axis: -abs(value.strides[axis]))
    if axes == long:
        return value, ""
    return value.transpose(axes + [axis for axis in range(value.ndim) if axis not in long]), str(axes)
