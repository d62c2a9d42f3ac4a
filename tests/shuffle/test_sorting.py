"""From sorted runs by way of ranges to records in order: the parts of a sort put together by hand."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier import host
from pannier.errors import InternalError, LostResult
from pannier.host import Host
from pannier.kernels.batches import BATCH_RECORDS
from pannier.shuffle.ranges import Ranges, cuts
from pannier.shuffle.routes import Layout
from pannier.shuffle.runs import Run, read_block, write_block
from pannier.shuffle.sorting import SortGather, SortSplit

MIB = 1 << 20
first = operator.itemgetter(0)


def split(
    parts: Sequence[Sequence[Any]], gathers: int, reverse: bool = False, key: Any = first
) -> list[list[Run]]:
    sink = SortSplit(key, reverse, gathers, "sort_by", "sort")
    return [sink(part) for part in parts]


def routed(indexes: list[list[Run]], gathers: int, reverse: bool = False, coalesce: bool = False) -> Layout:
    return Ranges(reverse, coalesce).task(gathers, [len(indexes)], "sort")(indexes)


def gathered(layout: Layout, gathers: int, reverse: bool = False, keyed: bool = True) -> list[list[Any]]:
    gather = SortGather(keyed, reverse, "sort_by")
    return [list(gather(layout, i)) for i in range(gathers)]


def pairs(n: int, keys: Callable[[int], Any], parts: int = 4) -> list[list[tuple[Any, str]]]:
    """``n`` pairs of a key and a text that says where it was, in ``parts`` partitions."""
    records = [(keys(i), f"{i:040}") for i in range(n)]
    return [records[i * n // parts : (i + 1) * n // parts] for i in range(parts)]


def whole(parts: Sequence[Sequence[Any]]) -> list[Any]:
    return [record for part in parts for record in part]


def files(folder: Path) -> set[Path]:
    return {each for each in folder.rglob("*") if each.is_file()}


def scattered(i: int) -> int:
    return i * 7919 % 10_007


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("memory", [MIB // 2, 1 << 40])
@pytest.mark.parametrize(
    "keys",
    [scattered, lambda i: scattered(i) % 10, lambda i: i, lambda i: -i, lambda i: "x" * (scattered(i) % 50)],
    ids=["scattered", "few", "in order", "backwards", "texts"],
)
def test_in_order_in_any_memory(tmp_path: Path, keys: Any, memory: int, reverse: bool) -> None:
    """One run a split or many, one range a gather or many, as sorted has it, stability included."""
    parts = pairs(20_000, keys)
    with host.entered(Host(str(tmp_path), memory)):
        indexes = split(parts, 3, reverse)
        assert (len(indexes[0]) > 1) == (memory == MIB // 2)
        made = whole(gathered(routed(indexes, 3, reverse), 3, reverse))
    assert made == sorted(whole(parts), key=first, reverse=reverse)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("hot", [-1, 5000, 20_000])
def test_a_key_that_fills_more_than_memory(tmp_path: Path, hot: int, reverse: bool) -> None:
    """The smallest, one among others, the largest: its records keep their order."""
    parts = pairs(20_000, lambda i: hot if i % 10 else scattered(i))
    with host.entered(Host(str(tmp_path), MIB)):
        layout = routed(split(parts, 2, reverse), 2, reverse)
        ranges = layout.part(0) + layout.part(1)
        assert max(each.nbytes for each in ranges if each.upper == hot) > MIB // 2
        made = whole(gathered(layout, 2, reverse))
    assert made == sorted(whole(parts), key=first, reverse=reverse)


@given(
    st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers()))),
    st.integers(1, 5),
    st.booleans(),
    st.booleans(),
)
def test_little_data(parts: list[list[tuple[int, int]]], gathers: int, reverse: bool, coalesce: bool) -> None:
    """Travels in the indexes, and is cut where they meet."""
    made = gathered(routed(split(parts, gathers, reverse), gathers, reverse, coalesce), gathers, reverse)
    assert whole(made) == sorted(whole(parts), key=first, reverse=reverse)
    homes = [{key for key, _ in part} for part in made]
    assert sum(map(len, homes)) == len(set().union(*homes))


def test_partitions_are_about_equal(tmp_path: Path) -> None:
    """By bytes, from what the splits say of their keys; also where splits have different ranges of keys."""
    draw = random.Random(1).gauss
    for i, func in enumerate((scattered, int, lambda i: draw(0, 1))):
        parts = pairs(40_000, func)
        with host.entered(Host(str(tmp_path / str(i)), 1 << 30)):
            sizes = list(map(len, gathered(routed(split(parts, 8), 8), 8)))
        assert 4000 < min(sizes) <= max(sizes) < 6000


def test_memory_does_not_decide_who_gets_what(tmp_path: Path) -> None:
    """A run that is resumed with another limit goes on with the same partitions."""
    with host.entered(Host(str(tmp_path / "one"), 1 << 30)):
        indexes = split(pairs(20_000, scattered), 5)
        roomy = routed(indexes, 5)
    with host.entered(Host(str(tmp_path / "another"), MIB)):
        tight = routed(indexes, 5)
    assert len(tight.part(0)) > len(roomy.part(0)) == 1
    assert gathered(tight, 5) == gathered(roomy, 5)


def test_files(tmp_path: Path) -> None:
    """Each split writes one, or none if it has little; gathers write none."""
    with host.entered(Host(str(tmp_path), MIB)):
        indexes = split([*pairs(20_000, scattered), [(1, "")], []], 3)
        split_files = files(tmp_path)
        layout = routed(indexes, 3)
        route_files = files(tmp_path) - split_files
        gathered(layout, 3)
    assert len(split_files) == 4
    assert len(route_files) == 1
    assert files(tmp_path) == split_files | route_files


def test_little_goes_to_few_gathers() -> None:
    """Where the number is not asked for; the others are empty, and come last."""
    for reverse in (False, True):
        indexes = split(pairs(100, scattered), 4, reverse)
        assert [len(part) for part in gathered(routed(indexes, 4, reverse, True), 4, reverse)] == [
            100,
            0,
            0,
            0,
        ]


def test_damaged_and_lost_files(tmp_path: Path) -> None:
    """Are noticed, and the error says which split has to be done again."""
    with host.entered(Host(str(tmp_path), 1 << 30)):
        layout = routed(split(pairs(20_000, scattered), 1), 1)
        path = Path(layout.part(0)[0].pieces[-1].frame.path)
        for damage in (path.read_bytes()[:-1], path.read_bytes()[:-5] + b"wrong"):
            path.write_bytes(damage)
            with pytest.raises(LostResult) as caught:
                gathered(layout, 1)
            assert caught.value.index == 3
        path.unlink()
        with pytest.raises(LostResult, match="gone"):
            gathered(layout, 1)


def test_rows_are_counted() -> None:
    """What was written is what comes back."""
    frame = write_block([1], ["a"], None)
    with pytest.raises(InternalError, match="2 rows were written"):
        read_block(frame._replace(rows=2))


@given(st.lists(st.floats(0.1, 100), max_size=60), st.integers(1, 10))
def test_cuts(weights: list[float], n: int) -> None:
    """Are in order, and no part weighs more than its share and its last weight."""
    ends = [0, *cuts(weights, n), len(weights)]
    assert ends == sorted(ends)
    for start, end in pairwise(ends):
        assert sum(weights[start : end - 1]) <= 1.5 * sum(weights) / n + 1e-6


class Version:
    """Only what sorting needs: ``<``."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __lt__(self, other: Version) -> bool:
        return self.text < other.text


