"""Text files as a source of lines: which files, and which bytes of them are a partition.

Nothing is read here but names and sizes; :mod:`pannier.io.lines` reads a partition, in a worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pannier.io.blocks import check_blocksize, plan_parts
from pannier.io.compression import check_installed, resolve
from pannier.io.files import File, UrlPath, find_files, is_seekable
from pannier.io.framing import check_encoding, framing, without_mark
from pannier.io.lines import TextReader
from pannier.plan.nodes import Source


def text_source(
    urlpath: UrlPath,
    *,
    blocksize: str | float | None = "64 MiB",
    compression: str | None = "infer",
    encoding: str = "utf-8",
    errors: str = "strict",
    linedelimiter: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    files_per_partition: int | None = None,
    include_path: bool = False,
) -> Source:
    r"""A source of the lines of text files, each with its line end; with ``include_path`` (line, path).

    The files are listed here, in order of their names within a pattern or directory, and read later.
    Plain files above ``blocksize`` bytes become several partitions, cut at line ends; compressed ones,
    files on web servers and those in encodings that only their start explains (utf-7, iso-2022) are one
    each; neighbouring small files share one when there are more than 32.  Without ``linedelimiter``
    lines end, as in :func:`open`, after ``\n``, ``\r\n`` or ``\r`` and come with ``\n``; with one,
    after exactly that.

    Raises FileNotFoundError where nothing is found, ImportError where a package for a format or
    protocol is not installed, and :class:`~pannier.errors.UsageError` for a bad option.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.txt").write_text("one\ntwo\n")
    ...     source = text_source(folder + "/*.txt")
    ...     [batch.records for batch in source.reader(source.parts[0])]
    [['one\n', 'two\n']]
    """
    size = check_blocksize(blocksize)
    check_encoding(encoding, errors, linedelimiter)
    resolve(compression, "")
    files = find_files(urlpath, storage_options)
    formats = {file.path: resolve(compression, file.path) for file in files}
    for name in set(formats.values()):
        check_installed(name)
    is_framed = framing(without_mark(encoding, b"")[0], linedelimiter, errors) is not None

    def can_split(file: File) -> bool:
        return is_framed and formats[file.path] is None and is_seekable(file.path)

    parts = plan_parts(files, blocksize=size, files_per_partition=files_per_partition, can_split=can_split)
    reader = TextReader(encoding, errors, linedelimiter, compression, include_path, storage_options)
    return Source(verb="read_text", reader=reader, parts=parts)
