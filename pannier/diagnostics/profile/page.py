"""The page that shows profiles: one file of HTML that needs no other.

Charts stand in it as SVG; the script only stretches and explains them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Final

from pannier.diagnostics.profile.charts import Axis, Chart
from pannier.diagnostics.profile.recorder import RunData
from pannier.diagnostics.profile.table import DARK, LIGHT

_AROUND: Final = 240
"""Pixels of a page beside its charts and rows."""
_ROW_HEIGHT: Final = 30


class Page:
    """A page as one has it in hand; notebooks show it, and :meth:`save` writes it to a file."""

    __slots__ = ("filename", "height", "html", "title")

    def __init__(self, html: str, title: str, height: int) -> None:
        self.html = html
        """The whole document."""
        self.title = title
        """What it shows, in a few words."""
        self.height = height
        """Pixels."""
        self.filename: Path | None = None
        """Where it was saved last."""

    def save(self, filename: str | os.PathLike[str]) -> Path:
        """The path of the file that was written."""
        self.filename = Path(filename)
        self.filename.write_text(self.html, encoding="utf-8")
        return self.filename

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self.html)}" title="{escape(self.title)}"'
            f' style="width:100%;height:{self.height}px;border:0"></iframe>'
        )

    def __repr__(self) -> str:
        where = "" if self.filename is None else f", in {str(self.filename)!r}"
        return f"<Page of {self.title}{where}; notebooks show it>"


def page(
    title: str, subtitle: str, charts: Sequence[Chart], table: str, runs: Sequence[RunData], axis: Axis
) -> Page:
    """The page of ``charts``, which share ``axis``; of ``runs`` it says which failed."""
    failures = [run for run in runs if run.error is not None]
    parts = {
        "title": escape(title),
        "subtitle": escape(subtitle),
        "span": f"{axis.span:.9g}",
        "charts": "\n".join(chart.html for chart in charts),
        "stages": table,
        "failures": "".join(f'<p class="failure">{escape(_failure(run, len(runs)))}</p>' for run in failures),
        "script": _asset("page.js"),
        "style": _filled(_asset("page.css"), {"light": _variables(LIGHT), "dark": _variables(DARK)}),
    }
    rows = table.count("<tr") + 2 * len(failures)
    height = _AROUND + sum(chart.height + 12 for chart in charts) + _ROW_HEIGHT * rows
    return Page(_filled(_asset("page.html"), parts), title, height)


def _failure(run: RunData, n: int) -> str:
    which = "The run" if n == 1 else f"Run {run.run}"
    return f"{which} ended with {run.error}"


def _asset(name: str) -> str:
    return files("pannier.diagnostics.profile").joinpath(name).read_text(encoding="utf-8")


def _filled(template: str, parts: dict[str, str]) -> str:
    """``template`` with a part for each {{name}}, in one go: parts may hold anything."""
    pieces = template.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, _, rest = piece.partition("}}")
        filled += [parts[name], rest]
    return "".join(filled)


def _variables(colors: Sequence[str]) -> str:
    return " ".join(f"--s{i}: {color};" for i, color in enumerate(colors))
