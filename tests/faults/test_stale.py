"""What a process leaves behind that nobody could clean up after: the next one does."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import pannier as pn
from pannier import config, leftovers
from pannier.schedulers import multiprocessing, sync

ROOT = Path(__file__).parents[2]

NAMES = "from pannier.leftovers import new_name, new_file_name; print(new_name(), new_file_name(), flush=True); input()"


@contextlib.contextmanager
def another_process() -> Iterator[list[str]]:
    """The names that a process, which lives until the end of the block, gives to a folder and a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", NAMES], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()
    process.communicate("\n")


@pytest.fixture(autouse=True)
def swept_anew() -> Iterator[None]:
    """As at the start of a process."""
    leftovers._swept.clear()
    yield
    leftovers._swept.clear()


def fill(folder: Path, names: list[str]) -> None:
    folder.mkdir(exist_ok=True)
    for name in names:
        if name.endswith(".tmp"):
            (folder / name).write_text("half a")
        else:
            (folder / name / "shuffle").mkdir(parents=True)
            (folder / name / "shuffle" / "1").write_text("data")


def test_those_of_a_dead_process_are_removed(tmp_path: Path) -> None:
    """Folders with all they hold, and half-written files; once a process."""
    with another_process() as names:
        pass
    fill(tmp_path, names)
    leftovers.sweep(str(tmp_path))
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path, names)
    leftovers.sweep(str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 2


def test_those_of_a_living_process_are_left_alone(tmp_path: Path) -> None:
    """Also those of this one."""
    with another_process() as names:
        fill(tmp_path, [*names, leftovers.new_name()])
        leftovers.sweep(str(tmp_path))
        assert len(list(tmp_path.iterdir())) == 3


def test_a_process_id_that_came_again_is_another_process(tmp_path: Path) -> None:
    """The same id with another start is of a process that is gone."""
    pid, started, kernel, random = leftovers.new_name().removeprefix("pannier-").split("-")
    fill(tmp_path, [f"pannier-{pid}-{int(started, 16) - 1:x}-{kernel}-{random}"])
    leftovers.sweep(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda name: name.replace(leftovers._kernel() or "", "00000000"),
        lambda name: "pannier-999999999-0123456789abcdef",
        lambda name: f"my-{name}",
        lambda name: f"{name}-of-mine",
    ],
    ids=["another kernel or namespace", "owner unknown", "not ours", "not ours either"],
)
def test_what_may_belong_to_somebody_else_is_left_alone(tmp_path: Path, change: object) -> None:
    """A container or machine that shares the folder, and whoever names a folder nearly so."""
    assert callable(change)
    with another_process() as (name, _):
        pass
    fill(tmp_path, [change(name)])
    leftovers.sweep(str(tmp_path))
    assert len(list(tmp_path.iterdir())) == 1


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link of such a name is removed, and what it leads to stays."""
    with another_process() as (name, _):
        pass
    fill(tmp_path / "precious", ["data.tmp"])
    (tmp_path / name).symlink_to(tmp_path / "precious")
    leftovers.sweep(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
    assert list((tmp_path / "precious").iterdir())


def test_a_run_sweeps_where_it_spills(tmp_path: Path) -> None:
    """The spill folder on every scheduler; also memory, with worker processes."""
    for get, folder in ((sync.get, tmp_path), (multiprocessing.get, Path("/dev/shm"))):
        with another_process() as (name, _):
            pass
        fill(folder, [name])
        leftovers._swept.clear()
        with config.set(spill_folder=str(tmp_path)):
            assert get({"x": (len, "abc")}, "x") == 3
        assert not (folder / name).exists()


def test_writing_sweeps_its_target(tmp_path: Path) -> None:
    """Half-written files of a process that was killed go when the folder is written to again."""
    with another_process() as (_, name):
        pass
    fill(tmp_path, [name])
    pn.from_sequence(["a"]).to_textfiles(str(tmp_path), scheduler="sync")
    assert [path.name for path in tmp_path.iterdir()] == ["0.part"]


ENDED = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started the tests with it ignored
from pannier import host
from pannier.schedulers import executor, multiprocessing, sync, threaded
from concurrent.futures import ThreadPoolExecutor

def fill(_):
    path = host.current().new_path("by-hand")
    open(path, "w").close()
    print(os.path.dirname(os.path.dirname(path)), flush=True)
    time.sleep(60)

{before}
{get}({{"x": (fill, 0)}}, "x")
"""
GETS = [
    "sync.get",
    "threaded.get",
    "multiprocessing.get",
    "(lambda *args: executor.get(*args, executor=ThreadPoolExecutor(1)))",
]


