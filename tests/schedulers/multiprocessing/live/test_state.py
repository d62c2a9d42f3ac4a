"""The state of a run whose tasks come and go: whatever is done with it, what holds between two moves holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pannier.schedulers.multiprocessing.live.state import (
    _DONE,
    _FAILED,
    _READY,
    _RUNNING,
    _WAITING,
    LiveState,
)


class Walk:
    """Moves chosen at random among those that are legal, and the users' own account of what they want."""

    def __init__(self) -> None:
        self.state = LiveState()
        self.wanted: set[int] = set()
        self.count = 0

    def move(self, verb: str, choice: int) -> None:
        """Make a move, if there is a task to make it with."""
        if verb in ("add", "put"):
            self.count += 1
            known = sorted(each for each in self.wanted if not self.is_cancelled(each))
            inputs = [each for i, each in enumerate(known) if choice >> i & 1][:4]
            if verb == "put":
                self.state.put(self.count, inputs)
            else:
                self.state.add(self.count, inputs)
                if any(self.state._status[each] == _FAILED for each in inputs):
                    self.state.fail(self.count)
            self.wanted.add(self.count)
            return
        tasks = sorted(self.choices(verb))
        if not tasks:
            return
        task = tasks[choice % len(tasks)]
        if verb == "let_go":
            self.wanted.remove(task)
        getattr(self.state, verb)(task)

    def choices(self, verb: str) -> set[int]:
        status = self.state._status
        if verb in ("let_go", "cancel", "retry"):
            return set(self.wanted)
        wanted = {"start": _READY, "finish": _RUNNING, "give_back": _RUNNING, "fail": _RUNNING}[verb]
        return {task for task, each in status.items() if each == wanted}

    def is_cancelled(self, task: int) -> bool:
        return task in self.state._abandoned

    def check(self) -> None:
        """What holds between two moves."""
        state, status = self.state, self.state._status
        readers = dict.fromkeys(status, 0)
        for task in self.wanted:
            readers[task] += 1
        for task, inputs in state.dependencies.items():
            for each in inputs:
                readers[each] += 1
            missing = [each for each in inputs if status[each] != _DONE]
            if status[task] in (_WAITING, _READY):
                assert state._waiting_for[task] == len(missing)
                assert (status[task] == _READY) == (not missing)
                assert all(task in state.dependents[each] for each in missing)
                assert all(status[each] != _FAILED for each in missing), "it waits for what never comes"
        assert readers == state._readers
        assert all(readers[task] or each == _RUNNING for task, each in status.items()), "nobody needs it"
        assert state.left == sum(each in (_WAITING, _READY, _RUNNING) for each in status.values())
        assert not set(state.forgotten) & status.keys()


MOVES = ("add", "add", "put", "let_go", "cancel", "retry", "start", "start", "finish", "give_back", "fail")


@given(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 1 << 16)), max_size=60))
def test_any_moves(moves: list[tuple[str, int]]) -> None:
    """Counts are right, nothing waits for ever, and nothing is kept that nobody needs."""
    walk = Walk()
    for verb, choice in moves:
        walk.move(verb, choice)
        walk.check()
    for task in sorted(walk.wanted):
        walk.wanted.remove(task)
        walk.state.let_go(task)
        walk.check()
    for task in walk.choices("finish"):
        walk.state.finish(task)
    assert walk.state._status == {}
    assert len(walk.state.forgotten) == len(set(walk.state.forgotten)) == walk.count


def test_a_cancelled_task_that_runs() -> None:
    """What comes of it counts no more; what waits for it fails at once; asked for again, it just goes on."""
    state = LiveState()
    state.add(1, [])
    state.add(2, [1])
    state.start(1)
    assert state.cancel(1) == [1, 2]
    assert state.cancel(1) == []
    assert state.finish(1) == ([], [])
    assert not state.is_done_with(1)
    again, ready = state.retry(2)
    assert (sorted(again), ready) == ([1, 2], [1])
    state.start(1)
    state.cancel(1)
    state.retry(1)
    state.retry(2)
    assert state.finish(1) == ([2], [])


def test_what_nobody_wants_is_not_run() -> None:
    """A task that waits is forgotten with its last reader, and what only it needed; one that runs when it ends."""
    state = LiveState()
    state.add(1, [])
    state.add(2, [1])
    state.let_go(1)
    assert state.forgotten == []
    state.let_go(2)
    assert (state.forgotten, state.revoked, state.left) == ([2, 1], {1}, 0)
    state.add(3, [])
    state.start(3)
    state.let_go(3)
    assert 3 in state
    assert not state.give_back(3)
    assert 3 not in state
