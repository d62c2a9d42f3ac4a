"""Verbs that write a bag."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pannier.collections.bag.base import BagBase
from pannier.io.sink import TextWriter, check_mixture, partition_paths
from pannier.kernels.kernel import Slot
from pannier.kernels.partitions import MapPartitions


class Write(BagBase):
    """``to_textfiles``."""

    __slots__ = ()

    def to_textfiles(
        self,
        path: str | os.PathLike[str] | Sequence[str],
        name_function: Callable[[int], str] | None = None,
        compression: str | None = "infer",
        encoding: str = "utf-8",
        compute: bool = True,
        storage_options: Mapping[str, Any] | None = None,
        last_endline: bool = False,
        **options: Any,
    ) -> Any:
        """The paths of the files written, one a partition; each record is one line.

        A file is written aside and renamed when it is whole, so a crash leaves no half file.

        Parameters
        ----------
        path
            A directory, a pattern such as ``"out/part-*.json.gz"`` (or by any protocol of fsspec), or a
            list of one path a partition.
        name_function
            What stands in place of the ``*``, from the number of the partition; must keep their order.
        compression
            ``"infer"`` from the suffix, None, or a name as in :func:`pannier.read_text`.
        compute
            False: a bag of the paths, which writes when it is computed.
        last_endline
            End the last line of each file, too.
        options
            Those of :func:`pannier.compute`.  With ``resume`` a file that is there as an earlier run has written
            it is not written again.

        Raises
        ------
        UsageError
            At once: the directory or pattern has older files that would be read with the new ones.
        TypeError
            On compute: a record is neither text nor bytes.

        Examples
        --------
        >>> import tempfile, pannier as pn
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     paths = pn.from_sequence(["a", "b"], npartitions=2).to_textfiles(
        ...         folder, scheduler="sync"
        ...     )
        ...     pn.read_text(paths).compute(scheduler="sync")
        ['a', 'b']
        """
        paths = partition_paths(path, self.npartitions, name_function)
        writer = TextWriter(compression, encoding, storage_options, last_endline)
        check_mixture(path, paths, storage_options)
        written = self._step(
            "to_textfiles", MapPartitions(writer, (Slot(0),), shown="to_textfiles"), params=paths
        )
        return written.compute(**options) if compute else written