def ended(
    tmp_path: Path, number: int, get: str, before: str = "", seconds: float = 10
) -> tuple[int | None, bool]:
    """Of a script that was sent signal ``number`` in mid-run: how it ended, and whether its folder is left.

    Others have so many ``seconds`` to remove it.
    """
    spill = tmp_path / "spill"
    script = ENDED.format(get=get, before=before)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "PANNIER_SPILL_FOLDER": str(spill), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert folder.parent == spill
    assert any(folder.iterdir())
    process.send_signal(number)
    process.communicate(timeout=30)
    deadline = time.monotonic() + seconds
    while any(spill.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return process.returncode, any(spill.iterdir())


@pytest.mark.parametrize("get", GETS, ids=["sync", "threads", "processes", "executor"])
def test_sigterm_leaves_no_file(tmp_path: Path, get: str) -> None:
    """The process ends by the signal, as it would without pannier, and its files are gone."""
    assert ended(tmp_path, signal.SIGTERM, get) == (-signal.SIGTERM, False)


@pytest.mark.parametrize("get", GETS[:3], ids=["sync", "threads", "processes"])
def test_ctrl_c_leaves_no_file(tmp_path: Path, get: str) -> None:
    """Also while tasks have files outside of their results."""
    returncode, is_left = ended(tmp_path, signal.SIGINT, get)
    assert returncode in (-signal.SIGINT, 1)
    assert not is_left


def test_workers_remove_the_files_of_a_killed_program(tmp_path: Path) -> None:
    """Also those that tasks wrote outside of their results."""
    assert ended(tmp_path, signal.SIGKILL, "multiprocessing.get") == (-signal.SIGKILL, False)


@pytest.mark.parametrize("get", GETS[:2], ids=["sync", "threads"])
def test_the_next_run_removes_the_files_of_a_killed_program(tmp_path: Path, get: str) -> None:
    """Where there were no workers to do it."""
    assert ended(tmp_path, signal.SIGKILL, get, seconds=0) == (-signal.SIGKILL, True)
    with config.set(spill_folder=str(tmp_path / "spill")):
        assert sync.get({"x": (len, "abc")}, "x") == 3
    assert list((tmp_path / "spill").iterdir()) == []


def test_a_handler_of_the_program_decides(tmp_path: Path) -> None:
    """Where the program handles SIGTERM, its handler runs and no other."""
    before = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"
    assert ended(tmp_path, signal.SIGTERM, "sync.get", before) == (7, False)


def test_the_handler_goes_with_the_run() -> None:
    """After a run, SIGTERM means what it did before; a forked child removes nothing."""
    inside: list[object] = []

    def look() -> None:
        inside.append(signal.getsignal(signal.SIGTERM))

    sync.get({"x": (look,)}, "x")
    assert inside == [leftovers._end]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_forked_child_removes_nothing_of_its_parent(tmp_path: Path) -> None:
    """SIGTERM to a child forked inside a task ends that child only."""

    def fork() -> bool:
        folder = tmp_path / "held"
        folder.mkdir()
        with leftovers.removed(str(folder)):
            readable, writable = os.pipe()
            child = os.fork()
            if not child:
                os.write(writable, b"x")  # Python forgets signals that come sooner
                time.sleep(10)
                os._exit(1)
            os.read(readable, 1)
            os.close(readable)
            os.close(writable)
            os.kill(child, signal.SIGTERM)
            status = os.waitpid(child, 0)[1]
            return folder.exists() and os.waitstatus_to_exitcode(status) == -signal.SIGTERM

    assert sync.get({"x": (fork,)}, "x")
    assert not (tmp_path / "held").exists()
