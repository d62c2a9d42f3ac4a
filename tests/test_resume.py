"""``resume=``: what is done is not done again, and what has changed is."""

from __future__ import annotations

import json
import multiprocessing as mp
import operator
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pandas as pd
import pytest

import pannier as pn
from pannier import config
from pannier.errors import LostResult, NotResumed, UsageError

ROOT = Path(__file__).parents[1]
OFFSET = 1


@pytest.fixture(scope="module", params=["sync", "threads", "processes", "executor"])
def scheduler(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each by name, or an executor of processes."""
    if request.param == "executor":
        with ProcessPoolExecutor(2, mp_context=mp.get_context("spawn")) as pool:
            yield pool
    else:
        yield request.param


class Calls:
    """What a function was called with since somebody asked last, in whatever process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def logging(self, func: Callable[[Any], Any] = lambda x: x) -> Callable[[Any], Any]:
        """``func``, noting its arguments."""
        path = str(self.path)

        def call(x: Any) -> Any:
            with open(path, "a") as file:
                file.write(f"{x}\n".replace("\n\n", "\n"))
            return func(x)

        return call

    def take(self) -> list[str]:
        found = sorted(self.path.read_text().split()) if self.path.exists() else []
        self.path.unlink(missing_ok=True)
        return found


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    return Calls(tmp_path / "calls.txt")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def entries(state: Path) -> list[Path]:
    return sorted(path for path in (state / "results").rglob("*") if path.is_file())


def test_a_second_run_does_nothing(state: Path, calls: Calls, scheduler: Any) -> None:
    """Neither the bag itself nor a reduction of it; the answers are the same."""
    bag = pn.range(8, 4).map(calls.logging(str))
    expected = [str(x) for x in range(8)]
    for done in ([*expected], []):
        assert bag.compute(scheduler=scheduler, resume=state) == expected
        assert calls.take() == done
    for done in ([*expected], []):
        assert bag.map(int).sum().compute(scheduler=scheduler, resume=state) == 28
        assert calls.take() == done


def test_after_a_failure(tmp_path: Path, state: Path, calls: Calls, scheduler: Any) -> None:
    """Only what the failed run had not finished is done."""
    down = tmp_path / "down"
    down.touch()

    def ask(x: int) -> int:
        if x == 5 and down.exists():
            raise ConnectionError("the server is down")
        return x

    total = pn.range(8, 4).map(calls.logging(ask)).sum()
    with pytest.raises(ConnectionError):
        total.compute(scheduler=scheduler, resume=state, num_workers=1)
    calls.take()
    down.unlink()
    assert total.compute(scheduler=scheduler, resume=state) == 28
    done = calls.take()
    assert {"4", "5"} <= set(done)
    assert len(done) < 8


def test_a_changed_file(tmp_path: Path, state: Path, calls: Calls, scheduler: Any) -> None:
    """Costs its own partition; a new one, too; one that is gone costs nothing."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(f"{name}1\n{name}2\n")

    def count() -> list[tuple[str, int]]:
        letters = pn.read_text(folder).map(calls.logging(operator.itemgetter(0)))
        return letters.frequencies().compute(scheduler=scheduler, resume=state)  # type: ignore[no-any-return]

    assert count() == [("a", 2), ("b", 2), ("c", 2)]
    assert len(calls.take()) == 6
    (folder / "b.txt").write_text("b3\n")
    assert count() == [("a", 2), ("b", 1), ("c", 2)]
    assert calls.take() == ["b3"]
    (folder / "d.txt").write_text("d1\n")
    assert count() == [("a", 2), ("b", 1), ("c", 2), ("d", 1)]
    assert calls.take() == ["d1"]
    (folder / "a.txt").unlink()
    assert count() == [("b", 1), ("c", 2), ("d", 1)]
    assert calls.take() == []


def test_a_file_that_changes_behind_a_bag(tmp_path: Path, state: Path) -> None:
    """A bag that was made before the file changed reads the file as it is now."""
    path = tmp_path / "a.txt"
    path.write_text("1\n")
    bag = pn.read_text(path).map(int)
    assert bag.compute(scheduler="sync", resume=state) == [1]
    path.write_text("20\n")
    assert bag.compute(scheduler="sync", resume=state) == [20]


class Scale:
    """A callable with a state."""

    def __init__(self, by: int) -> None:
        self.by = by

    def __call__(self, x: int) -> int:
        return x * self.by + OFFSET


def power(n: int) -> Callable[[int], int]:
    def raised(x: int, times: int = 1) -> int:
        return times * x**n

    return raised


def test_changed_functions(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code, constants, cells, defaults, attributes and the values that a module holds all count."""

    def run(func: Callable[[int], int]) -> int:
        return pn.range(4, 2).map(func).sum().compute(scheduler="sync", resume=state)  # type: ignore[no-any-return]

    other = power(1)
    other.__defaults__ = (7,)
    assert run(lambda x: x + 1) == 10
    assert run(lambda x: x + 2) == 14
    assert run(lambda x: x - 2) == -2
    assert (run(power(1)), run(power(2)), run(other)) == (6, 14, 42)
    assert (run(Scale(1)), run(Scale(2))) == (10, 16)
    assert (run(lambda x: x + OFFSET), run(offset)) == (10, 10)
    monkeypatch.setitem(globals(), "OFFSET", 10)
    assert (run(lambda x: x + OFFSET), run(offset)) == (46, 46)


def offset(x: int) -> int:
    return x + OFFSET


@pytest.mark.parametrize(
    "then",
    [
        lambda bag, func: bag,
        lambda bag, func: bag.groupby(func, npartitions=2).map(operator.itemgetter(0)),
        lambda bag, func: bag.sort_by(func, npartitions=2),
    ],
    ids=["map", "groupby", "sort_by"],
)
def test_where_a_function_stands_does_not_count(state: Path, calls: Calls, then: Any) -> None:
    """Two functions that do the same are the same: lines above may have come and gone."""
    path = str(calls.path)
    source = (
        f"def f(x):\n    with open({path!r}, 'a') as file:\n        file.write('called\\n')\n    return x\n"
        "g = lambda x: x\n"
    )
    results = []
    for lines in (0, 5):
        namespace: dict[str, Any] = {"__name__": "__main__"}
        exec(compile("\n" * lines + source, f"script{lines}.py", "exec"), namespace)
        bag = then(pn.range(2, 2).map(namespace["f"]), namespace["g"])
        results.append(sorted(bag.compute(scheduler="sync", resume=state)))
    assert results == [[0, 1], [0, 1]]
    assert len(calls.take()) == 2


def test_equal_calls_stay_two(state: Path) -> None:
    """A function that is called twice may be meant to give two values."""
    draw = pn.delayed(uuid.uuid4)
    both = pn.delayed(list)([draw(), draw()])
    first, second = both.compute(scheduler="sync", resume=state)
    assert first != second
    assert both.compute(scheduler="sync", resume=state) == [first, second]


def test_a_shuffle(tmp_path: Path, state: Path, calls: Calls, scheduler: Any) -> None:
    """Splits that are done stay done, with their files, until the run ends well."""
    down = tmp_path / "down"
    down.touch()

    def size(pair: tuple[int, list[str]]) -> tuple[int, int]:
        if down.exists():
            raise ConnectionError
        return pair[0], len(pair[1])

    records = pn.range(60, 3).map(calls.logging()).map(lambda x: (x % 4, str(x) * 2000))
    groups = records.groupby(operator.itemgetter(0), npartitions=2).map(size)
    with pytest.raises(ConnectionError):
        groups.compute(scheduler=scheduler, resume=state)
    assert len(calls.take()) == 60
    files = [path for path in (state / "files").rglob("*") if path.is_file()]
    assert files
    down.unlink()
    data = max(files, key=lambda path: path.stat().st_size)  # that of a split; a small one holds decisions
    data.write_bytes(data.read_bytes()[:-1])
    assert sorted(groups.compute(scheduler=scheduler, resume=state)) == [(i, 15) for i in range(4)]
    assert len(calls.take()) == 20
    assert not (state / "files").exists()


def test_a_sort(tmp_path: Path, state: Path, calls: Calls) -> None:
    """As a shuffle."""
    down = tmp_path / "down"
    down.touch()

    def size(text: str) -> int:
        if down.exists():
            raise ConnectionError
        return len(text)

    texts = pn.range(60, 3).map(calls.logging()).map(lambda x: "text" * (1000 + x))
    sizes = texts.sort_by(len, reverse=True, npartitions=2).map(size)
    with pytest.raises(ConnectionError):
        sizes.compute(scheduler="sync", resume=state)
    assert len(calls.take()) == 60
    down.unlink()
    assert sizes.compute(scheduler="sync", resume=state) == [4 * x for x in range(1059, 999, -1)]
    assert calls.take() == []
    assert not (state / "files").exists()


def test_a_shuffle_file_that_was_overwritten(tmp_path: Path, state: Path, calls: Calls) -> None:
    """Of the same size and time as before: the gather finds out, and its splits are done again."""
    down = tmp_path / "down"
    down.touch()

    def look(pair: Any) -> Any:
        if down.exists():
            raise ConnectionError
        return pair[0]

    keyed = pn.range(60, 3).map(calls.logging()).map(lambda x: (x % 4, str(x) * 2000))
    groups = keyed.groupby(operator.itemgetter(0), npartitions=2).map(look)
    with pytest.raises(ConnectionError):
        groups.compute(scheduler="sync", resume=state)
    calls.take()
    down.unlink()
    for path in [path for path in (state / "files").rglob("*") if path.is_file()]:
        status = path.stat()
        path.write_bytes(bytes(status.st_size))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert sorted(groups.compute(scheduler="sync", resume=state)) == [0, 1, 2, 3]
    assert len(calls.take()) == 60


def test_two_answers_from_one_shuffle(state: Path, calls: Calls) -> None:
    """Are each found again when both are done, though the files between are gone; more shuffles behind it too."""
    groups = pn.range(60, 3).map(calls.logging()).groupby(lambda x: x % 4, npartitions=2)
    sizes = groups.map(lambda pair: len(pair[1]))
    again = groups.map(lambda pair: pair[0] % 2).groupby(lambda x: x, npartitions=2)
    for done in (True, False):
        assert sizes.compute(scheduler="sync", resume=state) == [15] * 4
        assert bool(calls.take()) is done
        assert sorted(again.compute(scheduler="sync", resume=state)) == [(0, [0, 0]), (1, [1, 1])]
        assert not calls.take() or done


def test_a_split_that_comes_out_otherwise(tmp_path: Path, state: Path, calls: Calls) -> None:
    """Gathers share what the splits' sizes say: those that are done count only beside the splits they were made of."""
    down, long = tmp_path / "down", tmp_path / "long"
    down.touch()

    def keyed(x: int) -> tuple[int, str]:
        return x % 40, "text" * (1000 + x % 40 * 200 * long.exists())

    def look(pair: Any) -> Any:
        if down.exists() and len(calls.path.read_text().split()) > 20:
            raise ConnectionError
        return pair[0]

    groups = pn.range(160, 4).map(keyed).groupby(operator.itemgetter(0), npartitions=5)
    found = groups.map(operator.itemgetter(0)).map(calls.logging()).map(lambda x: look((x, None)))
    with pytest.raises(ConnectionError):
        found.compute(scheduler="sync", resume=state)
    assert 20 <= len(calls.take()) < 40
    assert len(entries(state)) > 4
    down.unlink()
    long.touch()
    damaged = max(path for path in (state / "files").rglob("*") if path.is_file())
    damaged.write_bytes(b"")
    assert sorted(found.compute(scheduler="sync", resume=state)) == list(range(40))


def test_a_split_that_is_lost_during_the_run(tmp_path: Path, state: Path) -> None:
    """And comes out otherwise: what was made of the first one does not stand beside what is made of the second."""
    long = tmp_path / "long"

    def keyed(x: int) -> tuple[int, str]:
        return x % 40, "text" * (1000 + x % 40 * 200 * long.exists())

    def look(key: int) -> int:
        if key == 27 and not long.exists():
            long.touch()
            files = sorted(path for path in (state / "files").rglob("*") if path.is_file())
            os.truncate(files[0], 0)
        return key

    keys = (
        pn.range(160, 4).map(keyed).groupby(operator.itemgetter(0), npartitions=5).map(operator.itemgetter(0))
    )
    assert sorted(keys.map(look).compute(scheduler="sync", resume=state)) == list(range(40))
    assert long.exists()


def test_a_file_that_keeps_being_lost(state: Path) -> None:
    """Ends the run, after as many attempts as ``retries`` says."""
    attempts = []

    def look(key: int) -> int:
        attempts.append(key)
        for path in (state / "files").rglob("*"):
            if path.is_file():
                os.truncate(path, 0)
        return key

    groups = (
        pn.range(160, 4).map(lambda x: (x % 40, "text" * 1000)).groupby(operator.itemgetter(0), npartitions=5)
    )
    with pn.config.set(retries=2), pytest.raises(LostResult, match=r"too short|gone"):
        groups.map(operator.itemgetter(0)).map(look).compute(scheduler="sync", resume=state)
    assert attempts


def test_written_files(tmp_path: Path, state: Path, calls: Calls, scheduler: Any) -> None:
    """A file that is there as it was written is not written again."""
    bag = pn.range(6, 3).map(calls.logging(str))

    def write() -> list[str]:
        paths = bag.to_textfiles(tmp_path / "out", scheduler=scheduler, resume=state)
        assert [Path(path).read_text() for path in paths] == ["0\n1", "2\n3", "4\n5"]
        return calls.take()

    assert len(write()) == 6
    assert write() == []
    (tmp_path / "out" / "1.part").unlink()
    assert write() == ["2", "3"]
    (tmp_path / "out" / "2.part").write_text("scribbled over")
    assert write() == ["4", "5"]


def test_files_elsewhere(state: Path, calls: Calls) -> None:
    """Are asked for their version as well: those that are read, and those that were written."""
    filesystem = fsspec.filesystem("memory")
    texts = {"1\n2\n": ["1", "2"], "1\n2\n3\n": ["1", "2", "3"]}
    for text, expected in texts.items():
        filesystem.pipe("/resumed/in.txt", text.encode())
        for done in (expected, []):
            lines = pn.read_text("memory://resumed/in.txt").map(calls.logging())
            (path,) = lines.to_textfiles("memory://resumed/out", scheduler="sync", resume=state)
            assert filesystem.cat(path).decode() == text
            assert calls.take() == done
    filesystem.rm("/resumed/out/0.part")
    lines.to_textfiles("memory://resumed/out", scheduler="sync", resume=state)
    assert calls.take() == ["1", "2", "3"]
    filesystem.rm("/resumed", recursive=True)


def test_files_that_the_result_does_not_name(tmp_path: Path, state: Path, calls: Calls) -> None:
    """They belong to it all the same."""
    written = pn.range(2, 2).map(calls.logging(str)).to_textfiles(tmp_path / "out", compute=False)
    for _ in range(2):
        assert written.map(len).map(bool).compute(scheduler="sync", resume=state) == [True, True]
        assert (tmp_path / "out" / "0.part").exists()
        (tmp_path / "out" / "0.part").unlink()
    assert calls.take() == ["0", "0", "1"]


def test_persist(state: Path, calls: Calls) -> None:
    """As ``compute``."""
    for done in (4, 0):
        kept = pn.range(4, 2).map(calls.logging()).persist(scheduler="sync", resume=state)
        assert kept.compute(scheduler="sync") == [0, 1, 2, 3]
        assert len(calls.take()) == done


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:10],
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: bytes([*data[:-1], data[-1] ^ 1]),
        lambda data: data[:70] + bytes([data[70] ^ 1]) + data[71:],
        lambda data: b"x" * len(data),
    ],
    ids=["empty", "header", "short", "long", "end", "inside", "other"],
)
@pytest.mark.parametrize("reduced", [False, True])
def test_damaged_results(state: Path, calls: Calls, damage: Any, reduced: bool) -> None:
    """Count as missing, wherever the damage is, and are made again."""
    bag = pn.range(4, 2).map(calls.logging())
    work, expected = (bag.sum(), 6) if reduced else (bag, [0, 1, 2, 3])
    assert work.compute(scheduler="sync", resume=state) == expected
    calls.take()
    for path in entries(state):
        path.write_bytes(damage(path.read_bytes()))
    assert work.compute(scheduler="sync", resume=state) == expected
    assert len(calls.take()) == 4
    assert work.compute(scheduler="sync", resume=state) == expected
    assert calls.take() == []


