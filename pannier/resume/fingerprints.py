"""Names for results that hold from run to run: equal fingerprints mean the same result.

The fingerprint of a task is made of its function and arguments and, in place of each result it reads, the
fingerprint of the task that makes it.  Unlike a token it holds

* of the parts of files: which file, and its version now;
* of functions and classes that can be imported: the source of their module and of all that it imports
  (:mod:`pannier.resume.code`), and the plain values of the module that a function reads, as they are now;
* of all others (those of ``__main__``, lambdas, closures): their bytecode, defaults, cells, and what they read of
  their module, functions and classes included; not where they stand in their file.

*Sound*: what cannot be told to be the same is not.  *Shy*: what is the same may not be told.  A function whose
result depends on anything else (the clock, a server, a file that it opens itself) must not be resumed.

An object that knows better what of it matters defines ``__pannier_fingerprint__()``, which returns what is to be
written in its place: another one of its kind, or any value, which is written with its type.
"""

from __future__ import annotations

import functools
import pickle
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from types import BuiltinFunctionType, FunctionType, MappingProxyType, ModuleType
from typing import Any, ClassVar, Final, NamedTuple

from pannier.graph.graph import Graph
from pannier.graph.task import Key, Literal, Ref, Task
from pannier.resume.code import Modules, UnknownContentError
from pannier.tokens.code import globals_of, insides_of, is_importable, members_of, names_read
from pannier.tokens.writer import Writer, registered_for

_PLAIN: Final = frozenset(
    {int, float, complex, bool, str, bytes, type(None), tuple, list, dict, set, frozenset}
)
"""Types of a module's values that are compared with those of an earlier run."""


class _ContentWriter(Writer):
    """Writes values to a hash with the code behind them."""

    __slots__ = ("_fingerprints", "_modules")

    max_depth: ClassVar[int] = 100

    def __init__(
        self, update: Callable[[Any], None], modules: Modules, fingerprints: Mapping[Key, str | None]
    ) -> None:
        super().__init__(update)
        self._modules = modules
        self._fingerprints = fingerprints

    def digest(self, element: object) -> bytes:
        digest = blake2b(digest_size=16)
        _ContentWriter(digest.update, self._modules, self._fingerprints).write_all(element)
        return digest.digest()

    def _write_module(self, name: str) -> None:
        self.blob(b"\x21", self._modules.digest(name))

    def _write_import(self, name: str) -> None:
        """What a function imports when it runs: a module, or, with a dot, perhaps a name from one."""
        try:
            self._write_module(name)
        except UnknownContentError:
            if "." not in name:
                raise

    def _write_loaded(self, module: ModuleType, depth: int) -> None:
        self.write(module.__name__)
        self._write_module(module.__name__)

    def write_function(self, value: FunctionType, depth: int) -> None:
        if not is_importable(value):
            self.write_number(value)
            return
        self.write((value.__module__, value.__qualname__, value.__code__), depth + 1)
        self._write_module(value.__module__)
        if self._modules.digest(value.__module__) != b"standard":
            self.write({name: each for name, each in _globals_of(value) if type(each) in _PLAIN}, depth + 1)

    def write_insides(self, value: FunctionType) -> None:
        self.write(insides_of(value))
        for name, found in _globals_of(value):
            self.write(name)
            self.write(found)
        for name in names_read(value.__code__)[1]:
            self._write_import(name)

    def write_class(self, value: Any, depth: int) -> None:
        if is_importable(value):
            self.write((value.__module__, value.__qualname__))
            self._write_module(value.__module__)
        else:
            self.write_number(value)

    def write_members(self, value: type) -> None:
        self.write((value.__qualname__, type(value), value.__bases__))
        for name, member in members_of(value):
            self.write(name)
            self.write(member)

    def write_object(self, value: object, depth: int) -> None:
        own = getattr(type(value), "__pannier_fingerprint__", None)
        instead = value if own is None else own(value)
        if type(instead) is type(value):
            super().write_object(instead, depth)
        else:
            self.write((type(value), instead), depth + 1)

    def content_of(self, kind: type) -> Callable[[Any], object] | None:
        """As for a token, but for what is said to Dask, which is a name for one run."""
        own: Callable[[Any], object] | None = getattr(kind, "__pannier_token__", None)
        return own or registered_for(kind)

    def write_whole(self, value: object, depth: int) -> None:
        """What is not made of parts: what it wraps, or its name and the code of its module."""
        try:
            name = value.__reduce_ex__(5)
        except Exception as error:
            raise UnknownContentError(f"a {type(value).__name__} cannot be compared") from error
        self.write((type(value), name))
        wrapped = getattr(value, "__wrapped__", None)
        if wrapped is not None:
            self.write(wrapped)
        else:
            self._write_module(pickle.whichmodule(value, name))  # type: ignore[attr-defined]

    def _write_ref(self, value: Ref, depth: int) -> None:
        fingerprint = self._fingerprints.get(value.key)
        if fingerprint is None:
            raise UnknownContentError(f"nothing is known of {value.key!r}")
        self.blob(b"\x22", fingerprint.encode())

    def _write_literal(self, value: Literal, depth: int) -> None:
        self.head(b"\x23", 1)
        self.write(value.value, depth + 1)

    def _write_task(self, value: Task, depth: int) -> None:
        self.head(b"\x24", 3)
        self.write((value.func, value.args, dict(value.kwargs)), depth + 1)

    def _write_proxy(self, value: MappingProxyType[Any, Any], depth: int) -> None:
        self.write(dict(value), depth)

    by_type: ClassVar[dict[type, Callable[[Any, Any, int], None]]] = {
        **Writer.by_type,
        FunctionType: write_function,
        BuiltinFunctionType: write_object,
        type(functools.lru_cache(len)): write_object,
        object: write_object,
        type: write_class,
        ModuleType: _write_loaded,
        MappingProxyType: _write_proxy,
        Ref: _write_ref,
        Literal: _write_literal,
        Task: _write_task,
    }


