"""Scripts as a user would write them, in processes of their own, and what they leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


class Script:
    """A running script, and what it may have left when it is over."""

    def __init__(self, folder: Path, text: str, **environ: str) -> None:
        self.folder = folder
        (folder / "script.py").write_text(text)
        spill = folder / "spill"
        spill.mkdir(exist_ok=True)
        ours = {"PYTHONPATH": str(ROOT), "TMPDIR": str(spill), "PYTHONUNBUFFERED": "1"}
        environ = {**os.environ, **ours, **environ}
        self.process = subprocess.Popen(
            [sys.executable, "script.py"],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def output(self) -> tuple[str, str]:
        """Stdout and stderr, once the script is over."""
        return self.process.communicate(timeout=60)

    def answer(self) -> str:
        """Stdout of a script that succeeds and says nothing on stderr."""
        out, err = self.output()
        assert (self.process.returncode, err) == (0, "")
        return out.strip()

    def wait_for_line(self) -> str:
        """The next line the script prints."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def interrupt(self) -> None:
        """What Ctrl-C does: SIGINT to all processes of the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def workers(self) -> list[int]:
        """Ids of the workers that live; the folder of the script is among their arguments."""
        found = []
        for process in psutil.process_iter(["pid", "cmdline", "status"]):
            command = process.info["cmdline"] or ()
            if str(self.folder) in command and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.info["pid"])
        return found

    def files(self) -> list[Path]:
        """Files and folders of the run."""
        name = f"pannier-{self.process.pid}-*"
        return [*Path("/dev/shm").glob(name), *(self.folder / "spill").iterdir()]

    def leaves_nothing(self) -> None:
        """Fail unless all workers are gone and all files removed, soon."""
        wait_until(lambda: not self.workers() and not self.files())
        assert (self.workers(), self.files()) == ([], [])


def wait_until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Return when ``condition`` holds, or after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
