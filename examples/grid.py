"""A collection of one's own: a table of numbers in tiles, in which heat spreads.

A tile of the next moment is made of the same tile and the edges of its neighbours, which no verb of bags or frames
says.  A small class does, and has all that collections have: it computes, persists and explains itself, on every
scheduler.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np

from pannier.collections.base import Collection, block, from_graph
from pannier.collections.single import Single
from pannier.graph.task import Ref
from pannier.plan.nodes import Node


class Grid(Collection):
    """A two-dimensional array in ``down`` times ``across`` tiles, row by row."""

    default_scheduler = "threads"

    def __init__(self, node: Node, down: int, across: int) -> None:
        super().__init__(node)
        self.down, self.across = down, across

    def finish(self, blocks: list[Any]) -> Any:
        """The whole array."""
        rows = [blocks[i * self.across : (i + 1) * self.across] for i in range(self.down)]
        return np.block(rows)

    @classmethod
    def of(cls, array: Any, down: int, across: int) -> Self:
        """An array that is there already, cut into tiles."""
        bands = [np.array_split(band, across, axis=1) for band in np.array_split(array, down)]
        tiles = {(i, j): tile for i, band in enumerate(bands) for j, tile in enumerate(band)}
        return cls(from_graph("array", tiles, tiles), down, across)

    def spread(self) -> Self:
        """A moment later: every number has come nearer to its four neighbours."""
        tasks = {
            (i, j): (spread, self.tile(i, j), [self.tile(*place) for place in beside(i, j)])
            for i, j in self.places()
        }
        node = from_graph("spread", tasks, tasks, over=[self])
        return type(self)(node, self.down, self.across)

    def max(self) -> Single:
        """The largest number."""
        each: dict[Any, Any] = {(i, j): (np.max, self.tile(i, j)) for i, j in self.places()}
        tasks = {**each, "max": (max, list(each))}
        return Single(from_graph("max", tasks, ["max"], over=[self]))

    def places(self) -> Iterator[tuple[int, int]]:
        return ((i, j) for i in range(self.down) for j in range(self.across))

    def tile(self, i: int, j: int) -> Ref | None:
        """Stands for a tile in a graph; None beyond the edge."""
        is_inside = 0 <= i < self.down and 0 <= j < self.across
        return block(self, i * self.across + j) if is_inside else None


def beside(i: int, j: int) -> list[tuple[int, int]]:
    return [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]


def spread(tile: Any, neighbours: list[Any]) -> Any:
    """The tile a moment later; where it has no neighbour, nothing is lost."""
    north, south, west, east = neighbours
    top = tile[:1] if north is None else north[-1:]
    bottom = tile[-1:] if south is None else south[:1]
    left = tile[:, :1] if west is None else west[:, -1:]
    right = tile[:, -1:] if east is None else east[:, :1]
    tall, wide = np.vstack([top, tile, bottom]), np.hstack([left, tile, right])
    return tile + 0.2 * (tall[:-2] + tall[2:] + wide[:, :-2] + wide[:, 2:] - 4 * tile)


if __name__ == "__main__":  # for the sake of the page that draws it; workers do not need it
    plate = np.zeros((600, 900))
    plate[200:210, 300:310] = 100.0

    grid = Grid.of(plate, down=2, across=3)
    for _ in range(30):
        grid = grid.spread()
    warmth = grid.persist()

    alone = plate
    for _ in range(30):
        alone = spread(alone, [None] * 4)
    assert np.allclose(warmth.compute(), alone)
    hottest = warmth.max().compute()
    print(f"{warmth.npartitions} tiles; the hottest place has {hottest:.2f} degrees of 100")