def _globals_of(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """What a function reads of its module, and the modules inside of packages that it may reach by a dotted name."""
    names = names_read(function.__code__)[2]
    for name, found in globals_of(function):
        yield name, found
        if isinstance(found, ModuleType) and hasattr(found, "__path__"):
            start = found.__name__ + "."
            for loaded in sorted(sys.modules):
                if loaded.startswith(start) and names.issuperset(loaded.removeprefix(start).split(".")):
                    yield loaded, sys.modules[loaded]


class Fingerprints(NamedTuple):
    """Of the tasks that some keys need, and of the values that these read."""

    by_key: dict[Key, str | None]
    """None where it cannot be told what a result depends on."""
    doubt: str
    """Why not, of the first of these; empty if there is none."""


def fingerprints(graph: Graph, wanted: Iterable[Key]) -> Fingerprints:
    """The fingerprints of all tasks that ``wanted`` needs.

    Tasks that look the same get different ones, in the order in which they are met: a call that is written
    twice may be meant twice.

    >>> one, two = Task(int, "1"), Task(int, "2")
    >>> prints = fingerprints(Graph({"a": one, "b": one, "c": two}, {}), "abc")
    >>> len(set(prints.by_key.values()))
    3
    >>> prints == fingerprints(Graph({"a": Task(int, "1"), "b": one, "c": two}, {}), "abc")
    True
    """
    modules = Modules()
    found: dict[Key, str | None] = {}
    doubts: list[str] = []
    functions: dict[int, bytes | None] = {}
    counts: Counter[bytes] = Counter()
    start = f"{sys.version_info[:3]} {sys.implementation.name} {sys.modules['pannier'].__version__}".encode()

    def content(key: Key, *values: Any) -> bytes | None:
        digest = blake2b(start, digest_size=16)
        try:
            _ContentWriter(digest.update, modules, found).write_all(values)
        except (UnknownContentError, RecursionError, ValueError, BufferError, OSError) as error:
            doubts.append(f"{key!r}: {str(error) or type(error).__name__}")
            return None
        return digest.digest()

    def enter(key: Key, own: bytes | None) -> None:
        if own is not None:
            counts[own] += 1
            own = blake2b(own + counts[own].to_bytes(8, "little"), digest_size=16).digest()
        found[key] = None if own is None else own.hex()

    ordered = graph.ordered(wanted)
    for key, task in zip(ordered.keys, ordered.tasks, strict=True):
        for dep in task.deps:
            if dep in graph.values and dep not in found:
                enter(dep, content(dep, graph.values[dep]))
        if id(task.func) not in functions:
            functions[id(task.func)] = content(key, task.func)
        function = functions[id(task.func)]
        parts = function, task.flat, task.args, dict(task.kwargs)
        enter(key, None if function is None else content(key, *parts))
    return Fingerprints(found, doubts[0] if doubts else "")
