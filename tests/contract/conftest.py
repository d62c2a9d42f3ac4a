"""Every scheduler, for suites that say what all of them do alike.  A new scheduler joins ``SCHEDULERS``."""

from __future__ import annotations

import functools
import multiprocessing as mp
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import loky
import pytest

from pannier.schedulers import executor, multiprocessing, sync, threaded

Get = Callable[..., Any]

IN_PROCESS = ("sync", "threads", "ThreadPoolExecutor")
ACROSS_PROCESSES = ("processes", "ProcessPoolExecutor", "loky")
SCHEDULERS = (*IN_PROCESS, *ACROSS_PROCESSES)

EXECUTORS: dict[str, Callable[[], Executor]] = {
    "ThreadPoolExecutor": lambda: ThreadPoolExecutor(2),
    "ProcessPoolExecutor": lambda: ProcessPoolExecutor(2, mp_context=mp.get_context("spawn")),
    "loky": lambda: loky.ProcessPoolExecutor(2),
}


@pytest.fixture(scope="module", params=SCHEDULERS)
def scheduler(request: pytest.FixtureRequest) -> Iterator[tuple[str, Get]]:
    name = request.param
    if name not in EXECUTORS:
        module = {"sync": sync, "threads": threaded, "processes": multiprocessing}[name]
        yield name, functools.partial(module.get, num_workers=2)
        return
    with EXECUTORS[name]() as pool:
        yield name, functools.partial(executor.get, executor=pool)


@pytest.fixture
def get(scheduler: tuple[str, Get]) -> Get:
    return scheduler[1]