def test_results_that_cannot_be_kept(state: Path) -> None:
    """Of a class that is inside a function, or that cannot be pickled: they are made each time."""

    class Local:
        pass

    (made,) = pn.from_sequence([1]).map(lambda x: Local()).compute(scheduler="sync", resume=state)
    assert type(made) is Local
    assert pn.from_sequence([1]).map(lambda x: (i for i in "a")).compute(scheduler="sync", resume=state)
    assert entries(state) == []


def test_what_cannot_be_compared(state: Path) -> None:
    """A task whose function holds a lock runs each time, and a warning says so and why."""
    lock = threading.Lock()

    def locked(x: int) -> int:
        with lock:
            return x

    with pytest.warns(NotResumed, match="2 of 2 tasks will run in each run.*lock cannot be compared"):
        assert pn.range(2, 2).map(locked).compute(scheduler="sync", resume=state) == [0, 1]
    assert entries(state) == []


def test_large_results_on_the_way(state: Path) -> None:
    """Are not kept where what is made of them is: the folder does not hold the data twice."""
    big = pn.delayed(bytes)(4 << 20)
    size = pn.delayed(len)(big)
    assert size.compute(scheduler="sync", resume=state) == 4 << 20
    assert sum(path.stat().st_size for path in entries(state)) < 1000
    assert len(big.compute(scheduler="sync", resume=state)) == 4 << 20
    assert sum(path.stat().st_size for path in entries(state)) > 4 << 20


