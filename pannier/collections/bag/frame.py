"""The verb that makes a frame of a bag."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from pannier.collections.bag.base import BagBase


class ToFrame(BagBase):
    """``to_dataframe``."""

    __slots__ = ()

    def to_dataframe(
        self, meta: Any = None, columns: Sequence[Any] | None = None, optimize_graph: bool = True
    ) -> Any:
        """A frame of the records: dicts with a column a field, tuples and lists with one a place, else one column.

        No field is left out and no value changed: a column is of the type that holds what is in it in every partition
        and file.  Types widen from truth values to whole numbers, floats and texts, as in one file a number is
        ``5`` and in another ``"n/a"``; what is of other types, and lists and dicts, makes a column of objects.  A field
        that a record has not is missing there: NaN, which makes floats of whole numbers, as in pandas, except of such
        as are beyond 2**53, which stay what they are, as objects.

        The types are found out in the run, so that it goes over the records once, and keeps them as columns until the
        last partition is read.  Until then columns and types are those of some first records, which are read now:
        what is computed may have more columns, and wider types.

        Parameters
        ----------
        meta
            Names and types of the columns: an empty pandas frame, ``{name: type, ...}`` or ``[(name, type), ...]``.
            Nothing is read now then, and a partition needs not wait for others; fields of other names are left out.
        columns
            Only these fields, in this order, or the names of what is in places.  May name fields that no first record
            has.
        optimize_graph
            Of no effect: plans are optimized when they are computed.

        Raises
        ------
        InputError
            On compute: a value that the declared type has no place for, or a record of another shape than those before
            it; with file and line, column and value.

        Examples
        --------
        >>> import pannier as pn
        >>> b = pn.from_sequence([{"a": 1}, {"a": 2.5, "b": "x"}], npartitions=2)
        >>> b.to_dataframe().compute(scheduler="sync")
             a    b
        0  1.0  NaN
        1  2.5    x
        """
        # A program that makes no frame of its bags does not wait for pandas.
        make = importlib.import_module("pannier.collections.dataframe.fromrecords").frame_of_records
        return make(self.node, meta, columns)
