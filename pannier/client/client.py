"""The client: calls are submitted to it and run in worker processes, from now on."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, Self

from pannier import config
from pannier.client.collections import AnySession, ClientScheduler, ComputesCollections
from pannier.client.executor import ClientExecutor
from pannier.client.functions import Functions, short_name
from pannier.client.future import Future
from pannier.client.gathering import ERRORS, futures_in, wait_for, with_results
from pannier.errors import UsageError, near_matches
from pannier.schedulers.multiprocessing import worker
from pannier.schedulers.multiprocessing.live.nested import NestedSession
from pannier.schedulers.multiprocessing.live.payloads import pack_call, pack_value
from pannier.schedulers.multiprocessing.live.promises import FINISHED, Promise
from pannier.schedulers.multiprocessing.live.session import MOST_URGENT, Session
from pannier.tokens import tokenize

_open: Final[list[Client]] = []
"""The clients of this process that are open, the last one the default."""


class Client(ComputesCollections, AbstractContextManager["Client"]):
    """Worker processes for single calls, whose results are futures.

    ``n_workers`` defaults to the setting ``num_workers``: the processors this process may use.
    ``memory_limit`` (bytes, or a text such as "4 GiB") and ``task_timeout`` (seconds) default to the settings of
    these names.  While it is open, and ``set_as_default`` is true, ``compute()`` of collections runs on processes,
    as many as it has workers.

    A script needs no ``if __name__ == "__main__"``.  The client ends with the ``with`` block, with :meth:`close`,
    or with the program; what is not done then is cancelled.

    >>> import pannier as pn
    >>> with pn.Client(n_workers=2) as client:
    ...     squares = client.map(lambda x: x * x, [1, 2, 3])
    ...     client.submit(sum, squares).result()
    14
    """

    def __init__(
        self,
        n_workers: int | None = None,
        *,
        memory_limit: str | int | None = None,
        task_timeout: float | None = None,
        set_as_default: bool = True,
    ) -> None:
        if worker.is_worker:
            raise UsageError("a task has its client already: pn.get_client() returns it")
        self._options: dict[str, Any] = {"memory_limit": memory_limit, "task_timeout": task_timeout}
        self._overlay: config.Overlay | None = None
        self._start(Session(config.get("num_workers", n_workers), memory_limit, task_timeout))
        _open.append(self)
        if set_as_default:
            self._overlay = config.set(scheduler=ClientScheduler(self))

    def _start(self, session: AnySession) -> None:
        self.session = session
        self._functions = Functions(session)

    @classmethod
    def within(cls, session: NestedSession) -> Client:
        """The client of the tasks in a worker."""
        client = object.__new__(cls)
        client._options, client._overlay = {}, None
        client._start(session)
        return client

    # Calls.

    def submit(
        self,
        func: Callable[..., Any],
        /,
        *args: Any,
        key: str | None = None,
        retries: int | None = None,
        priority: int | None = None,
        pure: bool = False,
        **kwargs: Any,
    ) -> Future:
        """A future of ``func(*args, **kwargs)``, which runs in a worker as soon as one is free.

        A future in the arguments, alone or inside of lists, dicts and other objects, arrives as its result.
        The arguments are taken as they are now: what is done to them later changes nothing.  A collection arrives
        as it is, not computed; ``client.compute(collection)`` is a future of its answer.

        Two calls of the same ``key`` are one, while there is a future of it; so are equal calls that are ``pure``.
        Calls of a higher ``priority`` run first, then those that were submitted first.  A call that
        raises is tried again ``retries`` times; one whose process dies, as often as the setting ``retries`` says.

        Raises :class:`~pannier.errors.SerializationError` if the function or an argument cannot travel.

        >>> import pannier as pn
        >>> with pn.Client(n_workers=1) as client:
        ...     client.submit(pow, 2, client.submit(abs, -3)).result()
        8
        """
        return self.submit_with(func, args, kwargs, key=key, retries=retries, priority=priority, pure=pure)

    def submit_with(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        *,
        key: str | None = None,
        retries: int | None = None,
        priority: int | None = None,
        pure: bool = False,
    ) -> Future:
        """As :meth:`submit`, for keyword arguments that may be called as its own are."""
        if not callable(func):
            raise UsageError(f"the first argument of submit is a function to call, not {func!r:.100}")
        if pure and key is None:
            key = f"{short_name(func)}-{tokenize(func, args, kwargs)}"
        if key is not None and (known := self.session.find(key)) is not None:
            return Future(self, known)
        if priority is not None and (type(priority) is not int or abs(priority) >= MOST_URGENT):
            raise UsageError(f"a priority is a whole number within {MOST_URGENT:,} of 0, not {priority!r}")
        session = self.session
        function = self._functions.pickled(func)
        arguments, inputs = pack_call(
            session, function.name, args, kwargs, session.folders, session.inline_bytes
        )
        promise = session.submit(
            function.pickled,
            arguments,
            inputs,
            function.holds,
            name=function.name,
            key=key,
            kind=function.kind,
            retries=retries or 0,
            priority=priority,
        )
        return Future(self, promise)

    def map(
        self,
        func: Callable[..., Any],
        /,
        *iterables: Iterable[Any],
        key: str | Sequence[str] | None = None,
        retries: int | None = None,
        priority: int | None = None,
        pure: bool = False,
        **kwargs: Any,
    ) -> list[Future]:
        """A future of ``func`` for each tuple of arguments from ``iterables``, which may hold futures.

        ``key`` is the start of their keys, or a list of them.  The rest is as for :meth:`submit`.

        >>> import pannier as pn
        >>> with pn.Client(n_workers=1) as client:
        ...     client.gather(client.map(pow, [1, 2, 3], [2, 2, 2]))
        [1, 4, 9]
        """
        calls = list(zip(*iterables, strict=False))
        if key is None:
            keys: Sequence[str | None] = [None] * len(calls)
        elif isinstance(key, str):
            keys = [f"{key}-{i}" for i in range(len(calls))]
        else:
            keys = key
        if len(keys) != len(calls):
            raise UsageError(f"there are {len(calls)} calls to be made, and {len(keys)} keys for them")
        return [
            self.submit(func, *args, key=name, retries=retries, priority=priority, pure=pure, **kwargs)
            for args, name in zip(calls, keys, strict=True)
        ]

    def scatter(self, data: Any, broadcast: bool = False, hash: bool = True) -> Any:  # noqa: A002
        """Futures of the values in a list, tuple, set or dict, in a container of its kind; of any other value, one.

        A value is stored once, where every worker reads it: calls that are given its future carry nothing, so
        that ``broadcast`` asks for what is the case already.  Equal values are one, unless ``hash`` is False.

        >>> import pannier as pn
        >>> with pn.Client(n_workers=1) as client:
        ...     names = client.scatter({"a": [1, 2], "b": [3]})
        ...     client.submit(len, names["a"]).result()
        2
        """
        kind = type(data)
        if kind in (list, tuple, set, frozenset):
            return kind([self._scatter(value, hash) for value in data])
        if kind is dict:
            return {name: self._scatter(value, hash) for name, value in data.items()}
        return self._scatter(data, hash)

    def _scatter(self, value: Any, is_hashed: bool) -> Future:
        session, name = self.session, type(value).__name__
        session.check()
        key = f"{name}-{tokenize(value)}" if is_hashed else None
        if key is not None and (known := session.find(key)) is not None:
            return Future(self, known)
        handle, holds = pack_value(session, value, session.folders(), session.inline_bytes)
        return Future(self, session.scatter(handle, holds, name, key))

    def _future(self, promise: Promise) -> Future:
        return Future(self, promise)

    def future_of(self, key: str) -> Future:
        """A future of the call that is named ``key``.  Raises :class:`~pannier.errors.UsageError` if there is none."""
        return Future(self, self.session.adopt(key))

    # Results.

    def gather(self, futures: Any, errors: str = "raise") -> Any:
        """The results of ``futures``, a future or containers of such nested at will, in the same containers.

        Raises what a call has raised as soon as it has, unless ``errors`` is ``"skip"``: then results that are not
        there are left out.

        >>> import pannier as pn
        >>> with pn.Client(n_workers=1) as client:
        ...     client.gather(
        ...         {"total": client.submit(sum, [1, 2]), "rest": [client.submit(len, "ab")]}
        ...     )
        {'total': 3, 'rest': [2]}
        """
        if errors not in ERRORS:
            raise UsageError(
                f"errors is {' or '.join(map(repr, ERRORS))}, not {errors!r}{near_matches(errors, ERRORS)}"
            )
        if not isinstance(futures, list | tuple | set | frozenset | dict | Future):
            futures = list(futures)
        found: dict[Future, None] = {}
        futures_in(futures, found)
        if found:
            wait_for(found, None, None, until_failure=errors == "raise")
        if errors == "raise":
            for future in found:
                if future.done() and future.status != FINISHED:
                    future.result()
        return with_results(futures, errors == "skip")

    def cancel(self, futures: Future | Iterable[Future], force: bool = False) -> list[Future]:
        """Those of ``futures`` that were not done and now are cancelled, and with them what needs their results.

        ``force`` also ends the worker that runs one, which otherwise goes on to its end for nobody.
        """
        given = [futures] if isinstance(futures, Future) else list(futures)
        cancelled = {*self.session.cancel([each.promise for each in given], force)}
        return [each for each in given if each.promise in cancelled]

    def retry(self, futures: Future | Iterable[Future]) -> None:
        """Run those of ``futures`` again that failed or were cancelled, and what they need that has."""
        for future in [futures] if isinstance(futures, Future) else futures:
            self.session.retry(future.promise)

    def get_executor(
        self, *, retries: int | None = None, priority: int | None = None, pure: bool = False
    ) -> ClientExecutor:
        """A ``concurrent.futures.Executor`` whose calls run in the workers of this client, for code that wants one.

        >>> import pannier as pn
        >>> with pn.Client(n_workers=1) as client, client.get_executor() as executor:
        ...     list(executor.map(abs, [1, -2]))
        [1, 2]
        """
        return ClientExecutor(self, retries=retries, priority=priority, pure=pure)

    # The end.

    def close(self) -> None:
        """End the client: calls that nobody waits for (:func:`fire_and_forget`) are made first, others are cancelled.

        Results are gone with it: a future raises ``concurrent.futures.CancelledError`` from now on.
        """
        self._close(is_patient=True)

    def _close(self, is_patient: bool) -> None:
        if not isinstance(self.session, Session):
            return
        try:
            if is_patient and not self.session.is_closed:
                self.session.wait_for_detached()
        finally:
            if self in _open:
                _open.remove(self)
            if self._overlay is not None:
                self._overlay.__exit__()
                self._overlay = None
            self.session.close()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._close(is_patient=kind is None)

    def __enter__(self) -> Self:
        self.session.check()
        return self

    @property
    def is_default(self) -> bool:
        """Whether collections are computed by it."""
        return self._overlay is not None

    def __reduce__(self) -> tuple[Any, ...]:
        return get_client, ()

    def __repr__(self) -> str:
        if isinstance(self.session, NestedSession):
            return "<Client: in a task>"
        if self.session.is_closed:
            return "<Client: closed>"
        return f"<Client: {self.session.workers} workers>"

    @staticmethod
    def revive(key: str) -> Future:
        """In a worker: the future ``key``, which has come with a function that refers to it."""
        return get_client().future_of(key)


def get_client() -> Client:
    """The client that is open; in a task, the one that runs it, by which a task submits calls of its own.

    A task that waits for a future does not keep a worker from other work.
    Raises :class:`~pannier.errors.UsageError` if there is none.

    >>> import pannier as pn
    >>> def total(n):
    ...     return n if n < 2 else n + pn.get_client().submit(total, n - 1).result()
    >>> with pn.Client(n_workers=1) as client:
    ...     client.submit(total, 4).result()
    10
    """
    own = worker.current
    if own is not None:
        session = own.nested_session()
        if session is None:
            raise UsageError("this task was not submitted to a client, but is one of a collection or a graph")
        if session is not getattr(_of_tasks, "session", None):
            _of_tasks.session, _of_tasks.client = session, Client.within(session)
        return _of_tasks.client
    defaults = [client for client in _open if client.is_default]
    if not defaults:
        raise UsageError("there is no client: make one with pn.Client()")
    return defaults[-1]


class _OfTasks:
    """The client of the tasks of this worker."""

    session: NestedSession | None = None
    client: Client


_of_tasks: Final = _OfTasks()


def fire_and_forget(obj: Future | Iterable[Future]) -> None:
    """Have calls run to their end though no future of them is kept.

    An open client ends with them, not before.  What they raise is logged.

    >>> import pannier as pn
    >>> with pn.Client(n_workers=1) as client:
    ...     pn.fire_and_forget(client.submit(print, end=""))
    """
    for future in [obj] if isinstance(obj, Future) else obj:
        future.client.session.detach(future.promise)


def _close_all() -> None:
    """At the end of the program."""
    for client in [*_open]:
        client.close()


def _leave_to_parent() -> None:
    """In a forked child: the clients are the parent's."""
    for client in _open:
        if isinstance(client.session, Session):
            client.session.close_in_fork()
        if client._overlay is not None:  # noqa: SLF001
            client._overlay.__exit__()  # noqa: SLF001
    _open.clear()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_leave_to_parent)
