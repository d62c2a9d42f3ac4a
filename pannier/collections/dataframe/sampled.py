"""What a user's function makes, before it runs: as the user says it, or as it is with the first rows there are."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar

import pandas as pd

from pannier import computing
from pannier.collections.dataframe.operands import FrameOperands
from pannier.errors import UsageError, annotate
from pannier.kernels.frames.blocks import emptied
from pannier.kernels.frames.casts import is_missing
from pannier.kernels.frames.user import conformed
from pannier.plan.nodes import Node
from pannier.plan.sampling import NoSample, sampled

E = TypeVar("E")

_TRIES: Final = ((64, 1), (512, 4), (4096, 8))
"""How many rows of each part of the sources, for the samples of how many blocks; the next where there is no row."""
_KEPT: Final = 64
"""Samples that are remembered."""


class _Samples:
    """The samples made last, by the name of their node."""

    def __init__(self) -> None:
        self._blocks: OrderedDict[tuple[str, int], list[Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, name: str, rows: int) -> list[Any] | None:
        """The sample of the node of that name, if it is still there."""
        with self._lock:
            blocks = self._blocks.get((name, rows))
            if blocks is not None:
                self._blocks.move_to_end((name, rows))
            return blocks

    def all(self, rows: int) -> dict[str, list[Any]]:
        """All samples with so many rows of each part."""
        with self._lock:
            return {name: blocks for (name, n), blocks in self._blocks.items() if n == rows}

    def keep(self, name: str, rows: int, blocks: list[Any]) -> None:
        """Remember a sample, and forget the oldest."""
        with self._lock:
            self._blocks[name, rows] = blocks
            while len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)


_samples: Final = _Samples()


class Tried(NamedTuple):
    """What a user's function was seen to make."""

    made: Any
    """Of the first blocks with rows, or of the metas."""
    meta: Any
    """That without rows."""
    blocks: tuple[Any, ...]
    """What it was called with."""
    is_first: bool
    """Whether these are the first rows of the first partition."""


def first_blocks(operands: FrameOperands) -> Iterator[tuple[bool, tuple[Any, ...]]]:
    """What a step over ``operands`` is called with: samples of one block of each, with rows in that of the first.

    At first of the first partition, of which it says so, then of more; none where the plan reads what cannot be sampled, or where no row
    of the first parts of sources gets there.
    """
    for rows, width in _TRIES:
        count = min(width, operands.first.npartitions)
        try:
            found = [
                _sample(node, range(1) if shared else range(count), rows)
                for node, shared in zip(operands.nodes, operands.shared, strict=True)
            ]
        except NoSample:
            return
        for i in range(count):
            if len(found[0][i]):
                chosen = [
                    _like(blocks[0 if shared else i], meta)
                    for blocks, shared, meta in zip(found, operands.shared, operands.metas, strict=True)
                ]
                yield (rows, i) == (_TRIES[0][0], 0), tuple(chosen)


def _like(block: Any, meta: Any) -> Any:
    """``block`` with the columns and types of ``meta``, where first records alone would have others."""
    if not _is_block(meta) or type(block) is not type(meta):
        return block
    if isinstance(meta, pd.DataFrame) and not block.columns.equals(meta.columns) and meta.columns.is_unique:
        block = block.reindex(columns=meta.columns)
    try:
        return conformed(block, meta, "the sample has")
    except UsageError:
        return block


def sample_of(node: Node, blocks: Sequence[int], rows: int) -> list[Any]:
    """Samples of ``blocks`` of ``node``; raises :class:`~pannier.plan.sampling.NoSample`."""
    (made,) = computing.sample([sampled(node, blocks, rows, _samples.all(rows))])
    return made


def keep_sample(node: Node, block: Any) -> None:
    """Remember what ``node`` makes of the first rows, all of it: samples of nodes beside it have as many rows."""
    _samples.keep(node.name, _TRIES[0][0], [block.copy()])


def keep_first(source: Node, block: Any) -> None:
    """Remember the first rows of ``block``, the first one of ``source``, so that it need not be made again for these."""
    keep_sample(source, block[: _TRIES[0][0]])


def _sample(node: Node, blocks: range, rows: int) -> list[Any]:
    known = _samples.get(node.name, rows)
    if known is None or len(known) < len(blocks):
        known = sample_of(node, blocks, rows)
        _samples.keep(node.name, rows, known)
    return known


