"""Frames of the records of bags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd

from pannier import config
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.sampled import make_meta, sample_of
from pannier.errors import UsageError, annotate
from pannier.kernels.chain import Chain
from pannier.kernels.frames.recordframes import FrameOfTable, TypedFrame
from pannier.kernels.frames.records import Schema, SchemaOf, Table, Tabulate
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node, TreeReduce
from pannier.plan.sampling import NoSample

_VERB: Final = "to_dataframe"
_PARTITIONS: Final = 8
"""Partitions of which the first records are looked at."""
_RECORDS: Final = 256
"""How many of each."""


def frame_of_records(node: Node, meta: Any, columns: Sequence[Any] | None) -> DataFrame:
    """The frame of a bag with this node; see :meth:`~pannier.collections.bag.frame.ToFrame.to_dataframe`."""
    names = _checked(columns)
    over, blockmap = (node,), Aligned(node.npartitions)
    if meta is not None:
        meta = _declared(meta, names)
        typed = Chain((), sink=TypedFrame(meta))
        return _numbered(Blockwise(verb=_VERB, kernel=typed, over=over, blockmap=blockmap), meta)
    table = Blockwise(verb="tabulate", kernel=Chain((), sink=Tabulate(names)), over=over, blockmap=blockmap)
    schema = TreeReduce(verb="schema", reduction=SchemaOf(), over=table, fan_in=config.get("fan_in"))
    frame = Blockwise(
        verb=_VERB,
        kernel=FrameOfTable(),
        over=(table, schema),
        blockmap=Aligned(node.npartitions, (False, True)),
    )
    return _numbered(frame, _seen(table, names))


def _numbered(node: Node, meta: pd.DataFrame) -> DataFrame:
    return wrap(node, meta, numbers=True)  # type: ignore[no-any-return]


def _checked(columns: Sequence[Any] | None) -> tuple[Any, ...] | None:
    if columns is None:
        return None
    if isinstance(columns, str):
        raise UsageError(f"columns= is a list of names, not one: [{columns!r}]")
    names = tuple(columns)
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise UsageError(f"two columns would have the name {twice!r}")
    return names


def _declared(meta: Any, names: tuple[Any, ...] | None) -> pd.DataFrame:
    made = make_meta(meta, pd.RangeIndex(0))
    if not isinstance(made, pd.DataFrame):
        raise UsageError(f"meta= of a frame is one, or names and types of columns, not {meta!r:.200}")
    if not made.columns.is_unique:
        raise UsageError(f"meta= has two columns of one name: {list(made.columns)!r:.200}")
    if names is not None and list(names) != list(made.columns):
        raise UsageError(
            f"columns={list(names)!r:.200} and meta= with {list(made.columns)!r:.200} contradict each other; meta= alone "
            "says both"
        )
    return made.set_axis(pd.RangeIndex(0), axis=0)


def _seen(table: Node, names: tuple[Any, ...] | None) -> pd.DataFrame:
    """A frame without rows of the columns and types of the first records of several partitions."""
    n = table.npartitions
    chosen = sorted({n * i // _PARTITIONS for i in range(_PARTITIONS)})
    try:
        tables = sample_of(table, chosen, _RECORDS)
    except NoSample:
        tables = []
    except Exception as error:
        annotate(
            error,
            "in first records, which were read to see what columns and types there are; with meta= in to_dataframe() "
            "none is read before the frame is computed",
        )
        raise
    schema = SchemaOf().combine([each.schema for each in tables])
    columns = dict.fromkeys(names or (), 0) | dict(schema.columns)
    return FrameOfTable()(Table(Schema(), {}), Schema(columns=columns))
