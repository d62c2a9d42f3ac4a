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


def kept() -> State:
    """A shuffle of two: 0 and 1 write, 2 keeps them and is read by 3 and 4, which are wanted."""
    dependencies = [[], [], [0, 1], [2], [2]]
    return State(dependencies, invert(dependencies), outputs=[3, 4], keepers=[2])


def run(state: State, *tasks: int) -> list[tuple[list[int], list[int]]]:
    """What finishing each of ``tasks`` decided."""
    decisions = []
    for task in tasks:
        state.start(task)
        decisions.append(state.finish(task))
    return decisions


def test_a_keeper_keeps_its_inputs() -> None:
    """Inputs of a keeper live as long as its own result, and are dropped with it."""
    state = kept()
    assert run(state, 0, 1, 2, 3, 4) == [([], []), ([2], []), ([3, 4], []), ([], []), ([], [2, 0, 1])]


def test_one_lost_input_is_made_again() -> None:
    """What a reader of the keeper misses runs again, then the keeper, then the reader; the others are left alone."""
    state = kept()
    run(state, 0, 1, 2)
    state.start(3)
    state.start(4)
    assert state.give_back(3)
    assert state.redo(1) == ([1], [])
    assert state.redo(2) == ([], [3])
    assert whole(state) == Whole(
        [DONE, READY, WAITING, WAITING, RUNNING], [0, 0, 1, 1, 1], [1, 1, 2, 1, 1], 4
    )
    assert state.finish(4) == ([], [])  # it still had the old result
    assert run(state, 1, 2, 3) == [([2], []), ([3], []), ([], [2, 0, 1])]
    assert state.is_done


def test_a_running_task_given_back_waits_for_what_is_made_again() -> None:
    """A task that comes back while its input is being made again is not ready."""
    state = kept()
    run(state, 0, 1, 2)
    state.start(3)
    state.redo(2)
    assert not state.give_back(3)
    assert state.status(3) is WAITING
    assert run(state, 2) == [([3, 4], [])]


def test_redoing_climbs_to_what_was_dropped() -> None:
    """A task whose inputs are gone is made again from the first result that is still there."""
    dependencies = [[], [0], [1], [2], [0]]
    state = State(dependencies, invert(dependencies), outputs=[3, 4])
    run(state, 0, 1, 2)
    assert whole(state).readers == [1, 0, 1, 1, 1]
    assert state.redo(2) == ([1], [3])
    assert whole(state) == Whole([DONE, READY, WAITING, WAITING, READY], [0, 0, 1, 1, 0], [2, 1, 1, 1, 1], 4)
    assert run(state, 4, 1, 2, 3) == [([], []), ([2], [0]), ([3], [1]), ([], [2])]


def test_what_is_made_again_for_nobody_is_dropped() -> None:
    """If the last reader has finished with the old result, the new one is dropped at once."""
    dependencies = [[], [0]]
    state = State(dependencies, invert(dependencies), outputs=[1])
    run(state, 0)
    state.start(1)
    assert state.redo(0) == ([0], [])
    assert state.finish(1) == ([], [])
    assert run(state, 0) == [([], [0])]
    assert state.is_done


def test_a_dropped_result_is_not_made_again() -> None:
    """Nobody reads it: to redo it is illegal, and changes nothing."""
    state = diamond()
    run(state, 0, 1, 2)
    before = whole(state)
    with pytest.raises(InternalError, match="cannot redo task number 0, which is done and dropped"):
        state.redo(0)
    assert whole(state) == before


