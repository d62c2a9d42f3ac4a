"""Pure functions over one partition; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.kernels import chain as chain
    from pannier.kernels import groups as groups
    from pannier.kernels import jsonlines as jsonlines
    from pannier.kernels import lookers as lookers
    from pannier.kernels import records as records
    from pannier.kernels import reductions as reductions
    from pannier.kernels import totals as totals
    from pannier.kernels import undecoded as undecoded
else:
    __getattr__ = submodules(__name__)
