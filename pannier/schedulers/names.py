"""What names and objects a scheduler is asked for by."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, Final, TypeAlias

from pannier.errors import UsageError, near_matches

Get: TypeAlias = Callable[..., Any]
"""A scheduler: ``get(graph, keys, **options)`` returns the results, nested as the keys are."""

_SYNC: Final = "pannier.schedulers.sync"
_THREADED: Final = "pannier.schedulers.threaded"
_PROCESSES: Final = "pannier.schedulers.multiprocessing"
SCHEDULERS: Final[Mapping[str, str]] = {
    "sync": _SYNC,
    "synchronous": _SYNC,
    "single-threaded": _SYNC,
    "threads": _THREADED,
    "threading": _THREADED,
    "processes": _PROCESSES,
    "multiprocessing": _PROCESSES,
}
"""Every name a scheduler answers to, and the module whose ``get`` it is: loaded when it is first asked for."""


def named(scheduler: object) -> Get:
    """The ``get`` that ``scheduler`` names, is, or wraps.

    Raises :class:`~pannier.errors.UsageError` for what is none.

    >>> named("single-threaded").__module__
    'pannier.schedulers.sync'
    """
    if isinstance(scheduler, str):
        if scheduler.lower() not in SCHEDULERS:
            hint = near_matches(scheduler, SCHEDULERS)
            raise UsageError(f"no scheduler is named {scheduler!r}{hint}; there are {', '.join(SCHEDULERS)}")
        return _get_of(SCHEDULERS[scheduler.lower()])
    if isinstance(scheduler, Executor):
        return partial(_get_of("pannier.schedulers.executor"), executor=scheduler)
    if callable(scheduler):
        return scheduler
    if type(scheduler).__module__.startswith("distributed.") and hasattr(scheduler, "get"):
        return partial(_get_of("pannier.schedulers.distributed"), client=scheduler)
    get: Get | None = getattr(scheduler, "get", None)
    if callable(get):
        return get
    raise UsageError(f"a scheduler is a name, a get function, an Executor or a client, not {scheduler!r}")


def shares_memory(get: Get) -> bool:
    """Whether all tasks that ``get`` runs are known to be in this process.

    >>> shares_memory(named("threads")), shares_memory(named("processes"))
    (True, False)
    """
    return getattr(get, "__module__", None) in (_SYNC, _THREADED)


def _get_of(module: str) -> Get:
    get: Get = importlib.import_module(module).get
    return get
