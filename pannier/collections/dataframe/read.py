"""Readers of text files, columnar files and databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from pannier import io
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.frame import DataFrame
from pannier.errors import UsageError


def read_csv(
    urlpath: io.files.UrlPath,
    blocksize: str | float | None = "default",
    lineterminator: str | None = None,
    compression: str | None = "infer",
    sample: str | float = 256_000,
    sample_rows: int = 10,
    enforce: bool = False,
    assume_missing: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    include_path_column: bool | str = False,
    **options: Any,
) -> DataFrame:
    r"""A frame of the rows of CSV files, in order: what :func:`pandas.read_csv` would read of all at once.

    Files are listed and some of their first records read now, to see columns and types; the rest is read by the tasks.
    A file is cut into blocks, newlines within quotes or not.  A column has one type, that of what was seen, widened
    where that loses nothing; a value further on that it cannot hold is an error with file, line, column and the
    ``dtype=`` that helps.  Only columns that are read later are parsed.

    Parameters
    ----------
    urlpath
        A path, a glob, a directory or a list of them, local or by any protocol of fsspec.
    blocksize
        Bytes of an uncompressed file that make one partition (``"64 MiB"``), cut exactly between records; by default
        as many as give all workers some, at most a twelfth of what each of them may take of a ``memory_limit`` that
        is set.  None: one partition a file.  A compressed file is one.
    lineterminator, compression
        As in pandas; formats are ``"gzip" "bz2" "xz" "zstd" "lz4"``, by default by the suffix.
    sample, sample_rows
        Bytes and rows of a file to look at for types.
    enforce
        Of no effect: the columns of every file are held against those of the first.
    assume_missing
        Read whole numbers as floats where no ``dtype`` says otherwise, so that there may be gaps further on.
    storage_options
        For fsspec: credentials, endpoints.
    include_path_column
        A column, called ``path`` or as this says, of the file that each row is from, as a category.
    options
        Those of :func:`pandas.read_csv`: ``usecols``, ``dtype``, ``parse_dates``, ``sep``, ``names``, ``header``,
        ``na_values``, ``index_col``, and all others but ``iterator`` and ``chunksize``.

    Raises
    ------
    FileNotFoundError
        Nothing matches ``urlpath``.
    UsageError
        An option that does not exist, or cannot be had.
    InputError
        On compute: a value or record that does not fit, with file and line.

    Examples
    --------
    >>> import pathlib, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for day in (1, 2):
    ...         _ = pathlib.Path(folder, f"2015-01-0{day}.csv").write_text(
    ...             f"user,value\nann,{day}\n"
    ...         )
    ...     df = pn.read_csv(f"{folder}/2015-*.csv")
    ...     df[df.value > 1].compute(scheduler="sync")
      user  value
    1  ann      2
    """
    return _text("read_csv", urlpath, locals())


def read_table(
    urlpath: io.files.UrlPath,
    blocksize: str | float | None = "default",
    lineterminator: str | None = None,
    compression: str | None = "infer",
    sample: str | float = 256_000,
    sample_rows: int = 10,
    enforce: bool = False,
    assume_missing: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    include_path_column: bool | str = False,
    **options: Any,
) -> DataFrame:
    r""":func:`read_csv` of files whose fields have tabulators between them, or any ``sep``.

    >>> import pathlib, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.tsv").write_text("x\ty\n1\t2\n")
    ...     pn.read_table(f"{folder}/*.tsv").compute(scheduler="sync")
       x  y
    0  1  2
    """
    return _text("read_table", urlpath, locals())


def read_fwf(
    urlpath: io.files.UrlPath,
    blocksize: str | float | None = "default",
    lineterminator: str | None = None,
    compression: str | None = "infer",
    sample: str | float = 256_000,
    sample_rows: int = 10,
    enforce: bool = False,
    assume_missing: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    include_path_column: bool | str = False,
    **options: Any,
) -> DataFrame:
    r""":func:`read_csv` of files whose fields have fixed widths: ``options`` are those of :func:`pandas.read_fwf`.

    >>> import pathlib, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.txt").write_text("x   y\n1   2\n30  4\n")
    ...     pn.read_fwf(f"{folder}/*.txt").x.compute(scheduler="sync").tolist()
    [1, 30]
    """
    return _text("read_fwf", urlpath, locals())


def _text(verb: str, urlpath: io.files.UrlPath, given: dict[str, Any]) -> DataFrame:
    """The frame of delimited files, with the arguments of a reader."""
    options = given["options"]
    names = given.keys() - {"urlpath", "options", "enforce"}
    source, meta = io.csv.csv_source(urlpath, verb=verb, **{name: given[name] for name in names}, **options)
    return wrap(source, meta, numbers=_counts(meta))  # type: ignore[no-any-return]


def _counts(meta: pd.DataFrame) -> bool:
    return isinstance(meta.index, pd.RangeIndex)


def read_parquet(
    path: io.files.UrlPath,
    columns: str | Sequence[Any] | None = None,
    filters: Any = None,
    categories: Sequence[str] | Mapping[str, Any] | None = None,
    index: str | Sequence[str] | bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    dtype_backend: str | None = None,
    calculate_divisions: bool = False,
    ignore_metadata_file: bool = True,
    metadata_task_size: int | None = None,
    split_row_groups: io.parquet_parts.SplitRowGroups = "infer",
    blocksize: str | float | None = "default",
    aggregate_files: bool | str | None = None,
    parquet_file_extension: str | Sequence[str] | None = (".parq", ".parquet", ".pq"),
    filesystem: Any = "fsspec",
    engine: str | None = None,
) -> Any:
    """A frame of the rows of Parquet files, in order; of one column, given as a text, a series.

    Only the footers of the files are read now.  Only columns, row groups and pages that are needed later are read then:
    filters on the frame reach the statistics.  Columns of all files are united by name: a column that a file has not
    is missing in its rows, numbers have the widest type of all.  What no column describes is the index: rows are
    numbered over all files, with divisions that are known.

    Parameters
    ----------
    path
        A file, a directory, a glob or a list of them, local or by any protocol of fsspec.  Folders named ``key=value``
        make columns of categories: of the values that ``to_parquet(partition_on=...)`` had, where all files are of it, else
        of whole numbers where all are, as in pandas, or of texts.
    columns
        The columns to read, in this order; by their labels, or as the files call those that are no texts, "2" for 2.
    filters
        Conditions ``[(column, operator, value), ...]`` that all hold of a row, a list of such lists, of which one does,
        or a ``pyarrow.compute.Expression``.
    categories
        Columns to read as categories.
    index
        The columns that are the index; False for none.  By default what pandas has written in the files.
    storage_options
        For fsspec: credentials, endpoints.
    dtype_backend
        ``"numpy_nullable"`` or ``"pyarrow"``, as in pandas.
    calculate_divisions
        Take the divisions from the statistics of the index, if it is in order.
    split_row_groups
        ``"infer"`` makes partitions of about ``blocksize`` bytes of whole row groups; a number, of so many row groups;
        True, of one, and False of all of a file.
    blocksize
        Bytes of a partition as its columns are encoded, before compression.
    aggregate_files
        False keeps small files apart; by default neighbours share a partition.
    parquet_file_extension
        How the files of a directory end that are read; None for all.
    ignore_metadata_file, metadata_task_size
        Of no effect: the files' own footers are read, always.
    filesystem, engine
        ``"fsspec"`` or ``"arrow"``, and ``"pyarrow"``: there is one way to read.

    Raises
    ------
    FileNotFoundError
        Nothing is found.
    InputError
        A file is not Parquet, or two files have types for a column that nothing unites.
    UsageError
        A bad option; a column that does not exist, with near matches.

    Examples
    --------
    >>> import pandas as pd, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pd.DataFrame({"x": [1, 2, 3], "y": list("abc")}).to_parquet(f"{folder}/a.parquet")
    ...     df = pn.read_parquet(folder)
    ...     df[df.x > 2].compute(scheduler="sync")
       x  y
    2  3  c
    """
    source, meta, divisions = io.parquet.parquet_source(**locals())
    frame = wrap(source, meta, divisions)
    return frame[next(iter(frame.columns), columns)] if isinstance(columns, str) else frame


def read_orc(
    path: io.files.UrlPath,
    engine: str | None = "pyarrow",
    columns: Sequence[str] | None = None,
    index: str | Sequence[str] | None = None,
    split_stripes: bool | int = 1,
    aggregate_files: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
    dtype_backend: str | None = None,
) -> DataFrame:
    """A frame of the rows of ORC files, in order, one partition a stripe, or ``split_stripes`` of them.

    Columns of all files are united by name.  Rows are numbered over all files, with divisions that are known, unless
    ``index`` names the columns that are the index.  Only columns that are read later are read.  ``path``,
    ``columns``, ``storage_options`` and ``dtype_backend`` are as for :func:`read_parquet`; ``engine`` is pyarrow, and
    ``aggregate_files`` of no effect.

    Raises FileNotFoundError where nothing is found, :class:`~pannier.errors.InputError` for a file that is not ORC, and
    :class:`~pannier.errors.UsageError` for a bad option or a column that does not exist.

    >>> import pandas as pd, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pd.DataFrame({"x": [1, 2, 3]}).to_orc(f"{folder}/a.orc")
    ...     pn.read_orc(folder).x.compute(scheduler="sync").tolist()
    [1, 2, 3]
    """
    source, meta, divisions = io.orc.orc_source(**locals())
    return wrap(source, meta, divisions)  # type: ignore[no-any-return]


def read_sql_table(
    table_name: str,
    con: Any,
    index_col: Any,
    divisions: Sequence[Any] | None = None,
    npartitions: int | None = None,
    limits: tuple[Any, Any] | None = None,
    columns: Sequence[Any] | None = None,
    bytes_per_chunk: str | float = "256 MiB",
    head_rows: int = 5,
    schema: str | None = None,
    meta: pd.DataFrame | None = None,
    engine_kwargs: Mapping[str, Any] | None = None,
) -> DataFrame:
    """A frame of the rows of a table of a database, in ranges of ``index_col``, which becomes the index.

    Parameters
    ----------
    con
        The database, as an SQLAlchemy URL: each task connects by itself.
    index_col
        The name of a column, best one with an index, or a labelled SQLAlchemy expression; numbers or times unless
        ``divisions`` are given.
    divisions
        Where in the index partitions begin, and the last value.
    npartitions
        How many ranges of equal width to make; by default as many as have ``bytes_per_chunk`` bytes each.
    limits
        The least and the greatest index to read; by default those there are.
    columns
        Names, or labelled SQLAlchemy expressions; by default all columns.
    head_rows
        How many rows to look at for types that the database does not tell, and for what a row weighs.
    schema
        The schema of the table, where it is not the default one.
    meta
        An empty frame with the types of the columns, in place of those of the database.
    engine_kwargs
        Keywords of ``sqlalchemy.create_engine``.

    Raises
    ------
    ImportError
        SQLAlchemy, or the driver of the database, is not installed.
    InputError
        The index has nulls: such rows are in no range.
    UsageError
        A bad option, a table or column that does not exist, or divisions that leave out rows.

    Examples
    --------
    >>> import pandas as pd, sqlalchemy, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     uri = f"sqlite:///{folder}/some.db"
    ...     frame = pd.DataFrame({"id": [1, 2, 3], "x": [0.5, 1.5, 2.5]})
    ...     _ = frame.to_sql("numbers", uri, index=False)
    ...     df = pn.read_sql_table("numbers", uri, index_col="id", npartitions=2)
    ...     df.x.compute(scheduler="sync").to_dict()
    {1: 0.5, 2: 1.5, 3: 2.5}
    """
    source, found, known = io.sql.sql_table_source(**locals())
    return wrap(source, found, known)  # type: ignore[no-any-return]


def read_sql_query(
    sql: Any,
    con: Any,
    index_col: Any,
    divisions: Sequence[Any] | None = None,
    npartitions: int | None = None,
    limits: tuple[Any, Any] | None = None,
    bytes_per_chunk: str | float = "256 MiB",
    head_rows: int = 5,
    meta: pd.DataFrame | None = None,
    engine_kwargs: Mapping[str, Any] | None = None,
) -> DataFrame:
    """A frame of the rows of a query, a text or an SQLAlchemy ``Select``, in ranges of its column ``index_col``.

    The other parameters are those of :func:`read_sql_table`.

    >>> import pandas as pd, sqlalchemy, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     uri = f"sqlite:///{folder}/some.db"
    ...     frame = pd.DataFrame({"id": [1, 2, 3], "x": [0.5, 1.5, 2.5]})
    ...     _ = frame.to_sql("numbers", uri, index=False)
    ...     query = "SELECT id, x * 2 AS double FROM numbers WHERE id > 1"
    ...     df = pn.read_sql_query(query, uri, index_col="id", npartitions=2)
    ...     df.double.compute(scheduler="sync").tolist()
    [3.0, 5.0]
    """
    source, found, known = io.sql.sql_query_source(**locals())
    return wrap(source, found, known)  # type: ignore[no-any-return]


def read_sql(sql: Any, con: Any, index_col: Any, **options: Any) -> DataFrame:
    """:func:`read_sql_table` of the name of a table, :func:`read_sql_query` of a query.

    >>> import pandas as pd, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     uri = f"sqlite:///{folder}/some.db"
    ...     _ = pd.DataFrame({"id": [1, 2], "x": [3, 4]}).to_sql("numbers", uri, index=False)
    ...     pn.read_sql("numbers", uri, "id", npartitions=1).x.compute(scheduler="sync").tolist()
    [3, 4]
    """
    if isinstance(sql, str) and len(sql.split()) == 1:
        return read_sql_table(sql, con, index_col, **options)
    if not isinstance(sql, str) and not hasattr(sql, "selected_columns"):
        raise UsageError(f"read_sql needs the name of a table or a query, not {sql!r:.100}")
    return read_sql_query(sql, con, index_col, **options)
