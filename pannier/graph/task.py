"""What a task graph is made of: :class:`Task`, :class:`Ref` and :class:`Literal`.

The dict-of-tuples spec (:mod:`pannier.graph.spec`) is convenient and ambiguous: a literal that equals
a key reads as that key.  These three say it exactly, and inside pannier only they exist::

    Task(add, Ref("x"), 1)          add the result of "x" and the number 1
    Task(sum, [Ref("x"), Ref("y")]) references may stand inside lists, tuples, dicts and sets
    Literal("x")                    the text "x", even where a key of that name exists
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias

Key: TypeAlias = Hashable
"""Names a task and its result; by convention a text, or a tuple of a text and integers."""


class Ref:
    """The result of the task named ``key``.

    >>> Ref("x") == Ref("x"), Ref(("read", 0))
    (True, Ref(('read', 0)))
    """

    __slots__ = ("key",)

    def __init__(self, key: Key) -> None:
        self.key = key

    def __eq__(self, other: object) -> bool:
        return type(other) is Ref and self.key == other.key

    def __hash__(self) -> int:
        return hash((Ref, self.key))

    def __repr__(self) -> str:
        return f"Ref({self.key!r})"


class Literal:
    """``value`` itself, whatever it looks like: a tuple with a callable head, a text that is a key.

    >>> Literal((max, 1)).value[1]
    1
    """

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return type(other) is Literal and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash((Literal, self.value))

    def __repr__(self) -> str:
        return f"Literal({self.value!r})"


class Task:
    """A call of ``func``: results of other tasks stand in its arguments as :class:`Ref`.

    References, literals and inner tasks are found at the top level of the arguments and inside
    lists, tuples, dicts (values) and sets; containers keep their type.

    >>> task = Task(max, Ref("x"), 3)
    >>> task.deps
    ('x',)
    >>> task({"x": 7})
    7
    """

    __slots__ = ("args", "deps", "flat", "func", "kwargs")

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    deps: tuple[Key, ...]
    """Keys of the results this task reads, each once, in the order they appear; and of those it waits for alone."""
    flat: bool
    """True when every reference is an argument itself, none is inside a container or in ``kwargs``."""

    def __init__(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        if not callable(func):
            raise TypeError(f"the first argument of Task must be callable, not {func!r}")
        self.func = func
        self.args = args
        self.kwargs = kwargs
        found: dict[Key, None] = {}
        collect_deps((args, kwargs), found)
        self.deps = tuple(found)
        self.flat = not any(type(arg) in NESTING for arg in args) and not kwargs

    @classmethod
    def of(
        cls,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        deps: tuple[Key, ...],
        flat: bool,
    ) -> Task:
        """A task whose ``deps`` and ``flat`` the caller already knows."""
        task = object.__new__(cls)
        task.func, task.args, task.kwargs, task.deps, task.flat = func, args, kwargs, deps, flat
        return task

    def __call__(self, results: Mapping[Key, Any]) -> Any:
        """The result of the call, with every reference looked up in ``results``."""
        if self.flat:
            return self.func(*[results[arg.key] if type(arg) is Ref else arg for arg in self.args])
        args, kwargs = resolve((self.args, self.kwargs), results)
        return self.func(*args, **kwargs)

    def reading(self, names: Mapping[Key, Key]) -> Task:
        """The same call, reading other results in place of those that ``names`` has, by their keys.

        >>> Task(max, Ref("x"), [Ref("y")]).reading({"y": "z"})
        Task(max, Ref('x'), [Ref('z')])
        """
        if names.keys().isdisjoint(self.deps):
            return self
        refs = {key: Ref(names.get(key, key)) for key in self.deps}
        if self.flat:
            args, kwargs = (
                tuple([refs[arg.key] if type(arg) is Ref else arg for arg in self.args]),
                self.kwargs,
            )
        else:
            args, kwargs = substituted((self.args, self.kwargs), refs)
        return Task.of(
            self.func, args, kwargs, tuple(dict.fromkeys(names.get(key, key) for key in self.deps)), self.flat
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return Task.of, (self.func, self.args, self.kwargs, self.deps, self.flat)

    def __repr__(self) -> str:
        shown = [getattr(self.func, "__name__", None) or repr(self.func)]
        shown += [repr(arg) for arg in self.args]
        shown += [f"{name}={value!r}" for name, value in self.kwargs.items()]
        return f"Task({', '.join(shown)})"


NESTING = frozenset({list, tuple, dict, set, frozenset, Task, Literal})
"""Types of arguments that may hold a reference, or stand for something other than themselves."""


def collect_deps(value: Any, found: dict[Key, None]) -> None:
    """Add the keys that ``value`` refers to, in the order they appear, to ``found``.

    >>> found = {}
    >>> collect_deps([Ref("x"), {"a": Ref("y")}, Ref("x")], found)
    >>> list(found)
    ['x', 'y']
    """
    kind = type(value)
    if kind is Ref:
        found[value.key] = None
    elif kind is Task:
        found.update(dict.fromkeys(value.deps))
    elif kind is dict:
        for inner in value.values():
            collect_deps(inner, found)
    elif kind in NESTING and kind is not Literal:
        for inner in value:
            collect_deps(inner, found)


def substituted(value: Any, refs: Mapping[Key, Any]) -> Any:
    """``value`` with each reference replaced by what ``refs`` has for its key; all else stays what it is.

    >>> substituted([Ref("x"), Literal(Ref("x"))], {"x": 1})
    [1, Literal(Ref('x'))]
    """
    kind = type(value)
    if kind is Ref:
        return refs[value.key]
    if kind is list:
        return [substituted(inner, refs) for inner in value]
    if kind is tuple:
        return tuple([substituted(inner, refs) for inner in value])
    if kind is dict:
        return {name: substituted(inner, refs) for name, inner in value.items()}
    if kind is Task:
        args, kwargs = substituted((value.args, value.kwargs), refs)
        return Task(value.func, *args, **kwargs)
    if kind is set or kind is frozenset:
        return kind([substituted(inner, refs) for inner in value])
    return value


def resolve(value: Any, results: Mapping[Key, Any]) -> Any:
    """``value`` with references, literals and inner tasks replaced by what they stand for.

    >>> resolve([Ref("x"), {"a": Literal(Ref("x"))}, Task(len, "abc")], {"x": 1})
    [1, {'a': Ref('x')}, 3]
    """
    kind = type(value)
    if kind is Ref:
        return results[value.key]
    if kind is list:
        return [resolve(inner, results) for inner in value]
    if kind is tuple:
        return tuple([resolve(inner, results) for inner in value])
    if kind is dict:
        return {name: resolve(inner, results) for name, inner in value.items()}
    if kind is Task:
        return value(results)
    if kind is Literal:
        return value.value
    if kind is set or kind is frozenset:
        return kind([resolve(inner, results) for inner in value])
    return value
