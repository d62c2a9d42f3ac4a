"""Reader of JSON files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from pannier import config
from pannier.collections.bag.bag import Bag
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.create import from_map
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.functions import to_datetime
from pannier.errors import UsageError, near_matches
from pannier.io.compression import check_installed, resolve
from pannier.io.files import UrlPath, find_files
from pannier.io.framing import check_encoding
from pannier.io.jsonfiles import JsonDocument, JsonRecords, oriented_frame
from pannier.io.text import text_source
from pannier.kernels.frames.conversions import without_numbers
from pannier.kernels.frames.elementwise import RowCall
from pannier.kernels.kernel import Slot
from pannier.plan.nodes import Source

_ORIENTS: Final = ("records", "split", "index", "columns", "values", "table")
_OF_RECORDS: Final = ("dtype", "convert_dates", "date_unit", "columns")
"""Options that frames of records have."""
_UNITS: Final = ("s", "ms", "us", "ns")


def read_json(
    url_path: UrlPath,
    orient: str = "records",
    lines: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    blocksize: int | str | None = "default",
    sample: int | str = 1 << 20,
    encoding: str = "utf-8",
    errors: str = "strict",
    compression: str | None = "infer",
    meta: Any = None,
    engine: Any = None,
    include_path_column: bool | str = False,
    path_converter: Any = None,
    **options: Any,
) -> DataFrame:
    r"""A frame of the records of JSON files, in order: by default a record a line.

    Of records no field is left out: the columns are those of all records, and their types hold what is in any of them,
    as in :meth:`Bag.to_dataframe() <pannier.collections.bag.frame.ToFrame.to_dataframe>`.  Texts stay texts: what are
    dates is said by ``convert_dates``.  Runs on processes, as bags do.

    Parameters
    ----------
    url_path
        A path, a glob, a directory or a list of them, local or by any protocol of fsspec.
    orient
        How a file, which is then one partition, is laid out, as in :func:`pandas.read_json`; all but ``"records"`` are
        read by that, and have the types that it finds in the first file.
    lines
        Whether each line is a record, which is the default of ``orient="records"``; False for an array of them.
        Blank lines are none.
    blocksize
        Bytes of an uncompressed file of lines that make one partition; None: one partition a file.
    encoding, errors, compression, storage_options
        As in :func:`pannier.read_text`.
    meta
        Names and types of the columns, with which no record is read before the frame is computed.
    include_path_column
        A column, called ``path`` or as this says, of the file that each row is from, as a category;
        ``path_converter`` is a function from paths to what is in it.
    sample, engine
        Of no effect: first records of several files are looked at, and there is one way to read.
    options
        Of records: ``columns``, a list of fields; ``dtype``, a mapping of columns to types to convert them to;
        ``convert_dates``, a list of columns; ``date_unit``, what numbers among these count since 1970: ``"ms"`` for
        what ``to_json`` writes, ``"s"``, ``"us"`` or ``"ns"``.  Else those of :func:`pandas.read_json`.

    Raises
    ------
    FileNotFoundError
        Nothing matches ``url_path``.
    UsageError
        An option that does not exist, or cannot be had.
    InputError
        On compute: numbers in a column of ``convert_dates``, and no ``date_unit``.
    json.JSONDecodeError
        On compute: a line, or a file, that is no JSON; with its address.

    Examples
    --------
    >>> import pathlib, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.json").write_text('{"x": 1}\n{"x": 2.5, "y": "b"}\n')
    ...     pn.read_json(f"{folder}/*.json").compute(scheduler="sync")
         x    y
    0  1.0  NaN
    1  2.5    b
    """
    if orient not in _ORIENTS:
        raise UsageError(
            f"orient must be one of {', '.join(_ORIENTS)}, not {orient!r}{near_matches(orient, _ORIENTS)}"
        )
    lines = orient == "records" if lines is None else lines
    if lines and orient != "records":
        raise UsageError(f"lines=True is a record a line, and needs orient='records', not {orient!r}")
    check_encoding(encoding, errors)
    files = [file.path for file in find_files(url_path, storage_options)]
    for name in {resolve(compression, path) for path in files}:
        check_installed(name)
    document = JsonDocument(compression, encoding, errors, storage_options)
    name = ("path" if include_path_column is True else include_path_column) or None
    paths = {path: path if path_converter is None else path_converter(path) for path in files} if name else {}
    if orient != "records":
        return _oriented(files, document, orient, meta, name, paths, options)
    if lines:
        size = config.get("blocksize") if blocksize == "default" else blocksize
        source = text_source(
            url_path,
            blocksize=size,
            compression=compression,
            encoding=encoding,
            errors=errors,
            storage_options=storage_options,
            include_path=name is not None,
        )
        bag: Bag = Bag(source)
        if name is None:
            records = bag.remove(str.isspace).map(json.loads)
        else:
            records = bag.remove(_is_blank).map(_decoded, name, paths)
    else:
        records = Bag(Source(verb="read_json", reader=JsonRecords(document), parts=files))
        if name is not None:
            raise UsageError(
                "include_path_column is of records a line: say lines=True, or read each file by itself"
            )
    return _of_records(records, meta, name, paths, options)


def _is_blank(line: tuple[str, str]) -> bool:
    return line[0].isspace()


def _decoded(line: tuple[str, str], name: str, paths: Mapping[str, Any]) -> Any:
    """The record of a line, with the path that it is from."""
    record = json.loads(line[0])
    if isinstance(record, dict):
        if name in record:
            raise UsageError(f"a record has a field {name!r}: give include_path_column another name")
        record[name] = paths[line[1]]
    return record


def _of_records(
    records: Bag, meta: Any, name: Any, paths: Mapping[str, Any], options: dict[str, Any]
) -> DataFrame:
    for option in options:
        if option not in _OF_RECORDS:
            raise UsageError(
                f"read_json of records has no option {option!r}{near_matches(option, _OF_RECORDS)}; there are "
                f"{', '.join(_OF_RECORDS)}"
            )
    columns = options.get("columns")
    if columns is not None and name is not None:
        columns = [*columns, name]
    frame = records.to_dataframe(meta=meta, columns=columns)
    dtypes = dict(options.get("dtype") or {})
    if name is not None and name in frame.columns:
        dtypes[name] = pd.CategoricalDtype(list(dict.fromkeys(paths.values())))
    if dtypes:
        frame = frame.astype(dtypes)
    dates = options.get("convert_dates") or ()
    if isinstance(dates, (str, bool)):
        raise UsageError(f"convert_dates= is a list of columns, not {dates!r}")
    for column in dates:
        frame = frame.assign(**{column: _instants(frame[column], options.get("date_unit"))})
    return frame  # type: ignore[no-any-return]


def _instants(values: Any, unit: str | None) -> Any:
    """The dates of a column; what numbers count cannot be guessed of one block, as pandas does of all rows."""
    if unit is not None and unit not in _UNITS:
        raise UsageError(f"date_unit must be one of {', '.join(_UNITS)}, not {unit!r}")
    if unit is not None and not isinstance(values._meta.dtype, pd.StringDtype):
        return to_datetime(values, unit=unit)
    checked = RowCall(without_numbers, (Slot(0),), {})
    return to_datetime(values._blockwise("convert_dates", checked, meta=values._meta))


def _oriented(
    files: list[str],
    document: JsonDocument,
    orient: str,
    meta: Any,
    name: Any,
    paths: Mapping[str, Any],
    options: Mapping[str, Any],
) -> DataFrame:
    dtype = pd.CategoricalDtype(list(dict.fromkeys(paths.values())))
    frame = from_map(
        _with_path,
        files,
        args=(document, orient, options, name, paths, dtype),
        label="read_json",
        enforce_metadata=True,
        **({} if meta is None else {"meta": meta}),
    )
    return wrap(frame.node, frame._meta, numbers=orient == "values")  # type: ignore[no-any-return]


def _with_path(
    path: str,
    document: JsonDocument,
    orient: str,
    options: Mapping[str, Any],
    name: Any,
    paths: Mapping[str, Any],
    dtype: Any,
) -> pd.DataFrame:
    made = oriented_frame(path, document, orient, options)
    return (
        made
        if name is None
        else made.assign(**{name: pd.Categorical([paths[path]] * len(made), dtype=dtype)})
    )
