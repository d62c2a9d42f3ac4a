"""Frozen, slotted dataclasses that cost little to define.

:func:`dataclasses.dataclass` compiles six methods for each class, which takes half a millisecond: with some hundred
kernels, that is longer than importing pandas may add.  Those of :func:`frozen` share their methods, which look the
fields up when they are called.  That is slower by a microsecond or two, which a step of a plan does not notice; what
is made for each record, or each task, stays a dataclass of the usual kind.
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable
from dataclasses import MISSING
from typing import Any, Final, NamedTuple, TypeVar, dataclass_transform, overload

_C = TypeVar("_C", bound=type)


@overload
def frozen(cls: _C, /) -> _C: ...
@overload
def frozen(*, eq: bool = True, kw_only: bool = False) -> Callable[[_C], _C]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: Any = None, /, *, eq: bool = True, kw_only: bool = False) -> Any:
    """``cls`` as ``dataclass(frozen=True, slots=True, eq=eq, kw_only=kw_only)`` would make it, with methods that are shared.

    >>> import pickle
    >>> @frozen
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1), Point(1) == Point(1, y=0), dataclasses.replace(Point(1), y=2)
    (Point(x=1, y=0), True, Point(x=1, y=2))
    >>> Point(1).x = 2
    Traceback (most recent call last):
    dataclasses.FrozenInstanceError: cannot assign to field 'x'
    """
    if cls is None:
        return lambda cls: _made(cls, eq, kw_only)
    return _made(cls, eq, kw_only)


def _made(cls: type, eq: bool, kw_only: bool) -> Any:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True, kw_only=kw_only)(cls)
    made.__frozen__ = _layout(dataclasses.fields(made))
    for name, method in _METHODS.items():
        if name not in cls.__dict__ and (eq or name not in ("__eq__", "__hash__")):
            setattr(made, name, method)
    return made


class _Layout(NamedTuple):
    """What the methods know of the fields of a class."""

    names: tuple[str, ...]
    taken: tuple[str, ...]
    """Those that are arguments, in order."""
    placed: tuple[str, ...]
    """Those of these that may be given by their place."""
    required: frozenset[str]
    defaults: dict[str, Any]
    factories: dict[str, Callable[[], Any]]
    compared: Callable[[Any], tuple[Any, ...]]
    """The values of an object that count when it is compared."""
    shown: tuple[str, ...]


def _layout(fields: tuple[dataclasses.Field[Any], ...]) -> _Layout:
    taken = tuple([field.name for field in fields if field.init])
    defaults = {field.name: field.default for field in fields if field.default is not MISSING}
    factories: Any = {
        field.name: field.default_factory for field in fields if field.default_factory is not MISSING
    }
    return _Layout(
        names=tuple([field.name for field in fields]),
        taken=taken,
        placed=tuple([field.name for field in fields if field.init and not field.kw_only]),
        required=frozenset(taken) - defaults.keys() - factories.keys(),
        defaults=defaults,
        factories=factories,
        compared=_values_of([field.name for field in fields if field.compare]),
        shown=tuple([field.name for field in fields if field.repr]),
    )


def _values_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda frozen: tuple([getattr(frozen, name) for name in names])


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    layout: _Layout = self.__frozen__
    values = {**layout.defaults, **dict(zip(layout.placed, args, strict=False)), **kwargs}
    for name, make in layout.factories.items():
        if name not in values:
            values[name] = make()
    if kwargs or not len(args) == len(layout.placed) == len(layout.taken):
        _check(type(self).__name__, layout, args, kwargs)
    for name, value in values.items():
        object.__setattr__(self, name, value)
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def _check(name: str, layout: _Layout, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """TypeError unless these are the arguments of the class ``name``."""
    by_place = layout.placed[: len(args)]
    if len(args) > len(by_place):
        raise TypeError(f"{name}() takes {len(by_place)} arguments, and was given {len(args)}")
    for each in kwargs:
        if each in by_place:
            raise TypeError(f"{name}() was given {each!r} twice")
        if each not in layout.taken:
            raise TypeError(f"{name}() has no argument {each!r}")
    for each in layout.taken:
        if each in layout.required and each not in by_place and each not in kwargs:
            raise TypeError(f"{name}() lacks {each!r}")


def _repr(self: Any) -> str:
    shown = [f"{name}={getattr(self, name)!r}" for name in self.__frozen__.shown]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> Any:
    compared: Callable[[Any], tuple[Any, ...]] = self.__frozen__.compared
    return compared(self) == compared(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self.__frozen__.compared(self))


def _refuse_to_set(self: Any, name: str, value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__frozen__.names]


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__frozen__.names, state, strict=True):
        object.__setattr__(self, name, value)


_METHODS: Final = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__getstate__": _state,
    "__setstate__": _set_state,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
}
