"""How a picture is made to fit a page on which its letters can be read: what is tried, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from pannier.diagnostics.draw.elide import elide
from pannier.diagnostics.draw.geometry import Arrangement, Engine
from pannier.diagnostics.draw.layout import arrange
from pannier.diagnostics.draw.outline import Outline, levels_of
from pannier.diagnostics.draw.pack import MANY
from pannier.diagnostics.draw.sketch import PAGE_WIDTH, Sketch

Draft: TypeAlias = Callable[[Outline, bool, str], Sketch]
"""Makes a sketch of an outline, with boxes of one line or not, for a direction."""

_LEGIBLE: Final = 1.25
"""How much wider than a page a picture may be: letters of 12 pixels are then 9.6 high on it."""
_SCREEN: Final = 1_000.0
"""Pixels from top to bottom at most of a picture whose boxes tell much."""
_HEIGHT: Final = 5_000.0
"""The same where they are as small as can be."""
_ARROWS: Final = 1_000
"""Arrows in which one still finds one's way."""
_BENDS: Final = 4_000
"""Places where arrows pass a level, which an engine lays out in a second or two."""
_FEWER: Final = ((16, 24), (8, 24), (5, 16), (4, 13), (3, 10))
"""Boxes of one kind on a level, and levels: how many are tried, one after the other, until the picture fits."""


def fit(
    outline: Outline, max_tasks: int | None, directions: Sequence[str], engine: Engine, draft: Draft
) -> tuple[Sketch, Arrangement]:
    """The first sketch that fits, with all it can show; where none does, the narrowest of the last."""
    tried: list[tuple[Sketch, Arrangement]] = []
    for view in _views(outline, max_tasks):
        tried = []
        for is_compact in (False, True) if len(view.vertices) <= MANY else (True,):
            for rankdir in directions:
                sketch = draft(view, is_compact, rankdir)
                levels = levels_of(sketch.reads)
                if max_tasks is not None and (len(sketch.edges) > _ARROWS or _bends(sketch, levels) > _BENDS):
                    break
                most = _LEGIBLE * PAGE_WIDTH, _HEIGHT if is_compact else _SCREEN
                if tried and _length(sketch, levels, rankdir) > most[rankdir in ("TB", "BT")]:
                    continue
                arrangement = arrange([block.size for block in sketch.blocks], sketch.edges, rankdir, engine)
                if arrangement.size[0] <= most[0] and arrangement.size[1] <= most[1]:
                    return sketch, arrangement
                tried.append((sketch, arrangement))
    return min(tried, key=lambda one: one[1].size[0])


def _bends(sketch: Sketch, levels: Sequence[int]) -> int:
    """How often arrows pass a level: engines take time and room for each of these places."""
    return sum(levels[end] - levels[start] - 1 for start, end in sketch.edges)


def _length(sketch: Sketch, levels: Sequence[int], rankdir: str) -> float:
    """Pixels that the levels take in that direction at least: no layout need be tried where they are too many."""
    smallest = min(block.size[rankdir in ("TB", "BT")] for block in sketch.blocks)
    return (max(levels) + 1) * smallest


def _views(outline: Outline, max_tasks: int | None) -> Iterator[Outline]:
    """``outline``, and ever fewer boxes for it."""
    if max_tasks is None or len(outline.vertices) <= max_tasks:
        yield outline
    if max_tasks is not None:
        for wide, long in _FEWER:
            yield elide(outline, wide, long)
