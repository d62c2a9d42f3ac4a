"""Verbs that write frames column by column."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pannier import io, plan
from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.write import Paths, Writers, check_options, written
from pannier.errors import UsageError


class FrameWriters(Writers):
    """What is written of frames only: ``to_parquet`` and ``to_orc``."""

    __slots__ = ()

    def to_parquet(
        self,
        path: str | os.PathLike[str],
        compression: str | Mapping[str, str] | None = "snappy",
        write_index: bool | None = None,
        append: bool = False,
        overwrite: bool = False,
        ignore_divisions: bool = False,
        partition_on: str | int | Sequence[str | int] | None = None,
        storage_options: Mapping[str, Any] | None = None,
        custom_metadata: Mapping[str | bytes, str | bytes] | None = None,
        write_metadata_file: bool | None = None,
        compute: bool = True,
        compute_kwargs: Mapping[str, Any] | None = None,
        schema: Any = "infer",
        name_function: Callable[[int], str] | None = None,
        filesystem: Any = None,
        engine: str | None = None,
        partition_cols: str | int | Sequence[str | int] | None = None,
        **options: Any,
    ) -> Any:
        """The paths of the Parquet files written to the folder ``path``: one a partition, and value of ``partition_on``.

        Parameters
        ----------
        compression
            Of all columns, or a mapping of columns to names; None for none.
        write_index
            Whether to write the labels of the rows; by default unless they are known to number all rows from 0,
            which :func:`pannier.read_parquet` does too.
        append
            Add to the files there are, which must have the same columns and types: all new files in the end, or none where
            the run fails.
        overwrite
            Put the new files in the place of all there are, when all of them are written: the frame may be read from
            this very folder.  Other files of the folder and below go, too, of whatever kind, but for hidden ones.
        ignore_divisions
            Append though the new labels do not begin behind the old ones.
        partition_on
            Columns whose values become folders ``name=value`` rather than columns of the files.  :func:`pannier.read_parquet`
            makes categories of their values again; those of columns of objects are texts or whole numbers then, as in
            pandas.
        custom_metadata
            What to add to the schema of each file.
        write_metadata_file
            Write ``_metadata`` and ``_common_metadata``, from the footers of all files.
        compute
            False: a delayed value, the list of paths, which writes when it is computed.
        schema
            A ``pyarrow.Schema``, or a mapping of columns to Arrow types, for columns of objects, whose types are
            otherwise found in the values.
        name_function
            The names of the files, from the numbers of the partitions; they must keep their order.
        filesystem, engine
            Of no effect: the protocol of ``path`` says where, and pyarrow writes.
        partition_cols
            The name that pandas has for ``partition_on``.
        options
            Further ones of ``pyarrow.parquet.write_table``.

        Raises
        ------
        UsageError
            A bad option; a folder with files that would be mixed with the new ones; files to append to that differ.

        Examples
        --------
        >>> import tempfile, pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), npartitions=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     paths = df.to_parquet(folder, compute_kwargs={"scheduler": "sync"})
        ...     pn.read_parquet(folder, columns=["y"]).compute(scheduler="sync")
           y
        0  a
        1  b
        """
        import pyarrow.parquet as pq

        functions = FrameWriters.to_parquet, pq.write_table, pq.ParquetWriter.__init__
        check_options("to_parquet", options, *functions)
        if partition_on is not None and partition_cols is not None:
            raise UsageError("partition_cols= is another name for partition_on=: give one of them")
        if write_index is None:
            write_index = not dataframe.numbering.only_numbers(self)
        frame = dataframe.numbering.numbered_through(self) if write_index else self
        sink = io.parquet_sink.parquet_sink(
            path,
            _stored_meta(self),
            self.npartitions,
            compression=compression,
            write_index=write_index,
            append=append,
            overwrite=overwrite,
            ignore_divisions=ignore_divisions,
            partition_on=partition_on if partition_cols is None else partition_cols,
            storage_options=storage_options,
            custom_metadata=custom_metadata,
            write_metadata_file=write_metadata_file,
            schema=schema,
            name_function=name_function,
            engine=engine,
            divisions=self._divisions,
            **options,
        )
        return written(frame, sink, compute, None, compute_kwargs)

    def to_orc(
        self,
        path: Paths,
        engine: str | None = "pyarrow",
        write_index: bool | None = None,
        storage_options: Mapping[str, Any] | None = None,
        compute: bool = True,
        compute_kwargs: Mapping[str, Any] | None = None,
        name_function: Callable[[int], str] | None = None,
        **options: Any,
    ) -> Any:
        """The paths of the ORC files written, one a partition, to the folder ``path`` or by a pattern with one ``*``.

        ``write_index`` and ``compute`` are as for :meth:`to_parquet`; ``options`` are those of
        ``pyarrow.orc.write_table``, and ``engine`` is pyarrow.

        >>> import tempfile, pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     paths = df.to_orc(folder, compute_kwargs={"scheduler": "sync"})
        ...     pn.read_orc(folder).x.compute(scheduler="sync").tolist()
        [1, 2]
        """
        if engine not in (None, "auto", "pyarrow"):
            raise UsageError(f"engine must be 'pyarrow', not {engine!r}: ORC is written by pyarrow")
        from pyarrow import orc

        check_options("to_orc", options, FrameWriters.to_orc, orc.write_table)
        if write_index is None:
            write_index = not dataframe.numbering.only_numbers(self)
        frame = dataframe.numbering.numbered_through(self) if write_index else self
        sink = io.orc_sink.orc_sink(
            path,
            _stored_meta(self),
            self.npartitions,
            write_index=write_index,
            unsettled=dataframe.settling.unsettled(self),
            storage_options=storage_options,
            name_function=name_function,
            **options,
        )
        return written(frame, sink, compute, None, compute_kwargs)


def _stored_meta(frame: FrameLike) -> Any:
    """The meta; with columns of any type where what is known is only that of first records."""
    return frame._meta.astype(object) if plan.schemas.has_open_schema(frame.node) else frame._meta
