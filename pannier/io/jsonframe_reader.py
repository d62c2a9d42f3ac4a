"""Reads a part of JSON files as a frame of the declared columns and types, or says which line is of another kind."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from pannier.errors import InputError, annotate
from pannier.frozen import frozen
from pannier.io.blocks import Part, Range, whole_pieces
from pannier.io.compression import resolve
from pannier.io.files import open_file, stored_bytes
from pannier.io.labels import reader_label
from pannier.io.lines import TextReader
from pannier.kernels.batches import Batch
from pannier.kernels.kernel import BlockKernel

_PARSED: Final = 5
"""Bytes of values that a byte of JSON becomes, roughly."""

_OBJECT: Final = np.dtype(object)

_UNPACKED: Final = 8
"""Bytes that a byte of a compressed file becomes, roughly."""


@frozen
class JsonPart:
    """What one partition is read from."""

    ranges: Part

    def __str__(self) -> str:
        """
        >>> str(JsonPart((Range("a.json", 10, 20),)))
        'a.json, bytes 10 to 30'
        """
        first = self.ranges[0]
        if len(self.ranges) > 1:
            return f"{first.path} to {self.ranges[-1].path} ({len(self.ranges)} files)"
        if first.length is None:
            return first.path
        return f"{first.path}, bytes {first.offset:,} to {first.offset + first.length:,}"


@frozen
class JsonParser:
    """How a text is read: by :func:`pandas.read_json`, or by what the user gives instead."""

    engine: Callable[..., Any] | str | None = None
    """A function like :func:`pandas.read_json`, or the name of one of its engines."""
    orient: str = "records"
    lines: bool = True
    options: tuple[tuple[str, Any], ...] = ()
    """Further keywords."""

    def __call__(self, text: str, dtypes: Mapping[Any, Any] | None = None) -> pd.DataFrame:
        """The frame of ``text``; ``dtypes`` are what some columns are to be, whatever they look like."""
        options = {**dict(self.options), "orient": self.orient, "lines": self.lines}
        if callable(self.engine):
            frame: pd.DataFrame = self.engine(io.StringIO(text), **options)
            return frame
        if self.engine is not None:
            options["engine"] = self.engine
        if dtypes and options.get("dtype") is not False:
            # Texts that look like numbers in one block are none in another.
            asked = options.get("dtype")
            options["dtype"] = {**dtypes, **asked} if isinstance(asked, dict) else dict(dtypes)
        read: pd.DataFrame = pd.read_json(io.StringIO(text), **options)
        return read

    def unguessed(self, text: str) -> pd.DataFrame:
        """The frame of ``text`` with the values that JSON has."""
        return replace(self, options=tuple({**dict(self.options), "dtype": False}.items()))(text)


@frozen
class JsonReader(BlockKernel):
    """Reads a part: called with one, returns a frame of exactly the declared columns and types."""

    parser: JsonParser
    text: TextReader
    dtypes: tuple[tuple[Any, Any], ...]
    """The columns in order, each with its type."""
    is_closed: bool = True
    """Whether other fields are an error; else the user has said which ones to read."""
    index_dtype: Any = None
    """The type of an index that is in the files; None for one that counts from 0 in each partition."""
    paths: tuple[tuple[str, Any], ...] = field(default=(), repr=False)
    """What the column of paths says for each file."""
    path_column: Any = None
    wanted: frozenset[Any] | None = None
    rows: int | None = None

    def __call__(self, *blocks: Any) -> pd.DataFrame:
        part: JsonPart = blocks[0]
        frames: list[pd.DataFrame] = []
        left = self.rows
        for piece in part.ranges:
            frame = self._with_path(self._frame(piece, left), piece.path)
            frames.append(frame)
            if left is not None:
                left -= len(frame)
                if left <= 0:
                    break
        return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=self.index_dtype is None)

    @property
    def label(self) -> str:
        if self.wanted is None:
            return "read_json"
        names = [name for name, _ in self.dtypes] + [self.path_column] * (self.path_column is not None)
        return reader_label("read_json", dict.fromkeys(name for name in names if name in self.wanted))

    def with_columns(self, columns: frozenset[Any]) -> JsonReader:
        """The same reader for those of its columns that are in ``columns``."""
        return replace(self, wanted=columns if self.wanted is None else self.wanted & columns)

    def limited(self, rows: int) -> JsonReader:
        """The same reader for the first ``rows`` rows of each part."""
        return replace(self, rows=rows if self.rows is None else min(rows, self.rows))

    def weigh(self, part: JsonPart) -> int | None:
        """Bytes that the frame of ``part`` takes in memory, roughly; None where files have no known size."""
        total = 0
        for piece in part.ranges:
            size = piece.length if piece.length is not None else stored_bytes(piece.path)
            if size is None:
                return None
            packed = resolve(self.text.compression, piece.path) is not None
            total += size * _PARSED * (_UNPACKED if packed else 1)
        return total

    def empty(self) -> pd.DataFrame:
        """A frame without rows, with the columns and types of all others."""
        frame = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in self._kept()})
        if self.index_dtype is not None:
            frame.index = pd.Index([], dtype=self.index_dtype)
        return self._with_path(frame, "")

    def _kept(self) -> list[tuple[Any, Any]]:
        return [pair for pair in self.dtypes if self.wanted is None or pair[0] in self.wanted]

    def _with_path(self, frame: pd.DataFrame, path: str) -> pd.DataFrame:
        name = self.path_column
        if name is None or (self.wanted is not None and name not in self.wanted):
            return frame
        shown = dict(self.paths)
        categories = pd.CategoricalDtype(list(dict.fromkeys(shown.values())))
        code = categories.categories.get_loc(shown[path]) if len(frame) else 0
        frame[name] = pd.Categorical.from_codes(np.full(len(frame), code, dtype=np.int64), dtype=categories)
        return frame

    def whole(self, piece: Range) -> pd.DataFrame:
        """The frame of a file, as the parser gives it."""
        return self._parsed(self._text(piece, None), piece)

    def check_lines(self, piece: Range, size: int) -> None:
        """Raise :class:`~pannier.errors.InputError` for the first line that is no object, of about ``size`` bytes."""
        for batch, i, line in self._lines(piece):
            if (error := _refused(batch, i, line)) is not None:
                raise error
            size -= len(line)
            if size <= 0:
                return

    # --- one file, or a block of it -----------------------------------------------------------------

    def _frame(self, piece: Range, rows: int | None) -> pd.DataFrame:
        text = self._text(piece, rows)
        if self.parser.lines and not text.strip():
            return self.empty()
        found = self._parsed(text, piece)
        if rows is not None:
            found = found.iloc[:rows]
        declared = dict(self.dtypes)
        strange = [name for name in found.columns if name not in declared]
        if strange and self.is_closed:
            raise self._unexpected(piece, strange[0])
        columns = {}
        for name, dtype in self._kept():
            column = found[name] if name in found.columns else pd.Series(np.nan, found.index)
            fitting = fitted(column, dtype)
            if fitting is None and _is_texts(dtype) and column.dtype.kind == "M":
                # A name that pandas takes for that of a time, and a block in which all are.
                fitting = fitted(self.parser.unguessed(text)[name].iloc[: len(found)], dtype)
            if fitting is None:
                raise self._misfit(piece, name, dtype, column)
            columns[name] = fitting
        frame = pd.DataFrame(columns, index=found.index, columns=[name for name, _ in self._kept()])
        return frame if self.index_dtype is not None else frame.reset_index(drop=True)

    def _parsed(self, text: str, piece: Range) -> pd.DataFrame:
        """The frame of ``text``; where it cannot be read, an InputError for the line, or what the parser raises."""
        try:
            return self.parser(text, self._texts())
        except Exception as error:
            if self.parser.lines:
                for batch, i, line in self._lines(piece):
                    if (narrow := _refused(batch, i, line)) is not None:
                        raise narrow from error
            annotate(error, f"while reading {JsonPart((piece,))}")
            raise

    def _texts(self) -> dict[Any, Any]:
        """The columns of texts, and of anything, as what they are to be read."""
        return {name: _OBJECT for name, dtype in self.dtypes if _is_texts(dtype)}

    def _text(self, piece: Range, rows: int | None) -> str:
        """The text of a file, or of those lines that begin in a block of it: of the first ``rows`` at least."""
        if not self.parser.lines:
            compression = resolve(self.text.compression, piece.path)
            with open_file(piece.path, self.text.storage_options) as file:
                data = b"".join(whole_pieces(file, compression, piece.path))
            return data.decode(self.text.encoding, self.text.errors)
        found: list[str] = []
        for batch in self.text((piece,)):
            found += batch.records
            if rows is not None and sum(not line.isspace() for line in found) >= rows:
                break
        return "".join(found)

    # --- what is wrong, and where -----------------------------------------------------------------------

    def _lines(self, piece: Range) -> Iterator[tuple[Batch, int, str]]:
        for batch in self.text((piece,)):
            for i, line in enumerate(batch.records):
                if not line.isspace():
                    yield batch, i, line

    def _place(self, piece: Range, is_it: Callable[[dict[str, Any]], bool]) -> tuple[str, Any]:
        """Where the first record is that is meant, and the record; the block and None if there is none."""
        if self.parser.lines:
            for batch, i, line in self._lines(piece):
                if (error := _refused(batch, i, line)) is not None:
                    raise error  # which pandas has made something of nevertheless
                if is_it(record := json.loads(line)):
                    return str(batch.origin.locate(i)), record
        return str(JsonPart((piece,))), None

    def _unexpected(self, piece: Range, name: Any) -> InputError:
        place, record = self._place(piece, lambda record: name in record)
        value = "" if record is None else f" ({record[name]!r:.100})"
        return InputError(
            f"{place}: there is a field {name!r}{value} that no sample of the files has; dtype={{{name!r}: ...}} makes"
            " a column of it, columns=[...] or meta= say which fields to read, and a larger sample= may find it"
        )

    def _misfit(self, piece: Range, name: Any, dtype: Any, column: pd.Series[Any]) -> InputError:
        kind = np.dtype(object) if isinstance(dtype, pd.api.extensions.ExtensionDtype) else dtype
        wanted = _PYTHON.get(str(dtype)) or _PYTHON.get(kind.kind, ())
        place, record = self._place(
            piece, lambda record: not isinstance(record.get(name), wanted) if wanted else False
        )
        value = (
            "values"
            if record is None
            else f"the value {record[name]!r:.100}"
            if name in record
            else "no value"
        )
        return InputError(
            f"{place}: field {name!r} has {value}, and its type is {dtype}, as found in samples of the files;"
            f" pass dtype={{{name!r}: {_holding(dtype, column)!r}}}"
        )


def _refused(batch: Batch, i: int, line: str) -> InputError | None:
    """What is wrong with a line that is to be a row; None if nothing is."""
    try:
        record = json.loads(line)
    except ValueError as error:
        return InputError(f"{batch.origin.locate(i)}: not JSON: {error}; the line is {line!r:.200}")
    if isinstance(record, dict):
        return None
    return InputError(f"{batch.origin.locate(i)}: a row of a frame is an object, not {line.strip()!r:.200}")


_PYTHON: Final[dict[str, tuple[type, ...]]] = {
    "i": (int,),
    "u": (int,),
    "f": (int, float, type(None)),
    "b": (bool,),
    "str": (str, type(None)),
    "string": (str, type(None)),
}
"""The types that the values of a field have in JSON, by the kind or name of its pandas type."""


def fitted(column: pd.Series[Any], dtype: Any) -> pd.Series[Any] | None:
    """``column`` as ``dtype``; None where that cannot be without loss.

    >>> (
    ...     fitted(pd.Series([1]), np.dtype(float)).tolist(),
    ...     fitted(pd.Series([0.5]), np.dtype(int)) is None,
    ... )
    ([1.0], True)
    """
    if column.dtype == dtype:
        return column
    if dtype == _OBJECT:
        return column.astype(object)
    is_missing = bool(column.isna().all())
    if isinstance(dtype, pd.StringDtype):
        return column.astype(dtype) if is_missing or _is_text(column) else None
    kinds = _FITTING.get(dtype.kind, "")
    if (is_missing and dtype.kind in "fMm") or column.dtype.kind in kinds or not isinstance(dtype, np.dtype):
        try:
            cast = column.astype(dtype)
        except (TypeError, ValueError):
            return None
        return cast if dtype.kind != "u" or (column >= 0).all() else None
    return None


_FITTING: Final = {"f": "iufb", "i": "b", "M": "M", "m": "m", "u": "iub"}
"""The kinds of numpy types whose values another kind holds."""


def _is_texts(dtype: Any) -> bool:
    return isinstance(dtype, pd.StringDtype) or bool(dtype == _OBJECT)


def _is_text(column: pd.Series[Any]) -> bool:
    return pd.api.types.infer_dtype(column, skipna=True) == "string"


def _holding(dtype: Any, column: pd.Series[Any]) -> str:
    """The type, as the user would write it, that holds values of ``dtype`` and those of ``column``."""
    kinds = {getattr(dtype, "kind", "O"), column.dtype.kind}
    if kinds <= set("iuf"):
        return "float64"
    return "boolean" if kinds <= {"b", "f"} or (kinds <= {"b", "O"} and column.isna().any()) else "object"


def sampled_text(text: TextReader, pieces: Sequence[Range], size: int) -> str:
    """About ``size`` characters of lines of each of ``pieces``."""
    found: list[str] = []
    for piece in pieces:
        left = size
        for line in itertools.chain.from_iterable(batch.records for batch in text((piece,))):
            found.append(line if line.endswith("\n") else f"{line}\n")
            left -= len(line)
            if left <= 0:
                break
    return "".join(found)
