"""Delimited and fixed-width files as a source of frames: which files, which bytes of them, and which types.

The files are listed here, and the head of some is read: the first, the last and some between, and a few records from the
middle of large ones.  What their columns are is what all of these say together; see :mod:`pannier.io.csvtypes`.
:mod:`pannier.io.csvreader` reads a partition, in a worker; :mod:`pannier.io.csvrecords` says how a block finds
its first record though newlines may be quoted.
"""

from __future__ import annotations

import io
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from pannier import config
from pannier.errors import UsageError, annotate
from pannier.io import csverrors
from pannier.io.blocks import Range, check_blocksize, plan_parts
from pannier.io.compression import check_installed, resolve
from pannier.io.csvblocks import Body, CsvPart, Opener
from pannier.io.csvlayout import Layout
from pannier.io.csvoptions import CsvOptions, csv_options
from pannier.io.csvreader import CsvReader
from pannier.io.csvtypes import Column, common_column, looks_true_or_false, truths
from pannier.io.files import File, UrlPath, find_files, is_seekable
from pannier.kernels.frames.levels import levels_of
from pannier.plan.nodes import Source

_NO_TIMES: Final = ("", "NaT", "nat", "NAT", "nan", "NaN", "NAN", "now", "today")
"""Texts by which pandas guesses no format."""

_SAMPLED: Final = 5
"""Files to sample."""

_LEAST_BLOCK: Final = 4 << 20
"""Bytes of a block at least, where nobody says: below, starting to read costs as much as reading."""

_BLOCKS_PER_CORE: Final = 4
"""Blocks a worker at least, where nobody says and there is enough to read."""

_MEMORY_SHARE: Final = 12
"""The part of a worker's memory that the text of a block may take at most, where a limit is set: it takes that several
times, as a frame and as what becomes of it."""


def csv_source(
    urlpath: UrlPath,
    *,
    blocksize: str | float | None = "default",
    sample: str | float = 256_000,
    sample_rows: int = 10,
    lineterminator: str | None = None,
    compression: str | None = "infer",
    storage_options: Mapping[str, Any] | None = None,
    include_path_column: bool | str = False,
    assume_missing: bool = False,
    verb: str = "read_csv",
    **keywords: Any,
) -> tuple[Source, pd.DataFrame]:
    r"""A source of the frames that ``verb`` of pandas reads, and an empty frame with their columns and types.

    ``keywords`` are those of pandas.  Plain files are cut into blocks of about ``blocksize`` bytes; compressed ones,
    files on web servers and those which only reading from the start explains are a partition each.  With ``nrows``
    there is one partition, of the first rows of all files together.

    Raises FileNotFoundError where nothing is found, :class:`~pannier.errors.UsageError` for a keyword that is
    unknown or cannot be had, and what pandas raises where it cannot read the sampled records.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.csv").write_text("a,b\n1,x\n")
    ...     source, meta = csv_source(folder + "/*.csv")
    ...     source.reader(source.parts[0])
       a  b
    0  1  x
    """
    if lineterminator is not None:
        keywords["lineterminator"] = lineterminator
    options = csv_options(verb, keywords)
    resolve(compression, "")
    files = find_files(urlpath, storage_options)
    for name in {resolve(compression, file.path) for file in files}:
        check_installed(name)
    if verb == "read_fwf":
        options = _with_colspecs(options, files, compression, storage_options)
    opener = Opener(options, compression, storage_options)
    samples = _Samples(files, opener, check_blocksize(sample) or 0, sample_rows)
    opener, frames = samples.take()
    reader = _reader(opener, frames, files, include_path_column, assume_missing=assume_missing)
    reader = _without_texts(_with_truths(reader, frames, samples))
    opener = reader.opener
    parts = _parts(files, opener, blocksize)
    if (rows := options.keywords.get("nrows")) is not None:
        reader = reader.limited(rows)
    return Source(verb=verb, reader=reader, parts=parts), reader.empty()


