"""Two inputs with one layout, put together by hand: what a gather of a join holds, and what it lets pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pannier import host
from pannier.host import Host
from pannier.kernels.groups import Groups
from pannier.kernels.joins import Cogroup, JoinGroups, Match
from pannier.shuffle.gather import Gather
from pannier.shuffle.routes import BySize, Layout
from pannier.shuffle.split import Split

BUCKETS = 16
GROUPS = (Groups(), Groups())
MEMORY = 200_000

Parts = list[list[tuple[Any, str]]]


def laid_out(own: Parts, other: Parts) -> Layout:
    split = Split(Groups(), BUCKETS, "join", "shuffle")
    indexes = [split(part) for part in [*own, *other]]
    return BySize(coalesce=False).task(2, [len(own), len(other)], "shuffle")(indexes)


def records(gather: Gather, layout: Layout) -> Iterator[Any]:
    for i in range(2):
        for batch in gather(layout, i):
            yield from batch.records


def join(how: str) -> Gather:
    return Gather(GROUPS, JoinGroups(Match(how, by_key=True)), BUCKETS, "join", streams=True)


def many(keys: Iterable[Any], mark: str) -> list[tuple[Any, str]]:
    return [(key, f"{mark}{key:0100}") for key in keys]


OWN = [many(range(3000), "a"), many(range(1000, 4000), "b")]
OTHER = [many(range(2000, 6000), "x"), many(range(2000, 6000), "y")]


def test_other_sides_too_large_are_split_again(tmp_path: Path) -> None:
    """Both by the same bits, so that the answer is that of a task with all the memory it needs."""
    layout = laid_out(OWN, OTHER)
    for how in ("inner", "outer"):
        expected = list(records(join(how), layout))
        with host.entered(Host(str(tmp_path), MEMORY)):
            found = list(records(join(how), layout))
        assert (tmp_path / "again").is_dir()
        assert not any(each.is_file() for each in tmp_path.rglob("*"))
        assert sorted(found, key=str) == sorted(expected, key=str)
        assert len({key for key, _ in found}) == (2000 if how == "inner" else 6000)


def test_own_sides_too_large_are_not(tmp_path: Path) -> None:
    """They stream past what the other side has, whatever its groups are."""
    layout = laid_out(
        [[("hot", "x" * 1000)] * 500, [(key, "x" * 1000) for key in range(500)]], [[("hot", "y")]]
    )
    with host.entered(Host(str(tmp_path), MEMORY)):
        found = list(records(join("left"), layout))
    assert not (tmp_path / "again").exists()
    assert found.count(("hot", ("x" * 1000, "y"))) == 500
    assert len(found) == 1000


def test_cogroups_hold_all_sides(tmp_path: Path) -> None:
    """So whichever is too large is split again."""
    layout = laid_out(OWN, [[(1, "x")]])
    gather = Gather(GROUPS, Cogroup(), BUCKETS, "cogroup")
    with host.entered(Host(str(tmp_path), MEMORY)):
        found = dict(records(gather, layout))
    assert (tmp_path / "again").is_dir()
    assert len(found) == 4000
    assert found[1] == ([f"a{1:0100}"], ["x"])
    assert found[1000] == ([f"a{1000:0100}", f"b{1000:0100}"], [])
