"""Values written to a hash: the tree of their parts, so that no two trees write the same bytes.

Every part is preceded by its kind and length.  Containers of scalars are written by :mod:`marshal` (version 2, the
last whose bytes depend on nothing but the value) at C speed.  Arrays and frames are written by a module beside this
one for each library.  Every other object is taken apart by its own ``__reduce_ex__``, as pickle does, except that
identity leaves no trace and sets are sorted.
"""

from __future__ import annotations

import copyreg
import functools
import itertools
import marshal
import os
import pickle
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType
from typing import Any, ClassVar, Final, NewType, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

from pannier.errors import TokenizationError
from pannier.tokens.code import globals_of, insides_of, is_importable, is_static, members_of, stamp_of

SCALARS: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
"""Types whose ``marshal`` bytes are exact and say where they end."""
_DERIVED: Final = frozenset(
    """__dataclass_fields__ __dataclass_params__ __pydantic_core_schema__ __pydantic_serializer__
    __pydantic_validator__""".split()
)
"""Members that are made of a class's others when it is, at length or with addresses in them."""
_NEW: Final[object] = copyreg.__newobj__  # type: ignore[attr-defined]

Write: TypeAlias = "Callable[[Any, Any, int], None]"
"""Writes with a :class:`Writer` a value that is so many levels deep."""
libraries: Final[dict[str, Callable[[], Mapping[type, Write]]]] = {}
"""By the name of a package, what gives the writers of its types; called once, when the first of them is met."""
_of_libraries: Final[dict[type, Write]] = {}
registered: Final[dict[type | str, Callable[[Any], object]]] = {}
"""By class or its dotted name, what gives the value that stands for an object."""

_functions: WeakKeyDictionary[FunctionType, tuple[object, bytes]] = WeakKeyDictionary()
"""Function to what its content was read from, and its digest then."""
_serials: WeakKeyDictionary[type, int] = WeakKeyDictionary()
"""Class to its number among those of its name."""
_names: Final[dict[tuple[str, str], Iterator[int]]] = {}
"""By module and name of classes, numbers that none of them has yet."""
_sentinels: Final[dict[int, tuple[int, object]]] = {}
"""By id, the number of an ``object()``, and itself so that it lives."""
_numbers: Final = itertools.count()


@functools.cache
def new_hash() -> Callable[..., Any]:
    """What makes a hash: of 128 bits, at the speed of memory, not cryptographic."""
    from xxhash import xxh3_128

    return xxh3_128


def digest(value: object, *, strict: bool = False) -> bytes:
    """16 bytes that stand for the content of ``value``.

    Where nothing does, they are random; or TokenizationError is raised, if it is ``strict``.
    """
    whole = new_hash()()
    try:
        Writer(whole.update, strict=strict).write_all(value)
    except (RecursionError, ValueError, BufferError) as error:
        # Too deep; over 2 GiB in one scalar; a buffer with gaps.
        if strict:
            deep = isinstance(error, RecursionError)
            why = (
                f"is nested more than {Writer.max_depth} levels deep, or holds itself" if deep else str(error)
            )
            raise _no_content(value, why) from error
        whole = new_hash()()
        whole.update(b"\x00" + pickled(value, strict=False))
    found: bytes = whole.digest()
    return found