def _parts(files: Sequence[File], opener: Opener, blocksize: str | float | None) -> tuple[CsvPart, ...]:
    options = opener.options
    if options.keywords.get("nrows") is not None:
        return (CsvPart(tuple([Range(file.path, version=file.version) for file in files])),)
    size = _block_bytes(files) if blocksize == "default" else check_blocksize(blocksize)
    layouts: dict[str, Layout | None] = {}

    def can_split(file: File) -> bool:
        if options.whole_because or resolve(opener.compression, file.path) or not is_seekable(file.path):
            return False
        if file.path not in layouts:
            layouts[file.path] = opener.layout(file.path)
        layout = layouts[file.path]
        return layout is not None and not layout.whole

    parts = plan_parts(files, blocksize=size, files_per_partition=None, can_split=can_split)
    return tuple(
        [CsvPart(part, layouts[part[0].path] if part[0].length is not None else None) for part in parts]
    )


def _block_bytes(files: Sequence[File]) -> int:
    """Bytes of a block: enough blocks for all workers, and none of them small or large."""
    most: int = config.get("blocksize")
    total = sum(file.size or 0 for file in files)
    workers: int = config.get("num_workers")
    memory: int | None = config.get("memory_limit")
    if memory is not None:
        most = min(most, max(1, memory // (workers * _MEMORY_SHARE)))
    share = total * 9 // (8 * workers * _BLOCKS_PER_CORE)  # files of about the same size are not cut in two
    return max(min(most, share), min(most, _LEAST_BLOCK))


class _Samples:
    """Some records of some files."""

    def __init__(self, files: Sequence[File], opener: Opener, size: int, rows: int) -> None:
        self._files = files
        self._opener = opener
        self._size = size
        self._rows = rows

    def take(self, **others: Any) -> tuple[Opener, list[pd.DataFrame]]:
        """The sampled records, and an opener that knows the layout of the first file that has one.

        ``others`` are keywords of pandas to read them with.  Raises EmptyDataError where no file has columns.
        """
        frames: list[pd.DataFrame] = []
        opener = self._opener
        left = opener.options.keywords.get("nrows")
        taken = 0
        for file in self._order() if left is None else self._files:
            if taken >= _SAMPLED and any(len(frame) for frame in frames):
                break
            if frames and left == 0:
                break  # what is in no row that is read has no say
            taken += 1
            opener = self._opener = self._dated(opener, file)
            with opener.body(Range(file.path), None) as body:
                if body is None:
                    continue
                if opener.known is None:
                    opener = replace(
                        opener, known=body.layout, options=_with_doubles(opener.options, body.layout)
                    )
                    self._opener = opener
                try:
                    frames.append(self._parsed(body, left, **others))
                except Exception as error:  # noqa: BLE001 - a converter of the user's may raise anything
                    raise annotate(error, csverrors.where(error, opener, Range(file.path), body)) from None
                layout = body.layout
            left = left and left - len(frames[-1])
            if left is None and self._has_middle(
                file, layout
            ):  # where the last of some rows is, nobody knows
                frames.append(self._middle(file, layout, **others))
        if not frames:
            raise pd.errors.EmptyDataError(
                f"No columns to parse from file: {self._files[0].path} and all others are empty"
            )
        return opener, frames

    def _dated(self, opener: Opener, file: File) -> Opener:
        """``opener`` with a format for each column of times, that of its first value: blocks would each guess another."""
        options = opener.options
        given = options.keywords.get("date_format")
        if not options.keywords.get("parse_dates") or isinstance(given, str):
            return opener
        with opener.body(Range(file.path), None) as body:
            dates = [] if body is None else options.dated(body.layout.names)
            missing = [name for name in dates if name not in (given or {})]
            if body is None or not missing or body.layout.whole:
                return opener
            try:
                texts = self._parsed(body, parse_dates=None, index_col=None, converters=None, dtype=str)
            except (ValueError, KeyError):
                return opener  # reading the sample will say what is wrong with it, and in which line
        formats = dict(given or {})
        for name in missing:
            values = texts[name].dropna() if name in texts else texts[:0]
            first = next((str(value) for value in values if value not in _NO_TIMES), None)
            if first is not None:
                found = guess_datetime_format(first, dayfirst=bool(options.keywords.get("dayfirst")))
                formats[name] = found or "mixed"
        return replace(opener, options=options.with_dates(dates, formats))

    def _order(self) -> Iterator[File]:
        """The files in the order in which they are sampled, spread over all of them."""
        count = len(self._files)
        some = dict.fromkeys(i * (count - 1) // max(1, _SAMPLED - 1) for i in range(_SAMPLED))
        yield from (self._files[i] for i in some)
        yield from (self._files[i] for i in range(count) if i not in some)

    def _has_middle(self, file: File, layout: Layout) -> bool:
        is_plain = resolve(self._opener.compression, file.path) is None and is_seekable(file.path)
        return is_plain and not layout.whole and (file.size or 0) > 4 * self._size

    def _middle(self, file: File, layout: Layout, **others: Any) -> pd.DataFrame:
        assert file.size is not None, "asked before"
        middle = file.size // 2
        piece = Range(file.path, middle, file.size - middle)
        try:
            with self._opener.body(piece, layout) as body:
                return pd.DataFrame() if body is None else self._parsed(body, **others)
        except (ValueError, KeyError):
            return pd.DataFrame()  # reading the block will say what is wrong with it, and in which line

    def _parsed(self, body: Body, most: int | None = None, **others: Any) -> pd.DataFrame:
        options = self._opener.options
        keywords = {} if body.layout.whole else options.for_blocks(body.layout.names)
        ends = (options.keywords.get("lineterminator") or "\n\r").encode()
        sample = body.stream.peek(self._size)
        letters = np.frombuffer(sample, np.uint8)  # ten times as fast as bytes.count, where there are many
        rows = max(self._rows, *[int(np.count_nonzero(letters == end)) + 1 for end in ends])
        if not options.keywords.get("skipfooter"):
            limits = (rows, most, options.keywords.get("nrows"))
            keywords["nrows"] = min(limit for limit in limits if limit is not None)
        try:
            return options.parse(body.buffered(options), **{**keywords, **others})
        except pd.errors.EmptyDataError:
            return pd.DataFrame()


def _with_doubles(options: CsvOptions, layout: Layout) -> CsvOptions:
    """``options`` with the dtypes of columns for those, too, that pandas numbers since they have the same name."""
    given = options.keywords.get("dtype")
    records = options.records
    if not isinstance(given, Mapping) or options.keywords.get("names") is not None or layout.whole:
        return options
    if records is None or len(records.separators) != 1:
        return options
    ones = layout.header + records.separators.join([b"1"] * len(layout.names))
    plain = dict.fromkeys(("usecols", "converters", "parse_dates", "nrows", "index_col", "dtype_backend"))
    doubles: dict[Hashable, Any] = {}
    for name, dtype in given.items():
        if any(str(other).startswith(f"{name}.") and other not in given for other in layout.names):
            marked = options.parse(io.BytesIO(ones), **plain, dtype={name: "int8"}).dtypes
            doubles |= dict.fromkeys(marked.index[marked == "int8"].difference(list(given)), dtype)
    if not doubles:
        return options
    dtypes = given.copy() if isinstance(given, dict) else dict(given)
    dtypes.update(doubles)
    return CsvOptions(options.verb, {**options.keywords, "dtype": dtypes})


def _without_texts(reader: CsvReader) -> CsvReader:
    """``reader`` with columns of texts, which not all are times, left as they are in all blocks."""
    options = reader.opener.options
    texts = {each.name for each in (*reader.columns, *reader.index) if each.kind == "text"}
    known = reader.opener.known
    dates = [] if known is None else options.dated(known.names)
    if texts.isdisjoint(dates):
        return reader
    kept = [name for name in dates if name not in texts]
    formats = options.keywords.get("date_format")
    by_name = formats if isinstance(formats, Mapping) else dict.fromkeys(kept, formats) if formats else {}
    options = options.with_dates(kept, {name: by_name[name] for name in kept if name in by_name})
    return replace(reader, opener=replace(reader.opener, options=options))


def _with_truths(reader: CsvReader, frames: list[pd.DataFrame], samples: _Samples) -> CsvReader:
    """``reader`` with those levels of the index told from numbers that are truth values with gaps.

    Of an index pandas makes 1.0, 0.0 and NaN of them, but of a block without gaps True and False.
    """
    if not reader.index:
        return reader  # where a sample has one, it is of a row with too many fields
    names = reader.opener.options.index_names(() if (known := reader.opener.known) is None else known.names)
    found = [
        list(map(pd.Series, some)) for some in zip(*[levels_of(frame.index) for frame in frames], strict=True)
    ]
    doubtful = {
        position: name
        for position, (name, some) in enumerate(zip(names, found, strict=False))
        if looks_true_or_false(some) and reader.index[position].kind != "given"
    }
    if not doubtful:
        return reader
    given = reader.opener.options.keywords.get("dtype") or {}
    _, texts = samples.take(dtype={**given, **dict.fromkeys(doubtful.values(), str)})
    index = list(reader.index)
    for position in doubtful:
        column = Column(index[position].name, pd.Series(dtype=float).dtype, "truths")
        words = reader.opener.options.truth_words
        if all(truths(pd.Series(levels_of(frame.index)[position]), words) is not None for frame in texts):
            index[position] = column
    return replace(reader, index=tuple(index))


def _reader(
    opener: Opener,
    frames: list[pd.DataFrame],
    files: Sequence[File],
    path: bool | str,
    *,
    assume_missing: bool,
) -> CsvReader:
    first = frames[0]
    columns: list[Column] = []
    for name in first.columns:
        samples = [frame[name] for frame in frames if name in frame.columns]
        columns.append(_column(name, samples, opener.options, assume_missing=assume_missing))
    index: tuple[Column, ...] = ()
    index_col = opener.options.keywords.get("index_col")
    has_index = index_col is not None and index_col is not False
    if has_index or not first.index.equals(pd.RangeIndex(len(first))):
        levels = zip(*[levels_of(frame.index) for frame in frames], strict=True)
        index = tuple([_column(some[0].name, list(map(pd.Series, some)), opener.options) for some in levels])
    path_column = "path" if path is True else path or None
    if path_column in first.columns:
        raise UsageError(f"the files have a column {path_column!r}; give include_path_column= another name")
    paths = tuple(dict.fromkeys(file.path for file in files)) if path_column is not None else ()
    labels = _labels(opener, [level.name for level in index])
    return CsvReader(opener, tuple(columns), index, labels, paths, path_column)


def _labels(opener: Opener, names: Sequence[Hashable]) -> tuple[Hashable, ...]:
    """What pandas calls the levels of the index, which are of columns with ``names``, having seen the header."""
    options, known = opener.options, opener.known
    if not names or known is None or known.whole or not known.header:
        return tuple(names)
    try:
        plain = dict.fromkeys(("converters", "parse_dates", "nrows", "skipfooter"))
        return tuple(options.parse(io.BytesIO(known.header), **plain).index.names)
    except (ValueError, KeyError):  # it says something only with the records
        return tuple(names)


def _column(
    name: Hashable, samples: Sequence[pd.Series], options: CsvOptions, *, assume_missing: bool = False
) -> Column:
    if options.dtype_of(name) is not None:
        return Column(name, samples[0].dtype, "given")
    column = common_column(name, samples)
    if column.kind == "int64" and assume_missing:
        return Column(name, pd.Series(dtype=float).dtype, "float64")
    return column


def _with_colspecs(
    options: CsvOptions,
    files: Sequence[File],
    compression: str | None,
    storage_options: Mapping[str, Any] | None,
) -> CsvOptions:
    """``options`` with the columns that pandas infers from the first file that has any, for all blocks of all files."""
    given = options.keywords
    if given.get("widths") is not None or given.get("colspecs", "infer") != "infer":
        return options
    for file in files:
        with Opener(options, compression, storage_options).stream(file.path) as stream:
            plain = {name: value for name, value in given.items() if name not in ("nrows", "skipfooter")}
            try:
                with pd.read_fwf(io.BufferedReader(stream), chunksize=1, **plain) as chunks:
                    inside: Any = chunks
                    specs = inside._engine.data.colspecs  # noqa: SLF001 - where pandas keeps what it found
            except pd.errors.EmptyDataError:
                continue
        names = given.get("names")
        is_plain = all(given.get(name) is None for name in ("usecols", "index_col"))
        if is_plain and names is not None and len(names) < len(specs):
            raise UsageError(
                f"read_fwf: names= has {len(names)} names, and blanks make {len(specs)} columns, which begin at"
                f" {', '.join(str(start) for start, _ in specs):.100}; give colspecs= or widths=, or more names"
            )
        return replace(options, keywords={**given, "colspecs": [tuple(spec) for spec in specs]})
    return options
