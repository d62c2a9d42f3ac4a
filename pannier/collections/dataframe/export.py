"""What others read of frames: Arrow streams, arrays, records and bags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import pandas as pd

from pannier import computing, config, io, plan
from pannier.collections import bag, dataframe
from pannier.collections.base import Collection
from pannier.collections.dataframe.base import FrameLike
from pannier.errors import UsageError, near_matches
from pannier.kernels import frames
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise


class RowExport(FrameLike):
    """Rows as Python's own objects."""

    __slots__ = ()

    def to_bag(self, index: bool = False, format: str = "tuple") -> bag.bag.Bag:
        """A bag of the rows, in the same partitions: a tuple or a dict each; of a series, its values.

        With ``index`` labels come first in a tuple, and in a dict by the name of the index; labels that number rows are
        numbered over all partitions.  With ``format="frame"`` a record is a partition, a pandas object.

        Raises :class:`~pannier.errors.UsageError` for any other format, and for dicts where two columns have one name.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}), npartitions=2)
        >>> df.to_bag(format="dict").compute(scheduler="sync")
        [{'x': 1, 'y': 'a'}, {'x': 2, 'y': 'b'}]
        >>> df.y.to_bag().compute(scheduler="sync")
        ['a', 'b']
        """
        if format not in frames.rows.FORMATS:
            raise UsageError(
                f"format must be {', '.join(map(repr, frames.rows.FORMATS))}, not {format!r}{near_matches(format, frames.rows.FORMATS)}"
            )
        if format == "dict" and self._meta.ndim == 2 and not self._meta.columns.is_unique:
            names = self._meta.columns
            raise UsageError(
                f"two columns have the name {names[names.duplicated()][0]!r}, of which a dict holds one: rename one of"
                " them, or say format='tuple'"
            )
        frame = dataframe.numbering.numbered_through(self) if index else self
        node = Blockwise(
            verb="to_bag",
            kernel=frames.rows.RowsOf(format, index),
            over=(frame.node,),
            blockmap=Aligned(self.npartitions),
        )
        return bag.bag.Bag(node)

    def to_dask_array(self, *_: Any, **__: Any) -> NoReturn:
        """Refused, with what to use instead: arrays in pieces are not part of this package."""
        raise UsageError(
            "there are no arrays in partitions here; numpy.asarray(df) computes one, and map_partitions() works on the "
            "values of each partition"
        )

    def to_string(self, max_rows: int = 5, **options: Any) -> str:
        """The first ``max_rows`` rows as text; ``options`` are those of pandas.  Computes these."""
        return str(self.head(max_rows).to_string(**options))


class FrameExport(RowExport):
    """Whole frames for other libraries; each partition is handed on as it comes, where they let it."""

    __slots__ = ()

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The frame as an Arrow stream (PyCapsule), for Polars, DuckDB, pyarrow and others.

        Partitions are computed while they are read, as many at a time as there are workers, and let go again.  Columns of
        objects have the types that the first partitions have.  An index comes along as a column unless it is a range
        or only numbers rows.  Of rows that are left of such by a filter the labels are left out, too, since columns must
        be known before rows are: :meth:`to_arrow` has them, and ``df.assign(label=df.index)`` streams them.

        >>> import pandas as pd, pyarrow as pa, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=2)
        >>> sum(len(batch) for batch in pa.RecordBatchReader.from_stream(df))
        3
        """
        return self._batch_reader().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:
        """The frame as a ``pyarrow.Table``, the same that ``pyarrow.Table.from_pandas`` makes of all rows; computes it.

        So labels are columns, ``__index_level_0__`` where they have no name, but for those that are a range.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 5, 2, 6, 7]}), npartitions=2)
        >>> df.to_arrow().column_names, df[df.x > 4].to_arrow()["__index_level_0__"].to_pylist()
        (['x'], [1, 3, 4])
        """
        return io.arrowstream.table_of(self.compute())

    def _batch_reader(self) -> Any:
        """A reader of Arrow record batches that computes partitions when it gets there."""
        is_open = plan.schemas.has_open_schema(self.node)
        keeps_index = not (self._is_numbered or isinstance(self._meta.index, pd.RangeIndex))
        unsettled = [
            name
            for name in dataframe.settling.unsettled(self) or ()
            if self._meta[name].dtype != bool  # Arrow has these with gaps, too
        ]
        meta = self._meta.astype(object if is_open else dict.fromkeys(unsettled, object))
        frame = dataframe.settling.settled(self, unsettled)
        schema = io.arrowtables.known_schema(meta, preserve_index=keeps_index)
        n = self.npartitions
        node = Blockwise(
            verb="to_arrow",
            kernel=io.arrowstream.ToArrow(schema, keeps_index),
            over=((dataframe.numbering.numbered_through(frame) if keeps_index else frame).node,),
            blockmap=Aligned(n),
            params=(range(n),),
        )
        return io.arrowstream.batch_reader(schema, is_open, self._waves(node))

    def _waves(self, node: Blockwise) -> Iterator[list[Any]]:
        yield from computing.stream(_Blocks(node), width=config.get("num_workers"))

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        """The frame by the interchange protocol of dataframes; computes it."""
        return self.compute().__dataframe__(nan_as_null=nan_as_null, allow_copy=allow_copy)

    def to_records(self, index: bool = True, **options: Any) -> Any:
        """A numpy array of records, as pandas makes it; computes it.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
        >>> df.to_records(index=False).x.tolist()
        [1, 2]
        """
        return self.compute().to_records(index=index, **options)

    def to_html(self, max_rows: int = 5, **options: Any) -> str:
        """The first ``max_rows`` rows as an HTML table; ``options`` are those of pandas.  Computes these."""
        return str(self.head(max_rows).to_html(**options))


class _Blocks(Collection):
    """The blocks of a node, whatever they are."""

    __slots__ = ()
