"""A sketch and where its boxes are, as SVG: whole in itself, for browsers, notebooks and renderers alike."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from pannier.diagnostics.draw.colors import GREY, RAMP
from pannier.diagnostics.draw.geometry import Arrangement, Curve, Edge, Point, Size
from pannier.diagnostics.draw.sketch import LEADING, NOTE_SIZE, TITLE_SIZE, Block, Box, Sketch, text_width

FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', 'Noto Sans Mono', 'Courier New', monospace"
_MARGIN: Final = 16.0
_SCALE_STEP: Final = (17.0, 10.0)
_SLANT: Final = 6.0


def to_svg(sketch: Sketch, arrangement: Arrangement) -> tuple[str, Size]:
    """The picture as SVG, and its size in pixels."""
    head, head_width = _header(sketch)
    top = _MARGIN + NOTE_SIZE + 14
    inner_width = max(arrangement.size[0], head_width)
    left = _MARGIN + (inner_width - arrangement.size[0]) / 2
    shifted = arrangement.mapped(arrangement.size, lambda point: (point[0] + left, point[1] + top))
    bottom = top + arrangement.size[1]
    remarks = [
        _text(_MARGIN, bottom + 8 + (i + 1) * NOTE_SIZE * LEADING, line, NOTE_SIZE, GREY)
        for i, line in enumerate(sketch.remarks)
    ]
    width = math.ceil(
        2 * _MARGIN + max([inner_width, *(text_width(line, NOTE_SIZE) for line in sketch.remarks)])
    )
    height = math.ceil(bottom + (8 + len(remarks) * NOTE_SIZE * LEADING if remarks else 0) + _MARGIN)
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{sketch.title}" '
        f'font-family="{FONTS}">'
    )
    parts = [
        start,
        f"<title>{sketch.title}</title>",
        f'<g fill="none" stroke="{GREY}" stroke-width="1.2">',
        *_arrows(sketch.edges, shifted.curves),
        "</g>",
        *_blocks(sketch.blocks, shifted.middles),
        *head,
        *remarks,
        "</svg>",
    ]
    return "\n".join(parts), (width, height)


def _arrows(edges: Sequence[Edge], curves: Sequence[Curve]) -> Iterator[str]:
    for (start, end), curve in zip(edges, curves, strict=True):
        yield f'<path class="arrow" data-from="{start}" data-to="{end}" d="{_path(curve)}"/>'
        yield _head_of(curve[-2], curve[-1], f'class="arrow" data-from="{start}" data-to="{end}"')


def _path(curve: Curve) -> str:
    start, *others = curve
    steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in others)
    return f"M{start[0]:.1f},{start[1]:.1f} C{steps}"


def _head_of(before: Point, tip: Point, attributes: str) -> str:
    """The head of an arrow that comes from ``before``: drawn, for renderers differ over markers."""
    angle = math.atan2(tip[1] - before[1], tip[0] - before[0])
    sides = [
        (tip[0] - 7 * math.cos(angle + turn), tip[1] - 7 * math.sin(angle + turn)) for turn in (0.42, -0.42)
    ]
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (tip, *sides))
    return f'<polygon {attributes} points="{corners}" fill="{GREY}" stroke="none"/>'


def _blocks(blocks: Sequence[Block], middles: Sequence[Point]) -> Iterator[str]:
    for number, (block, (x, y)) in enumerate(zip(blocks, middles, strict=True)):
        width, height = block.size
        corner = x - width / 2, y - height / 2
        yield f'<g class="block" data-block="{number}">'
        if not block.is_single:
            yield _rectangle(
                corner,
                block.size,
                8,
                f'fill="{GREY}" fill-opacity="0.08" stroke="{GREY}" stroke-dasharray="3 3"',
            )
            yield _text(corner[0] + 12, corner[1] + 15, block.caption, NOTE_SIZE, GREY)
        widths, (_, row) = block.widths, block.cell
        for branch, places in zip(block.branches, block.corners(), strict=True):
            for n, (box, (dx, dy)) in enumerate(zip(branch, places, strict=True)):
                at = corner[0] + dx, corner[1] + dy
                if n:
                    yield _step_arrow((at[0] - 18, at[1] + row / 2), (at[0], at[1] + row / 2))
                yield from _box(box, at, (widths[n], row))
        yield "</g>"


def _step_arrow(start: Point, tip: Point) -> str:
    line = (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{tip[0]:.1f}" y2="{tip[1]:.1f}" stroke="{GREY}"/>'
    )
    return line + _head_of(start, tip, 'class="step"')


def _box(box: Box, corner: Point, size: Size) -> Iterator[str]:
    x, y = corner
    width, height = size
    yield f'<g class="box {box.shape}">'
    yield f"<title>{_escaped(chr(10).join(box.details))}</title>"
    colours = f'fill="{box.paint.fill}" stroke="{box.paint.line}"'
    if box.shape == "value":
        points = [(x + _SLANT, y), (x + width, y), (x + width - _SLANT, y + height), (x, y + height)]
        corners = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        yield f'<polygon points="{corners}" {colours} stroke-dasharray="4 2"/>'
    else:
        if box.shape == "more":
            for offset in (4, 2):
                yield _rectangle((x + offset, y + offset), size, 5, colours)
        if box.is_output:
            yield _rectangle(
                (x - 3, y - 3), (width + 6, height + 6), 8, f'fill="none" stroke="{box.paint.line}"'
            )
        yield _rectangle(corner, size, 5, colours)
    middle = x + width / 2
    at = y + (height - LEADING * (TITLE_SIZE * len(box.titles) + NOTE_SIZE * len(box.notes))) / 2
    for text, letters, opacity in [
        *((text, TITLE_SIZE, 1.0) for text in box.titles),
        *((text, NOTE_SIZE, 0.75) for text in box.notes),
    ]:
        at += letters * LEADING
        yield _text(
            middle,
            at - letters * 0.35,
            text,
            letters,
            box.paint.ink,
            f'text-anchor="middle" fill-opacity="{opacity}"',
        )
    yield "</g>"


def _rectangle(corner: Point, size: Size, radius: float, attributes: str) -> str:
    return (
        f'<rect x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}" '
        f'rx="{radius:g}" {attributes}/>'
    )


def _text(x: float, y: float, text: str, size: float, ink: str, more: str = "") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{ink}" xml:space="preserve" {more}>'
        f"{_escaped(text)}</text>"
    )


def _header(sketch: Sketch) -> tuple[list[str], float]:
    """The title, and at its right what the colours mean; and the pixels that it takes."""
    base, x = _MARGIN + NOTE_SIZE - 2, _MARGIN
    parts = []

    def write(text: str) -> None:
        nonlocal x
        parts.append(_text(x, base, text, NOTE_SIZE, GREY))
        x += text_width(text, NOTE_SIZE)

    write(sketch.title)
    if (scale := sketch.scale) is not None:
        write(f"    {scale.name}: {scale.low} ")
        for color in RAMP:
            parts.append(_rectangle((x, base - 9), _SCALE_STEP, 0, f'fill="{color}"'))
            x += _SCALE_STEP[0]
        write(f" {scale.high}")
    return parts, x - _MARGIN


def _escaped(text: str) -> str:
    """``text`` as XML may have it: without control characters, and halves of others."""
    return escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text), {'"': "&quot;"})


_UNPRINTABLE: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