def test_keys_with_less_than_only() -> None:
    """Are enough, as for sorted."""
    parts = [[Version(str(scattered(i))) for i in range(j, 600, 3)] for j in range(3)]
    made = gathered(routed(split(parts, 2, key=None), 2), 2, keyed=False)
    assert [each.text for each in whole(made)] == sorted(each.text for each in whole(parts))


NOTES = {
    "an odd one": (
        ["3", "1", "oops", "4"],
        "in sort_by(tests.shuffle.test_sorting.keyed), at {path}, line 3",
        "'oops' (str) and",
    ),
    "none": (
        ["3", "", "1"],
        "in sort_by(tests.shuffle.test_sorting.keyed), at {path}, line 2",
        "key is None",
    ),
    "a failing key": (
        ["3", "0", "1"],
        "in sort_by(tests.shuffle.test_sorting.keyed), at {path}, line 2",
        "record: 0",
    ),
}


def keyed(text: str) -> Any:
    if text == "0":
        raise KeyError(text)
    return int(text) if text.isdigit() else text or None


@pytest.mark.parametrize("case", NOTES)
def test_a_record_whose_key_is_at_fault(tmp_path: Path, case: str) -> None:
    """Is named with its file and line; the error keeps its type, and says what to do."""
    lines, address, said = NOTES[case]
    path = tmp_path / "numbers.txt"
    path.write_text("\n".join(lines))
    bag = pn.read_text(str(path)).map(str.strip).sort_by(keyed)
    with pytest.raises(KeyError if case == "a failing key" else TypeError) as caught:
        bag.compute(scheduler="sync")
    notes = "\n".join(caught.value.__notes__).replace("'0'", "0")
    assert address.format(path=path) in notes
    assert said in notes


def test_a_record_whose_key_is_at_fault_among_many(tmp_path: Path) -> None:
    """Batches later than the first are found, too."""
    lines = [str(i) for i in range(1, 3 * BATCH_RECORDS)]
    lines[2 * BATCH_RECORDS] = "oops"
    (tmp_path / "numbers.txt").write_text("\n".join(lines))
    with pytest.raises(TypeError) as caught:
        pn.read_text(str(tmp_path / "*.txt")).map(str.strip).sort_by(keyed).compute(scheduler="sync")
    assert f"line {2 * BATCH_RECORDS + 1}\nrecord: 'oops'" in "\n".join(caught.value.__notes__)


def test_keys_of_two_partitions_that_cannot_be_compared() -> None:
    """The partitions and the keys are named."""
    with pytest.raises(TypeError) as caught:
        pn.from_sequence([1, 2, "x", "y"], npartitions=2).sort_by().compute(scheduler="sync")
    notes = "\n".join(caught.value.__notes__)
    assert "of partitions 1 and 0 of the bag" in notes or "of partitions 0 and 1 of the bag" in notes
    assert "(int)" in notes
    assert "(str)" in notes
