"""Partitions written as text files: one file each, whole or not at all.

A file is written beside its place under a hidden name and renamed when it is complete, so a reader
never sees half of one, and a task that runs again overwrites its own result only.  Object stores do
the same themselves: an upload appears when it is committed.
"""

from __future__ import annotations

import codecs
import glob
import itertools
import os
import posixpath
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from pannier.errors import UsageError, annotate
from pannier.host import current, held, is_temporary, note_file
from pannier.io.compression import check_installed, compressing, resolve
from pannier.io.files import absolute, filesystem, find_files, is_local
from pannier.io.framing import check_encoding, without_mark
from pannier.kernels.batches import Partition, batches_of
from pannier.leftovers import new_file_name, sweep

_COMMITTING: Final = frozenset({"s3", "s3a", "gs", "gcs"})
"""Protocols whose uploads appear only when they are committed, and can be discarded."""
_BUCKETS: Final = _COMMITTING | {"abfs", "abfss", "az"}
"""Protocols of stores without folders, where to make one would make a bucket that is not there."""


def partition_paths(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    npartitions: int,
    name_function: Callable[[int], str] | None = None,
) -> list[str]:
    """The path of each partition's file: absolute, or a URL.

    ``path`` is a directory (its files are ``0.part``, ``1.part``, ...), a pattern with one ``*`` or a list
    of paths.  The names come from ``name_function`` (partition number to text) or are the numbers,
    with zeros before them so that they sort in partition order.  Raises
    :class:`~pannier.errors.UsageError` if they would not, or if the list has another length.

    >>> partition_paths("/out/part-*.txt", 11)[2], partition_paths("/out", 2, "ab".__getitem__)
    ('/out/part-02.txt', ['/out/a.part', '/out/b.part'])
    """
    if not isinstance(path, (str, os.PathLike)):
        paths = [os.fspath(each) for each in path]
        if len(paths) != npartitions:
            raise UsageError(f"{len(paths)} paths were given for {npartitions} partitions")
        if len(set(paths)) < len(paths):
            twice = next(each for i, each in enumerate(paths) if each in paths[:i])
            raise UsageError(f"two partitions would be written to the same path {twice!r}")
        return [placed(each) for each in paths]
    pattern = os.fspath(path)
    if pattern.count("*") > 1:
        raise UsageError(
            f"a path to write to has one '*', for the partition's name, not several: {pattern!r}"
        )
    return [placed(_pattern(pattern).replace("*", name)) for name in _names(npartitions, name_function)]


def _pattern(path: str) -> str:
    return path if "*" in path else posixpath.join(path, "*.part")


def check_mixture(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    paths: Sequence[str],
    storage_options: Mapping[str, Any] | None,
    instead: str = "a list of paths, one a partition, writes beside them",
) -> None:
    """Refuse to leave files in the directory, or of the pattern, ``path`` among new ones, with which they would be read.

    ``paths`` are those of the new ones; ``instead`` says how files are added to others.
    """
    if not isinstance(path, (str, os.PathLike)):
        return
    pattern = placed(_pattern(os.fspath(path)))
    if is_local(pattern):
        there = sorted(filter(os.path.isfile, glob.iglob("*".join(map(glob.escape, pattern.split("*"))))))
    else:
        try:
            there = [file.path for file in find_files(pattern, storage_options)]
        except FileNotFoundError:
            there = []
    left = next((each for each in there if each not in set(paths)), None)
    if left is not None:
        raise UsageError(
            f"there are files {pattern} already that would be read with the new ones, among them"
            f" {posixpath.basename(left)}: remove them, or write to another folder; {instead}"
        )


def placed(path: str) -> str:
    """``path`` as any worker can write to it: absolute, or the URL it is."""
    return absolute(path) if is_local(path) else path


