"""JSON files as a source of frames: which files, which bytes of them, and which columns of which types.

Lines of several files, and of the middle of large ones, are read together here, as pandas would read them; what
it makes of them are the columns and types of every partition.  A field that no sample has is never lost: it is an
error that says where it is.  :mod:`pannier.io.jsonframe_reader` reads a partition, in a worker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from pannier.errors import InputError, UsageError, annotate
from pannier.io.blocks import Range, check_blocksize, plan_parts
from pannier.io.compression import check_installed, resolve
from pannier.io.files import File, UrlPath, find_files, is_seekable
from pannier.io.framing import check_encoding, framing, without_mark
from pannier.io.jsonframe_reader import JsonParser, JsonPart, JsonReader, sampled_text
from pannier.io.lines import TextReader
from pannier.plan.nodes import Source
from pannier.sizes import parse_bytes

_SAMPLED: Final = 5
"""Files to sample."""

_LEAST_SAMPLE: Final = 1 << 16
"""Bytes of a sample of one file at least."""

_MOST: Final = 32 << 20
_LEAST: Final = 4 << 20
"""Bytes of a block of lines, at most and at least, where nobody says: a frame of them is several times larger."""

_BLOCKS: Final = 32
"""Blocks to make of less data than makes that many of the largest, for as many tasks."""

_REFUSED: Final = {
    "chunksize": "a partition is a chunk",
    "nrows": "take head() of the frame",
    "typ": "a frame is read",
    "iterator": "a partition is a chunk",
}
"""Keywords of pandas that cannot be had, and why."""


def json_source(
    url_path: UrlPath,
    *,
    orient: str = "records",
    lines: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    blocksize: str | float | None = "default",
    sample: str | float = 1 << 20,
    encoding: str = "utf-8",
    errors: str = "strict",
    compression: str | None = "infer",
    meta: pd.DataFrame | None = None,
    engine: Callable[..., Any] | str | None = None,
    include_path_column: bool | str = False,
    path_converter: Callable[[str], Any] | None = None,
    columns: Sequence[Any] | None = None,
    dtype: Any = None,
    **options: Any,
) -> tuple[Source, pd.DataFrame, None]:
    r"""JSON files as (source, meta, divisions), as :func:`pandas.read_json` would read them at once.

    Parameters
    ----------
    url_path
        A file, a directory, a glob pattern or a URL, or a list of them.
    orient, lines
        As in pandas; ``lines`` is True for ``"records"`` unless it is given.  Anything else than lines is a
        partition a file.
    blocksize
        Bytes of lines that are a partition: 32 MiB by default, and less if there were few; None for whole files.
    sample
        Bytes of lines to look at for columns and types, of several files together.
    meta
        An empty frame with the columns to read and their types; other fields are left out.
    columns
        The fields to read; other ones are left out.
    dtype
        The types of columns, which then exist whether a sample has them or not; False to infer none.
    engine
        A function to use instead of :func:`pandas.read_json`, or the name of one of its engines.
    include_path_column, path_converter
        Whether to add a column, called ``"path"`` unless this is a name, with the path each row comes from, or what
        ``path_converter`` makes of it.
    options
        Further keywords of :func:`pandas.read_json`.

    Raises
    ------
    FileNotFoundError
        Nothing is found.
    InputError
        A sampled line is not JSON, or no object.  Reading raises it for a field that no sample has, and for a value
        of another type, with file, line and what to pass.
    UsageError
        A bad option.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.json").write_text('{"a": 1, "b": "x"}\n')
    ...     source, meta, _ = json_source(folder + "/*.json")
    ...     source.reader(source.parts[0])
       a  b
    0  1  x
    """
    lines = orient == "records" if lines is None else lines
    _check(orient, options, is_lines=lines, has_blocks=blocksize not in (None, "default"))
    check_encoding(encoding, errors, None)
    files = find_files(url_path, storage_options)
    for name in {resolve(compression, file.path) for file in files}:
        check_installed(name)
    text = TextReader(encoding, errors, None, compression, storage_options=storage_options)
    if dtype is not None:
        options["dtype"] = dtype
    parser = JsonParser(engine, orient, lines, tuple(options.items()))
    size = None
    if lines and blocksize is not None:
        size = _block_bytes(files) if blocksize == "default" else check_blocksize(blocksize)
    is_framed = lines and framing(without_mark(encoding, b"")[0], None, errors) is not None

    def can_split(file: File) -> bool:
        return is_framed and resolve(compression, file.path) is None and is_seekable(file.path)

    parts = plan_parts(files, blocksize=size, files_per_partition=None, can_split=can_split)
    found = meta
    if found is None:
        found = (
            _sampled(files, parser, text, parse_bytes(sample), can_split)
            if lines
            else _read(files, parser, text)
        )
    dtypes = _dtypes(found, columns if meta is None else None, dtype)
    path_column = "path" if include_path_column is True else include_path_column or None
    if path_column in dtypes:
        raise UsageError(f"the files have a field {path_column!r}; give include_path_column= another name")
    has_index = not lines and orient in ("split", "index", "columns", "table")
    reader = JsonReader(
        parser,
        text,
        tuple(dtypes.items()),
        is_closed=meta is None and columns is None,
        index_dtype=found.index.dtype if has_index else None,
        paths=_paths(files, path_converter) if path_column is not None else (),
        path_column=path_column,
    )
    return Source(verb="read_json", reader=reader, parts=tuple(map(JsonPart, parts))), reader.empty(), None


def _block_bytes(files: Sequence[File]) -> int:
    total = sum(file.size or 0 for file in files)
    return max(_LEAST, min(_MOST, total // _BLOCKS))


def _check(orient: str, options: Mapping[str, Any], *, is_lines: bool, has_blocks: bool) -> None:
    if is_lines and orient != "records":
        raise UsageError(f"lines=True reads an object a line: it needs orient='records', not {orient!r}")
    if has_blocks and not is_lines:
        raise UsageError("blocksize cuts files at lines: it needs lines=True")
    for name in options:
        if name in _REFUSED:
            raise UsageError(f"read_json has no {name}=: {_REFUSED[name]}")


def _sampled(
    files: Sequence[File],
    parser: JsonParser,
    text: TextReader,
    size: int,
    can_split: Callable[[File], bool],
) -> pd.DataFrame:
    """What pandas makes of some lines: of the first file, the last, some between, and the middle of large ones."""
    count = len(files)
    chosen = [files[i] for i in dict.fromkeys(i * (count - 1) // (_SAMPLED - 1) for i in range(_SAMPLED))]
    each = max(_LEAST_SAMPLE, size // (2 * len(chosen)))
    pieces = []
    for file in chosen:
        pieces.append(Range(file.path))
        if file.size is not None and file.size > 4 * each and can_split(file):
            pieces += [Range(file.path, place, each) for place in (file.size // 2, file.size - each)]
    found = sampled_text(text, pieces, each)
    if not found.strip():
        raise InputError(f"{chosen[0].path}: there are no lines to tell columns by; give meta=")
    try:
        return parser(found)
    except Exception as error:
        reader = JsonReader(parser, text, ())
        for piece in pieces:
            reader.check_lines(piece, each)
        annotate(error, f"while reading a sample of lines, of {chosen[0].path} and others")
        raise


def _read(files: Sequence[File], parser: JsonParser, text: TextReader) -> pd.DataFrame:
    """What pandas makes of the first file and the last, which are read for it."""
    reader = JsonReader(parser, text, ())
    frames = [reader.whole(Range(file.path)) for file in dict.fromkeys((files[0], files[-1]))]
    return pd.concat(frames) if len(frames) > 1 else frames[0]


def _dtypes(found: pd.DataFrame, columns: Sequence[Any] | None, dtype: Any) -> dict[Any, Any]:
    """The columns to read with their types: those ``found``, or ``columns``, and those that ``dtype`` names."""
    dtypes = dict(found.dtypes.items())
    if isinstance(dtype, Mapping):
        dtypes.update({name: pd.api.types.pandas_dtype(kind) for name, kind in dtype.items()})
    if columns is None:
        return dtypes
    missing = [name for name in columns if name not in dtypes]
    if missing:
        raise UsageError(
            f"no sample of the files has a field {missing[0]!r}, so that its type is unknown:"
            f" give it, dtype={{{missing[0]!r}: ...}}; there are {list(dtypes)!r:.300}"
        )
    return {name: dtypes[name] for name in columns}


def _paths(files: Sequence[File], converter: Callable[[str], Any] | None) -> tuple[tuple[str, Any], ...]:
    return tuple((file.path, converter(file.path) if converter else file.path) for file in files)
