"""Names for work: equal tokens mean equal content, so equal work is done once.

What a token promises:

*Sound.*  Two values share a token only if a worker process that was sent either would hold equal
content: same types, same values, same order.  ``1``, ``1.0`` and ``True`` differ, as do ``()`` and ``[]``.

*Deterministic where content is known.*  Plain data, and whatever is made of it by classes and
functions that can be imported, has the same token in every process of one Python version, whatever
the hash seed.  Functions and classes of ``__main__``, lambdas and closures count by what cloudpickle
would send: the same inside a process, often but not always across processes.

*Unique where it is not.*  What cannot be pickled (a lock, a generator) gets a random token.

*Shy, never guessed.*  Equal values may have different tokens: ``{1: 2, 3: 4}`` and ``{3: 4, 1: 2}`` do,
because a function can tell them apart.  The price is work not shared, never a wrong answer.

Importable code is known by name, as in a pickle, and functions by their own bytecode too; a change
in what they call is not seen.  Inside one process that is what sharing needs.  Whoever keeps
results across runs must add a fingerprint of the code they came from.

How: the value is written to a hash as a tree, every part preceded by its kind and length, so that no two
trees write the same bytes.  Containers of scalars are written by :mod:`marshal` (version 2, the
last whose bytes depend on nothing but the value) at C speed.  Every other object is taken apart by
its own ``__reduce_ex__``, as pickle does, except that identity leaves no trace and sets are sorted.
"""

from __future__ import annotations

import copyreg
import marshal
import os
import pickle
import sys
from collections.abc import Callable, Collection
from types import CodeType, FunctionType, ModuleType
from typing import Any, ClassVar, Final, TypeAlias
from weakref import WeakKeyDictionary

_SCALARS: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
"""Types whose ``marshal`` bytes are exact and say where they end."""
_NEW: Final[object] = copyreg.__newobj__  # type: ignore[attr-defined]

Stamp: TypeAlias = tuple[object, ...]
_functions: WeakKeyDictionary[FunctionType, tuple[Stamp, bytes]] = WeakKeyDictionary()
"""Function to what its content was read from, and its digest then."""


def tokenize(*values: object) -> str:
    """A text of 32 hexadecimal digits that stands for the content of ``values``.

    An object that knows its content better defines ``__pannier_token__()``, which returns any value to
    be tokenized, with the object's type, in its place.  Never raises for what a value is.

    >>> tokenize("read", [1, 2]) == tokenize("read", [1, 2])
    True
    >>> tokenize(1) == tokenize(1.0) or tokenize([]) == tokenize(())
    False
    """
    return _digest(values).hex()


def _digest(value: object) -> bytes:
    from hashlib import blake2b

    digest = blake2b(digest_size=16)
    try:
        Writer(digest.update).write(value)
    except (
        RecursionError,
        ValueError,
        BufferError,
    ):  # too deep; over 2 GiB in one scalar; a buffer with gaps
        digest = blake2b(digest_size=16)
        digest.update(b"\x00" + _pickled(value))
    return digest.digest()