def _names(npartitions: int, name_function: Callable[[int], str] | None) -> list[str]:
    if name_function is None:
        width = len(str(max(npartitions - 1, 0)))
        return [f"{i:0{width}}" for i in range(npartitions)]
    names = [name_function(i) for i in range(npartitions)]
    for i, name in enumerate(names):
        if not isinstance(name, str):
            raise UsageError(f"name_function must give a text; for {i} it gave {name!r}")
        if i and name <= names[i - 1]:
            raise UsageError(
                f"the names of the files must differ and sort in partition order, but name_function gave"
                f" {names[i - 1]!r} for {i - 1} and {name!r} for {i};"
                " fixed-width numbers do, for example lambda i: f'{i:04}'"
            )
    return names


@dataclass(frozen=True, slots=True)
class TextWriter:
    """Writes one partition's records to a file, a line each."""

    compression: str | None = "infer"
    encoding: str = "utf-8"
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)
    last_endline: bool = False
    """Whether the last line is ended too.  One that is empty always is: it would not be there else."""

    def __post_init__(self) -> None:
        """Raises :class:`~pannier.errors.UsageError` for an unknown encoding or compression."""
        check_encoding(self.encoding)
        check_installed(resolve(self.compression, ""))

    def __call__(self, records: Iterable[str | bytes], path: str) -> str:
        """``path``, after ``records`` are written to it and its directory is made.

        Records are streamed.  Raises TypeError for one that is neither str nor bytes and
        UnicodeEncodeError for one that the encoding has no characters for; then, as when making the
        records or writing them fails, there is no file.
        """
        partition = records if isinstance(records, Partition) else Partition(batches_of(records))
        lines = _Lines(self.encoding)
        with (
            written_aside(path, self.storage_options or {}) as file,
            compressing(file, resolve(self.compression, path)) as out,
        ):
            for batch in partition.batches():
                try:
                    data = lines.encoded(batch.records)
                except (TypeError, UnicodeEncodeError):
                    partition.blame(batch, lines.index)
                    raise
                out.write(data)
            out.write(lines.end(self.last_endline))
        note_file(path)
        return path


class _Lines:
    """Encodes records as lines.  A line is ended when the next one comes."""

    def __init__(self, encoding: str) -> None:
        self.index = 0
        """Which of the records given last is being encoded."""
        self._before = 0
        """How many were given before those."""
        self._encode = codecs.getincrementalencoder(encoding)().encode
        self._newline = codecs.encode("\n", without_mark(encoding, b"")[0])
        self._due = ""
        self._is_empty = False

    def encoded(self, records: list[str | bytes]) -> bytes:
        """``records`` behind those before."""
        data = self._together(records) if set(map(type, records)) == {str} else None
        if data is None:
            data = b"".join(map(self._line, itertools.count(), records))
        self._before += len(records)
        return data

    def _together(self, texts: list[Any]) -> bytes | None:
        """``texts`` in one step; None if one of them is empty, has newlines at an end, or cannot be encoded."""
        text = "\n".join(texts)
        if "\n\n" in text or text[:1] in ("", "\n") or text[-1:] == "\n":
            return None
        try:
            data = self._encode(self._due + text)
        except UnicodeEncodeError:
            return None
        self._due, self._is_empty = "\n", False
        return data

    def end(self, last_endline: bool) -> bytes:
        """What ends the last line, if anything does."""
        return self._encode(self._due if last_endline or self._is_empty else "", final=True)

    def _line(self, index: int, record: str | bytes) -> bytes:
        self.index = index
        if isinstance(record, str):
            data = self._encode(self._due + record)
            self._due = "" if record.endswith("\n") else "\n"
        elif isinstance(record, bytes):
            data = self._encode(self._due) + record
            self._due = "" if record.endswith(self._newline) else "\n"
        else:
            raise TypeError(
                f"record {self._before + index} of the partition is of type {type(record).__name__}, and only str"
                " and bytes can be written as lines; make it text first, for example with .map(json.dumps)"
            )
        self._is_empty = not record
        return data


