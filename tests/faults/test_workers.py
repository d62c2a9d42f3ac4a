"""Workers and parents that die, exit, crash or are interrupted; each in a script as a user would write it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.scripts import Script


def test_script_needs_no_main_guard(start: Callable[..., Script]) -> None:
    """A script with functions, lambdas and classes of its own and no guard runs once, not in each worker."""
    script = start("""
print("imported")
from pannier.schedulers.multiprocessing import get

class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return type(self) is type(other) and self.x == other.x

OFFSET = 10
def shift(point): return Point(point.x + OFFSET)

result = get({"a": (Point, 1), "b": (shift, "a"), "c": (lambda p: [p, Point], "b")}, "c")
print(result[0] == Point(11), result[1] is Point)
""")
    assert script.answer() == "imported\nTrue True"


def test_exception_class_of_the_script_is_caught_by_name(start: Callable[..., Script]) -> None:
    """``except`` finds an exception whose class the script itself defines, with its attributes and notes."""
    script = start("""
from pannier.schedulers.multiprocessing import get

class TooBig(Exception):
    def __init__(self, size, *, limit):
        super().__init__(f"{size} is too big")
        self.size = size
        self.limit = limit

    def __reduce__(self):
        return rebuild, (self.size, self.limit)

def rebuild(size, limit): return TooBig(size, limit=limit)

def fail(x):
    error = TooBig(x, limit=5)
    error.add_note("measured in metres")
    raise error

try:
    get({"big-1": (fail, 7)}, "big-1")
except TooBig as error:
    print(error, error.size, error.limit, error.__notes__)
    print("in fail" in str(error.__cause__))
""")
    first, second = script.answer().splitlines()
    assert first == """7 is too big 7 5 ['measured in metres', "in task 'big-1'"]"""
    assert second == "True"


EXITS = """
import ctypes, os, signal, sys
from pannier.schedulers.multiprocessing import get
from pannier.errors import WorkerDied
from pannier import config

def good(x): return x + 1
def bad(x): {body}

dsk = {{("good", i): (good, i) for i in range(50)}}
dsk[("bad", 3)] = (bad, 1)
try:
    get(dsk, list(dsk), num_workers=2)
except WorkerDied as error:
    print(error)
dsk.pop(("bad", 3))
print(sum(get(dsk, list(dsk), num_workers=2)))
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("os._exit(3)", "exit code 3. The task ended its process itself"),
        ("ctypes.string_at(0)", "killed by SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("os.abort()", "killed by SIGABRT"),
    ],
)
def test_a_task_that_ends_its_process_is_named(start: Callable[..., Script], body: str, said: str) -> None:
    """After the retries ``WorkerDied`` names task, step and how the process ended; the next run is unharmed."""
    script = start(EXITS.format(body=body))
    out, err = script.output()
    died, total = out.splitlines()
    assert "task ('bad', 3) (step 'bad') died in each of 3 attempts" in died
    assert said in died
    assert total == str(sum(range(1, 51)))
    assert (script.process.returncode, err) == (0, "")


def test_tasks_run_again_after_a_death(start: Callable[..., Script]) -> None:
    """A task whose worker dies twice succeeds on the third; the tasks beside it are not charged."""
    script = start("""
import os
from pannier.schedulers.multiprocessing import get

def flaky(folder):
    name = f"{folder}/{len(os.listdir(folder))}"
    open(name, "x").close()
    if len(os.listdir(folder)) < 3: os._exit(1)
    return "done"

def inc(x): return x + 1

os.mkdir("attempts")
dsk = {("inc", i): (inc, i) for i in range(200)}
dsk["all"] = (lambda *parts: (parts[0], sum(parts[1:])), "flaky", *list(dsk))
dsk["flaky"] = (flaky, "attempts")
print(get(dsk, "all", num_workers=2))
""")
    assert script.answer() == f"('done', {sum(range(1, 201))})"


def test_results_outlive_their_worker(start: Callable[..., Script]) -> None:
    """A large result is not computed again because the worker that made it died."""
    script = start("""
import os
from pannier.schedulers.multiprocessing import get

def make(): open("made", "a").write("x"); return bytes(1_000_000)
def die(data):
    if not os.path.exists("died"):
        open("died", "x").close()
        os._exit(1)
    return len(data)

print(get({"data": (make,), "size": (die, "data")}, "size", num_workers=1), open("made").read())
""")
    assert script.answer() == "1000000 x"


