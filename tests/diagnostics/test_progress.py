from __future__ import annotations

import io
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from pannier.diagnostics import ProgressBar
from pannier.schedulers import events, multiprocessing, sync, threaded
from pannier.testing import ExitProcess, OnAttempt

GRAPH = {"load-1": (int, "1"), "load-2": (int, "2"), "add": (sum, ["load-1", "load-2"])}
FAILING = {"load-1": (int, "1"), "load-2": (int, "two"), "add": (sum, ["load-1", "load-2"])}
CONTROL = re.compile(r"[^\n\x20-\x7e]")


class Terminal(io.StringIO):
    """A text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No observer, thread or redirected stream outlives a test."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    stdout, stderr = sys.stdout, sys.stderr
    yield
    assert events.observers() == ()
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]
    assert (sys.stdout, sys.stderr) == (stdout, stderr)


def shown(text: str) -> list[str]:
    """Lines without the figures that differ from run to run."""
    return [re.sub(r" in [\d.]+ s", "", line) for line in text.splitlines()]


@pytest.mark.parametrize("get", [sync.get, threaded.get, multiprocessing.get])
def test_log_file_gets_a_line_a_stage(get: Any) -> None:
    """In a plain file a run leaves one final line a stage, without control characters."""
    out = io.StringIO()
    with ProgressBar(out=out):
        assert get(GRAPH, "add") == 3
    assert shown(out.getvalue()) == ["load  2/2 tasks", "add   1/1 tasks"]
    assert not CONTROL.search(out.getvalue())


def test_bars_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """What a program prints can be piped on: bars are not part of it."""
    with ProgressBar():
        sync.get(GRAPH, "add")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert shown(captured.err) == ["load  2/2 tasks", "add   1/1 tasks"]


@pytest.mark.parametrize("setting", ["FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_no_control_characters_in_a_file_whatever_is_forced(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that force colour in continuous integration do not make bars move in a log."""
    monkeypatch.setenv(setting, "1")
    out = io.StringIO()
    with ProgressBar(out=out):
        sync.get(GRAPH, "add")
    assert not CONTROL.search(out.getvalue())


def test_dumb_terminal_is_treated_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that cannot move its cursor gets final lines."""
    monkeypatch.setenv("TERM", "dumb")
    out = Terminal()
    with ProgressBar(out=out):
        sync.get(GRAPH, "add")
    assert shown(out.getvalue()) == ["load  2/2 tasks", "add   1/1 tasks"]


def test_stage_names_are_made_harmless() -> None:
    """A key with control characters cannot reach the terminal with them."""
    out = io.StringIO()
    with ProgressBar(out=out):
        sync.get({"a\x1b[2J\nb": (int, "1")}, "a\x1b[2J\nb")
    assert shown(out.getvalue()) == [r"a\x1b[2J\nb  1/1 tasks"]


def test_several_runs_in_one_block() -> None:
    """Each run of a block has its own bars."""
    out = io.StringIO()
    with ProgressBar(out=out):
        sync.get(GRAPH, "add")
        sync.get({"only-1": (int, "1")}, "only-1")
    assert shown(out.getvalue()) == ["load  2/2 tasks", "add   1/1 tasks", "only  1/1 tasks"]


def test_nothing_outside_the_block() -> None:
    """A run after the block shows nothing."""
    out = io.StringIO()
    with ProgressBar(out=out):
        pass
    sync.get(GRAPH, "add")
    assert out.getvalue() == ""


@pytest.mark.parametrize("terminal", [io.StringIO, Terminal])
def test_short_runs_show_nothing(terminal: type[io.StringIO]) -> None:
    """A run shorter than ``minimum`` leaves no trace."""
    out = terminal()
    with ProgressBar(minimum=60, dt=0.001, out=out):
        sync.get({"nap-1": (sleep, 0.02)}, "nap-1")
    assert out.getvalue() == ""


def test_register_and_unregister() -> None:
    """Bars can be switched on and off without a block, and twice does no harm."""
    out = io.StringIO()
    bar = ProgressBar(out=out)
    bar.register()
    bar.register()
    sync.get({"one-1": (int, "1")}, "one-1")
    bar.unregister()
    bar.unregister()
    sync.get({"two-1": (int, "1")}, "two-1")
    assert shown(out.getvalue()) == ["one  1/1 tasks"]


def test_two_bars_at_once() -> None:
    """Two bars listen without disturbing each other, and a bar can be used again."""
    outer, inner = io.StringIO(), io.StringIO()
    bar = ProgressBar(out=inner)
    with ProgressBar(out=outer), bar, bar:
        sync.get({"one-1": (int, "1")}, "one-1")
    with bar:
        sync.get({"two-1": (int, "1")}, "two-1")
    assert shown(outer.getvalue()) == ["one  1/1 tasks"]
    assert shown(inner.getvalue()) == ["one  1/1 tasks", "two  1/1 tasks"]


@pytest.mark.parametrize("get", [sync.get, threaded.get, multiprocessing.get])
def test_failed_run_shows_how_far_it_came(get: Any) -> None:
    """The exception is the task's own, and the lines say which stage failed."""
    out = io.StringIO()
    with pytest.raises(ValueError, match="two"), ProgressBar(out=out):
        get(FAILING, "add", num_workers=1)
    assert shown(out.getvalue()) == ["load  1/2 tasks, failed", "add   0/1 tasks, not run"]