@contextmanager
def written_aside(path: str, storage_options: Mapping[str, Any]) -> Iterator[IO[bytes]]:
    """A file that takes the place of ``path`` if the block ends well, and leaves no trace if not.

    An OSError says the path in a note: that of a full disk names no file.
    """
    try:
        with _aside(path, storage_options) as file:
            yield file
    except OSError as error:
        annotate(error, f"while writing {path}")
        raise


@contextmanager
def _aside(path: str, storage_options: Mapping[str, Any]) -> Iterator[IO[bytes]]:
    if is_local(path):
        with _renamed(Path(absolute(path))) as file:
            yield file
        return
    fs, inner = filesystem(path, storage_options)
    make_folder(fs, inner)
    try:
        with _committed(fs, inner) if _protocols(fs) & _COMMITTING else _moved(fs, inner) as file:
            yield file
    except FileNotFoundError as error:
        bucket = inner.partition("/")[0]
        if _protocols(fs) & _BUCKETS and not fs.exists(bucket):
            annotate(error, f"there is no bucket {bucket!r}; make it first, or correct the path")
        raise


def make_folder(fs: Any, path: str) -> None:
    """Make the folder for the file ``path``, where a filesystem has folders."""
    if not _protocols(fs) & _BUCKETS:
        fs.makedirs(posixpath.dirname(path), exist_ok=True)


def _protocols(fs: Any) -> set[str]:
    return {fs.protocol} if isinstance(fs.protocol, str) else set(fs.protocol)


@contextmanager
def _renamed(target: Path) -> Iterator[IO[bytes]]:
    aside = target.with_name(new_file_name())
    with held(str(aside)):  # before there is a folder, which nobody would remove when the run is over
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(str(target.parent))
        try:
            with aside.open("xb") as file:
                yield file
            aside.replace(target)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise


@contextmanager
def _committed(fs: Any, path: str) -> Iterator[IO[bytes]]:
    file = fs.open(path, "wb", autocommit=False)
    try:
        with file:
            yield file
    except BaseException:
        file.discard()
        raise
    file.commit()


@contextmanager
def _moved(fs: Any, path: str) -> Iterator[IO[bytes]]:
    folder, _ = posixpath.split(path)
    aside = posixpath.join(folder, f".{os.urandom(8).hex()}.tmp")
    try:
        with fs.open(aside, "wb") as file:
            yield file
        fs.mv(aside, path)
    except BaseException:
        if fs.exists(aside):
            fs.rm(aside)
        raise


@contextmanager
def staged(folder: str) -> Iterator[None]:
    """Have the hidden ``folder``, to which the block writes files for another one, removed when the run is over."""
    here, link = current(), None
    if here is not None and is_temporary(here.folder) and is_local(folder):
        link = here.hold(folder)
        sweep(os.path.dirname(absolute(folder)))
    try:
        yield
    finally:
        if link is not None and not os.path.lexists(link):
            # The run is over, and could not remove a folder in which a file was about to begin.
            shutil.rmtree(folder, ignore_errors=True)


def move_all(paths: Sequence[str], places: Sequence[str], storage_options: Mapping[str, Any] | None) -> None:
    """Move each file of ``paths`` to its place, instead of what is there."""
    for path, place in zip(paths, places, strict=True):
        if is_local(place):
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, place)
            continue
        fs, inner = filesystem(place, storage_options or {})
        make_folder(fs, inner)
        fs.mv(filesystem(path, storage_options or {})[1], inner)


def remove_folder(folder: str, storage_options: Mapping[str, Any] | None) -> None:
    """Remove ``folder`` with all that is in it, if it is there."""
    if is_local(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return
    fs, inner = filesystem(folder, storage_options or {})
    fs.invalidate_cache()
    if fs.exists(inner):
        fs.rm(inner, recursive=True)


def remove_files(paths: Iterable[str], storage_options: Mapping[str, Any] | None) -> None:
    """Remove those of ``paths`` that are there."""
    for path in paths:
        if is_local(path):
            Path(path).unlink(missing_ok=True)
            continue
        fs, inner = filesystem(path, storage_options or {})
        if fs.exists(inner):
            fs.rm(inner)
