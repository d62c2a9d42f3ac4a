"""Values inside containers: how arguments are looked through, and templates made that have references in them.

Looked into are lists, tuples, sets, dicts, slices, named tuples and dataclasses, at any depth.  Views of dicts are
read as lists.  Iterators that Python's own functions make (generators, ``map``, ``zip``, ...) are read at once, and
stand for an iterator over what they gave: unlike them it can travel, and each run has its own.
"""

from __future__ import annotations

import dataclasses
import operator
from collections import OrderedDict
from collections.abc import Callable, Iterable
from types import GeneratorType
from typing import Any, Final, TypeAlias

from pannier.graph.task import Literal, Ref, Task

Refer: TypeAlias = Callable[[Any], Ref | None]
"""The reference that is to stand in place of a value; None for a value that stays."""

SCALARS: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
"""Types of values in which there is nothing to be found."""
_SEQUENCES: Final = frozenset({list, tuple, set, frozenset})
_VIEWS: Final = frozenset(map(type, ({}.keys(), {}.values(), {}.items())))
_ITERATORS: Final = frozenset(
    {
        *(GeneratorType, map, filter, zip, enumerate, reversed),
        *map(type, (iter([]), iter(()), iter(set()), iter({}), iter({}.values()), iter({}.items()))),
        *map(type, (iter(range(0)), reversed([]), reversed({}))),
    }
)
_OF_TASKS: Final = frozenset({Ref, Task, Literal})


def refer_in(value: Any, refer: Refer) -> Any:
    """``value`` as a template, to be filled by :func:`~pannier.graph.task.resolve`, of references to what ``refer`` finds.

    ``value`` itself where there is nothing to be filled.

    >>> class Later:
    ...     pass
    >>> refer_in([1, {"a": Later()}], lambda value: Ref("x") if type(value) is Later else None)
    [1, {'a': Ref('x')}]
    """
    kind = type(value)
    if kind in SCALARS:
        return value
    if kind in _SEQUENCES:
        inner = _in_each(value, refer)
        return value if inner is None else kind(inner)
    if kind is dict or kind is OrderedDict:
        return _in_dict(value, refer)
    if kind in _ITERATORS:
        read = list(value)
        return Task(iter, _in_each(read, refer) or Literal(read))
    if kind in _VIEWS:
        read = list(value)
        return _in_each(read, refer) or Literal(read)
    if kind in _OF_TASKS:
        return Literal(value)  # the user's own
    ref = refer(value)
    if ref is not None:
        return ref
    return _in_object(value, kind, refer)


def _in_each(values: Iterable[Any], refer: Refer) -> list[Any] | None:
    """The templates of ``values``; None if each is its own."""
    values = list(values)
    if SCALARS.issuperset(map(type, values)):
        return None
    inner = [refer_in(each, refer) for each in values]
    return None if all(map(operator.is_, inner, values)) else inner


def _in_dict(value: dict[Any, Any], refer: Refer) -> Any:
    keys, values = _in_each(value, refer), _in_each(value.values(), refer)
    if keys is None and values is None:
        return value
    values = list(value.values()) if values is None else values
    if keys is None and type(value) is dict:
        return dict(zip(value, values, strict=True))
    return Task(type(value), Task(zip, list(value) if keys is None else keys, values))


def _in_object(value: Any, kind: type, refer: Refer) -> Any:
    """An object that is made of named parts."""
    if kind is slice:
        inner = _in_each((value.start, value.stop, value.step), refer)
        return value if inner is None else Task(slice, *inner)
    if issubclass(kind, tuple) and hasattr(kind, "_make"):
        inner = _in_each(value, refer)
        return value if inner is None else Task(kind._make, inner)
    if dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind) if hasattr(value, field.name)]
        names += [name for name in getattr(value, "__dict__", ()) if name not in names]
        inner = _in_each([getattr(value, name) for name in names], refer)
        return value if inner is None else Task(_object_of, kind, names, inner)
    return value


def _object_of(kind: Any, names: list[str], values: list[Any]) -> Any:
    """An instance with these attributes; its own ``__init__``, which may have made them of others, is not called."""
    made: Any = kind.__new__(kind)
    for name, value in zip(names, values, strict=True):
        object.__setattr__(made, name, value)
    return made