def test_frames(state: Path, calls: Calls, scheduler: Any) -> None:
    """Are kept whatever their size: data of arrays is pickled otherwise from 64 KiB on."""
    whole = pd.DataFrame({"x": np.arange(20_000) % 7, "y": np.arange(20_000) / 3, "s": ["a", "b"] * 10_000})
    lazy = pn.from_pandas(whole, npartitions=2)
    note = calls.logging()

    def add(block: pd.DataFrame) -> pd.DataFrame:
        note(len(block))
        return block.assign(z=block.x + block.y)

    noted = lazy.map_partitions(add, meta=lazy._meta.assign(z=0.0))
    for expected in (["10000"] * 2, []):
        made = noted.compute(scheduler=scheduler, resume=state)
        pd.testing.assert_frame_equal(made, whole.assign(z=whole.x + whole.y))
        assert calls.take() == expected


def test_partial_answers_are_not_taken_for_whole_ones(tmp_path: Path, state: Path, calls: Calls) -> None:
    """With ``on_error="partial"`` what succeeded is kept, and what lacks something is not."""
    down = tmp_path / "down"
    down.touch()

    def ask(x: int) -> int:
        if x == 2 and down.exists():
            raise ConnectionError("the server is down")
        return x

    total = pn.range(4, 4).map(calls.logging(ask)).sum()
    result = total.compute(scheduler="sync", resume=state, on_error="partial")
    assert (result.value, [failure.partition for failure in result.failures]) == (4, [2])
    assert set(calls.take()) == {"0", "1", "2", "3"}
    down.unlink()
    assert total.compute(scheduler="sync", resume=state) == 6
    assert calls.take() == ["2"]
    assert total.compute(scheduler="sync", resume=state, on_error="partial") == pn.PartialResult(6, [])
    assert calls.take() == []


