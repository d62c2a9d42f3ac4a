"""From an outline to what is drawn: texts, colours and blocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from pannier.diagnostics.draw.coloring import Coloring
from pannier.diagnostics.draw.outline import Outline, Vertex, short_key, which
from pannier.diagnostics.draw.pack import Branch, pack
from pannier.diagnostics.draw.sketch import Block, Box, Sketch, fitted
from pannier.schedulers.events import stage_of

_WIDE: Final = 34
"""Characters of a line of a box that tells much."""
_NARROW: Final = 22
"""Characters of a box that is one line."""
_STEPS: Final = 5
"""Fused steps of a task that are shown; a box with more says how many."""
_STEPS_OF_PLAN: Final = 16
"""The same for a step of a plan, of which there are few."""


def sketch(
    title: str,
    outline: Outline,
    coloring: Coloring,
    *,
    is_compact: bool,
    aspect: float,
    remarks: tuple[str, ...] = (),
) -> Sketch:
    """What to draw of ``outline`` under this title; blocks are ``aspect`` times as wide as high."""
    packed = pack(outline)
    names = _one_line_each(outline) if is_compact else {}

    def block(branches: Sequence[Branch]) -> Block:
        caption = f"{len(branches):,} × {' → '.join(_word(outline.vertices[i]) for i in branches[0])}"
        boxes = [[_box(outline.vertices[i], coloring, names.get(i)) for i in branch] for branch in branches]
        return Block(boxes, caption, aspect)

    blocks = [block(branches) for branches in packed.blocks]
    edges = [(read, number) for number, reads in enumerate(packed.reads) for read in reads]
    return Sketch(title, blocks, edges, coloring.scale, remarks)


def _box(vertex: Vertex, coloring: Coloring, name: str | None) -> Box:
    note = coloring.note(vertex)
    if vertex.kind == "more":
        notes = [f"… {len(vertex.keys):,} more", *vertex.notes, note]
    elif name is None:
        notes = [*(vertex.notes or _which_note(vertex)), note]
    else:
        notes = [note]
    most = _STEPS_OF_PLAN if vertex.kind == "step" else _STEPS
    return Box(
        shape=vertex.kind,
        titles=_lines(vertex.label, most) if name is None else (name,),
        notes=tuple(filter(None, notes)),
        paint=coloring.paint(vertex),
        details=tuple(_details(vertex, note)),
        is_output=vertex.is_output,
    )


def _which_note(vertex: Vertex) -> list[str]:
    """Its key, without what the label has said already."""
    key = vertex.keys[0]
    short = short_key(key)
    shown = which(key) if "…" in short else short
    return [fitted(shown, _WIDE)] if shown != vertex.label else []


def _word(vertex: Vertex) -> str:
    """What it does, in few letters: of fused steps the verbs."""
    return stage_of(vertex.keys[0]) if " | " in vertex.label else vertex.label


def _one_line_each(outline: Outline) -> dict[int, str]:
    """For all but steps what each does and which one it is: with a token only where several nodes have one verb."""
    tokens: dict[str, set[str]] = {}
    for vertex in outline.vertices:
        tokens.setdefault(_word(vertex), set()).add(which(vertex.keys[0]).partition("[")[0])
    return {
        i: _one_line(vertex, needs_token=len(tokens[_word(vertex)]) > 1)
        for i, vertex in enumerate(outline.vertices)
        if vertex.kind != "step"
    }


def _one_line(vertex: Vertex, *, needs_token: bool) -> str:
    word, key = _word(vertex), vertex.keys[0]
    if vertex.kind == "more":
        return fitted(word, _NARROW)
    end = which(key)
    token, bracket, numbers = end.partition("[")
    if bracket and not needs_token:
        end = numbers.removesuffix("]")
    elif bracket and token and numbers == "0]":
        end = token
    elif not end and word != key:
        end = str(key)
    end = fitted(end, _NARROW)
    return f"{fitted(word, max(_NARROW - len(end) - 1, 6))} {end}".strip()


def _lines(label: str, most: int) -> tuple[str, ...]:
    """A line for each fused step, ``most`` at most."""
    steps = [fitted(step, _WIDE) for step in label.split(" | ")]
    if len(steps) > most:
        steps = [*steps[: most - 2], f"… {len(steps) - most + 1} steps", steps[-1]]
    return tuple(steps)


def _details(vertex: Vertex, note: str) -> list[str]:
    """What is told to those who point at a box."""
    if vertex.kind == "more":
        stages = Counter(stage_of(key) for key in vertex.keys)
        shown = [f"{count:,} × {stage}" for stage, count in stages.most_common(12)]
        return [f"{len(vertex.keys):,} that are not shown one by one", *shown, *filter(None, [note])]
    lines = [f"{vertex.kind} {vertex.keys[0]!r}", vertex.label, vertex.tell(), *vertex.notes]
    if vertex.kind == "task":
        lines.append(f"number {vertex.places[0] + 1:,} in the order to run")
    if note and not note.startswith("#"):
        lines.append(note)
    return lines
