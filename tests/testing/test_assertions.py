from __future__ import annotations

import contextlib
from typing import Any

import pytest

from pannier.schedulers import events, sync, threaded
from pannier.testing import assert_eq, no_compute


class Lazy:
    """The smallest collection: an answer and what it was asked with."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    def compute(self, **options: Any) -> Any:
        self.asked = options
        return self.answer


def test_collections_are_computed_on_the_scheduler() -> None:
    """Both sides are computed, on the scheduler that was asked for."""
    a, b = Lazy([1, 2]), Lazy([1, 2])
    assert_eq(a, b, scheduler="threads", num_workers=2)
    assert a.asked == b.asked == {"scheduler": "threads", "num_workers": 2}


@pytest.mark.parametrize("other", [[1, 2], iter([1, 2]), range(1, 3), (n for n in (1, 2))])
def test_equals_any_iterable_of_the_same_records(other: Any) -> None:
    """A bag's list is compared with whatever gives the same records."""
    assert_eq(Lazy([1, 2]), other)


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [
        ([1, 2], [1, 3], "record 1 differs: 2 and 3"),
        ([2, 1], [1, 2], "record 0 differs: 2 and 1"),
        ([1], [True], "record 0 differs: 1 is a int, True a bool"),
        ([(1, 2)], [[1, 2]], r"\(1, 2\) is a tuple, \[1, 2\] a list"),
        (
            [1, 2, 3],
            [1],
            "3 records and 1; up to record 1 they are equal, where only the first goes on, with 2",
        ),
        ([], [None], "only the second goes on, with None"),
        (3, 4, "the answer differs: 3 and 4"),
        (3, 3.0, "3 is a int, 3.0 a float"),
        ([1], {1: 1}, "is a list"),
    ],
)
def test_says_where_the_answers_part(a: Any, b: Any, message: str) -> None:
    """The error names the first record that differs and what it should have been."""
    with pytest.raises(AssertionError, match=message):
        assert_eq(Lazy(a), b)


@pytest.mark.parametrize("get", [sync.get, threaded.get])
def test_no_task_runs_inside_no_compute(get: Any) -> None:
    """A run inside the block raises before its first task, whatever the scheduler."""
    ran: list[int] = []
    with pytest.raises(AssertionError, match=r"a run of 2 tasks \(append, all\)"), no_compute():
        get({"append-1": (ran.append, 1), "all": (list, ["append-1"])}, "all")
    assert ran == []
    assert events.observers() == ()


def test_no_compute_is_not_fooled_by_an_error_kept_back() -> None:
    """A run whose error is swallowed inside the block is reported when it ends."""
    with (
        pytest.raises(AssertionError, match="must not compute"),
        no_compute(),
        contextlib.suppress(Exception),
    ):
        sync.get({"x": (int, "1")}, "x")


def test_no_compute_lets_other_errors_through() -> None:
    """An error of the block itself is not replaced, and nothing is raised when nothing ran."""
    with pytest.raises(KeyError), no_compute():
        raise KeyError("mine")
    with no_compute():
        pass
