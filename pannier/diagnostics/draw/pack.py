"""Equal branches side by side: what makes a fan of hundreds of tasks fit a page.

Three hundred calls that one sum reads would be a row of three hundred boxes.  They are drawn as a block
instead, row under row, with one arrow for all::

    +-------------------------+
    | [load 0] > [clean 0]    |
    | [load 1] > [clean 1]    | ---> [sum]
    | [load 2] > [clean 2]    |
    +-------------------------+
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from pannier.diagnostics.draw.outline import Outline

MANY: Final = 40
"""Up to so many vertices everything is drawn on its own, for arrows tell more than blocks."""
ENOUGH: Final = 6
"""Branches that make a block."""
LONG: Final = 5
"""Vertices of a branch at most: a block is no wider than a page."""

Branch: TypeAlias = tuple[int, ...]
"""Vertices in a line: each is all that the next one reads, and read by nobody else."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Blocks, each of at least one branch, and for each block the numbers of the blocks it reads."""

    blocks: Sequence[Sequence[Branch]]
    reads: Sequence[Sequence[int]]


def pack(outline: Outline) -> Packed:
    """The vertices of ``outline`` in blocks: branches that read the same and are read by the same share one.

    >>> from pannier.graph.spec import to_graph
    >>> from pannier.diagnostics.draw.outline import outline_graph
    >>> loads = {f"load-{i}": (len, "abc") for i in range(50)}
    >>> fan = outline_graph(to_graph({**loads, "total": (sum, list(loads))}), ["total"])
    >>> [len(block) for block in pack(fan).blocks]
    [50, 1]
    """
    blocks: Sequence[Sequence[Branch]] = (
        _blocks(outline) if len(outline.vertices) > MANY else [[(i,)] for i in range(len(outline.vertices))]
    )
    home = {vertex: b for b, block in enumerate(blocks) for branch in block for vertex in branch}
    reads = [
        sorted({home[read] for branch in block for vertex in branch for read in outline.reads[vertex]} - {b})
        for b, block in enumerate(blocks)
    ]
    return Packed(blocks, reads)


def _blocks(outline: Outline) -> list[list[Branch]]:
    users = outline.read_by()
    alike: dict[object, list[Branch]] = {}
    for branch in _branches(outline, users):
        first, last = branch[0], branch[-1]
        does = tuple([(outline.vertices[i].kind, outline.vertices[i].label) for i in branch])
        ends = outline.vertices[last].is_output
        alike.setdefault((does, tuple(outline.reads[first]), tuple(users[last]), ends), []).append(branch)
    blocks: list[list[Branch]] = []
    for branches in alike.values():
        if len(branches) >= ENOUGH:
            blocks.append(branches)
        else:
            blocks.extend([(vertex,)] for branch in branches for vertex in branch)
    return sorted(blocks)


def _branches(outline: Outline, users: Sequence[Sequence[int]]) -> list[Branch]:
    """Every vertex in one branch; a longer line than a block is wide is left as it is, a vertex each."""

    def follows(vertex: int) -> bool:
        """Whether the vertex continues the line of the one it reads."""
        reads = outline.reads[vertex]
        return len(reads) == 1 and len(users[reads[0]]) == 1

    branches: list[Branch] = []
    for vertex in range(len(outline.vertices)):
        if follows(vertex):
            continue
        line = [vertex]
        while len(users[line[-1]]) == 1 and follows(users[line[-1]][0]):
            line.append(users[line[-1]][0])
        # A task on its way is not to be taken for a result.
        is_whole = not any(outline.vertices[i].is_output for i in line[:-1])
        branches.extend([tuple(line)] if len(line) <= LONG and is_whole else [(i,) for i in line])
    return branches
