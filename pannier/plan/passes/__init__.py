"""The passes, in the order they run.  Each takes the roots of a plan and a list of notes, and returns
roots with the same blocks; a pass that declines to do what a reader would expect of it says why in a note.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from pannier.plan.nodes import Node
from pannier.plan.passes.coded import read_keys_as_codes
from pannier.plan.passes.combine import combine_before_shuffling
from pannier.plan.passes.concat import push_into_concatenations
from pannier.plan.passes.count import count_by_metadata
from pannier.plan.passes.decode import decode_json_natively
from pannier.plan.passes.filters import push_filters
from pannier.plan.passes.flatten import flatten_concatenations
from pannier.plan.passes.fuse import fuse
from pannier.plan.passes.fuse_blocks import fuse_blocks
from pannier.plan.passes.limit import limit_rows
from pannier.plan.passes.look_up import look_up_where_there_is_room
from pannier.plan.passes.project import project_columns
from pannier.plan.passes.reduce import chunk_where_blocks_are_made
from pannier.plan.passes.select import drop_unread_partitions
from pannier.plan.passes.share import reduce_shared_in_one_walk
from pannier.plan.passes.shown import types_of_shown_records
from pannier.plan.passes.undecoded import ship_lines_undecoded

Pass: TypeAlias = Callable[[Sequence[Node], list[str]], list[Node]]

PASSES: Final[tuple[Pass, ...]] = (
    types_of_shown_records,
    drop_unread_partitions,
    count_by_metadata,
    limit_rows,
    push_filters,
    project_columns,
    read_keys_as_codes,
    combine_before_shuffling,
    ship_lines_undecoded,
    decode_json_natively,
    chunk_where_blocks_are_made,
    flatten_concatenations,
    push_into_concatenations,
    fuse,
    fuse_blocks,
    reduce_shared_in_one_walk,
)


def optimize(roots: Sequence[Node], notes: list[str] | None = None, *, whole_bytes: int = 0) -> list[Node]:
    """``roots`` after every pass; what passes have to say is added to ``notes``.

    One side of a join may be whole beside each partition of the other, if all such take up to ``whole_bytes``.
    """
    notes = [] if notes is None else notes
    nodes = look_up_where_there_is_room(roots, whole_bytes)
    for each in PASSES:
        nodes = each(nodes, notes)
    return nodes
