"""Listeners to scheduler events: what a run is doing, shown to a person, recorded, or told to functions.

>>> from pannier.diagnostics import ProgressBar
>>> ProgressBar.__name__
'ProgressBar'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import names

if TYPE_CHECKING:
    from pannier.diagnostics.callbacks import Callback
    from pannier.diagnostics.profile.cache import CacheProfiler
    from pannier.diagnostics.profile.resources import ResourceProfiler
    from pannier.diagnostics.profile.tasks import Profiler
    from pannier.diagnostics.profile.visualize import visualize
    from pannier.diagnostics.progress import ProgressBar

__all__ = ["CacheProfiler", "Callback", "Profiler", "ProgressBar", "ResourceProfiler", "visualize"]

_HOMES = {
    "CacheProfiler": "pannier.diagnostics.profile.cache",
    "Callback": "pannier.diagnostics.callbacks",
    "Profiler": "pannier.diagnostics.profile.tasks",
    "ProgressBar": "pannier.diagnostics.progress",
    "ResourceProfiler": "pannier.diagnostics.profile.resources",
    "visualize": "pannier.diagnostics.profile.visualize",
}
"""Name to the module that defines it, imported when the name is first asked for."""

__getattr__ = names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
