"""Where boxes and arrows go, by Graphviz where its ``dot`` is installed, by fast-sugiyama otherwise.

An engine places boxes from top to bottom.  The other directions are such a picture, turned and mirrored.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

from pannier.diagnostics.draw import dot, layered
from pannier.diagnostics.draw.geometry import Arrangement, Edge, Engine, Size
from pannier.diagnostics.draw.reorder import in_order
from pannier.errors import UsageError, near_matches

DIRECTIONS: Final = ("TB", "BT", "LR", "RL")
"""Top to bottom, and so on: the words of Graphviz."""
ENGINES: Final[Mapping[str, Engine]] = {
    "dot": dot.arrange,
    "graphviz": dot.arrange,
    "layered": layered.arrange,
}


def find_engine(name: str | None) -> Engine:
    """The engine of this name, by default the first one that is installed.

    Raises :class:`~pannier.errors.UsageError` for an unknown name, and where none is installed.
    """
    if name is None:
        if shutil.which(dot.COMMAND):
            return dot.arrange
        if find_spec(layered.LIBRARY):
            return layered.arrange
        raise UsageError(
            f"drawing needs something that places boxes: install pannier[draw], which brings {layered.LIBRARY!r}, "
            f"or Graphviz, whose command {dot.COMMAND!r} is not on the PATH"
        )
    if name not in ENGINES:
        raise UsageError(
            f"no engine is named {name!r}{near_matches(name, ENGINES)}; there are {', '.join(ENGINES)}"
        )
    return ENGINES[name]


def arrange(sizes: Sequence[Size], edges: Sequence[Edge], rankdir: str, engine: Engine) -> Arrangement:
    """Boxes of these sizes, each behind those that lead to it in the direction ``rankdir``."""
    if not sizes:
        return Arrangement([], [], (0, 0))
    if rankdir in ("LR", "RL"):
        turned = in_order([(height, width) for width, height in sizes], edges, engine)
        found = turned.mapped(turned.size[::-1], lambda point: point[::-1])
    else:
        found = in_order(sizes, edges, engine)
    width, height = found.size
    if rankdir == "BT":
        return found.mapped(found.size, lambda point: (point[0], height - point[1]))
    if rankdir == "RL":
        return found.mapped(found.size, lambda point: (width - point[0], point[1]))
    return found
