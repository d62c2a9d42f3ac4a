"""What functions and classes are made of: for those that cannot be known by name."""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Iterator
from types import (
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any, Final

_UNSAID: Final = frozenset(
    """__dict__ __weakref__ __module__ __doc__ __firstlineno__ __static_attributes__ __abstractmethods__ _abc_impl
    __slotnames__ __annotate__ __annotate_func__ __annotations_cache__ __classdictcell__""".split()
)
"""Attributes of a class that say nothing of what it does, or differ from run to run."""
_READING: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS"})
"""Instructions that look a name up in the module."""
_MAIN: Final = frozenset({"__main__", "__mp_main__"})
"""Names of the module that is another one in each process."""


_UNDEFINED: Final = object()
_HEAP: Final = 1 << 9
"""Flag of classes that were made while the program ran."""


def is_static(value: Any) -> bool:
    """Whether this is a class of Python's own or of a library in C; not all of them are found by their names."""
    return isinstance(value, type) and not value.__flags__ & _HEAP


def is_importable(value: Any) -> bool:
    """Whether a worker would find this function or class by importing it, as cloudpickle does."""
    module = value.__module__
    home = sys.modules.get(module)
    if home is None or module in _MAIN:
        return False
    cloudpickle = sys.modules.get("cloudpickle")
    by_value = cloudpickle.list_registry_pickle_by_value() if cloudpickle is not None else ()
    if any(module == name or module.startswith(name + ".") for name in by_value):
        return False
    found: Any = home
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is value


def stamp_of(function: FunctionType) -> tuple[object, ...] | None:
    """All that the function's content depends on, if that is its code and modules alone; else None.

    What closes over values, or reads globals other than modules, may change while it stays the same object.
    """
    code = function.__code__
    if function.__closure__ or function.__defaults__ or function.__kwdefaults__ or function.__dict__:
        return None
    if function.__annotations__ or any(type(constant) is CodeType for constant in code.co_consts):
        return None
    names = [function.__globals__.get(name, _UNDEFINED) for name in code.co_names]
    if all(value is _UNDEFINED or type(value) is ModuleType for value in names):
        return (code, function.__qualname__, *names)
    return None


def insides_of(function: FunctionType) -> tuple[Any, ...]:
    """Code, defaults, what it closes over, and attributes."""
    cells = [cell.cell_contents if _is_filled(cell) else None for cell in function.__closure__ or ()]
    return function.__code__, function.__defaults__, function.__kwdefaults__, cells, function.__dict__


def members_of(kind: type) -> list[tuple[str, Any]]:
    """What the body of a class defines, by name."""
    return [(name, _inside_of(member)) for name, member in vars(kind).items() if name not in _UNSAID]


def _is_filled(cell: Any) -> bool:
    """Whether there is something in the cell: not while the function that makes it has not come so far."""
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _inside_of(member: Any) -> Any:
    """What a member of a class does, from under the descriptors that Python puts around it."""
    if isinstance(member, (staticmethod, classmethod)):
        return type(member).__name__, member.__func__
    if isinstance(member, property):
        return "property", member.fget, member.fset, member.fdel
    if isinstance(member, functools.cached_property):
        return "cached_property", member.func
    if isinstance(member, (MemberDescriptorType, GetSetDescriptorType)):
        return member.__name__
    return member


def _codes(code: CodeType) -> Iterator[CodeType]:
    """``code`` and all code defined inside it."""
    stack = [code]
    while stack:
        each = stack.pop()
        yield each
        stack.extend(constant for constant in each.co_consts if type(constant) is CodeType)


@functools.lru_cache(maxsize=4096)
def names_read(code: CodeType) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]:
    """Of a function's code: the globals it reads, the modules it may import, and all names in it."""
    read: dict[str, None] = {}
    imported: dict[str, None] = {}
    names: set[str] = set()
    for each in _codes(code):
        names.update(each.co_names)
        module = ""
        for instruction in dis.get_instructions(each):
            if instruction.opname in _READING:
                read[instruction.argval] = None
            elif instruction.opname == "IMPORT_NAME":
                module = instruction.argval
                imported[module] = None
            elif instruction.opname == "IMPORT_FROM":
                imported[f"{module}.{instruction.argval}"] = None
    return tuple(read), tuple(imported), frozenset(names)


def globals_of(function: FunctionType) -> list[tuple[str, Any]]:
    """What a function reads of its module, by name."""
    space = function.__globals__
    return [(name, space[name]) for name in names_read(function.__code__)[0] if name in space]
