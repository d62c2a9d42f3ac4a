"""Where bags come from."""

from __future__ import annotations

import builtins
import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pannier import config
from pannier.collections.bag.bag import Bag
from pannier.collections.delayed import Delayed, made_of
from pannier.errors import UsageError
from pannier.io.inline import sequence_source
from pannier.io.text import text_source
from pannier.kernels.batches import as_records
from pannier.kernels.partitions import MapPartitions
from pannier.plan.blockmaps import Aligned, Concatenated
from pannier.plan.calls import nodes_of
from pannier.plan.nodes import Blockwise, Node, Source


def read_text(
    urlpath: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    blocksize: int | str | None = "default",
    compression: str | None = "infer",
    encoding: str = "utf-8",
    errors: str = "strict",
    linedelimiter: str | None = None,
    collection: bool = True,
    storage_options: Mapping[str, Any] | None = None,
    files_per_partition: int | None = None,
    include_path: bool = False,
) -> Any:
    r"""A bag of the lines of text files, each with its line end, as iterating a file gives them.

    Files are listed now, and read and decompressed by the workers, in bounded memory.

    Parameters
    ----------
    urlpath
        A path, a glob, a directory or a list of them, local or by any protocol of fsspec.
    blocksize
        Bytes of an uncompressed file that make one partition (``"64 MiB"``; default: the setting of
        that name), cut exactly between lines.  None: one partition a file.  A compressed file is one.
    compression
        ``"infer"`` from the suffix, None, or ``"gzip" "bz2" "xz" "zstd" "lz4"``.
    encoding, errors
        As for :func:`open`.
    linedelimiter
        The text that ends a line; by default ``\n``, ``\r\n`` and ``\r``, which all read as ``\n``.
    collection
        False: a list of delayed values, one a partition, instead of a bag.
    storage_options
        For fsspec: credentials, endpoints.
    files_per_partition
        How many files make one partition; by default small ones are grouped by their bytes.
    include_path
        Records are ``(line, path)``.

    Raises
    ------
    FileNotFoundError
        Nothing matches ``urlpath``.
    pannier.errors.InputError
        On compute: a file that is cut short or not in the format its name says.
    UnicodeDecodeError
        On compute: bytes that are not in ``encoding``; a note says where.

    Examples
    --------
    >>> import pathlib, tempfile, pannier as pn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "a.txt").write_text("one\ntwo\n")
    ...     pn.read_text(f"{folder}/*.txt").compute(scheduler="sync")
    ['one\n', 'two\n']
    """
    source = text_source(
        urlpath,
        blocksize=config.get("blocksize") if blocksize == "default" else blocksize,
        compression=compression,
        encoding=encoding,
        errors=errors,
        linedelimiter=linedelimiter,
        storage_options=storage_options,
        files_per_partition=files_per_partition,
        include_path=include_path,
    )
    bag = Bag(source)
    return bag if collection else bag.to_delayed()


def from_sequence(
    seq: Iterable[Any], partition_size: int | None = None, npartitions: int | None = None
) -> Bag:
    """A bag of the elements of ``seq``, in order.

    Partitions hold ``partition_size`` elements, or there are ``npartitions`` of nearly equal length;
    by default there are 100 partitions, or fewer for fewer elements.

    >>> import pannier as pn
    >>> pn.from_sequence("abcd", npartitions=2).glom().compute(scheduler="sync")
    [['a', 'b'], ['c', 'd']]
    """
    return Bag(sequence_source(seq, partition_size=partition_size, npartitions=npartitions))


def from_delayed(values: Delayed | Iterable[Delayed], **options: Any) -> Any:
    """A bag whose partition i is the delayed value i: a list or another iterable of records.

    With ``meta=``, or another option of :func:`pannier.dataframe.from_delayed`, the values are pandas objects, and this
    is that function.

    >>> import pannier as pn
    >>> parts = [pn.delayed(sorted)(text) for text in ("ba", "c")]
    >>> pn.from_delayed(parts).compute(scheduler="sync")
    ['a', 'b', 'c']
    """
    if options:
        return _of_frames("create").from_delayed(values, **options)
    delayed = [values] if isinstance(values, Delayed) else list(values)
    for value in delayed:
        if not isinstance(value, Delayed):
            raise UsageError(f"from_delayed takes delayed values, not {value!r:.80}; wrap it: delayed(value)")
    if not delayed:
        return from_sequence([])
    partitions = [_as_partition(node) for node in nodes_of([made_of(value) for value in delayed])]
    counts = (1,) * len(partitions)
    node = Blockwise(verb="from_delayed", kernel=None, over=tuple(partitions), blockmap=Concatenated(counts))
    return Bag(node)