def test_two_runs_at_once(state: Path) -> None:
    """Do not disturb each other."""
    answers: list[Any] = []

    def run() -> None:
        groups = pn.range(400, 8).groupby(lambda x: x % 7, npartitions=4).map(lambda pair: sum(pair[1]))
        answers.append(sorted(groups.compute(scheduler="threads", resume=state)))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [sorted(sum(range(i, 400, 7)) for i in range(7))] * 4
    assert not [path for path in entries(state) if path.suffix]


def test_what_is_not_whole_is_not_kept(tmp_path: Path) -> None:
    """Records that may be left out would be missing in the next run as well, without a word."""
    with config.set(on_poison="quarantine"), pytest.raises(UsageError, match="use one of them"):
        pn.range(2, 1).compute(resume=tmp_path)


def test_bad_folders(tmp_path: Path) -> None:
    """A folder elsewhere, and a file in the place of one."""
    with pytest.raises(UsageError, match="resume wants a folder of this machine"):
        pn.range(2, 1).compute(resume="s3://bucket/state")
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        pn.range(2, 1).compute(resume=tmp_path / "file")


class Project:
    """A folder with a script, run as a user would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def run(self) -> Any:
        """What the script printed, as JSON."""
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "script.py"],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)


SCRIPT = """
import json
import os
from dataclasses import dataclass

