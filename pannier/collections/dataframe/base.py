"""What DataFrame, Series and Index share: a node, what is known of its blocks, and steps over them.

Beside its node a frame holds what the plan does not need but its user does:

``_meta``
    An empty pandas object with the columns, types and index that the blocks will have.  A step is applied to it
    while the plan is built: names and types come from pandas itself, and so do errors.
``_divisions``
    n + 1 index labels around the n partitions, where they are known: partition i has the labels from divisions[i]
    up to, and without, divisions[i + 1]; the last one has its end, too.
``_rows``
    A token for what the rows are.  Steps that keep rows keep it, so that ``df.x + df.y`` is known to be made
    partition by partition, and what is made of other rows is never put beside them in silence.

Names begin with an underscore, since every other name may be that of a column.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any, ClassVar, Final, Self

import pandas as pd

from pannier import computing, config, kernels
from pannier.collections import dataframe
from pannier.collections.base import Collection
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.partitions import Numbers, Partitions, of_partitions
from pannier.collections.dataframe.repr import hint_at_later_columns
from pannier.collections.dataframe.scalar import Scalar
from pannier.collections.delayed import Delayed
from pannier.errors import UsageError, annotate, near_matches
from pannier.kernels import frames
from pannier.kernels.frames.allocation import settle_allocators
from pannier.kernels.frames.base import FrameKernel, Head, Tail
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Grouped
from pannier.plan.nodes import Blockwise, Node, TreeReduce


class _Unset(Enum):
    UNSET = "unset"


UNSET: Final = _Unset.UNSET
"""Stands for an argument that was not given."""

Divisions = tuple[Any, ...] | None

settle_allocators()  # before the first block is made


class FrameLike(Collection):
    """A lazy pandas object in partitions.  Runs on threads unless told otherwise."""

    __slots__ = ("_divisions", "_is_by_group", "_is_summary", "_meta", "_numbers", "_rows")

    default_scheduler: ClassVar[str] = "threads"
    _joins_blocks: ClassVar[bool] = True
    _draws_tasks: ClassVar[bool] = False
    _holds: ClassVar[type | None] = None
    """The type of pandas objects that blocks are."""
    _of_type: ClassVar[dict[type, type[FrameLike]]] = {}

    _meta: Any
    _rows: str
    _numbers: Numbers | None
    """Of which rows labels are only the numbers, from 0 in each partition, as readers of files give them; None where
    labels are more.  In answers they are the numbers over all partitions."""
    _is_summary: bool
    """Whether this is the one block that a reduction made."""
    _is_by_group: bool
    """Whether each group of a frame has at most a row: so few that one partition may have all to match them."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls._holds is not None:
            FrameLike._of_type[cls._holds] = cls

    def __init__(
        self,
        node: Node,
        meta: Any = UNSET,
        divisions: Divisions = None,
        rows: str = "",
        numbers: Numbers | bool | None = None,
        is_summary: bool = False,
        is_by_group: bool = False,
    ) -> None:
        if meta is UNSET:
            raise UsageError(
                f"{type(self).__name__}(...) takes no data; use from_pandas(), from_dict() or a reader"
            )
        super().__init__(node)
        self._meta = meta
        self._divisions = divisions
        self._rows = rows or node.name
        self._numbers = Numbers(node, self._rows) if numbers is True else numbers or None
        self._is_summary = is_summary
        self._is_by_group = is_by_group

    def rebuild(self, node: Node) -> Self:
        return self._as(node, self._divisions)

    def _as(self, node: Node, divisions: Divisions, rows: str = "") -> Self:
        """The same columns, and rows unless ``rows`` says what they are, in other partitions or with other divisions."""
        rows, numbers = rows or self._rows, self._is_numbered or self._numbers
        return type(self)(node, self._meta, divisions, rows, numbers, self._is_summary, self._is_by_group)

    def _become(self, made: Any) -> None:
        """Put the plan of ``made`` into this object."""
        self.node, self._meta, self._rows = made.node, made._meta, made._rows
        self._divisions, self._numbers = made._divisions, made._numbers

    @property
    def _is_numbered(self) -> bool:
        """Whether labels are the numbers of these very rows, of which none are left out."""
        numbers = self._numbers
        return numbers is not None and numbers.rows == self._rows and numbers.starts == (0,)

    def _answered(self) -> Self:
        return self if self._numbers is None else dataframe.numbering.with_labels(self)

    def finish(self, blocks: list[Any]) -> Any:
        if not blocks:
            return self._meta
        found = list(map(frames.blocks.blocks_of, blocks))
        parts = list(itertools.chain.from_iterable(found))
        # a user's function may have left out rows
        numbered = self._is_numbered and len(parts) > 1 and all(map(frames.blocks.is_numbered, found))
        joined = frames.blocks.concatenated(parts, numbered=numbered, workers=config.get("num_workers"))
        empty = frames.blocks.of_other_types(joined, [part for part in parts if not len(part)])
        if empty:
            joined = dataframe.settling.in_types_of(self, joined, empty)
        return joined if sum(len(part) > 0 for part in parts) > 1 else frames.blocks.settable(joined)

    # Steps: each makes one node.

    def _blockwise(
        self,
        verb: str,
        kernel: BlockKernel,
        operands: FrameOperands | None = None,
        *,
        params: tuple[Sequence[Any], ...] = (),
        meta: Any = UNSET,
        keeps_divisions: bool | None = None,
    ) -> Any:
        """A step over each partition, of the type that ``kernel`` makes of the metas.

        Rows, divisions and numbering are kept where the kernel keeps rows; where it only leaves some out,
        ``keeps_divisions`` says so.
        """
        operands = operands or FrameOperands(self)
        if meta is UNSET:
            meta = self._meta_of(kernel, operands, params)
        node = Blockwise(
            verb=verb, kernel=kernel, over=tuple(operands.nodes), blockmap=operands.blockmap, params=params
        )
        keeps_rows = isinstance(kernel, FrameKernel) and kernel.keeps_rows
        keeps_divisions = keeps_rows if keeps_divisions is None else keeps_divisions
        return wrap(
            node,
            meta,
            divisions=self._divisions if keeps_divisions else None,
            rows=self._rows if keeps_rows else "",
            numbers=operands.first._numbers if keeps_rows or keeps_divisions else None,
            is_summary=self._is_summary and keeps_rows,
            is_by_group=self._is_by_group and (keeps_rows or keeps_divisions),
        )

    def _meta_of(
        self, kernel: BlockKernel, operands: FrameOperands, params: tuple[Sequence[Any], ...] = ()
    ) -> Any:
        with self._explained():
            made = kernel(*operands.metas, *[values[0] for values in params])
        return frames.blocks.emptied(made) if hasattr(made, "iloc") or isinstance(made, pd.Index) else made

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        """Add to pandas' own errors, raised inside the block, what is near to what was asked for."""
        try:
            yield
        except KeyError as error:
            columns = getattr(self._meta, "columns", None)
            if columns is not None and len(error.args) == 1:
                annotate(
                    error, f"there are the columns {list(columns)!r:.300}{_nearest(error.args[0], columns)}"
                )
                if hint := hint_at_later_columns(self.node):
                    annotate(error, hint)
            raise

    def _reduce(
        self,
        verb: str,
        reduction: kernels.reductions.Reduction,
        *,
        meta: Any = UNSET,
        split_every: int | bool | None = None,
        over: Node | None = None,
    ) -> Any:
        """One block, that ``reduction`` makes of all; what it makes of the meta says of which type."""
        over = over or self.node
        if meta is UNSET:
            with self._explained():
                meta = reduction.finish(reduction.combine([reduction.chunk(self._meta)]))
            meta = frames.blocks.emptied(meta) if hasattr(meta, "iloc") else meta
        fan_in = (
            max(2, over.npartitions) if split_every is False else config.get("fan_in", split_every or None)
        )
        node = TreeReduce(verb=verb, reduction=reduction, over=over, fan_in=fan_in)
        return wrap(node, meta, is_summary=True)

    # What every frame can be asked.

    @property
    def divisions(self) -> tuple[Any, ...]:
        """The n + 1 labels around the n partitions; None each, where they are not known."""
        return (None,) * (self.npartitions + 1) if self._divisions is None else self._divisions

    @property
    def known_divisions(self) -> bool:
        """Whether :attr:`divisions` are known."""
        return self._divisions is not None

    @property
    def ndim(self) -> int:
        """2 for a frame, 1 for a series or an index."""
        return int(self._meta.ndim)

    def clear_divisions(self) -> Self:
        """The same rows, with divisions unknown."""
        return self._as(self.node, None)

    def head(self, n: int = 5, npartitions: int | None = None, compute: bool = True, **options: Any) -> Any:
        """The first ``n`` rows, as a pandas object; with ``compute=False``, lazy, in one partition.

        With a negative ``n`` all but the last ``-n``, which counts rows first.

        Reads no more than it must: some rows of the first partition where rows are made one by one, and on through
        the partitions, at first one, then twice as many at a time, until there are enough.  ``npartitions`` says how
        many it may look at; by default, and with -1, all.
        """
        limit = self.npartitions if npartitions in (None, -1) else npartitions
        assert limit is not None
        if not 1 <= limit <= self.npartitions:
            raise UsageError(f"there are {self.npartitions} partitions to look at, not {npartitions}")
        n = n if n >= 0 else max(0, len(self) + n)
        if not compute:
            first = self._heads(n, range(limit))
            if limit == 1:
                return first
            if self._is_numbered:  # the first of all rows are numbered as these are
                first = wrap(first.node, self._meta, numbers=True)
            return first._gathered(f"head({n})")._heads(n, range(1))
        found: list[Any] = []
        rows, start, width = 0, 0, 1
        while start < limit and (rows < n or not found):
            # The labels of the first partition are those of all rows; else the rows before have to be counted.
            whole = dataframe.numbering.with_labels(self) if start else self
            wave = whole._heads(n - rows, range(start, min(start + width, limit)))
            found.append(wave.compute(**options))
            rows += len(found[-1])
            start, width = start + width, 2 * width
        return self._renumbered(frames.blocks.concatenated(found)[:n])

    def tail(self, n: int = 5, compute: bool = True, **options: Any) -> Any:
        """The last ``n`` rows, as a pandas object; walks back through the partitions until there are enough.

        With ``compute=False`` it is lazy, and looks at the last partition only.  With a negative ``n`` they are all but
        the first ``-n``, which counts rows first.  Labels that only number rows, as those of CSV, number those of the
        partitions it looked at: the others are not read.
        """
        n = n if n >= 0 else max(0, len(self) + n)
        if not compute:
            return self.partitions[-1]._blockwise(f"tail({n})", Tail(n), keeps_divisions=True)
        found: list[Any] = []
        rows, end, width = 0, self.npartitions, 1
        while end > 0 and (rows < n or not found):
            some = self.partitions[max(0, end - width) : end]
            answer = some._blockwise("tail", Tail(n), keeps_divisions=True).compute(**options)
            found.insert(0, answer)
            rows += len(answer)
            end, width = end - width, 2 * width
        whole = frames.blocks.concatenated(found)
        return whole[max(0, len(whole) - n) :]

    def _heads(self, n: int, indices: Sequence[int]) -> Self:
        """The first ``n`` rows of some partitions."""
        chosen = self if len(indices) == self.npartitions else self._chosen(indices)
        return chosen._blockwise("head", Head(n), keeps_divisions=True)  # type: ignore[no-any-return]

    def _renumbered(self, answer: Any) -> Any:
        if self._is_numbered:
            answer.index = pd.RangeIndex(len(answer), name=answer.index.name)
        return answer

    def _gathered(self, verb: str) -> Self:
        """All rows in one partition."""
        ends = None if self._divisions is None else (self._divisions[0], self._divisions[-1])
        rows = dataframe.numbering.with_labels(self)
        whole = Grouped((0, self.npartitions))
        node = Blockwise(verb=verb, kernel=frames.repartitioning.JOIN, over=(rows.node,), blockmap=whole)
        joined = type(self)(node, self._meta, ends)
        return joined._blockwise("number", frames.numbering.Numbered()) if self._is_numbered else joined

    def _chosen(self, indices: Sequence[int]) -> Self:
        """Some partitions, in the order given."""
        chosen = tuple(indices)
        if chosen == tuple(range(self.npartitions)):
            return self._as(self.node, self._divisions)
        divisions = None
        if self._divisions is not None and chosen == tuple(range(chosen[0], chosen[-1] + 1)):
            divisions = self._divisions[chosen[0] : chosen[-1] + 2]
        node, rows = of_partitions(self.node, chosen), f"{self._rows}{chosen}"
        numbers = self._is_numbered or (self._numbers and self._numbers.of_partitions(chosen))
        return type(self)(node, self._meta, divisions, rows, numbers)

    @property
    def partitions(self) -> Partitions:
        """Partitions by number: ``df.partitions[0]``, ``df.partitions[-2:]``, ``df.partitions[[1, 3]]``."""
        return Partitions(self)

    def get_partition(self, n: int) -> Self:
        """Partition number ``n``, lazily."""
        return self.partitions[n]  # type: ignore[no-any-return]

    def to_delayed(self) -> list[Delayed]:
        """A list of delayed values, one a partition: its pandas object."""
        own = self._blockwise("to_delayed", frames.blocks.Settable())
        return [Delayed(own._chosen([i]).node) for i in range(self.npartitions)]

    def __len__(self) -> int:
        """The number of rows; computes it, from metadata where there is some."""
        return int(self._reduce("len", frames.blocks.Length()).compute())

    @property
    def size(self) -> Any:
        """The number of elements, lazily."""
        rows = self._reduce("size", frames.blocks.Length())
        return rows * self._meta.shape[1] if self.ndim == 2 else rows

    @property
    def shape(self) -> tuple[Any, ...]:
        """The number of rows, lazily, and that of columns."""
        return (self._reduce("len", frames.blocks.Length()), *self._meta.shape[1:])

    @property
    def empty(self) -> bool:
        """Whether there is no element; computes it, and looks no further than the first row."""
        return (self.ndim == 2 and not self._meta.shape[1]) or not len(self.head(1))

    def pipe(
        self, func: Callable[..., Any] | tuple[Callable[..., Any], str], *args: Any, **kwargs: Any
    ) -> Any:
        """``func(self, *args, **kwargs)``, to be written as one of a chain of methods."""
        if isinstance(func, tuple):
            func, name = func
            return func(*args, **{name: self}, **kwargs)
        return func(self, *args, **kwargs)

    def _stream(self, **options: Any) -> Iterator[Any]:
        """The partitions in order, computed as many at a time as there are workers."""
        labelled = dataframe.numbering.numbered_through(self)
        for blocks in computing.stream(labelled, width=config.get("num_workers"), **options):
            yield from blocks

    def __bool__(self) -> bool:
        raise ValueError(
            f"the truth of a {type(self).__name__} is ambiguous; use .empty, .any() or .all(), and &, | and ~ "
            "with parentheses in place of and, or and not"
        )


def wrap(
    node: Node,
    meta: Any,
    divisions: Divisions = None,
    rows: str = "",
    numbers: Numbers | bool | None = None,
    is_summary: bool = False,
    is_by_group: bool = False,
) -> Any:
    """``node`` as the collection that holds what ``meta`` is: frame, series, index, or else one value."""
    for kind in type(meta).__mro__:
        if kind in FrameLike._of_type:
            return FrameLike._of_type[kind](node, meta, divisions, rows, numbers, is_summary, is_by_group)
    return Scalar(node, meta)


def _nearest(name: Any, columns: Any) -> str:
    if isinstance(name, pd.Index):  # several that are not there
        return "".join([_nearest(each, columns) for each in name])
    return near_matches(name, columns) if isinstance(name, (str, int)) else ""
