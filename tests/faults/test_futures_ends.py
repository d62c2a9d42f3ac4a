"""Programs with a client that end, fork, are killed or are interrupted; each in a script as a user would write it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest

from tests.faults.scripts import Script, wait_until


@pytest.mark.parametrize("how", ["pass", "1 / 0", "sys.exit(3)", "raise KeyboardInterrupt"])
def test_a_program_that_ends_with_an_open_client(start: Callable[..., Script], how: str) -> None:
    """It ends soon, whatever is under way, and leaves nothing."""
    script = start(f"""
import sys, time
import pannier as pn
client = pn.Client(n_workers=2)
large = client.submit(bytes, 1_000_000)
large.result()
futures = client.map(time.sleep, [600] * 4)
client.submit(sum, futures)
answer = client.compute(pn.range(4, npartitions=4).map(lambda _: time.sleep(600)))
time.sleep(0.5)
print("ready")
{how}
""")
    out, _ = script.output()
    assert out == "ready\n"


def test_fire_and_forget_is_done_before_the_end(start: Callable[..., Script]) -> None:
    """A program ends when what it has let run has been run, and is told what failed."""
    script = start("""
import pathlib, time
import pannier as pn
def write():
    time.sleep(0.5)
    pathlib.Path("written").write_text("yes")
client = pn.Client(n_workers=1)
pn.fire_and_forget(client.submit(write))
pn.fire_and_forget(client.submit(int, "seven", key="failing"))
""")
    out, err = script.output()
    assert out == ""
    assert err.startswith("the call 'failing', which nobody waits for, has failed\n")
    assert "invalid literal for int() with base 10: 'seven'" in err
    assert (script.folder / "written").read_text() == "yes"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_parent_that_is_killed(start: Callable[..., Script], number: int) -> None:
    """Its workers end, in the middle of a call as well, and the files go."""
    script = start("""
import time
import pannier as pn
client = pn.Client(n_workers=2)
large = client.submit(bytes, 1_000_000)
large.result()
futures = client.map(time.sleep, [600] * 2)
time.sleep(0.3)
print("ready", flush=True)
time.sleep(600)
""")
    assert script.wait_for_line() == "ready"
    os.kill(script.process.pid, number)
    script.output()
    assert script.process.returncode == -number


def test_ctrl_c_leaves_the_client_usable(start: Callable[..., Script]) -> None:
    """It ends the wait, not the calls."""
    script = start("""
import pathlib, time
import pannier as pn

def wait():
    while not pathlib.Path("go").exists(): time.sleep(0.01)
    return "done"

client = pn.Client(n_workers=1)
future = client.submit(wait)
print("waiting", flush=True)
for act in (future.result, lambda: client.gather([future]), lambda: next(pn.as_completed([future]))):
    try: act()
    except KeyboardInterrupt: print("interrupted", future.status, flush=True)
pathlib.Path("go").touch()
print(future.result(), client.submit(abs, -1).result())
""")
    assert script.wait_for_line() == "waiting"
    for _ in range(3):
        time.sleep(0.3)
        script.interrupt()
        assert script.wait_for_line() == "interrupted pending"
    assert script.answer() == "done 1"


def test_ctrl_c_while_calls_are_submitted(start: Callable[..., Script]) -> None:
    """Whenever it comes, what was submitted is done."""
    script = start("""
import time
import pannier as pn
client = pn.Client(n_workers=2)
client.submit(abs, -1).result()
print("ready", flush=True)
futures = []
rounds = 0
while rounds < 3:
    try:
        while True:
            futures.append(client.submit(abs, len(futures)))
            if len(futures) > 3000:
                client.gather(futures)
                futures.clear()
    except KeyboardInterrupt:
        rounds += 1
        print("interrupted", flush=True)
print(client.gather(futures) == [future.result() for future in futures], client.submit(abs, -3).result())
""")
    assert script.wait_for_line() == "ready"
    for _ in range(3):
        time.sleep(0.2)
        script.interrupt()
        assert script.wait_for_line() == "interrupted"
    assert script.answer() == "True 3"


def test_ctrl_c_while_futures_go(start: Callable[..., Script]) -> None:
    """It is raised where the program is, and never lost in a finalizer, where Python would only print it."""
    script = start("""
import random, signal
import pannier as pn
signal.signal(signal.SIGALRM, signal.default_int_handler)
client = pn.Client(n_workers=1)
future = client.submit(abs, -1)
future.result()
caught = 0
for delay in random.Random(0).choices(range(100, 400), k=200):
    futures = [future.__copy__() for _ in range(2000)]
    try:
        signal.setitimer(signal.ITIMER_REAL, delay / 1e6)
        while True: futures and futures.pop()
    except KeyboardInterrupt:
        caught += 1
print(caught, future.result())
""")
    assert script.answer() == "200 1"


def test_a_fork_of_the_program(start: Callable[..., Script]) -> None:
    """The child has no client, and takes nothing of the parent's with it when it ends; it may make its own."""
    script = start("""
import os, sys, warnings
warnings.simplefilter("ignore", DeprecationWarning)
import pannier as pn
client = pn.Client(n_workers=2)
large = client.submit(bytes, 1_000_000)
large.result()
pid = os.fork()
if not pid:
    for act in (lambda: client.submit(abs, 1), large.result, pn.get_client):
        try: act()
        except pn.errors.UsageError as error: print(str(error)[:30])
    with pn.Client(n_workers=1) as own:
        print(own.submit(abs, -5).result(), flush=True)
    sys.exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(len(large.result()), client.submit(abs, -1).result())
""")
    assert script.answer().splitlines() == [
        "this process was forked from t",
        "this process was forked from t",
        "there is no client: make one w",
        "5",
        "0",
        "1000000 1",
    ]


def test_workers_end_with_the_client(start: Callable[..., Script]) -> None:
    """Closed, it keeps idle workers for what comes next, and the program ends them."""
    script = start("""
import pannier as pn
for _ in range(3):
    with pn.Client(n_workers=2) as client:
        client.gather(client.map(abs, range(100)))
print("closed", flush=True)
input_line = __import__("time").sleep(1.0)
""")
    assert script.wait_for_line() == "closed"
    assert len(script.workers()) <= 2
    assert script.output()[1] == ""
    wait_until(lambda: not script.workers())
