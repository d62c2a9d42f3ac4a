"""What splits, barriers and gathers do, and the files between them; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.shuffle import frames as frames
    from pannier.shuffle import frames_cuts as frames_cuts
    from pannier.shuffle import frames_home as frames_home
    from pannier.shuffle import frames_ranges as frames_ranges
    from pannier.shuffle import frames_sort as frames_sort
    from pannier.shuffle import frames_whole as frames_whole
    from pannier.shuffle import gather as gather
    from pannier.shuffle import split as split
else:
    __getattr__ = submodules(__name__)
