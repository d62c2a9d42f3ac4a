"""Pickles of functions, used again as long as they are right: most calls are of a function that was sent before.

A function of an importable module travels by name.  One of ``__main__`` travels with the values of the globals and
variables that it uses, as they are when it is submitted; its pickle is right for as long as these are the same
objects, and of kinds that nobody changes.  Else it is pickled again.
"""

from __future__ import annotations

import functools
import types
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from operator import is_
from typing import Any, Final, NamedTuple

from pannier.schedulers.batching import kind_of
from pannier.schedulers.multiprocessing.live.payloads import pack_function
from pannier.schedulers.multiprocessing.live.promises import Promise
from pannier.tokens.code import is_importable

_MOST: Final = 256
_MISSING: Final = object()
"""In place of what a name does not stand for."""
_UNCHANGING: Final = (
    types.BuiltinFunctionType,
    types.ModuleType,
    types.CodeType,
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    type(None),
)


class Known(NamedTuple):
    """A function that was pickled."""

    function: Callable[..., Any]
    """Held, so that no other one has its id."""
    parts: Sequence[Any] | None
    """What its pickle was made of; None if some of it may change and stay the same object."""
    names: Sequence[str]
    """Those of the globals among them."""
    pickled: bytes
    holds: Sequence[Promise]
    """Of the futures that it refers to."""
    name: str
    kind: Hashable


class Functions:
    """The functions that were last submitted to ``session``."""

    def __init__(self, session: object) -> None:
        self._session = session
        self._known: OrderedDict[int, Known] = OrderedDict()

    def pickled(self, function: Callable[..., Any]) -> Known:
        """``function``, ready to travel.

        Raises :class:`~pannier.errors.SerializationError` if it cannot.
        """
        known = self._known.get(id(function))
        if known is not None and known.function is function and _is_right(known):
            return known
        name = short_name(function)
        pickled, holds = pack_function(self._session, name, function)
        names = _names(function.__code__) if isinstance(function, types.FunctionType) else ()
        parts = None if holds else _parts(function, names)
        known = Known(function, parts, names, pickled, holds, name, kind_of(function))
        if parts is not None:  # else it may refer to anything, which is not to be kept for it
            self._known[id(function)] = known
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return known


def short_name(function: Callable[..., Any]) -> str:
    """What keys of its calls begin with.

    >>> import json, operator
    >>> [
    ...     short_name(each)
    ...     for each in (json.loads, lambda: 0, functools.partial(len), operator.add)
    ... ]
    ['loads', 'lambda', 'len', 'add']
    """
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None) or type(function).__name__
    return str(name).strip("<>")


def _is_right(known: Known) -> bool:
    """Whether pickling the function again would make the same pickle."""
    if not known.parts:
        return known.parts is not None
    parts = _parts_of_function(known.function, known.names)
    return len(parts) == len(known.parts) and all(map(is_, parts, known.parts))


def _parts(function: Callable[..., Any], names: Sequence[str]) -> Sequence[Any] | None:
    """What the pickle of ``function`` is made of; None if some of it may change and stay the same object.

    >>> _parts(len, ()), _parts(lambda x=[]: x, ())
    ((), None)
    """
    if isinstance(function, types.BuiltinFunctionType):
        return ()
    if not isinstance(function, types.FunctionType | type):
        return None
    if is_importable(function):
        return ()
    if isinstance(function, type):
        return None
    parts = _parts_of_function(function, names)
    return parts if not function.__dict__ and all(map(_is_unchanging, parts)) else None


def _parts_of_function(function: Any, names: Sequence[str]) -> tuple[Any, ...]:
    """The objects that the pickle of a function of ``__main__``, which reads the globals ``names``, is made of."""
    parts: tuple[Any, ...] = (function.__code__, function.__defaults__)
    if names:
        scope = function.__globals__
        parts += tuple([scope.get(name, _MISSING) for name in names])
    if function.__kwdefaults__:
        parts += tuple(function.__kwdefaults__.values())
    if function.__closure__:
        parts += tuple([_content(cell) for cell in function.__closure__])
    return parts


def _content(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not assigned yet
        return _MISSING


def _is_unchanging(part: Any) -> bool:
    """Whether ``part`` is the same as long as it is the same object."""
    if type(part) is tuple:
        return all(map(_is_unchanging, part))
    if isinstance(part, types.FunctionType | type):
        return is_importable(part)
    return part is _MISSING or type(part) in _UNCHANGING


def _names(code: types.CodeType) -> tuple[str, ...]:
    """The names that ``code``, and the code of the functions that it makes, looks up."""
    inner = [name for part in code.co_consts if isinstance(part, types.CodeType) for name in _names(part)]
    return (*code.co_names, *inner)
