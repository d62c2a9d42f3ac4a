"""Which part of an object cannot be pickled: what an error message must say to be of help."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator
from typing import Any, Final

from pannier.errors import SerializationError, UsageError, annotate
from pannier.graph.task import Key, Task
from pannier.schedulers import byvalue
from pannier.schedulers.events import stage_of

ADVICE: Final = ', or use scheduler="threads", where nothing needs to travel'
_DEPTH: Final = 30
"""Levels looked into; deeper nesting than this names an outer part, which is still right."""


def refused_task(key: Key, task: Task, advice: str = ADVICE) -> SerializationError | None:
    """The error for a task that cloudpickle refuses, naming the part at fault; None if it refuses none.

    >>> import threading
    >>> print(refused_task("x", Task(len, [threading.Lock()])))
    an argument of the task cannot travel to another process: item 0 of the list is a lock (_thread.lock). \
Make it inside the task, or use scheduler="threads", where nothing needs to travel
    """
    parts = [("the function", task.func)]
    parts += [("an argument", part) for part in (*task.args, *task.kwargs.values())]
    for role, part in parts:
        culprit = find_culprit(part, byvalue.dumps)
        if culprit is not None:
            error = SerializationError(
                f"{role} of the task cannot travel to another process: {culprit}."
                f" Make it inside the task{advice}"
            )
            return annotate(error, f"in step {stage_of(key)!r}")
    return None


def refused_value(value: Any, what: str, error: Exception, advice: str = ADVICE) -> SerializationError:
    """The error for a value, called ``what``, that cloudpickle refused with ``error``."""
    culprit = find_culprit(value, byvalue.dumps) or str(error)
    return SerializationError(
        f"{what} cannot travel to another process: {culprit}. Give plain data instead{advice}"
    )


def find_culprit(value: Any, dumps: Callable[[Any], bytes]) -> str | None:
    """A phrase for the innermost part of ``value`` that ``dumps`` refuses; None if it refuses nothing.

    >>> import pickle, threading
    >>> find_culprit({"a": 1, "b": [threading.Lock()]}, pickle.dumps)
    "item 0 of item 'b' of the dict is a lock (_thread.lock)"
    >>> find_culprit({"a": 1}, pickle.dumps) is None
    True
    """
    refusal = _refusal(value, dumps)
    if refusal is None:
        return None
    path: list[str] = []
    owner = value
    for _ in range(_DEPTH):
        refused = ((name, part, _refusal(part, dumps)) for name, part in _parts(value))
        found = next((each for each in refused if _is_reason(each[2], refusal)), None)
        if found is None:
            break
        name, value, _ = found
        path.insert(0, name)
    kind = type(value)
    what = f"a {kind.__name__} ({kind.__module__}.{kind.__qualname__})"
    why = f": {refusal}" if isinstance(refusal, UsageError) else ""
    return f"{' of '.join([*path, _called(owner)])} is {what}{why}"


def _refusal(value: Any, dumps: Callable[[Any], bytes]) -> Exception | None:
    try:
        dumps(value)
    except Exception as error:  # noqa: BLE001  picklers and __reduce__ methods raise anything
        return error
    return None


def _is_reason(error: Exception | None, refusal: Exception) -> bool:
    """Whether a part that is refused by ``error`` is why the whole is; what refuses itself says so in a UsageError."""
    return error is not None and (not isinstance(refusal, UsageError) or isinstance(error, UsageError))


def _called(value: Any) -> str:
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | type):
        return f"{value.__qualname__}"
    return f"the {type(value).__name__}"


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """What ``value`` is made of, each part with a name for it."""
    if isinstance(value, types.FunctionType):
        yield from _parts_of_function(value)
    elif isinstance(value, types.MethodType):
        yield "the object", value.__self__
        yield "the function", value.__func__
    elif isinstance(value, functools.partial):
        yield "the function", value.func
        yield from ((f"argument {i}", arg) for i, arg in enumerate(value.args))
        yield from ((f"argument {name!r}", arg) for name, arg in value.keywords.items())
    elif isinstance(value, dict):
        yield from ((f"item {name!r:.50}", part) for name, part in value.items())
        yield from ((f"key {name!r:.50}", name) for name in value)
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"item {i}", part) for i, part in enumerate(value))
    else:
        yield from ((f"attribute {name!r}", part) for name, part in _attributes(value))


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(value, "__dict__", {}).items()
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(value, name):
                yield name, getattr(value, name)


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield f"the variable {name!r}", cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    yield from ((f"default {i}", part) for i, part in enumerate(function.__defaults__ or ()))
    for name in function.__code__.co_names:
        if name in function.__globals__ and not isinstance(function.__globals__[name], types.ModuleType):
            yield f"the global {name!r}", function.__globals__[name]
