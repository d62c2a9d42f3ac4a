"""Bags: any Python records, in partitions; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.collections.bag import bag as bag
else:
    __getattr__ = submodules(__name__)
