"""Tasks and the order to run them; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.graph import daskspec as daskspec
    from pannier.graph import order as order
    from pannier.graph import spec as spec
else:
    __getattr__ = submodules(__name__)
