"""What reduces or splits a block, as the last step of its making."""

from __future__ import annotations

from pannier.kernels.chain import Chain
from pannier.kernels.kernel import Ending
from pannier.kernels.reductions import Chunk
from pannier.plan.nodes import SplitSink


def ending(sink: Chunk | SplitSink) -> Chain | Ending:
    """``sink`` as a kernel: over records that stream, or over a whole block, as it wants them."""
    return Ending(sink) if sink.over_blocks else Chain((), sink=sink)
