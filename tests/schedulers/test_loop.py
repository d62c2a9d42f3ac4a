"""One run: what it keeps, and in which order it works."""

from __future__ import annotations

from typing import Any

import pytest

from pannier.errors import GraphError
from pannier.schedulers.loop import Run
from pannier.schedulers.sync import get


def test_a_run_forgets_what_nobody_needs() -> None:
    """Results are kept until their last reader is done; values and wanted results stay."""
    run = Run({"v": 1, "a": (int, 2), "b": (max, "a", "v"), "c": (max, "b", "a")}, ["c", "v"])
    assert run.tasks.keys == ["a", "b", "c"]
    assert run.results == {"v": 1}

    def step(task: int, result: Any) -> list[int]:
        run.state.start(task)
        return run.finish(task, result)

    assert step(0, "A") == [1]
    assert run.results == {"v": 1, "a": "A"}
    assert step(1, "B") == [2]
    assert run.results == {"v": 1, "a": "A", "b": "B"}
    assert step(2, "C") == []
    assert run.results == {"v": 1, "c": "C"}
    assert run.answer() == ["C", 1]


def test_the_first_failure_counts() -> None:
    """Later ones, of tasks that were running meanwhile, do not take its place."""
    run = Run({"a": (int, 1), "b": (int, 2)}, ["a", "b"])
    first, second = KeyError("first"), ValueError("second")
    run.fail(0, first)
    run.fail(1, second)
    assert run.error is first
    assert first.__notes__ == ["in task 'a'"]
    assert not hasattr(second, "__notes__")


def test_a_bad_graph_fails_before_anything_runs() -> None:
    """Errors of the graph are found when the run is made."""
    with pytest.raises(GraphError):
        Run({"a": (print, "b"), "b": (print, "a")}, "a")


def test_runs_are_numbered() -> None:
    """No two runs of a process share a number."""
    assert Run({}, []).number < Run({}, []).number


def test_chains_finish_before_siblings_start() -> None:
    """The planned order is the order of work: depth first, so that few results are alive."""
    ran: list[str] = []

    def work(name: str, *_: Any) -> None:
        ran.append(name)

    dsk = {f"{verb}{i}": (work, f"{verb.upper()}{i}") for i in range(3) for verb in ["load"]}
    dsk |= {f"clean{i}": (work, f"CLEAN{i}", f"load{i}") for i in range(3)}
    get(dsk | {"all": (work, "ALL", *[f"clean{i}" for i in range(3)])}, "all")
    assert [name.rstrip("012") for name in ran] == ["LOAD", "CLEAN"] * 3 + ["ALL"]
