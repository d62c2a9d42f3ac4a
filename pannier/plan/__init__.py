"""Nodes, rewrites and lowering; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.plan import carrying as carrying
    from pannier.plan import estimates as estimates
    from pannier.plan import explain as explain
    from pannier.plan import lookups as lookups
    from pannier.plan import lower as lower
    from pannier.plan import passes as passes
    from pannier.plan import rewrite as rewrite
    from pannier.plan import schemas as schemas
    from pannier.plan import unjoined as unjoined
else:
    __getattr__ = submodules(__name__)
