"""Runs in the user's own process, and the user's garbage collector."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

import pannier as pn
from pannier.schedulers.collector import PATIENCE


@pytest.fixture(autouse=True)
def _thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.parametrize("scheduler", ["sync", "threads"])
def test_the_collector_is_patient_during_a_run_only(scheduler: str) -> None:
    """Also after a failing one, and a run inside a run."""
    gc.set_threshold(701, 11, 12)

    def inside(_: object) -> tuple[int, ...]:
        pn.range(2, npartitions=1).map(str).compute(scheduler="sync")
        return gc.get_threshold()

    assert set(pn.range(4, npartitions=2).map(inside).compute(scheduler=scheduler)) == {PATIENCE}
    assert gc.get_threshold() == (701, 11, 12)
    with pytest.raises(ZeroDivisionError):
        pn.range(2, npartitions=1).map(lambda n: 1 / n).compute(scheduler=scheduler)
    assert gc.get_threshold() == (701, 11, 12)


def test_what_a_task_sets_stays() -> None:
    """As it would outside of a run."""
    pn.range(1, npartitions=1).map(lambda _: gc.set_threshold(5000)).compute(scheduler="sync")
    assert gc.get_threshold()[0] == 5000
