"""Large arguments of tasks, stored in the graph once each, however many tasks have them.

A scheduler that sends tasks to other processes sends a value of the graph to each of them once, and an argument with
each task.  Objects are told apart by identity, so that nobody has to look at what is in them.
"""

from __future__ import annotations

import itertools
import operator
from collections import Counter
from collections.abc import Iterator, Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from pannier.graph.task import NESTING, Key, Literal, Ref, Task
from pannier.sizes import sizeof

SHARED_BYTES: Final = 1 << 10
"""Size of a text or container from which it is stored if several tasks have it."""
LARGE_BYTES: Final = 64 << 10
"""Size from which anything is stored: where a result would be put into a file."""

FEW: Final = 64
"""Elements of a container up to which it is looked into: a frame may be in many small dicts, each made for one task."""

_SHORT: Final = frozenset({int, float, complex, bool, type(None), Ref, type})
_NAMED: Final = frozenset({FunctionType, BuiltinFunctionType, MethodType, ModuleType})
"""Types of objects that travel as a name, most of them."""
_TEXTS: Final = frozenset({str, bytes, bytearray})
_CONTAINERS: Final = frozenset({list, tuple, dict, set, frozenset})


def store_constants(tasks: dict[Key, Task], values: dict[Key, Any]) -> None:
    """Move large arguments of ``tasks`` to ``values``.

    >>> text = "x" * 2000
    >>> tasks, values = {"a": Task(len, text), "b": Task(str.upper, text)}, {}
    >>> store_constants(tasks, values)
    >>> len(values), tasks["a"].args == tasks["b"].args
    (1, True)
    """
    counts: Counter[int] = Counter()
    objects: dict[int, Any] = {}
    holders: list[Key] = []
    for key, task in tasks.items():
        args = [arg for arg in task.args if type(arg) not in _SHORT]
        if not args and not task.kwargs:
            continue
        found = list(_constants([*args, *task.kwargs.values()], is_template=True, is_flat=task.flat))
        if found:
            holders.append(key)
            for each in found:
                counts[id(each)] += 1
                objects[id(each)] = each
    stored = {
        number: (type(each).__name__, number)  # by which pictures call it
        for number, each in objects.items()
        if _is_stored(each, counts[number])
    }
    if not stored:
        return
    values.update({key: objects[number] for number, key in stored.items()})
    for key in holders:
        tasks[key] = _reading(tasks[key], stored)


def _is_stored(value: Any, times: int) -> bool:
    """Whether what ``times`` tasks have is worth a reference."""
    if type(value) in _TEXTS or type(value) in _CONTAINERS or isinstance(getattr(value, "nbytes", None), int):
        return sizeof(value) >= (SHARED_BYTES if times > 1 else LARGE_BYTES)
    # What other objects hold cannot be told; of frames it takes long.
    return times > 1 or hasattr(value, "memory_usage")


def _constants(value: Any, is_template: bool, is_flat: bool = False) -> Iterator[Any]:
    """What may be large of ``value``: a constant, or a template, whose containers are made anew for each call.

    Of a template that ``is_flat``, containers inside it are constants.
    """
    kind = type(value)
    if kind in _SHORT or kind in _NAMED:
        return
    if kind in _TEXTS:
        if len(value) >= SHARED_BYTES:
            yield value
    elif kind in _CONTAINERS:
        if not is_template and len(value) > FEW:
            yield value
            return
        for inner in value.values() if kind is dict else value:
            if type(inner) not in _SHORT:
                yield from _constants(inner, is_template and not is_flat)
    elif kind is Literal:
        if type(value.value) not in NESTING - _CONTAINERS:
            yield from _constants(value.value, is_template=False)
    elif kind is Task:
        yield from _constants([*value.args, *value.kwargs.values()], is_template)
    elif not isinstance(value, type):
        yield value


def _reading(task: Task, stored: Mapping[int, Key]) -> Task:
    """``task`` with references to what is stored."""
    read = dict.fromkeys(task.deps)
    args = tuple([_referring(arg, stored, read) for arg in task.args])
    kwargs = {name: _referring(arg, stored, read) for name, arg in task.kwargs.items()}
    changed = list(map(operator.is_not, args, task.args))
    if task.flat and all(type(new) is Ref for new in itertools.compress(args, changed)):
        return Task.of(task.func, args, kwargs, tuple(read), True)
    if task.flat:  # until now: containers are still not to be made anew
        args = tuple(
            [
                new if is_new or type(new) not in NESTING else Literal(new)
                for new, is_new in zip(args, changed, strict=True)
            ]
        )
    return Task.of(task.func, args, kwargs, tuple(read), False)


def _referring(value: Any, stored: Mapping[int, Key], read: dict[Key, None]) -> Any:
    """``value`` with references to what is stored, which are added to what is ``read``; itself if there is none."""
    kind = type(value)
    key = stored.get(id(value))
    if key is not None:
        read[key] = None
        return Ref(key)
    if kind is Literal:
        inner = _referring(value.value, stored, read)
        return value if inner is value.value else inner
    if kind is Task:
        args, kwargs = _referring([value.args, dict(value.kwargs)], stored, read)
        return Task(value.func, *args, **kwargs)
    if kind not in _CONTAINERS or not value:
        return value
    old = list(value.values() if kind is dict else value)
    new = [_referring(inner, stored, read) for inner in old]
    if all(map(operator.is_, new, old)):
        return value
    return dict(zip(value, new, strict=True)) if kind is dict else kind(new)
