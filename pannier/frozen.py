"""Frozen, slotted dataclasses that cost little to define.

:func:`dataclasses.dataclass` compiles six methods for each class, which takes half a millisecond: with some hundred
kernels, that is longer than importing pandas may add.  Those of :func:`frozen` share their methods, which look the
fields up when they are called; what these are is found out then, since of most classes no object is ever made.  That is
slower by a microsecond or two, which a step of a plan does not notice; what is made for each record, or each task,
stays a dataclass of the usual kind.
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
    own = [name for name, kind in cls.__annotations__.items() if not kind.startswith("ClassVar")]
    inherited = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    namespace = {**(_SHARED if eq else _SHARED_BUT_EQUALITY), **cls.__dict__}
    given = {name: namespace.pop(name, MISSING) for name in own}
    namespace.pop("__dict__", None)
    namespace.pop("__weakref__", None)
    namespace["__qualname__"] = cls.__qualname__
    namespace["__slots__"] = tuple([name for name in own if name not in inherited])
    namespace["__given__"] = given, kw_only
    return type(cls)(cls.__name__, cls.__bases__, namespace)


class _Found:
    """An attribute of a class that is found out when it is first asked for."""

    def __init__(self, name: str, find: Callable[[Any], Any]) -> None:
        self._name = name
        self._find = find

    def __get__(self, frozen: Any, cls: type) -> Any:
        found = self._find(cls)
        setattr(cls, self._name, found)
        return found


@dataclasses.dataclass(init=False, repr=False, eq=False)
class _Usual:
    field: int


_PARAMS: Final = _Usual.__dataclass_params__  # type: ignore[attr-defined]
_IS_FIELD: Final = _Usual.__dataclass_fields__["field"]._field_type  # type: ignore[attr-defined]  # noqa: SLF001
"""The mark of fields; no public name gives it.  Where dataclasses had no such mark, this would fail at once."""


def _fields(cls: type) -> dict[str, dataclasses.Field[Any]]:
    """The fields by name, those of bases first."""
    fields: dict[str, dataclasses.Field[Any]] = {}
    for base in reversed(cls.__mro__):
        given, kw_only = base.__dict__.get("__given__", ({}, False))
        for name, value in given.items():
            each: Any = value if isinstance(value, dataclasses.Field) else dataclasses.field(default=value)
            each.name, each.type, each._field_type = name, base.__annotations__[name], _IS_FIELD  # noqa: SLF001
            if type(each.default).__hash__ is None:
                raise ValueError(f"mutable default of {name!r} of {base.__name__}: use default_factory")
            if each.kw_only is MISSING:
                each.kw_only = kw_only
            fields[name] = each
    return fields


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


def _layout(cls: Any) -> _Layout:
    fields = dataclasses.fields(cls)
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


_SHARED: Final = {
    "__init__": _init,
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__getstate__": _state,
    "__setstate__": _set_state,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__replace__": dataclasses.replace,
    "__frozen__": _Found("__frozen__", _layout),
    "__match_args__": _Found("__match_args__", lambda cls: cls.__frozen__.placed),
    "__dataclass_fields__": _Found("__dataclass_fields__", _fields),
    "__dataclass_params__": _PARAMS,
}
_SHARED_BUT_EQUALITY: Final = {
    name: shared for name, shared in _SHARED.items() if name not in ("__eq__", "__hash__")
}