def test_a_worker_killed_while_idle_is_replaced(start: Callable[..., Script]) -> None:
    """Killing the warm workers between two runs is not noticed."""
    script = start("""
import os, signal, time
from pannier.schedulers.multiprocessing import get
from pannier.schedulers.multiprocessing.pool import idle_workers

def inc(x): return x + 1

dsk = {("inc", i): (inc, i) for i in range(4)}
print(get(dsk, list(dsk), num_workers=2))
for worker in idle_workers():
    os.kill(worker.pid, signal.SIGKILL)
print(get(dsk, list(dsk), num_workers=2))
""")
    assert script.answer() == "[1, 2, 3, 4]\n[1, 2, 3, 4]"


LONG = """
import os, time
from pannier.schedulers.multiprocessing import get

def large(x): return bytes(1_000_000)
def wait(*parts):
    print("waiting", flush=True)
    time.sleep(600)

dsk = {("large", i): (large, i) for i in range(4)}
dsk["wait"] = (wait, *list(dsk))
get(dsk, ["wait", *list(dsk)], num_workers=2)
"""


@pytest.mark.parametrize("shm_bytes", ["1 GB", "0"])
def test_nothing_stays_when_the_parent_is_killed(start: Callable[..., Script], shm_bytes: str) -> None:
    """After SIGKILL of the parent in mid-run no worker lives and no file is left, in memory or on disk."""
    script = start(LONG, PANNIER_SHM_BYTES=shm_bytes)
    assert script.wait_for_line() == "waiting"
    assert script.workers()
    assert any(folder.iterdir() for folder in script.files())
    script.process.kill()
    script.process.wait()
    script.leaves_nothing()


def test_nothing_stays_whenever_the_parent_is_killed(start: Callable[..., Script]) -> None:
    """Nor does it matter when: while it imports, makes folders, starts workers or has just given them work."""
    for hundredths in range(4, 20, 2):
        script = start(LONG)
        time.sleep(hundredths / 100)
        script.process.kill()
        script.process.communicate()
        script.leaves_nothing()


def test_ctrl_c_stops_the_run(start: Callable[..., Script]) -> None:
    """Ctrl-C, which reaches all processes, raises KeyboardInterrupt in the parent only, at once."""
    script = start(LONG)
    assert script.wait_for_line() == "waiting"
    for pid in (*script.workers(), script.process.pid):
        os.kill(pid, signal.SIGINT)
    _, err = script.output()
    assert script.process.returncode in (-signal.SIGINT, 1)
    assert err.count("KeyboardInterrupt") == 1
    assert err.count("Traceback") == 1


def test_ctrl_c_leaves_a_usable_scheduler(start: Callable[..., Script]) -> None:
    """A session that catches the interrupt can compute on."""
    script = start(
        LONG.replace("get(dsk, [", "try: get(dsk, [")
        + """
except KeyboardInterrupt:
    print(get({"a": (len, "xyz")}, "a"))
"""
    )
    assert script.wait_for_line() == "waiting"
    script.process.send_signal(signal.SIGINT)
    assert script.answer() == "3"


def test_a_forked_child_leaves_the_workers_alone(start: Callable[..., Script]) -> None:
    """A fork of the parent can run graphs on workers of its own, and its end harms nobody."""
    script = start("""
import os
from pannier.schedulers.multiprocessing import get

def inc(x): return x + 1

dsk = {("inc", i): (inc, i) for i in range(4)}
get(dsk, list(dsk), num_workers=2)
child = os.fork()
if not child:
    assert get(dsk, list(dsk), num_workers=2) == [1, 2, 3, 4]
    raise SystemExit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(get(dsk, list(dsk), num_workers=2))
""")
    assert script.answer() == "7\n[1, 2, 3, 4]"


def test_a_daemon_child_that_outlives_the_parent_does_not_keep_workers(start: Callable[..., Script]) -> None:
    """A fork that lives on does not hold the parent's end of the workers' sockets open."""
    script = start("""
import os, time
from pannier.schedulers.multiprocessing import get

get({"a": (len, "xyz")}, "a")
child = os.fork()
if not child:
    time.sleep(30)
    os._exit(0)
print(child, flush=True)
time.sleep(600)
""")
    child = int(script.wait_for_line())
    try:
        script.process.kill()
        script.process.wait()
        script.leaves_nothing()
    finally:
        os.kill(child, signal.SIGKILL)
