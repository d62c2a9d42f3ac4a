"""Verbs that write frames and series."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from pannier import config, io, kernels, plan
from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.delayed import Delayed
from pannier.collections.single import call_node
from pannier.errors import UsageError, annotate, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.base import Call
from pannier.kernels.kernel import Slot
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, Scan, TreeReduce

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class Writers(FrameLike):
    """What is written of frames and series: ``to_csv``, ``to_json`` and ``to_sql``.

    Every file is written aside and renamed when it is whole, so a crash leaves no half file.
    """

    __slots__ = ()

    def to_csv(
        self,
        filename: Paths,
        single_file: bool = False,
        encoding: str = "utf-8",
        mode: str = "wt",
        name_function: Callable[[int], str] | None = None,
        compression: str | None = "infer",
        compute: bool = True,
        scheduler: Any = None,
        storage_options: Mapping[str, Any] | None = None,
        header_first_partition_only: bool | None = None,
        compute_kwargs: Mapping[str, Any] | None = None,
        *,
        index: bool = True,
        **options: Any,
    ) -> Any:
        """The paths of the CSV files written, one a partition; with ``single_file``, of the one file with all of them.

        Parameters
        ----------
        filename
            A directory, whose files are ``0.part``, ``1.part`` and so on whatever their ``compression``, a pattern such as
            ``"out/part-*.csv.gz"`` (or by any protocol of fsspec), or a list of one path a partition; with ``single_file``
            the path of the file.
        mode
            ``"w"``, ``"a"`` to append to files that are there, ``"x"`` to refuse to write over them.  With these two
            all files come to their places in the end, or none where the run fails.  With ``"w"`` files of
            the directory or pattern that would stay among the new ones are an error.
        name_function
            What stands in place of the ``*``, from the number of the partition; must keep their order.
        compression
            ``"infer"`` from the suffix, None, or a name as in :func:`pannier.read_csv`.
        compute
            False: a delayed value, the list of paths, which writes when it is computed.
        scheduler, compute_kwargs
            For :func:`pannier.compute`.
        header_first_partition_only
            Write the names of the columns to the first file only; by default so with ``single_file``.
        index
            Write the labels of the rows; where these only number the rows, they are numbered over all partitions.
        options
            Further ones of :meth:`pandas.DataFrame.to_csv`: ``sep``, ``columns``, ``na_rep``, ``float_format``;
            ``date_format``, without which times are written as dates where all of a partition are at midnight.

        Where a step before may have made gaps among whole numbers, as a left ``merge`` does, these columns are made twice: first
        to see whether they are floats.  ``astype("float64")`` or ``astype("Int64")`` of them says it, and saves that.

        Examples
        --------
        >>> import tempfile, pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), npartitions=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     paths = df.to_csv(f"{folder}/part-*.csv", index=False, scheduler="sync")
        ...     pn.read_csv(paths).compute(scheduler="sync")
           x  y
        0  1  a
        1  2  b
        """
        check_options("to_csv", options, Writers.to_csv, pd.DataFrame.to_csv)
        frame = dataframe.settling.settled(self)
        frame = dataframe.numbering.numbered_through(frame) if index else frame
        sink = io.framesink.csv_sink(
            filename,
            self.npartitions,
            single_file=single_file,
            encoding=encoding,
            mode=mode,
            name_function=name_function,
            compression=compression,
            storage_options=storage_options,
            header_first_partition_only=header_first_partition_only,
            index=index,
            **options,
        )
        return written(frame, sink, compute, scheduler, compute_kwargs)

    def to_json(
        self,
        filename: Paths,
        orient: str = "records",
        lines: bool | None = None,
        storage_options: Mapping[str, Any] | None = None,
        compute: bool = True,
        encoding: str = "utf-8",
        errors: str = "strict",
        compression: str | None = "infer",
        compute_kwargs: Mapping[str, Any] | None = None,
        name_function: Callable[[int], str] | None = None,
        **options: Any,
    ) -> Any:
        """The paths of the JSON files written, one a partition; by default a record a line, without labels.

        Parameters
        ----------
        filename, name_function, compression, compute, compute_kwargs
            As for :meth:`to_csv` with ``mode="w"``.
        orient, lines
            As in :meth:`pandas.DataFrame.to_json`; lines need, and are the default of, ``orient="records"``.
        options
            Further ones of :meth:`pandas.DataFrame.to_json`, such as ``mode="a"`` to append lines to files that are there.

        Examples
        --------
        >>> import pathlib, tempfile, pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), npartitions=1)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     (path,) = df.to_json(f"{folder}/*.json", compute_kwargs={"scheduler": "sync"})
        ...     print(pathlib.Path(path).read_text())
        {"x":1,"y":"a"}
        {"x":2,"y":"b"}
        <BLANKLINE>
        """
        check_options("to_json", options, Writers.to_json, pd.DataFrame.to_json)
        sink = io.framesink.json_sink(
            filename,
            self.npartitions,
            orient=orient,
            lines=lines,
            storage_options=storage_options,
            encoding=encoding,
            errors=errors,
            compression=compression,
            name_function=name_function,
            **options,
        )
        frame = dataframe.settling.settled(self)
        frame = frame if orient in ("records", "values") else dataframe.numbering.numbered_through(frame)
        return written(frame, sink, compute, None, compute_kwargs)

    def to_sql(
        self,
        name: str,
        uri: Any,
        schema: str | None = None,
        if_exists: str = "fail",
        index: bool = True,
        index_label: Any = None,
        chunksize: int | None = None,
        dtype: Any = None,
        method: Any = None,
        compute: bool = True,
        parallel: bool = False,
        engine_kwargs: Mapping[str, Any] | None = None,
        compute_kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """The number of rows written to the table ``name`` of a database.

        The table is made first, and each partition is one transaction: where one fails, those before it stay.  They are
        written in order, one after the other, or with ``parallel`` as many at a time as there are workers.  As in pandas,
        the type of a column of objects is that of its values, and whole numbers among which a step before made gaps are
        floats.  All of them are looked at before the table is made, so the frame is made twice: name the types of such
        columns by ``dtype`` where that takes long.  What is not said here of parameters is as in
        :meth:`pandas.DataFrame.to_sql`.

        Parameters
        ----------
        uri
            The database, as an SQLAlchemy URL.
        if_exists
            What to do where there is the table: ``"fail"``, ``"replace"`` it or ``"append"`` to it.
        index
            Write the labels of the rows as columns.
        compute
            False: a delayed value, the number of rows, which writes when it is computed.
        engine_kwargs
            Keywords of ``sqlalchemy.create_engine``.

        Examples
        --------
        >>> import tempfile, pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     uri = f"sqlite:///{folder}/some.db"
        ...     df.to_sql("numbers", uri, compute_kwargs={"scheduler": "sync"})
        3
        """
        writer = io.sql_sink.sql_writer(
            name,
            uri,
            schema=schema,
            if_exists=if_exists,
            index=index,
            index_label=index_label,
            chunksize=chunksize,
            dtype=dtype,
            method=method,
            engine_kwargs=engine_kwargs,
        )
        frame = dataframe.numbering.numbered_through(self) if index else self
        meta, kinds = _types_of_values(frame, writer)
        ready = call_node("to_sql", writer.prepare, (meta, if_exists, kinds), {})
        over, blockmap = (frame.node, ready), Aligned(self.npartitions, (False, True))
        node: Node
        if parallel:
            node = Blockwise(verb="to_sql", kernel=writer, over=over, blockmap=blockmap)
        else:
            passed_on = Call(_both, (Slot(0), Slot(1)), {}, "to_sql")
            after = Blockwise(verb="to_sql", kernel=passed_on, over=over, blockmap=blockmap)
            node = Scan(verb="to_sql", chunk=None, carry=None, apply=writer, first=None, over=after)
        return _ended("to_sql", node, frames.numbering.Total("to_sql"), compute, None, compute_kwargs)


def check_options(verb: str, options: Iterable[str], *functions: Callable[..., Any]) -> None:
    """Raise UsageError for the first of ``options`` that none of ``functions`` has, with those that are near.

    The first two parameters of each, what is written and where to, are not looked at.
    """
    known: list[str] = []
    for function in functions:
        parameters = list(inspect.signature(function).parameters.values())[2:]
        known += [each.name for each in parameters if each.kind is not each.VAR_KEYWORD]
    for name in options:
        if name not in known:
            raise UsageError(f"{verb} has no keyword {name!r}{near_matches(name, known)}")


def _both(block: Any, types: Any) -> Any:
    return block, types


def _types_of_values(frame: Any, writer: io.sql_sink.SqlWriter) -> tuple[Any, Any]:
    """The meta with the types that columns have in all rows, and what is in those of objects.

    Both are found of a clone, since no partition is kept for it.
    """
    unsettled = dataframe.settling.unsettled(frame)
    names = writer.untyped(frame._meta, unsettled)
    if not names and unsettled == frozenset():
        return frame._meta, {}
    clone: Any = plan.clones.Cloner("to_sql").clone(frame.node)

    def found(reduction: kernels.reductions.Reduction) -> Delayed:
        return Delayed(
            TreeReduce(verb="to_sql", reduction=reduction, over=clone, fan_in=config.get("fan_in"))
        )

    meta: Any = frame._meta
    if unsettled != frozenset():
        types = found(frames.gaps.TypesOf(unsettled))
        meta = Delayed(call_node("types", frames.gaps.InTypes(), (meta, types), {}))
    return meta, found(io.sql_sink.ObjectKinds(names)) if names else {}


def written(
    frame: FrameLike,
    sink: io.framesink.FrameSink,
    compute: bool,
    scheduler: Any,
    compute_kwargs: Mapping[str, Any] | None,
) -> Any:
    """What the steps of ``sink`` give in the end: now, or as a delayed value."""
    node = Blockwise(
        verb=sink.verb,
        kernel=sink.kernel,
        over=(frame.node,),
        blockmap=Aligned(frame.npartitions),
        params=sink.params,
    )
    return _ended(
        sink.verb,
        node,
        sink.reduction or frames.numbering.Listed(sink.verb),
        compute,
        scheduler,
        compute_kwargs,
        sink.abandon,
    )


def _ended(
    verb: str,
    over: Node,
    reduction: kernels.reductions.Reduction,
    compute: bool,
    scheduler: Any,
    compute_kwargs: Mapping[str, Any] | None,
    abandon: Callable[[], None] | None = None,
) -> Any:
    node = TreeReduce(verb=verb, reduction=reduction, over=over, fan_in=config.get("fan_in"))
    answer = Delayed(node)
    if not compute:
        return answer
    options = dict(compute_kwargs or {})
    if scheduler is not None:
        options["scheduler"] = scheduler
    try:
        return answer.compute(**options)
    except BaseException as error:
        if abandon is not None:
            try:
                abandon()
            except Exception as other:  # noqa: BLE001  a filesystem's own; it may not hide what went wrong first
                annotate(error, f"what was written could not be removed: {other!r}")
        raise
