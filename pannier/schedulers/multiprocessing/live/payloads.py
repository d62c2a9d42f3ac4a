"""Calls made ready to travel at the moment they are submitted: what is changed later changes nothing.

A future in the arguments, however deep inside, arrives as its result: it is pickled as its place in the list of
the results that the call reads.  A future that a function refers to otherwise, in a closure or a global, stays one.
"""

from __future__ import annotations

import contextlib
import pickle
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from pannier.errors import SerializationError, UsageError
from pannier.graph.task import Task
from pannier.schedulers import byvalue
from pannier.schedulers.culprits import refused_task, refused_value
from pannier.schedulers.multiprocessing.live.promises import Promise
from pannier.schedulers.multiprocessing.results import Folders, Handle, pack_by_value, unpack

_PLAIN: Final = frozenset({int, float, bool, str, bytes, type(None)})


class _Local(threading.local):
    def __init__(self) -> None:
        self.taken: _Taken | None = None
        self.inputs: Sequence[Any] = ()


_local = _Local()


class _Taken:
    """The promises that are met while something is pickled for ``session``."""

    def __init__(self, session: object, as_results: bool) -> None:
        self.session = session
        self.as_results = as_results
        self.places: dict[Promise, int] = {}


def reduce_promise(session: object, promise: Promise, as_future: tuple[Any, ...]) -> tuple[Any, ...]:
    """How a future of ``promise`` is pickled: as a result, or by ``as_future`` as itself.

    Raises :class:`~pannier.errors.UsageError` outside of :func:`pack_call` and :func:`pack_value`, and for
    a future of another client.
    """
    taken = _local.taken
    if taken is None:
        raise UsageError(
            f"the future {promise.key!r} can travel only into a task of its client: a task returns a result, not"
            " a future of one, and a pickle of it would be read where nobody knows it"
        )
    if taken.session is not session:
        raise UsageError(
            f"the future {promise.key!r} belongs to another client, or to one that is closed; submit its result()"
        )
    place = taken.places.setdefault(promise, len(taken.places))
    return (_input, (place,)) if taken.as_results else as_future


def _input(place: int) -> Any:
    return _local.inputs[place]


@contextlib.contextmanager
def _taking(session: object, as_results: bool) -> Iterator[dict[Promise, int]]:
    before, _local.taken = _local.taken, _Taken(session, as_results)
    try:
        yield _local.taken.places
    finally:
        _local.taken = before


def pack_call(
    session: object,
    name: str,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    folders: Callable[[], Folders],
    inline_bytes: int,
) -> tuple[Handle, list[Promise]]:
    """A handle to the arguments of a call of the function ``name``, and the promises whose results they hold.

    Raises :class:`~pannier.errors.SerializationError` if they cannot travel.
    """
    if not kwargs and _are_plain(args):
        blob = pickle.dumps((args, kwargs), 5)
        if len(blob) <= inline_bytes:
            return blob, []
    with _taking(session, as_results=True) as promises:
        try:
            return pack_by_value((args, kwargs), folders(), inline_bytes), list(promises)
        except (OSError, UsageError):
            raise
        except Exception as error:
            refused = refused_task(f"{name}-", Task.of(len, args, kwargs, (), True), "")
            raise refused or _refused(name, error) from error


def _are_plain(values: tuple[Any, ...]) -> bool:
    """Whether ``values`` can hold no future, and are what any pickler makes the same of."""
    for value in values:  # noqa: SIM110  a generator costs more than the loop
        if type(value) not in _PLAIN:
            return False
    return True


def unpack_call(handle: Handle, inputs: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments that ``handle`` stands for, with ``inputs`` in the places of the futures."""
    before, _local.inputs = _local.inputs, inputs
    try:
        args, kwargs = unpack(handle)
    finally:
        _local.inputs = before
    return args, kwargs


def pack_function(session: object, name: str, function: Callable[..., Any]) -> tuple[bytes, list[Promise]]:
    """The pickle of ``function``, and the promises that it refers to.

    Raises :class:`~pannier.errors.SerializationError` if it cannot travel.
    """
    with _taking(session, as_results=False) as promises:
        try:
            return byvalue.dumps(function), list(promises)
        except UsageError:
            raise
        except Exception as error:
            refused = refused_task(f"{name}-", Task.of(function, (), {}, (), True), "")
            raise refused or _refused(name, error) from error


def pack_value(
    session: object, value: Any, folders: Folders, inline_bytes: int
) -> tuple[Handle, list[Promise]]:
    """A handle to ``value``, and the promises that it refers to.

    Raises :class:`~pannier.errors.SerializationError` if it cannot travel.
    """
    with _taking(session, as_results=False) as promises:
        try:
            return pack_by_value(value, folders, inline_bytes), list(promises)
        except (OSError, UsageError):
            raise
        except Exception as error:
            raise refused_value(value, "the value", error, "") from error


def _refused(name: str, error: Exception) -> SerializationError:
    return SerializationError(f"the call of {name} cannot travel to another process: {error}")
