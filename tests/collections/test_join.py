"""How a join is made, and that ``explain()`` says so and why."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier.testing import no_compute

SMALL = pn.from_sequence([(i, i) for i in range(100)], npartitions=4)
LARGE = pn.range(10**9, npartitions=5).map(lambda x: (x, x))
UNKNOWN = pn.from_delayed([pn.delayed(list)([(i, i)]) for i in range(6)])
ONE_UNKNOWN = pn.from_delayed([pn.delayed(list)([(1, 1)])])

CHOICES = [
    (LARGE, SMALL, "inner", "other goes to every worker: about ", 5),
    (LARGE, SMALL, "left", "other goes to every worker: about ", 5),
    (LARGE, SMALL, "semi", "other goes to every worker: about ", 5),
    (LARGE, SMALL, "anti", "other goes to every worker: about ", 5),
    (LARGE, SMALL, "right", "shuffled: this bag is about 29", 5),
    (LARGE, SMALL, "outer", "shuffled: an outer join needs both", 5),
    (SMALL, LARGE, "inner", "this bag goes to every worker: about ", 5),
    (SMALL, LARGE, "right", "this bag goes to every worker: about ", 5),
    (SMALL, LARGE, "left", "shuffled: other is about 29", 5),
    (SMALL, LARGE, "semi", "shuffled: other is about 29", 5),
    (LARGE, UNKNOWN, "inner", "shuffled: other is 6 partitions of unknown size, this bag is about 29", 6),
    (LARGE, ONE_UNKNOWN, "inner", "other goes to every worker: 1 partition", 5),
    (ONE_UNKNOWN, LARGE, "inner", "this bag goes to every worker: 1 partition", 5),
    (SMALL, SMALL, "inner", "other goes to every worker: about ", 4),
]


@pytest.mark.parametrize(("own", "other", "how", "choice", "npartitions"), CHOICES)
def test_what_is_chosen(own: pn.Bag, other: pn.Bag, how: str, choice: str, npartitions: int) -> None:
    """From what is known without computing: which side is small, and which one may be in every worker."""
    with no_compute():
        joined = own.join(other, how=how)
        verb = "join" if how == "inner" else f"{how}_join"
        assert f"{verb} ({choice}" in joined.explain()
    assert joined.npartitions == npartitions


def test_what_users_say_goes_first() -> None:
    """Of sides, and of partitions, which only a shuffle can make."""
    assert (
        "join (other goes to every worker: broadcast=True)" in LARGE.join(UNKNOWN, broadcast=True).explain()
    )
    said = SMALL.right_join(LARGE, broadcast=True).explain()
    assert "right_join (this bag goes to every worker: broadcast=True)" in said
    assert "join (shuffled: broadcast=False)" in LARGE.join([(1, 2)], broadcast=False).explain()
    joined = LARGE.join(SMALL, npartitions=3)
    assert "join (shuffled: npartitions=3)" in joined.explain()
    assert joined.npartitions == 3


def test_the_threshold_is_a_setting() -> None:
    """``broadcast_bytes``; with 0 nothing goes to every worker that was not told to."""
    with pn.config.set(broadcast_bytes="1 KiB"):
        assert "shuffled" in LARGE.join(SMALL).explain()
        assert "goes to every worker" in LARGE.join(ONE_UNKNOWN).explain()
    with pn.config.set(broadcast_bytes=0):
        assert "shuffled: other is 1 partition, this bag is about" in LARGE.join(ONE_UNKNOWN).explain()
        assert "shuffled" in SMALL.subtract([]).explain()


def test_files_are_weighed(tmp_path: Path) -> None:
    """A small file goes to every worker."""
    (tmp_path / "a.txt").write_text("a\nb\n")
    lines = pn.read_text(tmp_path / "a.txt").map(str.rstrip)
    assert "other goes to every worker: about 20 B" in LARGE.join(lines, 0, str).explain()


@pytest.mark.parametrize("how", ["left", "right", "outer", "semi", "anti"])
def test_each_kind_has_its_verb(how: str) -> None:
    """The same plan, with the same options."""
    verb = getattr(pn.Bag, f"{how}_join")
    assert verb(SMALL, LARGE, 0, 1, npartitions=2).name == SMALL.join(LARGE, 0, 1, how, npartitions=2).name
    assert list(inspect.signature(verb).parameters)[:4] == ["self", "other", "on_self", "on_other"]


def test_little_of_a_side_is_read_where_the_other_has_nothing() -> None:
    """Records that cannot be unpickled are not, where their bucket has no match."""
    mine = pn.from_sequence(range(50), npartitions=2).map(lambda x: (x, Unwelcome()))
    assert mine.join(pn.from_sequence([], npartitions=2), broadcast=False).compute(scheduler="sync") == []


class Unwelcome:
    """Raises when it is unpickled."""

    def __reduce__(self) -> Any:
        return _raise, ()


def _raise() -> None:
    raise AssertionError("was read")
