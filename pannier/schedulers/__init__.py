"""Who runs a graph; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.schedulers import events as events
    from pannier.schedulers import partial as partial
    from pannier.schedulers import sync as sync
else:
    __getattr__ = submodules(__name__)