def _as_partition(node: Node) -> Blockwise:
    # As one block, not as a partition: a value that is no list of records, a dict say, is one record.
    kernel = MapPartitions(as_records, shown="from_delayed")
    return Blockwise(verb="from_delayed", kernel=kernel, over=(node,), blockmap=Aligned(1, (True,)))


def from_url(urls: str | Sequence[str]) -> Bag:
    """A bag of the lines, as bytes, of what the ``urls`` return; one partition each.

    Nothing is fetched before the bag is computed.
    """
    return Bag(Source(verb="from_url", reader=_fetch, parts=[urls] if isinstance(urls, str) else list(urls)))


def _fetch(url: str) -> Iterator[bytes]:
    import urllib.request  # most programs fetch nothing, and it is half the time of importing this package

    with urllib.request.urlopen(url) as response:  # noqa: S310  the user names the protocol
        yield from response


def range(n: int, npartitions: int) -> Bag:
    """A bag of the integers from 0 to ``n`` (exclusive), in ``npartitions`` partitions.

    >>> import pannier as pn
    >>> pn.range(5, npartitions=2).compute(scheduler="sync")
    [0, 1, 2, 3, 4]
    """
    if n < 0:
        raise UsageError(f"range needs a number of records of 0 or more, not {n}")
    return Bag(sequence_source(builtins.range(n), npartitions=npartitions, verb="range"))


def concat(bags: Iterable[Any], **options: Any) -> Any:
    """A bag of the partitions of all ``bags``, one bag after the other.

    Of frames and series this is :func:`pannier.dataframe.concat`, whose ``options`` it takes.

    >>> import pannier as pn
    >>> pn.concat([pn.from_sequence("a"), pn.from_sequence("bc")]).compute(scheduler="sync")
    ['a', 'b', 'c']
    """
    found = list(bags)
    if options or any(hasattr(each, "_rows") and hasattr(each, "_meta") for each in found):
        return _of_frames("concat").concat(found, **options)
    first, *others = _bags("concat", found)
    return first.union(*others)


def zip(*bags: Bag) -> Bag:
    """A bag of tuples of the records of ``bags`` side by side; all must be partitioned alike.

    >>> import pannier as pn
    >>> pn.zip(pn.range(3, 2), pn.range(3, 2).map(str)).compute(scheduler="sync")
    [(0, '0'), (1, '1'), (2, '2')]
    """
    first, *_ = _bags("zip", bags)
    return first._zipped([bag.node for bag in bags])


def map(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Bag:
    """A bag of ``func`` of the records of the bags among the arguments, side by side.

    >>> import pannier as pn
    >>> pn.map(pow, pn.range(4, 2), 2).compute(scheduler="sync")
    [0, 1, 4, 9]
    """
    first, *_ = _bags("map", [arg for arg in (*args, *kwargs.values()) if isinstance(arg, Bag)])
    return first._map_rows(func, args, kwargs)


def map_partitions(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Bag:
    """A bag of what ``func`` returns for the partitions of the bags among the arguments, side by side.

    The first argument is a bag.
    """
    first, *_ = _bags("map_partitions", args[:1])
    return first.map_partitions(func, *args[1:], **kwargs)


def _of_frames(module: str) -> Any:
    """A module of frames; a program that has none does not wait for pandas."""
    return importlib.import_module(f"pannier.collections.dataframe.{module}")


def _bags(verb: str, bags: Iterable[Any]) -> list[Bag]:
    found = list(bags)
    if not found or not all(isinstance(bag, Bag) for bag in found):
        raise UsageError(f"{verb} needs at least one bag, and bags only, not {found!r:.100}")
    return found
