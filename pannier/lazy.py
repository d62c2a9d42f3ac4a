"""Modules that are imported when they, or names of theirs, are first asked for.

A module that is needed in some calls only is named through its package, as ``frames.merging.Merge`` after
``from pannier.kernels import frames``, and loaded by the first call that comes there.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any


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


def names(module: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A ``__getattr__`` for ``module`` that takes a name from the module that is its home, and keeps it.

    >>> import pannier.dataframe as pdf
    >>> pdf.read_csv.__module__
    'pannier.collections.dataframe.read'
    """

    def from_home(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(homes[name]), name)
        setattr(sys.modules[module], name, value)
        return value

    return from_home
