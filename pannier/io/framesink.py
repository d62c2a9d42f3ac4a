"""Frames written as text files, and as tables of Arrow: what each partition's task does, and what ends the writing.

A :class:`FrameSink` is the steps of a writer, for a collection to make a plan of: ``kernel(block, *params[i])`` for
each partition, and a reduction of what these return, if there is anything left to do when all are written.  Files
are whole or absent, as :mod:`pannier.io.sink` has it.
"""

from __future__ import annotations

import codecs
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import IO, Any, ClassVar, Final

import pandas as pd

from pannier.errors import LostResult, UsageError, annotate
from pannier.frozen import frozen
from pannier.host import current, note_file
from pannier.io.compression import check_installed, compressing, resolve
from pannier.io.files import filesystem, is_local, open_file
from pannier.io.framing import check_encoding, without_mark
from pannier.io.sink import check_mixture, partition_paths, placed, written_aside
from pannier.kernels.kernel import BlockKernel
from pannier.kernels.reductions import Reduction

_MODES: Final = {
    "w": "w",
    "wt": "w",
    "wb": "w",
    "a": "a",
    "at": "a",
    "ab": "a",
    "x": "x",
    "xt": "x",
    "xb": "x",
}
"""What files are opened for, by the words of :func:`open`."""


@frozen
class FrameSink:
    """The steps of a writer."""

    verb: str
    kernel: BlockKernel
    """``kernel(block, *params)``: writes a partition, and returns what it has written."""
    params: tuple[Sequence[Any], ...]
    """Further arguments of the kernel, one element a partition each."""
    reduction: Reduction | None = None
    """What ends the writing, from what the kernels returned, and gives the paths; None where they are these."""
    abandon: Callable[[], None] | None = None
    """What removes what is left of a run that failed, where the run itself does not."""


@frozen
class FrameWriter(BlockKernel):
    """Writes a partition by the method ``verb`` of a frame, as text in a file that is whole or absent."""

    verb: str
    options: tuple[tuple[str, Any], ...] = ()
    """Keywords of the method."""
    mode: str = "w"
    compression: str | None = "infer"
    encoding: str = "utf-8"
    errors: str = "strict"
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)

    def __call__(self, *blocks: Any) -> str:
        """The path, after the block is written to it; with ``header``, for the first of some files, or not."""
        block, path, *header = blocks
        options = dict(self.options)
        if header:
            options["header"] = header[0]
        self.write(block, path, options, self.encoding, resolve(self.compression, path))
        return str(path)

    @property
    def label(self) -> str:
        return self.verb

    def write(
        self, block: Any, path: str, options: Mapping[str, Any], encoding: str, compression: str | None
    ) -> None:
        """Write ``block`` to ``path``, after what is there already where files are appended to."""
        with written_aside(path, self.storage_options or {}) as file:
            self.copy_before(path, file)
            encoding = _unmarked(encoding) if file.tell() else encoding
            with compressing(file, compression) as out:
                text = io.TextIOWrapper(out, encoding, self.errors, newline="")
                getattr(block, self.verb)(text, **options)
                text.flush()
                text.detach()
        note_file(path)

    def copy_before(self, path: str, file: IO[bytes]) -> None:
        """Begin ``file`` with what is at ``path``, to append to; raise FileExistsError where nothing may be."""
        if self.mode == "w" or not exists(path, self.storage_options):
            return
        if self.mode == "x":
            raise FileExistsError(f"{path}: there is a file already, and mode='x' writes new ones only")
        with open_file(path, self.storage_options) as old:
            shutil.copyfileobj(old, file)


def _unmarked(encoding: str) -> str:
    """``encoding`` behind the beginning of a file, where it has no mark."""
    mark = codecs.encode("", encoding)
    return without_mark(encoding, mark)[0] if mark else encoding


def exists(path: str, storage_options: Mapping[str, Any] | None) -> bool:
    """Whether there is a file at ``path``."""
    if is_local(path):
        return os.path.exists(path)
    fs, inner = filesystem(path, storage_options or {})
    return bool(fs.exists(inner))


