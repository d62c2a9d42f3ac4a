"""What boxes and arrows are to an engine: sizes, points and curves, in pixels, y downwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Size: TypeAlias = tuple[float, float]
"""Width and height."""
Curve: TypeAlias = Sequence[Point]
"""A start, and from there on three points for each cubic Bézier curve."""
Edge: TypeAlias = tuple[int, int]
"""From the number of one box to that of another one."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The middle of every box, the way of every arrow in the order of the edges, and the size of all of it."""

    middles: Sequence[Point]
    curves: Sequence[Curve]
    size: Size

    def mapped(self, size: Size, move: Callable[[Point], Point]) -> Arrangement:
        """The same with every point moved, in a room of another size."""
        return Arrangement(
            [move(middle) for middle in self.middles],
            [[move(point) for point in curve] for curve in self.curves],
            size,
        )


Engine: TypeAlias = Callable[[Sequence[Size], Sequence[Edge]], Arrangement]
"""Places boxes of these sizes in layers from top to bottom, each below those that lead to it."""