import pannier as pn
from library import rules


@dataclass
class Point:
    x: int


def called(name):
    with open("calls.txt", "a") as file:
        file.write(name + "\\n")


def make(x):
    called("make")
    return Point(x)


def judge(point):
    called("judge")
    return rules.judge(point.x)


points = pn.range(2, 2).map(make).persist(resume="state")
judged = points.map(judge).compute(resume="state")
isinstances = [type(point) is Point for point in points.compute()]
calls = open("calls.txt").read().split() if os.path.exists("calls.txt") else []
if calls:
    os.unlink("calls.txt")
print(json.dumps([judged, isinstances, sorted(calls)]))
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path / "project")
    project.write("script.py", SCRIPT)
    project.write("library/__init__.py", "")
    project.write(
        "library/rules.py", "from library.depths import limit\n\ndef judge(x):\n    return x < limit()\n"
    )
    project.write("library/depths.py", "def limit():\n    return 1\n")
    project.write("library/other.py", "unrelated = 1\n")
    return project


def test_another_process(project: Project) -> None:
    """Finds what the first has kept, also of classes of ``__main__``, which are the script's own again."""
    assert project.run() == [[True, False], [True, True], ["judge", "judge", "make", "make"]]
    assert project.run() == [[True, False], [True, True], []]


def test_edits(project: Project) -> None:
    """What a function calls counts, in whatever module it is; comments and other functions do not."""
    project.run()
    project.write("script.py", "# A comment.\n\n\n" + SCRIPT.replace("points =", "unused = 7\npoints ="))
    project.write("library/rules.py", "# Too.\n" + (project.folder / "library/rules.py").read_text())
    project.write("library/other.py", "unrelated = 2\n")
    assert project.run() == [[True, False], [True, True], []]
    project.write("library/depths.py", "def limit():\n    return 2\n")
    assert project.run() == [[True, True], [True, True], ["judge", "judge"]]
    project.write("script.py", SCRIPT.replace("    x: int\n", "    x: int\n    y: int = 0\n"))
    assert project.run() == [[True, True], [True, True], ["judge", "judge", "make", "make"]]