@given(st.data())
def test_any_order_of_work_ends_well(data: st.DataObject) -> None:
    """However tasks are started, lost, finished and made again: each runs when its inputs are there, no result is
    dropped before its last reader is done or while a keeper lives, and exactly the wanted ones are left.
    """
    size = data.draw(st.integers(1, 12))
    dependencies = [
        sorted(data.draw(st.sets(st.integers(0, task - 1), max_size=3))) if task else []
        for task in range(size)
    ]
    dependents = invert(dependencies)
    outputs = data.draw(st.sets(st.integers(0, size - 1), min_size=1))
    outputs |= {task for task, users in enumerate(dependents) if not users}
    keepers = data.draw(st.sets(st.integers(0, size - 1)))
    state = State(dependencies, dependents, outputs, keepers)
    ready, running, live = set(state.ready), set[int](), set[int]()
    redone = 0
    while not state.is_done:
        moves: list[tuple[str, int]] = [("start", task) for task in sorted(ready)]
        moves += [(move, task) for task in sorted(running) for move in ("finish", "give_back")]
        moves += [("redo", task) for task in sorted(live) if redone < 5]
        move, task = data.draw(st.sampled_from(moves))
        change: Any = getattr(state, move)(task)
        if move == "start":
            assert live.issuperset(dependencies[task])
            ready.remove(task)
            running.add(task)
        elif move == "give_back":
            running.remove(task)
            assert change == live.issuperset(dependencies[task])
            if change:
                ready.add(task)
        elif move == "redo":
            redone += 1
            new, revoked = change
            assert ready.isdisjoint(new)
            assert ready.issuperset(revoked)
            live.remove(task)
            ready.update(new)
            ready.difference_update(revoked)
        else:
            running.remove(task)
            new, dropped = change
            live.add(task)
            assert ready.isdisjoint(new)
            ready.update(new)
            assert live.issuperset(dropped)
            live.difference_update(dropped)
        statuses = whole(state).statuses
        assert ready == {task for task, status in enumerate(statuses) if status is READY}
        assert running == {task for task, status in enumerate(statuses) if status is RUNNING}
        assert state.left == len([status for status in statuses if status is not DONE])
        for each in range(size):
            pending = [user for user in dependents[each] if statuses[user] is not DONE]
            holding = [user for user in dependents[each] if user in keepers and user in live]
            is_needed = each in outputs or bool(pending) or bool(holding)
            assert (each in live) == (statuses[each] is DONE and is_needed)
    assert live == outputs | {dep for task in live & keepers for dep in dependencies[task]}


def test_a_look_ahead_changes_nothing() -> None:
    """It tells what would be done and dropped, follows what becomes ready, and leaves the state as it is."""
    state = diamond()
    state.start(0)
    before = whole(state)
    assert state.foresee([0], 10) == ([0, 1, 2, 3], [0, 2])
    assert state.foresee([0], 1) == ([0], [])
    assert whole(state) == before


def test_a_look_ahead_knows_keepers() -> None:
    """What a keeper reads is not dropped by it."""
    dependencies = [[], [], [0, 1], [2]]
    state = State(dependencies, invert(dependencies), outputs=[3], keepers=[2])
    assert state.foresee([0, 1], 3) == ([0, 1, 2], [])


def test_status_is_a_small_integer() -> None:
    """Statuses order as lives do, and survive pickling as themselves."""
    assert WAITING < READY < RUNNING < DONE
    assert pickle.loads(pickle.dumps(DONE)) is DONE


def test_a_chain_is_started_at_once() -> None:
    """The only reader of a running task may start behind it; finished in order, each lets go of the one before."""
    state = State([[], [0], [1]], [[1], [2], []], outputs=[2])
    state.start(0)
    assert state.follower(0) == 1
    state.start_behind(1)
    assert state.follower(1) == 2
    state.start_behind(2)
    assert state.follower(2) is None
    assert state.foresee([0, 1, 2], 10) == ([0, 1, 2], [0, 1])
    assert [state.finish(task) for task in (0, 1, 2)] == [([], []), ([], [0]), ([], [1])]
    assert state.is_done


def test_a_follower_that_is_given_back_waits_again() -> None:
    """Until what it follows is done; after that it is ready."""
    for is_done in (False, True):
        state = State([[], [0]], [[1], []], outputs=[1])
        state.start(0)
        state.start_behind(1)
        if is_done:
            assert state.finish(0) == ([], [])
        assert state.give_back(1) is is_done
        assert state.status(1) is (READY if is_done else WAITING)
        if not is_done:
            assert state.finish(0) == ([1], [])


def test_what_follows_nobody() -> None:
    """A task that waits for several, or shares what it reads with others."""
    state = diamond()
    state.start(0)
    assert state.follower(0) is None
    state.finish(0)
    state.start(1)
    assert state.follower(1) is None
    with pytest.raises(InternalError, match="cannot start behind another one task number 3"):
        state.start_behind(3)
