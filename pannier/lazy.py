"""Packages whose modules are imported when they are first named.

A module that is needed in some calls only is named through its package, as ``frames.merging.Merge`` after
``from pannier.kernels import frames``, and loaded by the first call that comes there.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType


def submodules(package: str) -> Callable[[str], ModuleType]:
    """A ``__getattr__`` for ``package`` that imports its modules: each once, since importing also binds it there.

    >>> from pannier.kernels import frames
    >>> frames.merging
    <module 'pannier.kernels.frames.merging' from '...'>
    >>> frames.mergers
    Traceback (most recent call last):
    AttributeError: module 'pannier.kernels.frames' has no attribute 'mergers'
    """

    def import_named(name: str) -> ModuleType:
        full_name = f"{package}.{name}"
        try:
            return importlib.import_module(full_name)
        except ModuleNotFoundError as error:
            if error.name != full_name:
                raise  # it is there, and imports what is not
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return import_named
