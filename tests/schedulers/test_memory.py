"""How much memory a computation may take: the machine's, its cgroup's, the setting's, the task's own."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

import pannier as pn
from pannier import config
from pannier.errors import LargeAnswer
from pannier.host import Host, entered
from pannier.schedulers.memory import limit, machine, share

PHYSICAL = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
GROUPS = "sys/fs/cgroup"
UNLIMITED_V1 = "9223372036854771712\n"
"""What the first version of cgroups says where there is no limit."""

loaded: list[int] = []
"""Lengths of the answers that this process has loaded."""


class Payload:
    """Notes in which process it is loaded."""

    def __init__(self, n: int) -> None:
        self.data = bytes(n)

    def __setstate__(self, state: dict[str, bytes]) -> None:
        self.__dict__.update(state)
        loaded.append(len(self.data))


def machine_with(root: Path, cgroup: str | None, limits: dict[str, str]) -> int:
    """The memory of a machine whose /proc/self/cgroup says ``cgroup`` and whose files say ``limits``."""
    if cgroup is not None:
        path = root / "proc" / "self" / "cgroup"
        path.parent.mkdir(parents=True)
        path.write_text(cgroup)
    for name, text in limits.items():
        path = root / GROUPS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return machine(str(root))


@pytest.mark.parametrize(
    ("cgroup", "limits", "memory"),
    [
        pytest.param(None, {}, PHYSICAL, id="no cgroups"),
        pytest.param("0::/\n", {}, PHYSICAL, id="v2, the root has no file"),
        pytest.param("0::/\n", {"memory.max": "max\n"}, PHYSICAL, id="v2, no limit"),
        pytest.param("0::/\n", {"memory.max": "1000\n"}, 1000, id="v2, a container's top"),
        pytest.param(
            "0::/a/b\n",
            {"memory.max": "max\n", "a/memory.max": "2000\n", "a/b/memory.max": "3000\n"},
            2000,
            id="v2, a parent is tightest",
        ),
        pytest.param(
            "0::/a/b\n", {"a/memory.max": "max\n", "a/b/memory.max": "3000\n"}, 3000, id="v2, the own group"
        ),
        pytest.param("0::/a\n", {"other/memory.max": "1\n"}, PHYSICAL, id="v2, others do not count"),
        pytest.param("0::/../a\n", {"memory.max": "500\n"}, 500, id="v2, a path outside of the namespace"),
        pytest.param(
            "5:cpu:/\n4:memory:/a\n0::/\n",
            {"memory/memory.limit_in_bytes": UNLIMITED_V1, "memory/a/memory.limit_in_bytes": "4000\n"},
            4000,
            id="v1",
        ),
        pytest.param(
            "4:cpu,memory:/docker/0f3a\n",
            {"memory/memory.limit_in_bytes": "4000\n"},
            4000,
            id="v1, a container that is told its path on the host",
        ),
        pytest.param("4:memory:/\n", {"memory/memory.limit_in_bytes": UNLIMITED_V1}, PHYSICAL, id="v1, none"),
        pytest.param(
            "4:memory:/a\n0::/b\n",
            {"memory/a/memory.limit_in_bytes": "4000\n", "b/memory.max": "3000\n"},
            3000,
            id="both versions",
        ),
        pytest.param("4:memory:/a\n", {"a/memory.max": "1\n"}, PHYSICAL, id="v1 does not read v2's files"),
    ],
)
def test_machine(tmp_path: Path, cgroup: str | None, limits: dict[str, str], memory: int) -> None:
    """The memory of the machine is that of the tightest cgroup around the process, if any is tighter."""
    assert machine_with(tmp_path, cgroup, limits) == memory


def test_a_limit_above_the_machine_is_none(tmp_path: Path) -> None:
    """A cgroup that may take more than there is changes nothing."""
    assert machine_with(tmp_path, "0::/\n", {"memory.max": f"{2 * PHYSICAL}\n"}) == PHYSICAL


def test_limit_by_default() -> None:
    """A computation may take 0.7 of the machine."""
    assert limit() == int(0.7 * machine())


def test_limit_by_setting_and_keyword() -> None:
    """A setting says otherwise, a keyword overrules it."""
    with config.set(memory_limit="1 GiB"):
        assert limit() == 1 << 30
        assert limit("100 MiB") == 100 << 20


def test_share_of_workers() -> None:
    """Workers share the limit evenly."""
    assert share(4, "1 GiB") == 256 << 20


def test_a_task_has_no_more_than_its_own() -> None:
    """What a task computes may take what the task may: a setting does not raise it, a keyword may lower it."""
    with entered(Host("", 1000)), config.set(memory_limit="1 GiB"):
        assert share(2) == 500
        assert share(2, "1 GiB") == 500
        assert share(2, 100) == 50


def test_a_large_answer_is_warned_of() -> None:
    """More than a quarter of the limit gives a warning, at the line that computes, saying what else to do."""
    large = pn.from_sequence([b"x" * 100_000] * 4, npartitions=4).map(bytes)
    with pytest.warns(LargeAnswer, match=r"390\.\d KiB.* to_textfiles.*for record in bag.*reduce") as caught:
        assert len(large.compute(scheduler="processes", num_workers=1, memory_limit="1 MiB")) == 4
    assert caught[0].filename == __file__


def test_the_warning_comes_before_the_answer_is_loaded() -> None:
    """Where the warning is an error, nothing has been loaded yet."""
    large = pn.from_sequence([600_000], npartitions=1).map(Payload)
    loaded.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error", LargeAnswer)
        with pytest.raises(LargeAnswer):
            large.compute(scheduler="processes", num_workers=1, memory_limit="2 MiB")
    assert loaded == []
    large.compute(scheduler="processes", num_workers=1)
    assert loaded == [600_000]


def test_what_is_no_large_answer() -> None:
    """A reduction of much, and an iteration over it, are not warned of."""
    bag = pn.from_sequence([b"x" * 100_000] * 8, npartitions=8).map(bytes)
    with config.set(scheduler="processes", num_workers=1, memory_limit="1 MiB"):
        assert bag.map(len).sum().compute() == 800_000
        assert sum(map(len, bag)) == 800_000
