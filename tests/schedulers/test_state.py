"""The state machine of a run: whole lives by whole-state equality, without threads or clocks."""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import InternalError
from pannier.graph.graph import invert
from pannier.schedulers.state import State, Status

WAITING, READY, RUNNING, DONE = Status


class Whole(NamedTuple):
    """Everything a state knows, by value."""

    statuses: list[Status]
    waiting_for: list[int]
    readers: list[int]
    left: int


def whole(state: State) -> Whole:
    return Whole(
        [state.status(task) for task in range(len(state._status))],
        list(state._waiting_for),
        list(state._readers),
        state.left,
    )


def diamond() -> State:
    """0 is read by 1 and 2, which 3 reads; 3 is wanted, and so is 1."""
    dependencies = [[], [0], [0], [1, 2]]
    return State(dependencies, invert(dependencies), outputs=[1, 3])


def test_a_whole_life() -> None:
    """Each move changes what it should and nothing else; decisions come out in order."""
    state = diamond()
    assert state.ready == [0]
    assert whole(state) == Whole([READY, WAITING, WAITING, WAITING], [0, 1, 1, 2], [2, 2, 1, 1], 4)

    state.start(0)
    assert whole(state) == Whole([RUNNING, WAITING, WAITING, WAITING], [0, 1, 1, 2], [2, 2, 1, 1], 4)
    assert state.finish(0) == ([1, 2], [])
    assert whole(state) == Whole([DONE, READY, READY, WAITING], [0, 0, 0, 2], [2, 2, 1, 1], 3)

    state.start(2)
    state.start(1)
    assert state.finish(1) == ([], [])
    assert whole(state) == Whole([DONE, DONE, RUNNING, WAITING], [0, 0, 0, 1], [1, 2, 1, 1], 2)
    assert state.finish(2) == ([3], [0])  # the last reader of 0
    assert whole(state) == Whole([DONE, DONE, DONE, READY], [0, 0, 0, 0], [0, 2, 1, 1], 1)

    state.start(3)
    assert not state.is_done
    assert state.finish(3) == ([], [2])  # 1 is wanted, so it stays
    assert whole(state) == Whole([DONE, DONE, DONE, DONE], [0, 0, 0, 0], [0, 1, 0, 1], 0)
    assert state.is_done


def test_a_lost_task_is_ready_again() -> None:
    """Giving a task back undoes its start exactly, as often as it happens."""
    state = diamond()
    before = whole(state)
    for _ in range(3):
        state.start(0)
        state.give_back(0)
        assert whole(state) == before
    state.start(0)
    assert state.finish(0) == ([1, 2], [])


@pytest.mark.parametrize(("move", "allowed"), [("start", READY), ("finish", RUNNING), ("give_back", RUNNING)])
def test_an_illegal_move_raises_and_changes_nothing(move: str, allowed: Status) -> None:
    """From every other status a move is refused with the task's number and status."""
    state = State([[], [], [], [0]], [[3], [], [], []], outputs=[3])
    state.start(1)
    state.start(2)
    state.finish(2)
    statuses = [READY, RUNNING, DONE, WAITING]
    before = whole(state)
    assert before.statuses == statuses
    for task, status in enumerate(statuses):
        if status is not allowed:
            with pytest.raises(InternalError, match=f"task number {task}, which is {status.name.lower()}"):
                getattr(state, move)(task)
            assert whole(state) == before


def test_a_task_that_reads_one_result_twice() -> None:
    """Repeated edges are counted on both sides."""
    dependencies = [[], [0, 0]]
    state = State(dependencies, invert(dependencies), outputs=[1])
    state.start(0)
    assert state.finish(0) == ([1], [])
    state.start(1)
    assert state.finish(1) == ([], [0])


def test_nothing_to_do_is_done() -> None:
    """The empty run is over before it starts."""
    state = State([], [], outputs=[])
    assert (state.is_done, state.ready) == (True, [])


@given(st.data())
def test_any_order_of_work_ends_well(data: st.DataObject) -> None:
    """However tasks are started, lost and finished: each runs after its inputs, each result is dropped once,
    after its last reader, and exactly the wanted ones are left.
    """
    size = data.draw(st.integers(1, 12))
    dependencies = [
        sorted(data.draw(st.sets(st.integers(0, task - 1), max_size=3))) if task else []
        for task in range(size)
    ]
    outputs = data.draw(st.sets(st.integers(0, size - 1), min_size=1))
    state = State(dependencies, invert(dependencies), outputs)
    ready, running, live = set(state.ready), set[int](), set[int]()
    while not state.is_done:
        moves: list[tuple[str, int]] = [("start", task) for task in sorted(ready)]
        moves += [(move, task) for task in sorted(running) for move in ("finish", "give_back")]
        move, task = data.draw(st.sampled_from(moves))
        change: Any = getattr(state, move)(task)
        if move == "start":
            assert live.issuperset(dependencies[task])
            ready.remove(task)
            running.add(task)
            continue
        running.remove(task)
        if move == "give_back":
            ready.add(task)
            continue
        live.add(task)
        new, dropped = change
        assert ready.isdisjoint(new)
        ready.update(new)
        assert live.issuperset(dropped)
        live.difference_update(dropped)
    leaves = {task for task, users in enumerate(invert(dependencies)) if not users}
    assert live == outputs | leaves


def test_status_is_a_small_integer() -> None:
    """Statuses order as lives do, and survive pickling as themselves."""
    assert WAITING < READY < RUNNING < DONE
    assert pickle.loads(pickle.dumps(DONE)) is DONE
