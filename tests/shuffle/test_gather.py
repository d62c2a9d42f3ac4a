"""From splits by way of the layout to records: the parts of a shuffle put together by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier import host
from pannier.errors import InternalError, LostResult
from pannier.host import Host
from pannier.kernels.batches import Batches
from pannier.kernels.groups import ByKey, Groups
from pannier.kernels.hashing import hash_key
from pannier.kernels.reductions import Count
from pannier.shuffle.gather import Gather, partials
from pannier.shuffle.routes import PARTITION_BYTES, BySize, Layout
from pannier.shuffle.split import Split
from pannier.shuffle.store import Runs

BUCKETS = 16
GROUPS = Groups()


def laid_out(
    parts: Iterable[list[Any]], gathers: int, grouping: Any = GROUPS, coalesce: bool = False
) -> Layout:
    split = Split(grouping, BUCKETS, "groupby", "shuffle")
    indexes = [split(part) for part in parts]
    return BySize(coalesce).task(gathers, [len(indexes)], "shuffle")(indexes)


def records(batches: Batches) -> list[Any]:
    return [record for batch in batches for record in batch.records]


def gather(grouping: Any = GROUPS) -> Gather:
    return Gather((grouping,), grouping.finish, BUCKETS, "groupby")


@given(st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers()))), st.integers(1, 5))
def test_every_record_comes_to_its_group_in_order(parts: list[list[tuple[int, int]]], gathers: int) -> None:
    """Whatever the partitions; and each key is in one partition of the result."""
    layout = laid_out(parts, gathers)
    made = [dict(records(gather()(layout, i))) for i in range(gathers)]
    expected: dict[int, list[int]] = {}
    for key, value in (pair for part in parts for pair in part):
        expected.setdefault(key, []).append(value)
    assert Counter(key for each in made for key in each) == Counter(list(expected))
    assert {key: values for each in made for key, values in each.items()} == expected


def test_a_bucket_too_large_is_split_again(tmp_path: Path) -> None:
    """A task with less memory than a bucket needs gives the same groups, in order, and keeps no file."""
    parts = [[(i % 1000, f"{i:0100}") for i in range(5000)] for _ in range(4)]
    with host.entered(Host(str(tmp_path), 200_000)):
        layout = laid_out(parts, 2)
        before = {each for each in tmp_path.rglob("*") if each.is_file()}
        made = dict(pair for i in range(2) for pair in records(gather()(layout, i)))
        assert {each for each in tmp_path.rglob("*") if each.is_file()} == before
        assert (tmp_path / "again").is_dir()
    assert set(map(len, made.values())) == {20}
    assert len(made) == 1000


def test_a_file_of_its_own_that_is_lost(tmp_path: Path) -> None:
    """No split has written it, so none is named: running the gather again makes it again."""
    parts = [[(i % 1000, f"{i:0100}") for i in range(5000)] for _ in range(4)]
    with host.entered(Host(str(tmp_path), 200_000)):
        batches = iter(gather()(laid_out(parts, 1), 0))
        next(batches)
        for path in (tmp_path / "again").iterdir():
            path.unlink()
        with pytest.raises(LostResult, match=r"again.*is gone") as caught:
            list(batches)
    assert caught.value.index == -1


class Name:
    """Compares in a way of its own, so that all its keys share one hash of the shuffle."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


def test_keys_of_one_hash_are_split_by_their_own(tmp_path: Path) -> None:
    """Which is good enough inside one process."""
    parts = [[(Name(f"{i % 100}"), f"{i:0200}") for i in range(2000)] for _ in range(3)]
    with host.entered(Host(str(tmp_path), 400_000)):
        made = dict(records(gather()(laid_out(parts, 1), 0)))
    assert (tmp_path / "again").is_dir()
    assert [made[Name(f"{i}")] for i in range(100)] == [
        [f"{j:0200}" for _ in range(3) for j in range(i, 2000, 100)] for i in range(100)
    ]
    assert list(map(hash_key, made)) == [0] * 100


def test_a_hot_key_is_not_split_for_ever(tmp_path: Path) -> None:
    """A group larger than the memory of a task is made all the same."""
    with host.entered(Host(str(tmp_path), 100_000)):
        layout = laid_out([[("hot", "x" * 1000)] * 500], 1)
        (group,) = records(gather()(layout, 0))
    assert group == ("hot", ["x" * 1000] * 500)


def test_totals_move_instead_of_records() -> None:
    """What was combined before the shuffle is a number a key and split."""
    layout = laid_out([[(i % 3, None) for i in range(100_000)]] * 2, 1, ByKey(Count()))
    assert sum(bucket.size for bucket in layout.part(0)) < 1000
    assert dict(records(gather(ByKey(Count()))(layout, 0))) == {0: 66668, 1: 66666, 2: 66666}


def test_little_data_goes_to_one_gather() -> None:
    """And the others get none, unless the user has said how many there are to be."""
    parts = [[(i, i) for i in range(100)]]
    together, apart = laid_out(parts, 4, coalesce=True), laid_out(parts, 4)
    assert [bool(together.part(i)) for i in range(4)] == [True, False, False, False]
    assert all(apart.part(i) for i in range(4))


def test_gathers_get_equal_shares(tmp_path: Path) -> None:
    """Within the size of a bucket, although the keys of some buckets have many more records."""
    pairs = [(i, "x" * (3000 if i % 7 == 0 else 300)) for i in range(3000)]
    with host.entered(Host(str(tmp_path), 1 << 30)):
        layout = laid_out([pairs, pairs], 3, coalesce=True)
        sizes = [sum(bucket.size for bucket in layout.part(i)) for i in range(3)]
    assert sum(sizes) > 3 * PARTITION_BYTES
    assert max(sizes) - min(sizes) < sum(sizes) / BUCKETS


def test_a_large_layout_is_a_file(tmp_path: Path) -> None:
    """Of which a gather reads its own part only."""
    with host.entered(Host(str(tmp_path), 1 << 30)):
        layout = laid_out([[(i, i) for i in range(j, j + 50)] for j in range(200)], 4)
        assert len({part.path for part in layout.parts} - {None}) == 1
        assert sum(len(records(gather()(layout, i))) for i in range(4)) == 249


def test_lost_rows_are_noticed() -> None:
    """An index that promises more rows than there are is an error, not a wrong answer."""
    index: Runs = Split(Groups(), 1, "groupby", "shuffle")([(1, 2), (1, 3)])
    (frame,) = index.frames[0]
    with pytest.raises(InternalError, match="3 rows were written"):
        list(partials(Groups(), [frame._replace(rows=3)]))