def test_tasks_of_a_dead_worker_count_once(tmp_path: Path) -> None:
    """A task that runs again after its worker died is one task of its stage."""
    out = io.StringIO()
    deadly = OnAttempt(1, ExitProcess(), tmp_path, only=[3])
    graph = {("step-0f3a", i): (deadly, i) for i in range(6)}
    with ProgressBar(out=out):
        assert multiprocessing.get(graph, list(graph), num_workers=2) == list(range(6))
    assert shown(out.getvalue()) == ["step  6/6 tasks"]


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("terminal", [io.StringIO, Terminal])
def test_interrupted_run_cleans_up(terminal: type[io.StringIO]) -> None:
    """Ctrl-C ends the bars with the run, and a later run in the same block has its own."""
    out = terminal()
    with ProgressBar(dt=0.001, out=out):
        with pytest.raises(KeyboardInterrupt):
            sync.get({"stop": (interrupt,), "nap": (sleep, 0.02), "all": (list, ["nap", "stop"])}, "all")
        assert not [thread for thread in threading.enumerate() if thread.name == "progress"]
        sync.get({"only-1": (int, "1")}, "only-1")
    shows = out.getvalue().count("only")
    assert shows == 1 or (shows and terminal is Terminal)  # where a bar is drawn as often as there is time


def test_leaving_the_block_ends_runs_under_way() -> None:
    """Bars of a run that another thread still works on stay as far as they came."""
    out = io.StringIO()
    go = threading.Event()
    with ProgressBar(out=out) as bar:
        thread = threading.Thread(target=sync.get, args=({"wait-1": (go.wait, 60)}, "wait-1"))
        thread.start()
        while not bar._runs:
            sleep(0.001)
    go.set()
    thread.join()
    assert shown(out.getvalue()) == ["wait  0/1 tasks, not run"]


@pytest.mark.parametrize("terminal", [io.StringIO, Terminal])
def test_output_that_is_gone_does_not_fail_the_run(terminal: type[io.StringIO]) -> None:
    """A run goes on when nobody can see its bars any more."""
    out = terminal()
    with ProgressBar(dt=0.001, out=out):
        out.close()
        assert sync.get({"nap-1": (sleep, 0.02), "add": (sum, [1, 2])}, "add") == 3


def print_when_drawn(out: Terminal, text: str) -> None:
    while text not in out.getvalue():
        sleep(0.001)
    sys.stdout.write("a word in between\n")


def test_terminal_bars_move_and_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bars are redrawn while a run goes on, stay when it is over, and the cursor comes back."""
    out = Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    graph: dict[Any, Any] = {("draw-0f3a", i): (print_when_drawn, out, f"{i}/5 ") for i in range(5)}
    with ProgressBar(dt=0.001, out=out):
        sync.get(graph, list(graph))
    text = out.getvalue()
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 1
    assert text.count("a word in between\n") == 5
    assert "left" in text
    final = text.rpartition("\x1b[?25h")[2]
    assert final.count("draw") == 1
    assert "5/5" in final


def test_terminal_shows_the_failure() -> None:
    """The last state of the bars names the stage that failed and those that never ran."""
    out = Terminal()
    with pytest.raises(ValueError, match="two"), ProgressBar(out=out):
        sync.get(FAILING, "add")
    lines = out.getvalue().splitlines()
    assert [line.split()[-1] for line in lines] == ["failed", "run"]


def test_runs_at_once_share_the_screen() -> None:
    """Runs of several threads are drawn together and each is printed once when it ends."""
    out = Terminal()

    def nap(i: int) -> None:
        sync.get({f"nap{i}-1": (sleep, 0.02), f"nap{i}-2": (sleep, 0.02 * i)}, [f"nap{i}-1", f"nap{i}-2"])

    with ProgressBar(dt=0.005, out=out):
        threads = [threading.Thread(target=nap, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    text = out.getvalue()
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")
    finals = re.findall(r"nap\d(?= [━╸╺ ]*2/2 )", re.sub(r"\x1b\[[0-9;]*m", "", text))
    assert {*finals} == {"nap0", "nap1", "nap2", "nap3"}


def test_computing_inside_a_task() -> None:
    """A run started by a task of another run is shown too, and neither waits for the other."""
    out = Terminal()
    inner = {"inner-1": (sleep, 0.02)}
    with ProgressBar(dt=0.005, out=out):
        threaded.get({"outer-1": (lambda: sync.get(inner, "inner-1"),)}, "outer-1")
    assert "inner" in out.getvalue()
    assert "outer" in out.getvalue()


def test_rich_is_imported_by_the_first_bar_only() -> None:
    """Listening costs an import only where a bar is used."""
    program = """
import sys
import pannier.diagnostics
assert "pannier.diagnostics.progress" not in sys.modules
assert "ProgressBar" in dir(pannier.diagnostics)
bar = pannier.diagnostics.ProgressBar()
assert not any(name.partition(".")[0] == "rich" for name in sys.modules)
bar.register()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_unknown_name() -> None:
    """A name that is not there is an AttributeError, as for any module."""
    import pannier.diagnostics

    with pytest.raises(AttributeError, match="Profilr"):
        _ = pannier.diagnostics.Profilr
