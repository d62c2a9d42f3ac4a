"""Which files an address stands for, and how one is opened: here, in memory, on a server, in a bucket.

Local paths are handled by the standard library alone, so that a worker that reads them starts without
fsspec; everything with a protocol goes through fsspec.  Listing asks for names and sizes, never for
content.
"""

from __future__ import annotations

import glob
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from pannier.errors import UsageError, near_matches
from pannier.frozen import frozen

UrlPath: TypeAlias = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
"""A path, glob pattern, directory or URL, or several of them."""

_STAMPS: Final = ("mtime", "LastModified", "Last-Modified", "last_modified", "created", "ETag", "etag")
"""What filesystems say of a file's version besides its size, under the names they say it."""

_READ_AHEAD: Final = 8 << 20
"""Bytes to ask a server for at once: a request costs little beside them, and so does what a block
reads past its end.  (The default of some filesystems is 50 MiB.)"""

_EXTRAS: Final = {"http": "http", "https": "http", "s3": "s3", "s3a": "s3"}
"""The optional dependencies of this package that serve a protocol."""


@frozen
class File:
    """A file that was found."""

    path: str
    """Absolute path or full URL: enough for a worker to open it."""
    size: int | None
    """Bytes as stored; None where the server does not say."""
    version: str
    """Equal only where the filesystem says that the content is."""


def is_local(path: str) -> bool:
    """Whether ``path`` is on this machine's own filesystem.

    >>> is_local("data/a.json"), is_local("file:///data/a.json"), is_local("s3://bucket/a.json")
    (True, True, False)
    """
    return path.startswith(("file://", "local://")) or ("://" not in path and "::" not in path)


def find_files(urlpath: UrlPath, storage_options: Mapping[str, Any] | None = None) -> list[File]:
    """The files that ``urlpath`` stands for: by name within a pattern or directory, as given in a list.

    A directory stands for all files below it but hidden ones and markers (``.name``, ``_name``).
    Raises FileNotFoundError with the nearest names that exist, and
    :class:`~pannier.errors.UsageError` for what is no path.
    """
    paths = [urlpath] if isinstance(urlpath, (str, os.PathLike)) else _as_list(urlpath)
    files: list[File] = []
    for path in paths:
        if not isinstance(path, (str, os.PathLike)):
            raise UsageError(f"a path must be a str or os.PathLike, not {type(path).__name__}: {path!r}")
        text = os.fspath(path)
        if not isinstance(text, str) or not text:
            raise UsageError(f"a path must be a text of at least one character, not {text!r}")
        files += _find_local(text) if is_local(text) else _find_remote(text, storage_options or {})
    return files


def current_version(path: str) -> str | None:
    """The version of a local file as it is now; None if it is gone, or not on this machine.

    >>> current_version("/no/such/file") is None
    True
    """
    try:
        return _local_file(absolute(path)).version if is_local(path) else None
    except OSError:
        return None


def stored_bytes(path: str) -> int | None:
    """The size of a local file as it is now; None if it is gone, or not on this machine.

    >>> stored_bytes("s3://bucket/a.json") is None
    True
    """
    try:
        return os.path.getsize(absolute(path)) if is_local(path) else None
    except OSError:
        return None


def absolute(path: str) -> str:
    """The absolute form of a local path, which holds in a worker whatever its working directory.

    >>> absolute("file:///data/a.json")
    '/data/a.json'
    """
    for protocol in ("file://", "local://"):
        path = path.removeprefix(protocol)
    return str(Path(os.path.abspath(os.path.expanduser(path))))  # links are kept as they are


@contextmanager
def open_file(
    path: str, storage_options: Mapping[str, Any] | None = None, *, seekable: bool = False
) -> Iterator[IO[bytes]]:
    """The file at ``path``, open for reading bytes within the block.

    A file that need not be ``seekable`` may come as a plain stream, which every web server can give.
    """
    if is_local(path):
        with Path(absolute(path)).open("rb", buffering=0) as local:
            yield local
        return
    fs, inner = filesystem(path, storage_options or {})
    block_size = _READ_AHEAD if seekable or is_seekable(path) else 0
    with fs.open(inner, "rb", block_size=block_size) as file:
        yield file


def is_seekable(path: str) -> bool:
    """Whether any part of the file can be read without the rest.

    Web servers may or may not serve parts, and do not always say which; they are asked for whole files.
    """
    return not path.startswith(("http://", "https://"))


def filesystem(url: str, storage_options: Mapping[str, Any]) -> tuple[Any, str]:
    """The fsspec filesystem for ``url``, and the path in it.

    Raises :class:`~pannier.errors.UsageError` for an unknown protocol, ImportError where the package
    that serves it is not installed.
    """
    import fsspec

    protocol = url.partition("::")[0].partition("://")[0]
    try:
        fs, inner = fsspec.core.url_to_fs(url, **storage_options)
    except ValueError as error:
        if protocol in fsspec.available_protocols():
            raise
        hint = near_matches(protocol, fsspec.available_protocols())
        raise UsageError(f"unknown protocol {protocol!r} in {url!r}{hint}") from error
    except ImportError as error:
        if (extra := _EXTRAS.get(protocol)) is None:
            raise
        raise ImportError(f"{protocol}:// needs more packages: pip install 'pannier[{extra}]'") from error
    return fs, inner


def _as_list(urlpath: object) -> list[Any]:
    if isinstance(urlpath, bytes) or not isinstance(urlpath, Iterable):
        raise UsageError(f"expected a path, a glob pattern, a URL or a list of them, not {urlpath!r}")
    paths = list(urlpath)
    if not paths:
        raise UsageError("no path was given: the list is empty")
    return paths


