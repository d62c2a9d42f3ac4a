"""Collections and graphs on a client."""

from __future__ import annotations

import importlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeAlias

from pannier import computing
from pannier.client.future import Future
from pannier.errors import UsageError
from pannier.schedulers import multiprocessing, sync
from pannier.schedulers.multiprocessing.live.nested import NestedSession
from pannier.schedulers.multiprocessing.live.payloads import pack_value
from pannier.schedulers.multiprocessing.live.promises import Promise
from pannier.schedulers.multiprocessing.live.session import Session

AnySession: TypeAlias = Session | NestedSession


class ComputesCollections(ABC):
    """What a client does with collections: each computation is a run of its own, in processes of the same pool."""

    session: AnySession
    """What knows of the calls."""
    _options: dict[str, Any]
    """What schedulers are told unless a call says otherwise."""

    def compute(self, collections: Any, sync: bool = False, **options: Any) -> Any:
        """A future of the answer of a collection, or a list of them for a list of collections; answers if ``sync``.

        ``options`` are those of :func:`pannier.compute`.

        >>> import pannier as pn
        >>> with pn.Client(n_workers=1) as client:
        ...     client.compute(pn.range(5, npartitions=2).sum()).result()
        10
        """
        is_list = isinstance(collections, list | tuple)
        given = list(collections) if is_list else [collections]
        if sync:
            answers = list(computing.compute(*given, scheduler=self, **options))
            return answers if is_list else answers[0]
        session = self._own_session()
        promises = [session.begin_outside(type(each).__name__.lower(), None) for each in given]

        def work() -> None:
            try:
                answers = computing.compute(*given, scheduler=self, **options)
                for promise, answer in zip(promises, answers, strict=True):
                    handle, _ = pack_value(session, answer, session.folders(), session.inline_bytes)
                    session.finish_outside(promise, handle)
            except BaseException as error:  # noqa: BLE001  the futures raise it
                for promise in promises:
                    session.finish_outside(promise, None, error)

        threading.Thread(target=work, name="pannier-compute", daemon=True).start()
        futures = [self._future(promise) for promise in promises]
        return futures if is_list else futures[0]

    def persist(self, collections: Any, **options: Any) -> Any:
        """A collection, or each of a list, computed and kept in memory, as :func:`pannier.persist` does."""
        is_list = isinstance(collections, list | tuple)
        kept = computing.persist(*(collections if is_list else [collections]), scheduler=self, **options)
        return list(kept) if is_list else kept[0]

    def get(self, dsk: Any, keys: Any, **options: Any) -> Any:
        """The results of ``keys`` in the graph ``dsk``, on as many processes as the client has workers."""
        if isinstance(self.session, NestedSession):
            return sync.get(dsk, keys, memory_limit=options.get("memory_limit"))
        self.session.check()
        return multiprocessing.get(
            dsk, keys, **{**self._options, "num_workers": self.session.workers, **options}
        )

    @abstractmethod
    def _future(self, promise: Promise) -> Future:
        """A future of ``promise``."""

    def _own_session(self) -> Session:
        if isinstance(self.session, NestedSession):
            raise UsageError("a task computes collections itself: call compute() of the collection")
        self.session.check()
        return self.session


class ClientScheduler:
    """An open client as the scheduler of collections; in a worker, where settings go too, the task's own process."""

    def __init__(self, client: ComputesCollections) -> None:
        self.get = client.get
        self._repr = repr(client)

    def __repr__(self) -> str:
        return self._repr

    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        return importlib.import_module, ("pannier.schedulers.multiprocessing",)