def tried(call: Callable[..., Any], operands: FrameOperands, shown: str) -> Tried:
    """What ``call``, which runs a user's function, makes of first rows, or of the metas where there are none.

    An exception of the function is raised as it is, with a note that says what to do.
    """
    answer: Tried | None = None
    unknown: frozenset[int] = frozenset()
    for is_first, blocks in _noted(first_blocks(operands), shown):
        made = _called(call, blocks, shown, "rows that came first")
        missing = _missing_columns(made)
        if answer is None:
            answer, unknown = Tried(made, _emptied(made), blocks, is_first), missing
        else:
            answer = answer._replace(meta=_with_types_of(made, answer.meta, unknown))
            unknown &= missing
        if not unknown:
            return answer
    if answer is not None:
        return answer
    if any(meta is None for meta in operands.metas):
        raise UsageError(
            f"{shown} needs meta=, the names and types that it returns: one of its arguments is a delayed value, which "
            "is not computed to find out"
        )
    metas = tuple(operands.metas)
    made = _called(call, metas, shown, "a block without rows")
    return Tried(made, _emptied(made), metas, is_first=False)


def _noted(blocks: Iterator[E], shown: str) -> Iterator[E]:
    """``blocks``, with a note on an exception of the steps that make them."""
    while True:
        try:
            found = next(blocks, None)
        except Exception as error:
            annotate(error, f"in first rows, which were read to try {shown} on; with meta= it is not tried")
            raise
        if found is None:
            return
        yield found


def _called(call: Callable[..., Any], blocks: tuple[Any, ...], shown: str, what: str) -> Any:
    given = [block.copy(deep=False) if _is_block(block) else block for block in blocks]
    try:
        return call(*given)
    except Exception as error:
        annotate(
            error,
            f"in {shown}, which was tried on {what} to see what it returns; with meta=, the names and types, it is "
            "not tried",
        )
        raise


def _missing_columns(made: Any) -> frozenset[int]:
    """The columns of ``made``, by place, of which no value is there, so that they say nothing of their type."""
    if isinstance(made, pd.Series):
        return frozenset([0] if len(made) and is_missing(made) else [])
    if not isinstance(made, pd.DataFrame) or not len(made):
        return frozenset()
    return frozenset([i for i in range(made.shape[1]) if is_missing(made.iloc[:, i])])


def _with_types_of(made: Any, meta: Any, places: frozenset[int]) -> Any:
    """``meta`` with the types that ``made``, of the same columns, has at some places."""
    if type(made) is not type(meta) or (made.ndim == 2 and not made.columns.equals(meta.columns)):
        return meta
    # By way of objects: missing times say nothing of their kind, and pandas makes no spans of instants.
    if made.ndim == 1:
        return meta.astype(object).astype(made.dtype)
    columns = [
        meta.iloc[:, i].astype(object).astype(made.dtypes.iloc[i]) if i in places else meta.iloc[:, i]
        for i in range(meta.shape[1])
    ]
    return pd.concat(columns, axis=1).set_axis(meta.columns, axis=1)


def _emptied(made: Any) -> Any:
    return emptied(made) if _is_block(made) else made


def _is_block(value: Any) -> bool:
    return isinstance(value, (pd.DataFrame, pd.Series, pd.Index))


def make_meta(meta: Any, like: Any, name: Any = None) -> Any:
    """An empty pandas object of what ``meta`` says, with the index of ``like``.

    ``meta`` is a pandas object, a dict or pairs of names and types for a frame, one pair for a series, a type for a
    series called ``name``, or a value.  Raises :class:`~pannier.errors.UsageError` for anything else.

    >>> make_meta({"x": "int64", "y": "str"}, pd.Index([], dtype="int64")).dtypes.tolist()
    [dtype('int64'), <StringDtype(na_value=nan)>]
    """
    index = emptied(like if isinstance(like, pd.Index) else like.index)
    if _is_block(meta):
        return emptied(meta)
    try:
        if isinstance(meta, Mapping):
            return _frame(meta.items(), index)
        if isinstance(meta, tuple) and len(meta) == 2 and not isinstance(meta[1], tuple):
            return pd.Series([], index=index, name=meta[0], dtype=meta[1])
        if isinstance(meta, (list, tuple)):
            return _frame(meta, index)
        return pd.Series([], index=index, name=name, dtype=meta)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"meta={meta!r:.200} says nothing of names and types ({error}); it is an empty pandas object, "
            "{name: type, ...} or [(name, type), ...] for a frame, (name, type) for a series, or a type"
        ) from None


def _frame(pairs: Iterable[Any], index: pd.Index[Any]) -> pd.DataFrame:
    columns = {name: pd.Series([], index=index, dtype=dtype) for name, dtype in pairs}
    return pd.DataFrame(columns, index=index)
