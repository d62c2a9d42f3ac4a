"""Runs that are killed, and the runs after them: what was finished is not done again, and nothing else is lost."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.scripts import Script, wait_until

START = """
import os
import time

import pannier as pn

def log(name):
    with open("calls.txt", "a") as file:
        file.write(name + "\\n")
    if os.path.exists("slow"):
        time.sleep(0.05)

def load(x):
    log(f"load-{x}")
    return x % 5, str(x) * 10000

def measure(pair):
    log(f"measure-{pair[0]}")
    return pair[0], len(pair[1])

records = pn.range(40, 40).map(load)
"""

SCRIPTS = {
    "records": START
    + """
print(records.map(len).compute(resume="state", num_workers=2) == [2] * 40)
""",
    "reduction": START
    + """
print(records.pluck(0).sum(split_every=4).compute(resume="state", num_workers=2) == 80)
""",
    "files": START
    + """
paths = records.map(lambda pair: pair[1]).to_textfiles("out", resume="state", num_workers=2)
print([os.path.getsize(path) for path in paths] == [10000 * len(str(x)) for x in range(40)])
""",
    "shuffle": START
    + """
groups = records.groupby(lambda pair: pair[0], npartitions=5).map(measure)
print(sorted(groups.compute(resume="state", num_workers=2)) == [(i, 8) for i in range(5)])
""",
}


class Work:
    """A script in a folder, what it has called, and how it ends."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.text = text
        self.calls = folder / "calls.txt"

    def done(self) -> Counter[str]:
        """How often each call was begun."""
        return Counter(self.calls.read_text().split() if self.calls.exists() else [])

    def run_and_kill(self, calls: int, number: int = signal.SIGKILL) -> None:
        """Run it slowly, and send its process a signal after so many calls."""
        (self.folder / "slow").touch()
        script = Script(self.folder, self.text)
        wait_until(lambda: self.done().total() >= calls)
        script.process.send_signal(number)
        script.process.communicate(timeout=60)
        assert script.process.returncode != 0
        script.leaves_nothing()
        (self.folder / "slow").unlink()

    def run(self) -> None:
        """Run it to its end."""
        script = Script(self.folder, self.text)
        assert script.answer() == "True"
        wait_until(lambda: not script.files())


@pytest.fixture
def work(tmp_path: Path) -> Callable[[str], Work]:
    return lambda name: Work(tmp_path, SCRIPTS[name])


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_parent_is_killed(work: Callable[[str], Work], name: str) -> None:
    """By ``kill -9``: the next run repeats no more than what was being done, and a third one nothing."""
    killed = work(name)
    killed.run_and_kill(calls=12)
    before = killed.done()
    assert 12 <= before.total() < 40
    killed.run()
    twice = [call for call, count in killed.done().items() if count > 1]
    # Two workers, each with a task that runs and one whose result is being written.
    assert len(twice) <= 4
    assert set(killed.done()) >= {f"load-{x}" for x in range(40)}
    after = killed.done()
    killed.run()
    assert killed.done() == after


def test_killed_between_splits_and_gathers(work: Callable[[str], Work]) -> None:
    """The splits' files outlive the run and are read by the next one; then they go."""
    killed = work("shuffle")
    killed.run_and_kill(calls=41)
    assert [path for path in (killed.folder / "state" / "files").rglob("*") if path.is_file()]
    loads = {call: count for call, count in killed.done().items() if call.startswith("load")}
    killed.run()
    assert {call: killed.done()[call] for call in loads} == loads
    assert not (killed.folder / "state" / "files").exists()


def test_killed_again_and_again(work: Callable[[str], Work]) -> None:
    """Each run comes further, and the last one ends."""
    killed = work("reduction")
    for calls in (8, 18, 30):
        killed.run_and_kill(calls)
    killed.run()
    assert killed.done().total() <= 40 + 3 * 4


def test_interrupted(work: Callable[[str], Work]) -> None:
    """Ctrl-C keeps what was finished, too."""
    killed = work("records")
    killed.run_and_kill(calls=12, number=signal.SIGINT)
    killed.run()
    assert killed.done().total() <= 44


def test_what_a_killed_writer_leaves(work: Callable[[str], Work]) -> None:
    """A result that was being written when the run died is missing, not half there."""
    killed = work("records")
    killed.run_and_kill(calls=12)
    for path in (killed.folder / "state" / "results").rglob("*"):
        if path.is_file():
            assert path.suffix in ("", ".tmp")
            path.with_suffix(".half.tmp").write_bytes(path.read_bytes()[:30])
    killed.run()
