"""Several reductions over one partition, in one walk."""

from __future__ import annotations

import itertools
from typing import Any, Final

from pannier.frozen import frozen
from pannier.kernels.chain import Chain
from pannier.kernels.reductions import Chunk

WINDOW: Final = 16
"""Batches in memory at once, each made of an eighth of a MiB of text or less: some 2,000 records of 1 kB."""
PENDING: Final = 8
"""Partial results of a branch that wait to be combined: combining costs little beside making them, and
there are never more of them, however many windows a partition has."""


@frozen
class Fork:
    """``trunk`` makes the records of a partition once, and every one of ``branches`` reduces them.

    The result is a tuple of partial results, one a branch.  The branches take turns over windows of a
    few batches, and their partial results for the windows are combined: so they must be reductions
    that may see a partition in pieces.

    >>> from pannier.kernels.reductions import Builtin, Count
    >>> count, total = Chain((), sink=Chunk(Count())), Chain((), sink=Chunk(Builtin(sum)))
    >>> Fork(Chain(()), (count, total))([1, 2, 3])
    (3, 6)
    """

    trunk: Chain
    branches: tuple[Chain, ...]

    def __call__(self, *args: Any) -> tuple[Any, ...]:
        batches = self.trunk.batches(args)
        partials: list[list[Any]] = [[] for _ in self.branches]
        window = list(itertools.islice(batches, WINDOW))
        while window or not partials[0]:  # of no records, too, there is a partial result
            for branch, pending in zip(self.branches, partials, strict=True):
                pending.append(branch.drained(branch.through(iter(window))))
                if len(pending) == PENDING:
                    pending[:] = [_combined(branch, pending)]
            window.clear()
            window.extend(itertools.islice(batches, WINDOW))
        return tuple([_combined(*each) for each in zip(self.branches, partials, strict=True)])

    @property
    def label(self) -> str:
        """The steps as the user wrote them."""
        branches = ", ".join(branch.label for branch in self.branches)
        return f"{self.trunk.label} | [{branches}]"


def can_branch(chain: Chain) -> bool:
    """Whether ``chain`` reduces its partition in a way that may see it in pieces."""
    return (
        chain.head is None
        and isinstance(chain.sink, Chunk)
        and chain.sink.reduction.in_pieces
        and all(step.kernel.per_record and not step.extras for step in chain.steps)
    )


def _combined(branch: Chain, partials: list[Any]) -> Any:
    assert isinstance(branch.sink, Chunk)
    return partials[0] if len(partials) == 1 else branch.sink.reduction.combine(partials)
