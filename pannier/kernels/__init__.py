"""Pure functions over one partition; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.kernels import chain as chain
    from pannier.kernels import reductions as reductions
else:
    __getattr__ = submodules(__name__)
