"""Frames written as text files: what each partition's task does, and what ends the writing.

A :class:`FrameSink` is the steps of a writer, for a collection to make a plan of: ``kernel(block, *params[i])`` for
each partition, and a reduction of what these return, if there is anything left to do when all are written.  Files
are whole or absent, as :mod:`pannier.io.sink` has it.
"""

from __future__ import annotations

import codecs
import io
import os
import posixpath
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, ClassVar, Final

from pannier.errors import LostResult, UsageError
from pannier.frozen import frozen
from pannier.host import current, note_file
from pannier.io.compression import check_installed, compressing, resolve
from pannier.io.files import filesystem, is_local, open_file
from pannier.io.framing import check_encoding, without_mark
from pannier.io.sink import (
    check_mixture,
    move_all,
    partition_paths,
    placed,
    remove_folder,
    staged,
    written_aside,
)
from pannier.kernels.kernel import BlockKernel
from pannier.kernels.reductions import Reduction
from pannier.leftovers import new_file_name

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
    staging: str = ""
    """The name of a hidden folder beside the files, in which they are until all are written."""

    def __call__(self, *blocks: Any) -> str:
        """The path, after the block is written to it; with ``header``, for the first of some files, or not."""
        block, path, *header = blocks
        options = dict(self.options)
        if header:
            options["header"] = header[0]
        with staged(_beside(path, self.staging)) if self.staging else nullcontext():
            self.write(block, path, options, self.encoding, resolve(self.compression, path))
        return str(path)

    @property
    def label(self) -> str:
        return self.verb

    def write(
        self, block: Any, path: str, options: Mapping[str, Any], encoding: str, compression: str | None
    ) -> None:
        """Write ``block`` to ``path``, after what is there already where files are appended to."""
        place = self.staged_path(path)
        with written_aside(place, self.storage_options or {}) as file:
            self.copy_before(path, file)
            encoding = _unmarked(encoding) if file.tell() else encoding
            with compressing(file, compression) as out:
                text = io.TextIOWrapper(out, encoding, self.errors, newline="")
                getattr(block, self.verb)(text, **options)
                text.flush()
                text.detach()
        note_file(place)

    def staged_path(self, path: str) -> str:
        """Where the file for ``path`` is until all are written."""
        return posixpath.join(_beside(path, self.staging), posixpath.basename(path)) if self.staging else path

    def copy_before(self, path: str, file: IO[bytes]) -> None:
        """Begin ``file`` with what is at ``path``, to append to; raise FileExistsError where nothing may be."""
        if self.mode == "w" or not exists(path, self.storage_options):
            return
        if self.mode == "x":
            raise FileExistsError(f"{path}: there is a file already, and mode='x' writes new ones only")
        with open_file(path, self.storage_options) as old:
            shutil.copyfileobj(old, file)

    def remove_staged(self, paths: Iterable[str]) -> None:
        """Remove what is left of files that did not come to their places."""
        for folder in {_beside(path, self.staging) for path in paths}:
            remove_folder(folder, self.storage_options)


def _beside(path: str, name: str) -> str:
    return posixpath.join(posixpath.dirname(path), name)


@frozen
class MoveStaged(Reduction):
    """Puts files in their places when all are written, those that files were appended to among them: their paths."""

    over_blocks: ClassVar[bool] = True
    in_pieces: ClassVar[bool] = False

    writer: FrameWriter

    def chunk(self, records: Any) -> list[str]:
        return [records]

    def combine(self, partials: list[list[str]]) -> list[str]:
        return [path for paths in partials for path in paths]

    def finish(self, partial: list[str]) -> list[str]:
        move_all([*map(self.writer.staged_path, partial)], partial, self.writer.storage_options)
        self.writer.remove_staged(partial)
        return partial

    @property
    def label(self) -> str:
        return self.writer.label


def _files_sink(writer: FrameWriter, *params: Sequence[Any]) -> FrameSink:
    """The steps of writing a file a partition; where there may be others that are to stay, all appear in the end or none."""
    if writer.mode == "w":
        return FrameSink(writer.verb, writer, params)
    writer = replace(writer, staging=new_file_name())
    return FrameSink(
        writer.verb, writer, params, MoveStaged(writer), partial(writer.remove_staged, params[0])
    )


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
        return _files_sink(writer, paths, headers)
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
    return _files_sink(writer, paths)