def _is_data(relative: str) -> bool:
    *folders, name = relative.split("/")
    return not name.startswith((".", "_")) and all(map(_holds_data, folders))


def _holds_data(folder: str) -> bool:
    """Whether a folder of this name is no hidden one; ``_year=2015`` is the value of a column."""
    return not folder.startswith((".", "_")) or "=" in folder


# --- this machine ------------------------------------------------------------------------------------


def _find_local(path: str) -> list[File]:
    full = absolute(path)
    if os.path.lexists(full):  # a name with brackets in it is a name first
        found = list(_below(full)) if Path(full).is_dir() else [full]
        if not found:
            raise FileNotFoundError(f"the directory {full!r} has no files (hidden and '_' files not counted)")
    elif glob.has_magic(full):
        matches = glob.iglob(full, recursive=True)
        found = list(
            {file for match in matches for file in (_below(match) if Path(match).is_dir() else [match])}
        )
        if not found:
            raise FileNotFoundError(f"no file matches {path!r}{_near_local(full)}")
    else:
        raise FileNotFoundError(f"no such file: {path!r}{_near_local(full)}")
    return [_local_file(name) for name in sorted(found)]


def _below(directory: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise error

    def is_new(folder: str) -> bool:
        status = Path(folder).stat()
        before = len(entered)
        entered.add((status.st_dev, status.st_ino))
        return len(entered) > before

    entered: set[tuple[int, int]] = set()
    is_new(directory)
    for folder, folders, names in os.walk(directory, onerror=refuse, followlinks=True):
        # A link may lead back to where it is: each folder is entered once.
        folders[:] = [name for name in sorted(folders) if _holds_data(name) and is_new(f"{folder}/{name}")]
        yield from (os.path.join(folder, name) for name in names if _is_data(name))


def _local_file(path: str) -> File:
    status = Path(path).stat()
    return File(path, status.st_size, f"{status.st_size}-{status.st_mtime_ns}")


def _near_local(full: str) -> str:
    folder, name = os.path.split(full)
    missing = name
    while not Path(folder).is_dir():
        folder, missing = os.path.split(folder)
    return _near(missing, sorted(os.listdir(folder)), folder)


def _near(missing: str, names: list[str], folder: str) -> str:
    if hint := near_matches(missing, names):
        return hint + f" (in {folder})"
    if not names:
        return f"; {folder} is empty"
    return f"; {folder} has {', '.join(map(repr, names[:3]))}{', ...' if len(names) > 3 else ''}"


# --- elsewhere ---------------------------------------------------------------------------------------


def _find_remote(url: str, storage_options: Mapping[str, Any]) -> list[File]:
    fs, inner = filesystem(url, storage_options)
    fs.invalidate_cache()  # a worker may have written since this process last looked
    is_pattern = _has_remote_magic(url, inner)
    infos = _remote_matches(fs, inner) if is_pattern else {}
    if not infos:
        try:
            info = fs.info(inner)
        except FileNotFoundError:
            what = "no file matches" if is_pattern else "no such file:"
            raise FileNotFoundError(f"{what} {url!r}{_near_remote(fs, inner)}") from None
        infos = _remote_below(fs, inner) if info.get("type") == "directory" else {inner: info}
    if not infos:
        raise FileNotFoundError(f"the directory {url!r} has no files (hidden and '_' files not counted)")
    return [_remote_file(_url_of(url, inner, fs, path), infos[path]) for path in sorted(infos)]


def _remote_matches(fs: Any, pattern: str) -> dict[str, Mapping[str, Any]]:
    infos: dict[str, Mapping[str, Any]] = {}
    for path, info in fs.glob(pattern, detail=True).items():
        if "/." in path and "/." not in pattern:
            continue  # hidden, as a shell and `glob` have it
        infos.update(_remote_below(fs, path) if info.get("type") == "directory" else {path: info})
    return infos


def _has_remote_magic(url: str, inner: str) -> bool:
    # In a web address a question mark begins the query.
    return "*" in inner if not is_seekable(url) else glob.has_magic(inner)


def _remote_below(fs: Any, folder: str) -> dict[str, Mapping[str, Any]]:
    prefix = folder.rstrip("/") + "/"
    found = fs.find(folder, detail=True)
    return {
        path: info
        for path, info in found.items()
        if not path.endswith("/") and _is_data(path.removeprefix(prefix))
    }


def _url_of(url: str, inner: str, fs: Any, path: str) -> str:
    """The URL of ``path`` in ``fs``, where ``url`` stands for ``inner``.

    All of ``url`` that is not its path stays: host, user and chained protocols, which ``path`` has lost.
    """
    links = url.split("::")
    first = next((i for i, link in enumerate(links) if "://" in link), len(links) - 1)
    link = links[first].rstrip("/")
    if not link.endswith(inner):
        return str(fs.unstrip_protocol(path))
    links[first] = link.removesuffix(inner) + path
    return "::".join(links)


def _remote_file(url: str, info: Mapping[str, Any]) -> File:
    size = info.get("size")
    stamps = [str(info[name]) for name in _STAMPS if info.get(name) is not None]
    return File(url, size, "-".join((str(size), *stamps)) if stamps else os.urandom(16).hex())


def _near_remote(fs: Any, inner: str) -> str:
    folder, name = posixpath.split(inner.rstrip("/"))
    try:
        entries = fs.ls(folder, detail=False)
    except Exception:  # noqa: BLE001 - a hint may not hide the error it belongs to
        return ""
    return _near(name, sorted(posixpath.basename(entry.rstrip("/")) for entry in entries), folder)
