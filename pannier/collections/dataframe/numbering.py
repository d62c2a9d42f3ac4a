"""Labels that only number rows, made those of the whole frame."""

from __future__ import annotations

import operator
from typing import Any

from pannier.collections.dataframe.base import FrameLike, wrap
from pannier.kernels.frames.numbering import NumberedFrom, RowCount
from pannier.plan.nodes import Scan


def numbered_through(frame: FrameLike) -> Any:
    """``frame`` with rows numbered over all partitions, where its labels are only numbers within each; else itself.

    A partition waits for the lengths of those before it.
    """
    if not frame.is_numbered or frame.npartitions == 1:
        return frame
    node = Scan(
        verb="number", chunk=RowCount(), carry=operator.add, apply=NumberedFrom(), first=0, over=frame.node
    )
    return wrap(node, frame.meta, None, frame.rows)
