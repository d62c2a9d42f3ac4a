"""What is to be drawn: boxes with their texts and colours, blocks of them, and arrows between blocks."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from pannier.diagnostics.draw.colors import Paint
from pannier.diagnostics.draw.geometry import Edge, Point, Size

TITLE_SIZE: Final = 12.0
"""Pixels: what a box is; a width of 1,200 shows it as it is."""
NOTE_SIZE: Final = 11.0
"""Pixels: what is said beside that."""
LEADING: Final = 1.3
"""Height of a line, of that of its text."""
PAGE_WIDTH: Final = 1_150.0
"""Pixels that a picture should take at most."""
_ADVANCE: Final = 0.602
"""Width of a character, of the height of its text: the fonts are monospaced."""
_PADDING: Final = 9.0
_GAP: Final = 12.0
"""Pixels between the boxes of a block."""

Shape = Literal["task", "value", "more", "step"]


@dataclass(frozen=True)
class Box:
    """One box: what it shows, and what it tells when it is pointed at."""

    shape: Shape
    titles: tuple[str, ...]
    notes: tuple[str, ...]
    paint: Paint
    details: tuple[str, ...]
    is_output: bool = False

    @cached_property
    def size(self) -> Size:
        """Pixels that it takes."""
        widths = [text_width(text, TITLE_SIZE) for text in self.titles]
        widths += [text_width(text, NOTE_SIZE) for text in self.notes]
        height = LEADING * (TITLE_SIZE * len(self.titles) + NOTE_SIZE * len(self.notes))
        slant = 10.0 if self.shape == "value" else 0.0
        return max(widths) + 2 * _PADDING + slant, height + 8.0


@dataclass(frozen=True)
class Block:
    """Branches of boxes, each a line of arrows from left to right, in as many columns as look well.

    A block of one box is that box.
    """

    branches: Sequence[Sequence[Box]]
    caption: str = ""
    aspect: float = 1.5
    """How much wider than high it should be."""

    @property
    def is_single(self) -> bool:
        """Whether it is one box on its own."""
        return len(self.branches) == 1 and len(self.branches[0]) == 1

    @cached_property
    def cell(self) -> Size:
        """Pixels that a branch takes: all boxes of a place in their branches are as wide as the widest."""
        widths = self.widths
        height = max(box.size[1] for branch in self.branches for box in branch)
        return sum(widths) + 1.5 * _GAP * (len(widths) - 1), height

    @cached_property
    def widths(self) -> list[float]:
        """Pixels that boxes of each place in a branch take."""
        return [max(box.size[0] for box in boxes) for boxes in zip(*self.branches, strict=True)]

    @cached_property
    def columns(self) -> int:
        """How many branches stand beside each other: as the aspect asks, and no more than fit a page."""
        width, height = (side + _GAP for side in self.cell)
        pleasant = math.sqrt(self.aspect * height * len(self.branches) / width)
        fitting = (PAGE_WIDTH - _GAP) / width
        return max(1, min(round(pleasant), int(fitting), len(self.branches)))

    @cached_property
    def size(self) -> Size:
        """Pixels that it takes, frame and caption included."""
        width, height = self.cell
        if self.is_single:
            return width, height
        columns = self.columns
        rows = math.ceil(len(self.branches) / columns)
        inner = columns * (width + _GAP) + _GAP, rows * (height + _GAP) + _GAP + self._head
        return max(inner[0], text_width(self.caption, NOTE_SIZE) + 2 * _GAP), inner[1]

    @property
    def _head(self) -> float:
        return NOTE_SIZE * LEADING + 2

    def corners(self) -> list[list[Point]]:
        """For each branch the upper left corners of its boxes, from that of the block."""
        if self.is_single:
            return [[(0.0, 0.0)]]
        (width, height), widths, columns = self.cell, self.widths, self.columns
        left = (self.size[0] - columns * (width + _GAP) + _GAP) / 2
        corners = []
        for i in range(len(self.branches)):
            row, column = divmod(i, columns)
            x, y = left + column * (width + _GAP), self._head + _GAP + row * (height + _GAP)
            starts = [x + sum(widths[:n]) + 1.5 * _GAP * n for n in range(len(widths))]
            corners.append([(start, y) for start in starts])
        return corners


@dataclass(frozen=True, slots=True)
class Scale:
    """What the colours of a picture mean: a word for the whole, one for each end."""

    name: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """All of a picture but where things are."""

    title: str
    blocks: Sequence[Block]
    edges: Sequence[Edge]
    scale: Scale | None = None
    remarks: tuple[str, ...] = ()
    """Lines below the picture."""

    @property
    def reads(self) -> list[list[int]]:
        """For each block the numbers of those from which arrows lead to it."""
        reads: list[list[int]] = [[] for _ in self.blocks]
        for start, end in self.edges:
            reads[end].append(start)
        return reads


def text_width(text: str, size: float) -> float:
    """Pixels that ``text`` takes at this height: wide characters, of Chinese say, count twice.

    >>> round(text_width("load", 10)), round(text_width("読む", 10))
    (24, 24)
    """
    cells = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
    return cells * size * _ADVANCE


def fitted(text: str, width: int) -> str:
    """``text`` in at most ``width`` characters, cut in the middle, on one line.

    >>> fitted("a_very_long_name_of_a_function", 12)
    'a_ver…nction'
    """
    text = " ".join(text.split())
    if len(text) <= width:
        return text
    start = (width - 1) // 2
    return f"{text[:start]}…{text[len(text) - (width - 1 - start) :]}"
