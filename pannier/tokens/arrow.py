"""How Arrow's arrays are written: by type and values, whatever they are slices of and however they are chunked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pannier.tokens.writer import Write, Writer


def writers() -> Mapping[type, Write]:
    """By exact type: a subclass may hold more."""
    import pyarrow as pa

    arrays = {kind for kind in vars(pa.lib).values() if isinstance(kind, type) and issubclass(kind, pa.Array)}
    return {pa.ChunkedArray: _write_chunked, **dict.fromkeys(arrays, _write_array)}


def _write_chunked(writer: Writer, value: Any, depth: int) -> None:
    writer.head(b"\xa0", len(value))
    _write_array(writer, value.chunk(0) if value.num_chunks == 1 else value.combine_chunks(), depth)


def _write_array(writer: Writer, value: Any, depth: int) -> None:
    import pyarrow as pa

    kind = value.type
    if kind.num_fields or isinstance(
        kind, pa.BaseExtensionType
    ):  # the text of these does not say all of them
        writer.blob(b"\xa1", pa.schema([("", kind)]).serialize())
    else:
        writer.blob(b"\xa2", str(kind).encode())
    _write_values(writer, value)


def _write_values(writer: Writer, value: Any) -> None:
    """Length, which of the values are there, and those; what stands in place of a missing one is nobody's."""
    from pyarrow import types

    kind = value.type
    if types.is_string_view(kind) or types.is_binary_view(kind):
        import pyarrow as pa

        value = value.cast(pa.large_string() if types.is_string_view(kind) else pa.large_binary())
        kind = value.type
    writer.head(b"\xa3", len(value))
    writer.head(b"", value.null_count)
    if not len(value):
        return
    valid = None
    if value.null_count and value.buffers()[0] is not None:
        valid = _bits(value, 0)
        _write_bits(writer, valid)
    if types.is_boolean(kind):
        _write_bits(writer, _bits(value, 1) if valid is None else _bits(value, 1) & valid)
    elif types.is_primitive(kind) or types.is_decimal(kind) or types.is_fixed_size_binary(kind):
        _write_fixed(writer, value, kind.bit_width // 8, valid)
    elif types.is_string(kind) or types.is_binary(kind):
        _write_texts(writer, value, _offsets(value, "i4"))
    elif types.is_large_string(kind) or types.is_large_binary(kind):
        _write_texts(writer, value, _offsets(value, "i8"))
    else:
        _write_nested(writer, value)


def _write_nested(writer: Writer, value: Any) -> None:
    from pyarrow import types

    kind = value.type
    if types.is_list(kind) or types.is_large_list(kind):
        ends = _offsets(value, "i4" if types.is_list(kind) else "i8")
        writer.raw(ends - ends[0])
        columns = [value.flatten()]
    elif types.is_map(kind):
        ends = _offsets(value, "i4")
        writer.raw(ends - ends[0])
        columns = [value.keys[ends[0] : ends[-1]], value.items[ends[0] : ends[-1]]]
    elif types.is_fixed_size_list(kind):
        columns = [value.flatten()]
    elif types.is_struct(kind):
        columns = value.flatten()
    elif types.is_dictionary(kind):
        columns = [value.indices, value.dictionary]
    else:
        columns = []
        if not types.is_null(kind):
            _write_stream(writer, value)
    for column in columns:
        _write_values(writer, column)


def _bits(value: Any, buffer: int) -> Any:
    """A buffer of bits as a number each."""
    import numpy as np

    start = value.offset
    octets = np.frombuffer(value.buffers()[buffer], "u1")[start // 8 : (start + len(value) + 7) // 8]
    return np.unpackbits(octets, bitorder="little")[start % 8 :][: len(value)]


def _write_bits(writer: Writer, bits: Any) -> None:
    import numpy as np

    writer.raw(np.packbits(bits, bitorder="little"))


def _write_fixed(writer: Writer, value: Any, width: int, valid: Any) -> None:
    import numpy as np

    data = np.frombuffer(value.buffers()[1], "u1", len(value) * width, value.offset * width)
    if valid is not None:
        data = np.where(valid[:, None], data.reshape(len(value), width), np.uint8(0))
    writer.raw(data)


def _offsets(value: Any, dtype: str) -> Any:
    """Where each value begins, and where the last ends."""
    import numpy as np

    start = value.offset * np.dtype(dtype).itemsize
    return np.frombuffer(value.buffers()[1], dtype, len(value) + 1, start)


def _write_texts(writer: Writer, value: Any, ends: Any) -> None:
    first, last = int(ends[0]), int(ends[-1])
    writer.raw(ends - first if first else ends)
    if last > first:
        writer.raw(memoryview(value.buffers()[2])[first:last])


def _write_stream(writer: Writer, value: Any) -> None:
    """Unions, runs, views of lists, extensions: as a stream of Arrow IPC, which holds no more than the slice."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    batch = pa.record_batch([value], names=[""])
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    writer.blob(b"\xa4", sink.getvalue())
