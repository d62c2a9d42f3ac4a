"""Records on which worker processes end: they are named, and can be left out."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier import config
from pannier.errors import ConfigError, RecordsLeftOut, WorkerDied
from pannier.schedulers.multiprocessing import get, pool
from pannier.testing import no_leftovers
from pannier.testing.faults import count_attempt

STEP = f"map({__name__}.deadly.deadly)"
LINES = [f"line {i}" for i in range(5000)]


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Whatever happens, nothing stays."""
    with no_leftovers():
        yield
        pool.close()


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = tmp_path / "lines.txt"
    path.write_text("".join(f"{line}\n" for line in LINES))
    return str(path)


def deadly(*records: object) -> Callable[[Any], Any]:
    """A function that ends its process on ``records``, and returns others."""

    def deadly(record: Any) -> Any:
        if record in records:
            os._exit(3)
        return record

    return deadly


def test_the_record_is_named(path: str) -> None:
    """After the retries the error says step, file, line and record, besides how the process ended."""
    bag = pn.read_text(path).map(str.strip).map(deadly("line 4321"))
    with pytest.raises(WorkerDied, match="died in each of 3 attempts: exit code 3") as caught:
        bag.count().compute()
    assert f"The last time it was: in {STEP}, at {path}, line 4322" in str(caught.value)
    assert str(caught.value).endswith("record: 'line 4321'")


def crash(record: str) -> str:
    if "77" in record:
        os.kill(os.getpid(), signal.SIGSEGV)
    return record


@pytest.mark.parametrize(
    ("verb", "step"),
    [
        (lambda bag: bag.map(crash).count(), f"map({__name__}.crash)"),
        (lambda bag: bag.filter(crash), f"filter({__name__}.crash)"),
        (lambda bag: bag.map_partitions(lambda part: [crash(record) for record in part]), "map_partitions("),
        (lambda bag: bag.fold(lambda total, record: crash(record), initial="x"), "fold("),
        (lambda bag: bag.map(str.split).flatten().map(crash), f"map({__name__}.crash)"),
    ],
    ids=["map", "filter", "map_partitions", "fold", "flatten"],
)
def test_in_every_kind_of_step(path: str, verb: Callable[[Any], Any], step: str) -> None:
    """Steps over records, over partitions, and reductions."""
    with pytest.raises(WorkerDied, match="killed by SIGSEGV") as caught:
        verb(pn.read_text(path)).compute()
    assert f"The last time it was: in {step}" in str(caught.value)
    assert f"at {path}, line 78\n" in str(caught.value)


def test_long_records_are_cut(tmp_path: Path) -> None:
    """At 200 characters, as in other errors."""
    bag = pn.from_sequence(["a" * 1000, "b" * 1000], npartitions=1).map(deadly("b" * 1000))
    with pytest.raises(WorkerDied) as caught:
        bag.compute()
    assert "record 1 of the partition" in str(caught.value)
    assert str(caught.value).endswith("record: '" + "b" * 199 + "...")


def test_one_retry_is_enough_to_name_it(path: str) -> None:
    """The first attempt is not watched, the second is; without retries nothing is known of the record."""
    bag = pn.read_text(path).map(deadly("line 5\n"))
    with (
        config.set(retries=1),
        pytest.raises(WorkerDied, match=r"The last time it was: in map\(.*deadly\), at .*, line 6"),
    ):
        bag.compute()
    with config.set(retries=0), pytest.raises(WorkerDied, match=r"as os\._exit does\nin task"):
        bag.compute()


def test_a_death_that_is_no_records_doing_blames_none(path: str) -> None:
    """Before the first record, after the last, and in tasks that have no records."""
    bag = pn.read_text(path)
    for die in (lambda part: os._exit(3), lambda part: (list(part), os._exit(3))):
        with pytest.raises(WorkerDied) as caught:
            bag.map_partitions(die).compute()
        assert "record" not in str(caught.value)
    with pytest.raises(WorkerDied) as caught:
        get({"x": (os._exit, 3)}, "x")
    assert "record" not in str(caught.value)


def test_quarantine_leaves_the_record_out(path: str) -> None:
    """The run goes on without it, and a warning names it."""
    bag = pn.read_text(path).map(str.strip).map(deadly("line 4321"))
    with config.set(on_poison="quarantine"), pytest.warns(RecordsLeftOut) as seen:
        assert bag.compute() == [line for line in LINES if line != "line 4321"]
    (warning,) = seen
    assert str(warning.message).splitlines() == [
        "a record on which worker processes end was left out:",
        f"in {STEP}, at {path}, line 4322",
        "record: 'line 4321'",
    ]


def test_several_in_several_partitions(tmp_path: Path) -> None:
    """Each is found and named, however many are in a partition; reductions count without them."""
    bad = [7, 8, 1500, 2999, 4000]
    bag = pn.from_sequence(range(5000), npartitions=2).map(deadly(*bad)).filter(lambda i: i % 2 == 0)
    with config.set(on_poison="quarantine"), pytest.warns(RecordsLeftOut) as seen:
        assert bag.sum().compute() == sum(i for i in range(0, 5000, 2) if i not in bad)
    text = str(seen[0].message)
    assert text.startswith("5 records on which worker processes end were left out:")
    assert (
        sorted(int(line.removeprefix("record: ")) for line in text.splitlines() if "record: " in line) == bad
    )


def test_the_sinks_of_reductions_and_writers(path: str, tmp_path: Path) -> None:
    """What is left out is out of what is written, too."""
    bag = pn.read_text(path).map(deadly("line 3\n"))
    with config.set(on_poison="quarantine"), pytest.warns(RecordsLeftOut):
        (written,) = bag.to_textfiles(str(tmp_path / "out"))
    assert Path(written).read_text() == "".join(f"{line}\n" for line in LINES if line != "line 3")
    with config.set(on_poison="quarantine"), pytest.warns(RecordsLeftOut):
        assert bag.frequencies().count().compute() == len(LINES) - 1


def test_a_worker_killed_by_accident_costs_no_record(tmp_path: Path) -> None:
    """Only the same record twice in a row is proof: what dies once is run again, and all records count."""
    log = str(tmp_path)

    def unlucky(i: int) -> int:
        if i in (10, 20, 30) and count_attempt(log, i) == 1:
            os._exit(1)
        return i

    with config.set(on_poison="quarantine", retries=5), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pn.from_sequence(range(100), npartitions=1).map(unlucky).sum().compute() == 4950


def test_a_fault_in_every_record_comes_to_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many records are left out in one run."""
    monkeypatch.setattr("pannier.schedulers.multiprocessing.trials.MOST_LEFT_OUT", 3)
    bag = pn.from_sequence(range(100), npartitions=1).map(deadly(*range(100)))
    with config.set(on_poison="quarantine"), pytest.raises(WorkerDied, match=r"record: 3\n"):
        bag.compute()


def test_the_setting_is_checked() -> None:
    """There are two ways."""
    with pytest.raises(ConfigError, match="one of raise, quarantine"):
        config.set(on_poison="skip")