class Writer:
    """Writes values to a hash; each kind of value opens with a byte of its own.

    :mod:`pannier.resume.fingerprints` builds on it.
    """

    __slots__ = ("_known", "_update")

    max_depth: ClassVar[int] = 32
    """Levels of nesting taken apart; pickle, which knows cycles and shared parts, takes what is deeper."""

    def __init__(self, update: Callable[[Any], None]) -> None:
        self._update = update
        self._known: dict[int, tuple[object, bytes]] = {}
        """By id, what has been pickled here, kept alive, and what it gave."""

    def write(self, value: Any, depth: int = 0) -> None:
        """Write ``value``.  Raises RecursionError below the deepest level."""
        kind = type(value)
        if kind in _SCALARS:
            self._update(marshal.dumps(value, 2))
            return
        if depth > self.max_depth:
            raise RecursionError
        own = self.by_type.get(kind)
        if own is not None:
            own(self, value, depth)
        elif issubclass(kind, type):
            self.write_class(value, depth)
        else:
            self.write_object(value, depth)

    def head(self, kind: bytes, length: int) -> None:
        """Open a value of ``kind`` that has ``length`` parts."""
        self._update(kind + length.to_bytes(8, "little"))

    def blob(self, kind: bytes, blob: Any) -> None:
        """Write a value of ``kind`` that is these bytes."""
        self.head(kind, len(blob))
        self._update(blob)

    def _write_tuple(self, value: Collection[Any], depth: int) -> None:
        self._write_sequence(b"\x01", value, depth)

    def _write_list(self, value: Collection[Any], depth: int) -> None:
        self._write_sequence(b"\x02", value, depth)

    def _write_sequence(self, kind: bytes, value: Any, depth: int) -> None:
        if _SCALARS.issuperset(map(type, value)):
            self._update(marshal.dumps(value, 2))
            return
        self.head(kind, len(value))
        for element in value:
            self.write(element, depth + 1)

    def _write_dict(self, value: dict[Any, Any], depth: int) -> None:
        if _SCALARS.issuperset(map(type, value)) and _SCALARS.issuperset(map(type, value.values())):
            self._update(marshal.dumps(value, 2))
            return
        self.head(b"\x03", len(value))
        self._write_tuple(tuple(value), depth)
        self._write_tuple(tuple(value.values()), depth)

    def _write_set(self, value: Collection[Any], depth: int) -> None:
        flat = _SCALARS.issuperset(map(type, value))
        self.head((b"\x04" if flat else b"\x05") + type(value).__name__.encode(), len(value))
        elements = [marshal.dumps(element, 2) if flat else self.digest(element) for element in value]
        for element in sorted(elements):
            self._update(element)

    def digest(self, element: object) -> bytes:
        """What stands for an element of a set, among which it has its place by this."""
        return _digest(element)

    def write_function(self, value: FunctionType, depth: int) -> None:
        """A function: importable ones by name and bytecode, others by what a worker would be sent."""
        named = is_importable(value)
        stamp = (value.__code__,) if named else _stamp(value)
        if stamp is not None:
            found = _functions.get(value)
            if found is not None and found[0] == stamp:
                self._update(found[1])
                return
        if named:
            digest = _digest((value.__module__, value.__qualname__, value.__code__))
        else:
            digest = _digest(self._pickle_once(value))
        if stamp is not None:
            _functions[value] = stamp, b"\x06" + digest
        self._update(b"\x06" + digest)

    def _write_code(self, value: CodeType, depth: int) -> None:
        """By what it does, not by where it stands: no file name, no line numbers."""
        self.head(b"\x07", 0)
        self._write_tuple(
            (
                *(value.co_code, value.co_exceptiontable, value.co_flags, value.co_consts, value.co_names),
                *(value.co_varnames, value.co_freevars, value.co_cellvars),
                *(value.co_argcount, value.co_posonlyargcount, value.co_kwonlyargcount),
            ),
            depth + 1,
        )

    def write_class(self, value: Any, depth: int) -> None:
        """A class: importable ones by name, others by what a worker would be sent."""
        if is_importable(value):
            self.blob(b"\x08", f"{value.__module__}\n{value.__qualname__}".encode())
        else:
            self.blob(b"\x09", self._pickle_once(value))

    def _write_buffer(self, value: pickle.PickleBuffer, depth: int) -> None:
        self.blob(b"\x0a", value.raw())

    def write_object(self, value: object, depth: int) -> None:
        """Anything else: by what it says it is made of."""
        own = getattr(type(value), "__pannier_token__", None)
        if own is not None:
            self._update(b"\x0b")
            self.write((type(value), own(value)), depth + 1)
            return
        parts = _reduce(value)
        if parts is None:
            self.write_whole(value)
        elif parts[0] is _NEW and len(parts) < 4:  # nearly every instance of a Python class
            self._update(b"\x0e")
            self.write(parts[1:], depth + 1)
        else:
            self._update(b"\x0d")
            self.write(parts, depth + 1)

    def write_whole(self, value: object) -> None:
        """What is not made of parts: by its pickle."""
        self.blob(b"\x0c", self._pickle_once(value))

    def _pickle_once(self, value: object) -> bytes:
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, _pickled(value)
        return known[1]

    by_type: ClassVar[dict[type, Callable[[Any, Any, int], None]]] = {
        tuple: _write_tuple,
        list: _write_list,
        dict: _write_dict,
        set: _write_set,
        frozenset: _write_set,
        FunctionType: write_function,
        CodeType: _write_code,
        type: write_class,
        pickle.PickleBuffer: _write_buffer,
    }


def _reduce(value: Any) -> tuple[Any, ...] | None:
    """What ``value`` says it is made of: a function, its arguments, state, elements and items.

    None where it is not made of parts but has a name, or cannot be pickled without help.
    """
    kind = type(value)
    registered = copyreg.dispatch_table.get(kind)
    try:
        parts: Any = value.__reduce_ex__(5) if registered is None else registered(value)
    except Exception:  # noqa: BLE001  the object's own code may raise anything
        return None
    if not isinstance(parts, tuple):
        return None
    more = parts[3:]
    if more.count(None) == len(more):
        return parts[:3]
    return *parts[:3], *(None if elements is None else list(elements) for elements in more[:2]), *more[2:]


def _pickled(value: object) -> bytes:
    """The bytes that would send ``value`` to a worker; random ones where nothing can."""
    import cloudpickle

    buffers: list[pickle.PickleBuffer] = []
    try:
        blob: bytes = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    except Exception:  # noqa: BLE001  the object's own code may raise anything
        return os.urandom(16)
    return b"".join([blob, *(buffer.raw() for buffer in buffers)])


def is_importable(value: Any) -> bool:
    """Whether a worker would find this function or class by importing it, as cloudpickle does."""
    module = value.__module__
    home = sys.modules.get(module)
    if home is None or module == "__main__":
        return False
    cloudpickle = sys.modules.get("cloudpickle")
    by_value = cloudpickle.list_registry_pickle_by_value() if cloudpickle is not None else ()
    if any(module == name or module.startswith(name + ".") for name in by_value):
        return False
    found: Any = home
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is value


def _stamp(function: FunctionType) -> Stamp | None:
    """All that the function's content depends on, if that is its code and modules alone; else None.

    What closes over values, or reads globals other than modules, may change while it stays the same object.
    """
    code = function.__code__
    if function.__closure__ or function.__defaults__ or function.__kwdefaults__ or function.__dict__:
        return None
    if any(type(constant) is CodeType for constant in code.co_consts):
        return None
    names = [function.__globals__.get(name) for name in code.co_names]
    if all(value is None or type(value) is ModuleType for value in names):
        return (code, *names)
    return None
