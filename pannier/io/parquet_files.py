"""The files of a Parquet dataset, and the columns that the names of its folders stand for."""

from __future__ import annotations

import base64
import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from pannier.errors import UsageError
from pannier.io.arrowtables import is_known
from pannier.io.files import File, UrlPath, absolute, find_files, is_local
from pannier.io.parquet_columns import is_text

EXTENSIONS: Final = (".parq", ".parquet", ".pq")
"""The names of a directory's files that are read, by their ends."""

NULL_FOLDER: Final = "__HIVE_DEFAULT_PARTITION__"
"""The value of a folder whose rows have none."""

_FOLDER_TYPES: Final = b"pannier.partition_on"
"""The key in the schemas of files under which the types of the columns stand that became folders."""


def placed(
    path: UrlPath, filesystem: Any, storage_options: Mapping[str, Any] | None
) -> tuple[UrlPath, Mapping[str, Any] | None]:
    """``path`` and the options to open it with, where an fsspec ``filesystem`` may say how."""
    if filesystem is None or filesystem in ("fsspec", "arrow", "pyarrow"):
        return path, storage_options
    if not hasattr(filesystem, "unstrip_protocol"):
        raise UsageError(
            f"filesystem must be 'fsspec', 'arrow' or an fsspec filesystem, not {filesystem!r:.100};"
            " give a URL as path, and storage_options, for any other"
        )
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    urls = [filesystem.unstrip_protocol(os.fspath(each)) for each in paths]
    return urls if len(urls) > 1 else urls[0], {**filesystem.storage_options, **(storage_options or {})}


def parquet_files(
    path: UrlPath, extension: str | Sequence[str] | None, storage_options: Mapping[str, Any] | None
) -> list[File]:
    """The files that ``path`` stands for; of directories those with an ``extension`` only."""
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    ends = (extension,) if isinstance(extension, str) else None if extension is None else tuple(extension)
    found: list[File] = []
    for each in paths:
        files = find_files(each, storage_options)
        is_folder = not any(file.path.rstrip("/") == _full(each) for file in files) and not _has_magic(each)
        if is_folder and ends is not None:
            kept = [file for file in files if file.path.endswith(ends)]
            if not kept:
                raise FileNotFoundError(
                    f"the directory {os.fspath(each)!r} has no files that end in {' or '.join(ends)},"
                    f" but {posixpath.basename(files[0].path)!r}; parquet_file_extension=None takes all files"
                )
            files = kept
        found += files
    return found


def _full(path: str | os.PathLike[str]) -> str:
    text = os.fspath(path)
    return absolute(text) if is_local(text) else text.rstrip("/")


def _has_magic(path: str | os.PathLike[str]) -> bool:
    return any(sign in os.fspath(path) for sign in "*?[")


def below_root(file: str, path: UrlPath) -> str:
    """The folders of ``file`` that are below what ``path`` names."""
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    if len(paths) > 1:
        root = posixpath.commonpath([posixpath.dirname(_full(each)) for each in paths])
    else:
        root = _full(paths[0])
        while _has_magic(root):
            root = posixpath.dirname(root)
    return posixpath.dirname(file.removeprefix(root).lstrip("/")) if file.startswith(root + "/") else ""


def folder_types_stored(schema: pa.Schema) -> dict[bytes, bytes]:
    """What to add to the metadata of files beside folders for the columns of ``schema``, to read them as these."""
    plain = [
        each.with_type(each.type.value_type) if pa.types.is_dictionary(each.type) else each
        for each in schema
        if is_known(each.type) and not isinstance(each.type, pa.BaseExtensionType)
    ]
    return {_FOLDER_TYPES: base64.b64encode(pa.schema(plain).serialize())} if plain else {}


def folder_types(schemas: Iterable[pa.Schema]) -> dict[str, pa.DataType]:
    """The types of columns that became folders, where all files say the same of them."""
    found = {(schema.metadata or {}).get(_FOLDER_TYPES) for schema in schemas}
    said = found.pop() if len(found) == 1 else None
    if said is None:
        return {}
    return {each.name: each.type for each in pa.ipc.read_schema(pa.py_buffer(base64.b64decode(said)))}


def folder_columns(
    folders: Sequence[str], types: Mapping[str, pa.DataType]
) -> tuple[tuple[tuple[str, pa.Array], ...], list[tuple[int | None, ...]]]:
    """The columns that folders named ``key=value`` stand for with their values, and each file's positions in these.

    Values are whole numbers of 32 bits where all are, else text; but of a type of ``types`` where all can be read so.

    >>> folder_columns(["year=2014", "year=2015"], {})[1]
    [(0,), (1,)]
    """
    found = []
    for folder in folders:
        pairs = [part.partition("=") for part in folder.split("/") if "=" in part]
        found.append({key: unquote(value) for key, _, value in pairs if value != NULL_FOLDER})
    names = list(dict.fromkeys(key for folder in folders for key in _keys(folder)))
    columns: list[tuple[str, pa.Array]] = []
    positions: dict[str, dict[str | None, Any]] = {}
    for name in names:
        texts = list(dict.fromkeys(known[name] for known in found if name in known))
        values = _parsed(texts, types.get(name))
        unique = values.unique()  # "1" and "01" are one number
        columns.append((name, unique))
        positions[name] = dict(zip(texts, pc.index_in(values, unique).to_pylist(), strict=True))
    keys = [tuple(positions[name].get(values.get(name)) for name in names) for values in found]
    return tuple(columns), keys


def _parsed(texts: list[str], kind: pa.DataType | None) -> pa.Array:
    """The values that ``texts`` are, which were of the type ``kind`` if that is known."""
    numbers = [_as_number(text) for text in texts]
    if texts and None not in numbers and (kind is None or pa.types.is_integer(kind)):
        return pa.array(numbers, pa.int32())
    plain = pa.array(texts, pa.string())
    if kind is None or is_text(kind):
        return plain
    try:
        # Arrow writes durations as numbers, and reads no others.
        return (plain.cast(pa.int64()) if pa.types.is_duration(kind) else plain).cast(kind)
    except pa.ArrowException:  # of files that came to these later, or a type that Arrow reads no texts as
        return plain


def _keys(folder: str) -> list[str]:
    return [part.partition("=")[0] for part in folder.split("/") if "=" in part]


def _as_number(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if -(1 << 31) <= number < 1 << 31 and "_" not in text and text.strip() == text else None