class Writer:
    """Writes values to a hash; each kind of value opens with a byte of its own.

    :mod:`pannier.resume.fingerprints` builds on it.
    """

    __slots__ = ("_known", "_named", "_queue", "_seen", "_strict", "_update")

    max_depth: ClassVar[int] = 32
    """Levels of nesting taken apart; pickle, which knows cycles and shared parts, takes what is deeper."""

    def __init__(self, update: Callable[[Any], None], *, strict: bool = False) -> None:
        self._update = update
        self._strict = strict
        self._known: dict[int, tuple[object, bytes]] = {}
        """By id, what has been pickled here, kept alive, and what it gave."""
        self._named: dict[int, tuple[object, bytes]] = {}
        """By id, a class or builtin, and what is written for it if it can be imported."""
        self._seen: dict[int, tuple[int, object]] = {}
        """By id, the number of a function or class, and itself so that it lives."""
        self._queue: deque[FunctionType | type] = deque()

    def write_all(self, value: object) -> None:
        """Write ``value``, then the functions and classes without a name met in it and in each other, each once."""
        self.write(value)
        while self._queue:
            met = self._queue.popleft()
            if isinstance(met, FunctionType):
                self.write_insides(met)
            else:
                self.write_members(met)

    def write(self, value: Any, depth: int = 0) -> None:
        """Write ``value``.  Raises RecursionError below the deepest level."""
        kind = type(value)
        if kind in SCALARS:
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

    def raw(self, buffer: Any) -> None:
        """Write bytes whose number follows from what was written before."""
        self._update(buffer)

    def _write_tuple(self, value: Collection[Any], depth: int) -> None:
        self._write_sequence(b"\x01", value, depth)

    def _write_list(self, value: Collection[Any], depth: int) -> None:
        self._write_sequence(b"\x02", value, depth)

    def _write_sequence(self, kind: bytes, value: Any, depth: int) -> None:
        if SCALARS.issuperset(map(type, value)):
            self._update(marshal.dumps(value, 2))
            return
        self.head(kind, len(value))
        for element in value:
            self.write(element, depth + 1)

    def _write_dict(self, value: dict[Any, Any], depth: int) -> None:
        if SCALARS.issuperset(map(type, value)) and SCALARS.issuperset(map(type, value.values())):
            self._update(marshal.dumps(value, 2))
            return
        self.head(b"\x03", len(value))
        self._write_tuple(tuple(value), depth)
        self._write_tuple(tuple(value.values()), depth)

    def _write_set(self, value: Collection[Any], depth: int) -> None:
        flat = SCALARS.issuperset(map(type, value))
        self.head((b"\x04" if flat else b"\x05") + type(value).__name__.encode(), len(value))
        elements = [marshal.dumps(element, 2) if flat else self.digest(element) for element in value]
        for element in sorted(elements):
            self._update(element)

    def digest(self, element: object) -> bytes:
        """What stands for an element of a set, among which it has its place by this."""
        return digest(element, strict=self._strict)

    def write_function(self, value: FunctionType, depth: int) -> None:
        """A function: importable ones by name and bytecode, others by all that they are made of."""
        named = is_importable(value)
        stamp = (value.__code__,) if named else stamp_of(value)
        if stamp is None:
            self.write_number(value)
            return
        found = _functions.get(value)
        if found is None or found[0] != stamp:
            parts = value.__module__ if named else globals_of(value), value.__qualname__, value.__code__
            found = _functions[value] = stamp, b"\x06" + self.digest(parts)
        self._update(found[1])

    def write_number(self, value: FunctionType | type) -> None:
        """A function or class that has no name to be imported by; what it is follows, once."""
        if id(value) not in self._seen:
            self._seen[id(value)] = len(self._seen), value
            self._queue.append(value)
        self.head(b"\x20", self._seen[id(value)][0])

    def write_insides(self, value: FunctionType) -> None:
        """What a function without a name is made of."""
        self.write((value.__qualname__, value.__annotations__, *insides_of(value), globals_of(value)))

    def write_members(self, value: type) -> None:
        """What a class without a name is made of, and which one of its kind: two that look alike are two types."""
        serial = _serials.get(value)
        if serial is None:
            numbers = _names.setdefault((value.__module__, value.__qualname__), itertools.count())
            serial = _serials.setdefault(value, next(numbers))
        members = [member for member in members_of(value) if member[0] not in _DERIVED]
        self.write((value.__qualname__, serial, type(value), value.__bases__, members))

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
        """A class: importable ones by name, others by all that they are made of."""
        if not self._write_named(b"\x08", value):
            self.write_number(value)

    def _write_builtin(self, value: BuiltinFunctionType, depth: int) -> None:
        if not self._write_named(b"\x09", value):
            self.write_object(value, depth)

    def _write_named(self, kind: bytes, value: Any) -> bool:
        """Whether the value can be known by its name, and has been written so."""
        known = self._named.get(id(value))
        if known is None:
            is_named = is_importable(value) or is_static(value)
            name = f"{value.__module__}\n{value.__qualname__}".encode() if is_named else b""
            known = self._named[id(value)] = value, name and kind + len(name).to_bytes(8, "little") + name
        self._update(known[1])
        return bool(known[1])

    def _write_variable(self, value: TypeVar, depth: int) -> None:
        self.head(b"\x0f", 5)
        how = value.__covariant__, value.__contravariant__
        self.write((value.__name__, value.__bound__, value.__constraints__, *how), depth + 1)

    def _write_new_type(self, value: Any, depth: int) -> None:
        self.head(b"\x13", 2)
        self.write((value.__qualname__, value.__supertype__), depth + 1)

    def _write_cached(self, value: Any, depth: int) -> None:
        self.head(b"\x12", 2)
        self.write((value.cache_parameters(), value.__wrapped__), depth + 1)

    def _write_sentinel(self, value: object, depth: int) -> None:
        """An ``object()`` is itself and no other."""
        if self._strict:
            raise _no_content(value)
        self.head(b"\x11", _sentinels.setdefault(id(value), (next(_numbers), value))[0])

    def _write_buffer(self, value: pickle.PickleBuffer, depth: int) -> None:
        self.blob(b"\x0a", value.raw())

    def write_object(self, value: object, depth: int) -> None:
        """Anything else: by what it says, or is said, to be made of."""
        kind = type(value)
        content = self.content_of(kind)
        if content is not None:
            self._update(b"\x0b")
            self.write((kind, content(value)), depth + 1)
            return
        write = _library_writer(kind)
        if write is not None:
            write(self, value, depth)
        else:
            self.write_parts(value, depth)

    def content_of(self, kind: type) -> Callable[[Any], object] | None:
        """What gives the value that stands for an object of this class, if anything does."""
        own: Callable[[Any], object] | None = getattr(kind, "__pannier_token__", None)
        return own or registered_for(kind) or getattr(kind, "__dask_tokenize__", None)

    def write_parts(self, value: object, depth: int) -> None:
        """By what pickle would take it apart into."""
        parts = reduced(value)
        if parts is None:
            self.write_whole(value, depth)
        elif parts[0] is _NEW and len(parts) == 3 and len(parts[1]) == 1 and parts[1][0] is type(value):
            self._update(b"\x0e")  # nearly every instance of a Python class
            self.write_class(type(value), depth)
            self.write(parts[2], depth + 1)
        else:
            self._update(b"\x0d")
            self.write(parts, depth + 1)

    def write_whole(self, value: object, depth: int) -> None:
        """What says nothing of its parts: by those that cloudpickle knows of, or by its pickle."""
        from cloudpickle import CloudPickler

        parts = reduced(value, CloudPickler.dispatch_table)
        if parts is None:
            self.blob(b"\x0c", self._pickle_once(value))
        else:
            self._update(b"\x10")
            self.write(parts, depth + 1)

    def _pickle_once(self, value: object) -> bytes:
        known = self._known.get(id(value))
        if known is None:
            known = self._known[id(value)] = value, pickled(value, strict=self._strict)
        return known[1]

    by_type: ClassVar[dict[type, Write]] = {
        tuple: _write_tuple,
        list: _write_list,
        dict: _write_dict,
        set: _write_set,
        frozenset: _write_set,
        FunctionType: write_function,
        BuiltinFunctionType: _write_builtin,
        CodeType: _write_code,
        type(functools.lru_cache(len)): _write_cached,
        TypeVar: _write_variable,
        NewType: _write_new_type,
        object: _write_sentinel,
        type: write_class,
        pickle.PickleBuffer: _write_buffer,
    }


