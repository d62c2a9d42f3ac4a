"""Profiles: what runs did, recorded from scheduler events and shown on one page.

::

    scheduler events --> Profiler, ResourceProfiler, CacheProfiler       recorder.py, one file each
                         .results, .runs
                              |
                              v
    visualize            lanes and bars, curves, the page they are on    timeline.py curves.py page.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.diagnostics.profile import visualize as visualize
else:
    __getattr__ = submodules(__name__)
