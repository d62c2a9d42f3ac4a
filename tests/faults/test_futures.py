"""Clients whose workers die or that are closed, and what results leave; each in a script as a user would write it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.scripts import Script


def test_script_needs_no_main_guard(start: Callable[..., Script]) -> None:
    """A script with functions, classes and a client of its own runs once, and may leave the client open."""
    script = start("""
print("imported")
import pannier as pn

class Point:
    def __init__(self, x): self.x = x

OFFSET = 10
def shift(point): return Point(point.x + OFFSET)

client = pn.Client(n_workers=2)
points = [client.submit(Point, i) for i in range(3)]
total = client.submit(lambda points: sum(p.x for p in points), client.map(shift, points))
print(total.result())
""")
    assert script.answer() == "imported\n33"


def test_a_worker_that_is_killed(start: Callable[..., Script]) -> None:
    """Its call runs again elsewhere; what was done before is still there; the others go on."""
    script = start("""
import os, pathlib, signal, time
import pannier as pn

def once(i):
    marker = pathlib.Path("killed")
    if i == 7 and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return bytes(200_000 + i)

with pn.Client(n_workers=2) as client:
    large = client.submit(bytes, 300_000)
    large.result()
    futures = client.map(once, range(20))
    print(sum(map(len, client.gather(futures))) - 20 * 200_000, len(large.result()))
""")
    assert script.answer() == "190 300000"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "WorkerDied: killed by SIGKILL"),
        ("os._exit(3)", "WorkerDied: exit code 3"),
        ("sys.exit(4)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ],
)
def test_a_call_that_ends_its_worker_each_time(
    start: Callable[..., Script], body: str, expected: str
) -> None:
    """It fails, as does what needs it, and the client works on; an exception that ends programs does not end the worker."""
    script = start(f"""
import os, signal, sys
import pannier as pn

def bad(x): {body}

with pn.Client(n_workers=2) as client:
    good = client.map(abs, range(50))
    failed = client.submit(bad, 1)
    after = client.submit(abs, failed)
    error = after.exception()
    assert error is failed.exception()
    text = str(error).partition("attempts: ")[2][:20]
    print(type(error).__name__ + (": " if text else "") + text)
    print(client.gather(good) == list(range(50)), client.submit(abs, -1).result())
""")
    first, second = script.answer().splitlines()
    assert first.startswith(expected)
    assert second == "True 1"


def test_a_client_that_is_closed_with_work_in_flight(start: Callable[..., Script]) -> None:
    """What is not done is cancelled, what waits for it learns it, results are gone, and nothing can be submitted."""
    script = start("""
import concurrent.futures, threading, time
import pannier as pn

client = pn.Client(n_workers=2)
done = client.submit(bytes, 500_000)
done.result()
running = client.submit(time.sleep, 600)
waiting = client.submit(abs, running)
seen = []
def wait():
    try: waiting.result()
    except concurrent.futures.CancelledError as error: seen.append(str(error))
thread = threading.Thread(target=wait)
thread.start()
waiting.add_done_callback(lambda future: seen.append(future.status))
time.sleep(0.3)
client.close()
client.close()
thread.join()
print(sorted(seen), running.status, done.status)
for act in (done.result, done.retry, lambda: client.submit(abs, 1), lambda: client.submit(abs, done)):
    try: act()
    except (concurrent.futures.CancelledError, pn.errors.UsageError) as error: print(type(error).__name__, error)
""")
    lines = script.answer().splitlines()
    assert lines[0] == "['cancelled', 'the client was closed'] cancelled cancelled"
    assert lines[1] == "CancelledError the client was closed"
    assert all(line.startswith("UsageError the client is closed") for line in lines[2:])
    assert len(lines) == 5


def test_results_go_with_their_last_future(start: Callable[..., Script]) -> None:
    """Ten times what the files in memory may take passes through, since each result is dropped in time."""
    script = start(
        """
import os, glob
import pannier as pn
client = pn.Client(n_workers=2)
def made(i): return bytes(8_000_000)
for i in range(40):
    future = client.submit(made, i)
    assert client.submit(len, future).result() == 8_000_000
kept = [client.submit(made, i) for i in range(3)]
client.gather(client.map(len, kept))
def held():
    paths = [p for d in glob.glob(f"/dev/shm/pannier-{os.getpid()}-*") for p in glob.glob(d + "/*")]
    return sum(os.path.getsize(p) > 1_000_000 for p in paths)
print(held() <= 4)
del kept, future
for _ in range(50):
    client.submit(abs, -1).result()
print(held())
spilled = [f for d in glob.glob("spill/pannier-*") for f in glob.glob(d + "/*")]
print(spilled)
""",
        PANNIER_SHM_BYTES="40 MB",
    )
    assert script.answer().splitlines() == ["True", "0", "[]"]


def test_workers_follow_the_program(start: Callable[..., Script]) -> None:
    """What calls print, log and warn shows up in the program, in order of each."""
    script = start("""
import logging, warnings
import pannier as pn
logging.basicConfig(format="%(levelname)s %(message)s", force=True)
def talk():
    print("said")
    logging.warning("logged")
with pn.Client(n_workers=1) as client:
    client.submit(talk).result()
""")
    out, err = script.output()
    assert (out, err) == ("said\n", "WARNING logged\n")
