"""Pickles for another process, which has not run the user's script: what is of that travels by value.

cloudpickle makes them, of all but a function with a cache (:func:`functools.cache`, ``lru_cache``), which it takes to be
importable.  Such a one travels as the function in it, and has a cache of its own, empty at first, where it arrives.
"""

from __future__ import annotations

import collections
import functools
import io
from collections.abc import Callable
from typing import Any, ClassVar, Final

from pannier.tokens.code import is_importable

_WITH_CACHE: Final = type(functools.cache(len))


def dumps(value: Any) -> bytes:
    """The pickle of ``value``; raises what picklers and ``__reduce__`` methods raise.

    >>> import pickle
    >>> pickle.loads(dumps(functools.cache(lambda x: x + 1)))(1)
    2
    """
    with io.BytesIO() as file:
        pickler()(file, 5).dump(value)
        return file.getvalue()


@functools.cache
def pickler() -> Callable[..., Any]:
    """The class of picklers, called as that of :mod:`pickle`; it is made when something is sent for the first time."""
    import cloudpickle

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        dispatch_table: ClassVar[Any] = collections.ChainMap(
            {_WITH_CACHE: _reduced}, cloudpickle.Pickler.dispatch_table
        )

    return Pickler


def _reduced(function: Any) -> str | tuple[Any, ...]:
    if is_importable(function):
        return str(function.__qualname__)
    options = function.cache_parameters()
    return _with_cache, (function.__wrapped__, options["maxsize"], options["typed"])


def _with_cache(function: Callable[..., Any], maxsize: int | None, typed: bool) -> Callable[..., Any]:
    return functools.lru_cache(maxsize, typed)(function)
