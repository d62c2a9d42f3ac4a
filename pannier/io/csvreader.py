"""One part of delimited files read as a frame, in a worker: column by column where that is the same, else as a whole."""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Mapping
from dataclasses import field, replace
from typing import Any, ClassVar, Final

import numpy as np
import pandas as pd

from pannier.errors import InputError, annotate
from pannier.frozen import frozen
from pannier.io import csverrors
from pannier.io.blocks import Range
from pannier.io.compression import resolve
from pannier.io.csvblocks import Body, CsvPart, Opener
from pannier.io.csvfractions import first_no_fraction
from pannier.io.csvlayout import Layout
from pannier.io.csvlean import Uneven, Unsure, is_sure, read_lean
from pannier.io.csvtypes import Column, conformed, truths
from pannier.io.files import stored_bytes
from pannier.io.labels import reader_label
from pannier.kernels.frames.levels import levels_of
from pannier.kernels.kernel import BlockKernel

_PARSED: Final = 2
"""Bytes of a frame that a byte of text becomes, roughly."""

_UNPACKED: Final = 8
"""Bytes that a byte of a compressed file becomes, roughly."""


@frozen
class CsvReader(BlockKernel):
    """Reads a part: called with one, returns a frame of exactly the declared columns and types."""

    opener: Opener
    columns: tuple[Column, ...]
    """All columns there are, but that of paths."""
    index: tuple[Column, ...] = ()
    """The levels of the index; none for numbers from 0 in each partition."""
    labels: tuple[Hashable, ...] = ()
    """What these levels are called in frames: in a header without a name for one, pandas finds a column's name only."""
    paths: tuple[str, ...] = field(default=(), repr=False)
    """The categories of the column of paths."""
    path_column: Hashable = None
    wanted: frozenset[Hashable] | None = None
    rows: int | None = None
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> pd.DataFrame:
        part: CsvPart = blocks[0]
        frames: list[pd.DataFrame] = []
        left = self.rows
        for piece in part.ranges:
            frame = self._with_path(self._frame(piece, part.layout, left), piece.path)
            frames.append(frame)
            if left is not None:
                left -= len(frame)
                if left <= 0:
                    break
        return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=not self.index)

    @property
    def label(self) -> str:
        verb = self.opener.options.verb
        if self.wanted is None:
            return verb
        path = [self.path_column] if self.path_column in self.wanted else []
        return reader_label(verb, dict.fromkeys([*(each.name for each in self._kept), *path]))

    def with_columns(self, columns: frozenset[Any]) -> CsvReader:
        """The same reader for those of its columns that are in ``columns``."""
        return replace(self, wanted=columns if self.wanted is None else self.wanted & columns)

    def limited(self, rows: int) -> CsvReader:
        """The same reader for the first ``rows`` rows of each part."""
        return replace(self, rows=rows if self.rows is None else min(rows, self.rows))

    def weigh(self, part: CsvPart) -> int | None:
        """Bytes that the frame of ``part`` takes in memory, roughly; None where files have no known size."""
        total = 0
        for piece in part.ranges:
            size = piece.length if piece.length is not None else stored_bytes(piece.path)
            if size is None:
                return None
            packed = resolve(self.opener.compression, piece.path) is not None
            total += size * _PARSED * (_UNPACKED if packed else 1)
        kept = len(self._kept) / len(self.columns) if self.columns else 1
        return int(total * kept)

    def empty(self) -> pd.DataFrame:
        """A frame without rows, with the columns and types of all others."""
        frame = pd.DataFrame({i: pd.Series(dtype=each.dtype) for i, each in enumerate(self._kept)})
        frame.columns = _labels(self.columns, self._kept)
        return self._with_path(self._indexed(frame), "")

    def _indexed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """An empty frame with the declared index."""
        named = zip(self.index, self.labels, strict=True)
        levels = [pd.Index([], dtype=level.dtype, name=name) for level, name in named]
        if levels:
            frame.index = levels[0] if len(levels) == 1 else pd.MultiIndex.from_arrays(levels)
        return frame

    @property
    def _kept(self) -> tuple[Column, ...]:
        if self.wanted is None:
            return self.columns
        return tuple([each for each in self.columns if each.name in self.wanted])

    def _with_path(self, frame: pd.DataFrame, path: str) -> pd.DataFrame:
        name = self.path_column
        if name is None or (self.wanted is not None and name not in self.wanted) or name in frame.columns:
            return frame
        code = self.paths.index(path) if len(frame) else 0
        codes = np.full(len(frame), code, dtype=np.int64)
        frame[name] = pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(list(self.paths)))
        return frame

    def _frame(self, piece: Range, layout: Layout | None, rows: int | None) -> pd.DataFrame:
        options = self.opener.options
        is_lean = rows is None and options.is_lean and not self.index
        if is_lean and all(is_sure(each, options) for each in self._kept):
            frame = self._lean(piece, layout)
            if frame is not None:
                return frame
        with self.opener.body(piece, layout) as body:
            if body is None:
                return self.empty()
            self._check_names(body, piece.path)
            try:
                return self._pandas(body, piece, rows)
            except pd.errors.EmptyDataError:
                return self.empty()
            except InputError:
                raise
            except Exception as error:  # noqa: BLE001 - it goes on, with a note
                raise annotate(error, csverrors.where(error, self.opener, piece, body)) from None

    def _lean(self, piece: Range, layout: Layout | None) -> pd.DataFrame | None:
        """The frame as it is read column by column; None where that may not be what the whole block says."""
        kept, options = self._kept, self.opener.options
        every = False
        while True:
            with self.opener.body(piece, layout) as body:
                if body is None:
                    return self.empty()
                self._check_names(body, piece.path)
                if body.layout.whole:
                    return None
                every = every or len(kept) == len(body.layout.names)
                try:
                    if every and options.refuses_more_fields:
                        self._check_first(body, piece)
                    frame = read_lean(body, options, kept, every=every)
                    if first_no_fraction(self.opener, piece, body, kept, frame, in_chunks=True):
                        return None
                except Uneven:
                    every = True
                    continue
                except (Unsure, ValueError):
                    return None
            frame.columns = _labels(self.columns, kept)
            return frame

    def _check_names(self, body: Body, path: str) -> None:
        """Nothing, if the file has the columns of the others.  Raises :class:`~pannier.errors.InputError`."""
        options = self.opener.options
        names = body.layout.names
        if (
            not names
            or self.index
            or options.keywords.get("names") is not None
            or body.layout is self.opener.known
        ):
            return
        declared = [each.name for each in self.columns]
        missing = [name for name in declared if name not in names]
        extra = [] if options.keywords.get("usecols") is not None else [n for n in names if n not in declared]
        if missing or extra:
            raise InputError(csverrors.other_columns(path, missing, extra, names))

    def _pandas(self, body: Body, piece: Range, rows: int | None) -> pd.DataFrame:
        frame, stubborn = self._parsed(body, piece, rows)
        arranged = self._arranged(frame, piece.path)
        series: dict[int, pd.Series] = {}
        for position, (column, values) in enumerate(zip(self._kept, arranged, strict=True)):
            fitting = conformed(values, column)
            if fitting is None:
                raise csverrors.misfit(self.opener, piece, body, column, values) from stubborn
            series[position] = fitting
        if stubborn is not None:
            raise stubborn
        made = pd.DataFrame(series, index=frame.index)
        found = first_no_fraction(self.opener, piece, body, self._kept, made, in_chunks=False)
        if found is not None:
            raise csverrors.misfit(self.opener, piece, body, *found)
        made.columns = _labels(self.columns, self._kept)
        return self._with_index(made, piece, body)

    def _arranged(self, frame: pd.DataFrame, path: str) -> list[pd.Series]:
        """The kept columns of ``frame``."""
        missing = [each.name for each in self.columns if each.name not in frame.columns]
        extra = [] if self.wanted is not None else list(frame.columns.difference(_labels(self.columns)))
        if missing or extra:
            raise InputError(csverrors.other_columns(path, missing, extra, tuple(frame.columns)))
        return [frame[each.name] for each in self._kept]

    def _parsed(self, body: Body, piece: Range, rows: int | None) -> tuple[pd.DataFrame, ValueError | None]:
        """What pandas reads; with the error it raises if columns are held to their types, where it does."""
        options = self.opener.options
        keywords: dict[str, Any] = {} if body.layout.whole else options.for_blocks(body.layout.names)
        if rows is not None:
            keywords["nrows"] = rows
        if not body.layout.whole and options.refuses_more_fields:
            self._check_first(body, piece)
        try:
            dtype = self._dtypes(body.layout.names, held=True)
            frame = options.parse(body.buffered(options), **keywords, dtype=dtype)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeError):
            raise
        except ValueError as error:
            with self.opener.body(piece, body.layout) as again:
                assert again is not None, "it was there before"
                dtype = self._dtypes(body.layout.names, held=False)
                return options.parse(again.buffered(options), **keywords, dtype=dtype), error
        return frame, None

    def _check_first(self, body: Body, piece: Range) -> None:
        """Nothing, once the first record has no more fields than there are columns.

        Pandas would take its first fields for an index: of a block, since it has not seen the records before.
        """
        options = self.opener.options
        records, names = options.records, options.keywords.get("names") or body.layout.names
        assert records is not None, "there are no blocks else"
        while (fields := options.fields(head := body.head(records))) > len(names):
            message = f"Error tokenizing data. Expected {len(names)} fields in line 1, saw {fields}"
            bad = options.keywords.get("on_bad_lines", "error")
            if bad == "error":
                raise pd.errors.ParserError(message)
            if bad == "warn":
                warnings.warn(f"{message}; skipped, in {piece.path}", pd.errors.ParserWarning, stacklevel=2)
            body.stream.skip(len(head))

    def _dtypes(self, names: tuple[Hashable, ...], *, held: bool) -> Any:
        """The dtypes to ask pandas for, of a file with ``names``; ``held`` to numbers too, which it may refuse."""
        options = self.opener.options
        given = options.keywords.get("dtype")
        if given is not None and not isinstance(given, Mapping):
            return given
        looked = set(options.keywords.get("converters") or ())
        levels = zip(options.index_names(names), self.index, strict=False)
        asked = {
            name: each.asked
            for name, each in levels
            if each.kind in ("text", "digits", "ints", "truths") and name not in looked
        }
        asked |= {
            each.name: each.asked
            for position, each in enumerate(self.columns)
            if each.asked is not None
            and (held or each.kind in ("text", "digits", "other"))
            and each.name not in looked
            and position not in looked
        }
        if given is None:
            return asked or None
        merged = given.copy() if isinstance(given, dict) else dict(given)
        merged.update({name: dtype for name, dtype in asked.items() if name not in given})
        return merged

    def _with_index(self, frame: pd.DataFrame, piece: Range, body: Body) -> pd.DataFrame:
        if not self.index:
            return frame.reset_index(drop=True) if not isinstance(frame.index, pd.RangeIndex) else frame
        levels = []
        for level, column, name in zip(levels_of(frame.index), self.index, self.labels, strict=True):
            values = pd.Series(level)
            is_truth = column.kind == "truths"
            words = self.opener.options.truth_words
            fitting = truths(values, words) if is_truth else conformed(values, column)
            if fitting is None:
                raise csverrors.misfit(self.opener, piece, body, column, values)
            levels.append(pd.Index(fitting).rename(name))
        frame.index = levels[0] if len(levels) == 1 else pd.MultiIndex.from_arrays(levels)
        return frame


def _labels(columns: tuple[Column, ...], chosen: tuple[Column, ...] | None = None) -> pd.Index:
    """The names of ``columns``, or of those ``chosen`` among them, as pandas labels a frame with them."""
    names = [each.name for each in columns]
    levels = [name for name in names if isinstance(name, tuple)]
    labels = pd.MultiIndex.from_tuples(levels) if levels and len(levels) == len(names) else pd.Index(names)
    if chosen is None or chosen == columns:
        return labels
    return labels[[names.index(each.name) for each in chosen]]
