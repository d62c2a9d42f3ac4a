"""What goes where stays so for the rest of a run, whatever comes out when a split runs again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pannier import host
from pannier.errors import LostResult, NotRepeatable
from pannier.host import Host
from pannier.kernels.groups import Groups
from pannier.shuffle.decisions import once
from pannier.shuffle.gather import Gather
from pannier.shuffle.ranges import Ranges
from pannier.shuffle.routes import BySize
from pannier.shuffle.sorting import SortGather, SortSplit
from pannier.shuffle.split import Split
from pannier.shuffle.store import Frame

MIB = 1 << 20
GATHERS = 3
IN_FILE = [Frame("/a", b"", 0, 7, 7, 1, 0)]


def pairs(factor: int) -> list[list[tuple[int, str]]]:
    """Two partitions; texts of the second take ``factor`` times the bytes, more for small keys."""
    return [
        [(i % 100, f"{i}" * 20) for i in range(2000)],
        [(i % 100, f"{i}" * (20 * factor if i % 100 < 30 else 20)) for i in range(2000)],
    ]


def keys_by_part(sort: bool, parts: list[list[tuple[int, str]]]) -> list[list[int]]:
    """The keys in each partition of the result, as often as they are there."""
    split: Any = SortSplit(lambda pair: pair[0], False, GATHERS, "sort_by", "shuffle")
    route: Any = Ranges(False, False)
    gather: Any = SortGather(True, False, "sort_by")
    if not sort:
        split = Split(Groups(), 256, "groupby", "shuffle")
        route = BySize(False)
        gather = Gather((Groups(),), Groups().finish, 256, "groupby")
    layout = route.task(GATHERS, [len(parts)], "shuffle")([split(part) for part in parts])
    if sort:
        return [[key for key, _ in gather(layout, i)] for i in range(GATHERS)]
    return [
        [key for batch in gather(layout, i) for key, group in batch.records for _ in group]
        for i in range(GATHERS)
    ]


@pytest.mark.parametrize("sort", [False, True], ids=["groupby", "sort_by"])
def test_parts_stay_when_sizes_change(tmp_path: Path, sort: bool) -> None:
    """A gather that was done before a split was made again, and one that comes after, fit together."""
    with host.entered(Host(str(tmp_path / "one"), MIB)):
        before = keys_by_part(sort, pairs(1))
        assert keys_by_part(sort, pairs(9)) == before
    with host.entered(Host(str(tmp_path / "another"), MIB)):
        assert keys_by_part(sort, pairs(9)) != before


def test_new_keys_of_a_sort_have_a_place(tmp_path: Path) -> None:
    """No record is lost where a split brings keys that it did not bring the first time."""
    with host.entered(Host(str(tmp_path), MIB)):
        one, another = pairs(1)
        keys_by_part(True, [one[:1] * 500, another[:1] * 500])
        made = keys_by_part(True, [one, another])
    assert sorted(key for part in made for key in part) == sorted(key for key, _ in one + another)


def test_other_records_than_before_are_an_error(tmp_path: Path) -> None:
    """Gathers that are done have read the old ones, so no right answer is to be had."""
    with host.entered(Host(str(tmp_path), MIB)):
        one, another = pairs(1)
        keys_by_part(False, [one, another])
        with pytest.raises(NotRepeatable, match="gives another result each time"):
            keys_by_part(False, [one[1:], another])


@pytest.mark.parametrize("harm", ["cut", "changed"])
def test_a_damaged_decision_is_no_decision(tmp_path: Path, harm: str) -> None:
    """The error names the file; another decision could contradict the one that gathers have followed."""
    with host.entered(Host(str(tmp_path), MIB)):
        assert once("shuffle", IN_FILE, lambda: [1, 2]) == [1, 2]
        (path,) = (each for each in tmp_path.rglob("*") if each.is_file())
        data = path.read_bytes()
        path.write_bytes(data[:-1] if harm == "cut" else data.replace(b"\x02", b"\x03"))
        with pytest.raises(LostResult, match=r"what goes where.*spill_folder") as caught:
            once("shuffle", IN_FILE, lambda: [1, 2])
    assert str(path) in str(caught.value)


def test_what_is_in_no_file_needs_none(tmp_path: Path) -> None:
    """Nor is anything kept where there is no host."""
    with host.entered(Host(str(tmp_path), MIB)):
        assert [once("shuffle", [], lambda n=n: n) for n in (1, 2)] == [1, 2]
    assert [once("shuffle", IN_FILE, lambda n=n: n) for n in (1, 2)] == [1, 2]
    assert list(tmp_path.iterdir()) == []
