"""Listeners to scheduler events: what a run is doing, shown to a person.

>>> from pannier.diagnostics import ProgressBar
>>> ProgressBar.__name__
'ProgressBar'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pannier.diagnostics.callbacks import Callback
    from pannier.diagnostics.progress import ProgressBar

__all__ = ["Callback", "ProgressBar"]

_HOMES = {
    "Callback": "pannier.diagnostics.callbacks",
    "ProgressBar": "pannier.diagnostics.progress",
}
"""Name to the module that defines it, imported when the name is first asked for."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
