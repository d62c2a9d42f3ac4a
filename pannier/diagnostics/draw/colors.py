"""Colours that also people see who do not tell red from green, on light and on dark pages.

A box brings its own background, so its text is readable wherever the picture stands; what lies outside of
boxes is of a grey that is seen on white and on black.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Paint:
    """The colours of one box, as hexadecimal RGB."""

    fill: str
    line: str
    ink: str = "#1b1f24"


GREY: Final = "#78808c"
"""Arrows and captions."""
PLAIN: Final = Paint("#eceff3", "#78808c")
"""What has no colour to tell."""

_PALETTE: Final = (
    Paint("#d3e5f4", "#0072b2"),
    Paint("#fbe6c2", "#b87700"),
    Paint("#cfeee2", "#009e73"),
    Paint("#f3d9e8", "#b0588c"),
    Paint("#f8d8c8", "#d55e00"),
    Paint("#d9f0fb", "#2f8fc6"),
    Paint("#f5f1bd", "#8f8500"),
    Paint("#e4def5", "#6a51a3"),
)
"""Tints of the palette of Okabe and Ito, and a violet."""
RAMP: Final = ("#440154", "#443983", "#31688e", "#21918c", "#35b779", "#90d743", "#fde725")
"""Viridis: as bright as it is large."""


def by_name(names: Iterable[str]) -> Mapping[str, Paint]:
    """A paint for each name, in their order; after eight they come again.

    >>> by_name(["load", "clean", "load"])["clean"].fill
    '#fbe6c2'
    """
    return {name: _PALETTE[i % len(_PALETTE)] for i, name in enumerate(dict.fromkeys(names))}


def by_size(fraction: float) -> Paint:
    """A paint from dark for 0 to bright for 1, with ink that is read on it.

    >>> by_size(0.0).fill, by_size(0.0).ink, by_size(1.0).fill, by_size(1.0).ink
    ('#440154', '#ffffff', '#fde725', '#000000')
    """
    at = min(max(fraction, 0.0), 1.0) * (len(RAMP) - 1)
    low = min(int(at), len(RAMP) - 2)
    start, end = _rgb(RAMP[low]), _rgb(RAMP[low + 1])
    mixed = [round(a + (b - a) * (at - low)) for a, b in zip(start, end, strict=True)]
    fill = "#" + "".join(f"{part:02x}" for part in mixed)
    return Paint(fill, GREY, "#000000" if _luminance(mixed) > 0.18 else "#ffffff")


def _rgb(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def _luminance(rgb: Iterable[int]) -> float:
    """Relative luminance as WCAG has it: above 0.18 black contrasts more than white."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