def registered_for(kind: type) -> Callable[[Any], object] | None:
    """What was registered for a class, or for the first of its bases that something was registered for."""
    if registered:
        for base in kind.__mro__:
            found = registered.get(base) or registered.get(f"{base.__module__}.{base.__qualname__}")
            if found is not None:
                return found
    return None


def _library_writer(kind: type) -> Write | None:
    name = str(kind.__module__).partition(".")[0]  # a class may say anything
    load = libraries.get(name)
    if load is not None:
        _of_libraries.update(load())
        libraries.pop(name, None)
    return _of_libraries.get(kind)


def reduced(
    value: Any, table: Mapping[type, Callable[[Any], Any]] = copyreg.dispatch_table
) -> tuple[Any, ...] | None:
    """What ``value`` says it is made of: a function, its arguments, state, elements and items.

    None where it is not made of parts but has a name, or cannot be pickled without help.
    """
    registered = table.get(type(value))
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


def pickled(value: object, *, strict: bool) -> bytes:
    """The bytes that would send ``value`` to a worker; where nothing can, random ones.

    Raises TokenizationError instead, if it is ``strict``.
    """
    import cloudpickle

    buffers: list[pickle.PickleBuffer] = []
    try:
        blob: bytes = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    except Exception as error:
        if strict:
            raise _no_content(value) from error
        return os.urandom(16)
    return b"".join([blob, *(buffer.raw() for buffer in buffers)])


def _no_content(
    value: object, why: str = "has no content that another process would know again"
) -> TokenizationError:
    return TokenizationError(
        f"a {type(value).__qualname__} {why}. Define __pannier_token__ in its class, or call "
        "pannier.tokens.register for it, to say what it is made of."
    )
