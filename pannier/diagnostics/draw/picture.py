"""A picture as one has it in hand: shows itself in notebooks, is saved as SVG, PNG or a page."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Final

from pannier.diagnostics.draw.geometry import Size
from pannier.diagnostics.draw.svg import FONTS
from pannier.errors import UsageError, near_matches

_SHARPNESS: Final = 2.0
"""Pixels of a PNG for each of the picture, so that it is sharp on fine screens."""
_PROBE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20">'
    f'<text y="15" font-family="{FONTS}" font-size="15">x</text></svg>'
)
"""A letter, to see whether letters are drawn."""


class Picture:
    """A drawing; notebooks show it, and :meth:`save` writes it to a file."""

    __slots__ = ("size", "svg", "title")

    svg: str
    """The drawing as a document of SVG."""
    size: tuple[int, int]
    """Width and height in pixels."""
    title: str
    """What it shows, in a few words."""

    def __init__(self, svg: str, size: Size, title: str) -> None:
        self.svg = svg
        self.size = (round(size[0]), round(size[1]))
        self.title = title

    def save(self, filename: str | os.PathLike[str], format: str | None = None) -> Path:  # noqa: A002  as peers call it
        """The path of the file that was written: ``"svg"``, ``"png"`` or ``"html"``, by default as its suffix says.

        A name without a suffix is given that of the format, which is then SVG unless said otherwise.
        Raises :class:`~pannier.errors.UsageError` for another format, and where what makes it is not installed.
        """
        path = Path(filename)
        kind = format or path.suffix.removeprefix(".") or "svg"
        if kind not in FORMATS:
            raise UsageError(
                f"pictures are saved as {', '.join(FORMATS)}, not {kind!r}{near_matches(kind, FORMATS)}"
            )
        if path.suffix != f".{kind}" and not (format and path.suffix):
            path = path.with_name(f"{path.name}.{kind}")
        path.write_bytes(FORMATS[kind](self))
        return path

    def html(self) -> str:
        """A page that needs no other file: zoom, search, and what is read by what."""
        page = files("pannier.diagnostics.draw").joinpath("page.html").read_text(encoding="utf-8")
        return page.replace("{{title}}", escape(self.title)).replace("{{svg}}", self.svg)

    def png(self) -> bytes:
        """The picture in pixels, on white, at twice its size.

        Raises :class:`~pannier.errors.UsageError` where no renderer, or no font for it, is installed.
        """
        try:
            import resvg_py
        except ModuleNotFoundError as error:
            raise UsageError(
                "a PNG needs a renderer: install pannier[draw], which brings 'resvg-py'; SVG and HTML need none"
            ) from error
        draw = partial(resvg_py.svg_to_bytes, background="#ffffff")
        if draw(svg_string=_PROBE) == draw(svg_string=_PROBE.replace("x</text>", "</text>")):
            raise UsageError(  # it leaves out texts that it has no font for, and says nothing
                "a PNG needs a monospaced font, and none of "
                f"{FONTS} is installed: install DejaVu Sans Mono, say (fonts-dejavu-core of Debian and Ubuntu)"
            )
        return bytes(draw(svg_string=self.svg, zoom=_SHARPNESS))

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        width, height = self.size
        return f"<Picture of {self.title}, {width} x {height} pixels; notebooks show it, .save('graph.svg') writes it>"


FORMATS: Final[Mapping[str, Callable[[Picture], bytes]]] = {
    "svg": lambda picture: picture.svg.encode(),
    "png": Picture.png,
    "html": lambda picture: picture.html().encode(),
}
"""Every format, and what makes its bytes."""