def csv_sink(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    npartitions: int,
    *,
    single_file: bool = False,
    encoding: str = "utf-8",
    mode: str = "wt",
    name_function: Callable[[int], str] | None = None,
    compression: str | None = "infer",
    storage_options: Mapping[str, Any] | None = None,
    header_first_partition_only: bool | None = None,
    header: Any = True,
    **options: Any,
) -> FrameSink:
    """The steps of writing partitions as CSV: a file each, or all in one file, in order.

    ``path`` is a directory, a pattern with one ``*`` or a list of paths; of ``single_file`` that of the file.
    ``options`` are those of :meth:`pandas.DataFrame.to_csv`.  With ``single_file`` each partition is written, and
    compressed, beside, in the files of the run; what ends the writing puts them behind each other.  No more than one
    partition a task is in memory, and the file appears when it is whole.

    Raises :class:`~pannier.errors.UsageError` for a bad path, mode, encoding or compression, and for older files that
    would be read with the new ones.
    """
    if mode not in _MODES:
        raise UsageError(f"mode must be 'w', 'a' or 'x', not {mode!r}")
    check_encoding(encoding)
    check_installed(resolve(compression, ""))
    first_only = single_file if header_first_partition_only is None else header_first_partition_only
    if single_file and not first_only:
        raise UsageError("one file has one header: header_first_partition_only=False needs single_file=False")
    errors = options.pop("errors", "strict")
    given = tuple(options.items())
    mode = _MODES[mode]
    headers = [header if not (i and first_only) else False for i in range(npartitions)]
    if not single_file:
        paths = partition_paths(path, npartitions, name_function)
        if mode == "w":
            check_mixture(path, paths, storage_options, "mode='a' or mode='x' writes beside them")
        writer = FrameWriter("to_csv", given, mode, compression, encoding, errors, storage_options)
        return FrameSink("to_csv", writer, (paths, headers))
    if not isinstance(path, (str, os.PathLike)) or "*" in os.fspath(path):
        raise UsageError(f"with single_file=True a path is that of the one file, not {path!r}")
    target = placed(os.fspath(path))
    is_behind = mode == "a" and exists(target, storage_options)
    if is_behind:
        headers = [False] * npartitions if header_first_partition_only is None else headers
    writer = FrameWriter(
        "to_csv", given, mode, resolve(compression, target), encoding, errors, storage_options
    )
    return FrameSink(
        "to_csv",
        PieceWriter(writer, target, is_behind),
        (range(npartitions), headers),
        JoinPieces(writer, target),
    )


@frozen
class PieceWriter(BlockKernel):
    """Writes a partition's piece of the file ``target``: its path, or where no folder is given, its bytes."""

    writer: FrameWriter
    target: str
    is_behind: bool = False
    """Whether there is something in the file already."""

    def __call__(self, *blocks: Any) -> str | bytes:
        host = current()
        if host is not None:
            return self._written(host.new_path("to_csv"), *blocks)
        with tempfile.TemporaryDirectory(prefix="pannier-") as folder:  # nobody would remove the file
            return Path(self._written(os.path.join(folder, "piece.csv"), *blocks)).read_bytes()

    def _written(self, path: str, block: Any, number: int, header: Any) -> str:
        writer = self.writer
        encoding = _unmarked(writer.encoding) if number or self.is_behind else writer.encoding
        plain = FrameWriter(writer.verb, errors=writer.errors)
        options = dict(writer.options) | {"header": header}
        plain.write(block, path, options, encoding, writer.compression)
        return path

    @property
    def label(self) -> str:
        return self.writer.label


@frozen
class JoinPieces(Reduction):
    """Puts the pieces of a file behind each other, and removes them."""

    over_blocks: ClassVar[bool] = True
    in_pieces: ClassVar[bool] = False

    writer: FrameWriter
    target: str

    def chunk(self, records: Any) -> list[str | bytes]:
        return [records]

    def combine(self, partials: list[list[str | bytes]]) -> list[str | bytes]:
        return [piece for pieces in partials for piece in pieces]

    def finish(self, partial: list[str | bytes]) -> list[str]:
        """The path of the file, in a list."""
        with written_aside(self.target, self.writer.storage_options or {}) as file:
            self.writer.copy_before(self.target, file)
            for index, path in enumerate(partial):
                if isinstance(path, bytes):
                    file.write(path)
                    continue
                try:
                    with open(path, "rb") as piece:
                        shutil.copyfileobj(piece, file, 1 << 20)
                except FileNotFoundError:
                    raise LostResult(f"a piece of {self.target} is gone: {path}", index, path) from None
        for path in partial:
            if isinstance(path, str):
                Path(path).unlink(missing_ok=True)
        note_file(self.target)
        return [self.target]

    @property
    def label(self) -> str:
        return self.writer.label


def json_sink(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    npartitions: int,
    *,
    orient: str = "records",
    lines: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
    compression: str | None = "infer",
    name_function: Callable[[int], str] | None = None,
    mode: str = "w",
    **options: Any,
) -> FrameSink:
    """The steps of writing partitions as JSON, a file each: by default a record a line.

    ``path`` is a directory, a pattern with one ``*`` or a list of paths; ``options`` are those of
    :meth:`pandas.DataFrame.to_json`.  Raises :class:`~pannier.errors.UsageError` for a bad one, and for older files that
    would be read with the new ones.
    """
    lines = orient == "records" if lines is None else lines
    if lines and orient != "records":
        raise UsageError(f"lines=True writes a record a line: it needs orient='records', not {orient!r}")
    if mode not in ("w", "a") or (mode == "a" and not lines):
        raise UsageError(f"mode must be 'w', or 'a' for a record a line, as by lines=True, not {mode!r}")
    check_encoding(encoding, errors)
    check_installed(resolve(compression, ""))
    given = {"orient": orient, "lines": lines, **options}
    paths = partition_paths(path, npartitions, name_function)
    if mode == "w":
        check_mixture(path, paths, storage_options, "mode='a', or a list of paths, writes beside them")
    writer = FrameWriter(
        "to_json", tuple(given.items()), mode, compression, encoding, errors, storage_options
    )
    return FrameSink("to_json", writer, (paths,))


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
        "times": pa.types.is_timestamp(kind),
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
