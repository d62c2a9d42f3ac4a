"""Functions on their way to another process."""

from __future__ import annotations

import functools
import pickle
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

import pannier as pn
from pannier.schedulers.byvalue import dumps


@functools.cache
def importable(x: int) -> int:
    """A function that workers import."""
    return x + 1


def test_functions_with_a_cache_travel() -> None:
    """Those of a script by value, though they call themselves; others by name, so that they stay one."""

    @functools.lru_cache(maxsize=30, typed=True)
    def fibonacci(n: int) -> int:
        return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

    made = pickle.loads(dumps([fibonacci, fibonacci]))
    assert made[0] is made[1]
    assert made[0](40) == 102334155
    assert made[0].cache_parameters() == {"maxsize": 30, "typed": True}
    assert pickle.loads(dumps(importable)) is importable


@pytest.mark.parametrize("scheduler", ["processes", "an executor", "a client"])
def test_records_through_functions_with_a_cache(scheduler: Any) -> None:
    """Wherever tasks run in other processes."""

    @functools.cache
    def doubled(x: int) -> int:
        return 2 * x

    if scheduler == "a client":
        with pn.Client(n_workers=1) as client:
            assert client.submit(doubled, 2).result() == 4
            assert client.submit(lambda func: func(3), doubled).result() == 6
        return
    numbers = pn.range(4, npartitions=2).map(doubled)
    if scheduler == "processes":
        assert numbers.compute(scheduler=scheduler) == [0, 2, 4, 6]
        (made,) = pn.compute(pn.delayed(lambda: doubled)(), scheduler=scheduler)
        assert made(4) == 8
        return
    with ProcessPoolExecutor(1) as pool:
        assert numbers.compute(scheduler=pool) == [0, 2, 4, 6]
