"""Timing of whole scripts side by side, and what a table of such timings needs.

Machines are noisy and drift, so nothing is compared across runs of a benchmark: the scripts take turns
(A B C A B C ...), a ratio is taken between neighbours, and the median of the ratios is what counts.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.together import Watch

ROOT = Path(__file__).resolve().parent.parent
"""The checkout; scripts import pannier from here."""


@dataclass(frozen=True, slots=True)
class Peak:
    """What some processes held together: the highest of each number, in bytes; they need not be of one moment."""

    rss: int = 0
    """Resident sets, added up."""
    pss: int = 0
    """Proportional set sizes, added up; where the system has none, the same as ``rss``."""
    shm: int = 0
    """What files in ``/dev/shm``, of all processes of the machine, hold more than when the watch began."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a script."""

    seconds: float
    """Wall time from before the interpreter starts until it has ended."""
    cpu_seconds: float
    """Processor time of the script and of the descendants that were waited for.  On a busy machine it says more
    than wall time."""
    peak_rss: int
    """Bytes; the largest resident set that any one process of the script reached: itself or a descendant that
    was waited for (``ru_maxrss``).  It is no sum over processes, and never below what the measuring process holds,
    since a child starts out in its parent's memory: a benchmark imports little."""
    output: str
    """What the script printed."""
    together: Peak = field(default_factory=Peak)
    """What the script and its descendants held together at most; zeros unless it was asked for."""


def run(command: Sequence[str], *, watched: bool = False) -> Run:
    """The command run to its end from the checkout.

    ``watched``, its processes are sampled for the memory they hold together (:mod:`benchmarks.together`).

    Raises :class:`subprocess.CalledProcessError` when it fails; its stderr went to ours.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environ = {**os.environ, "PYTHONPATH": path}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)  # nobody compiles what they installed at every start
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as stdout,
        tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch,  # not all peers clear up
    ):
        environ["TMPDIR"] = scratch
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=stdout)
        watch = _watch(process.pid) if watched else None
        # Popen.wait would throw away what the kernel counted for this one process tree.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        together = watch.stop() if watch else Peak()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)
        stdout.seek(0)
        scale = 1 if sys.platform == "darwin" else 1024
        cpu_seconds = usage.ru_utime + usage.ru_stime
        return Run(seconds, cpu_seconds, usage.ru_maxrss * scale, stdout.read(), together)


def _watch(pid: int) -> Watch:
    # It needs psutil, which a benchmark that watches nothing should not hold: see Run.peak_rss.
    from benchmarks.together import Watch

    return Watch(pid)


def take_turns(commands: Mapping[str, Sequence[str]], repeat: int) -> dict[str, list[Run]]:
    """Runs by name, ``repeat`` of each, made in turns; progress goes to stderr."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for turn in range(repeat):
        for name, command in commands.items():
            runs[name].append(run(command))
            print(f"{turn + 1}/{repeat} {name}: {runs[name][-1].seconds:.2f} s", file=sys.stderr)
    return runs


def median_seconds(runs: Sequence[Run]) -> float:
    """The median wall time of ``runs``."""
    return statistics.median(run.seconds for run in runs)


def median_cpu_seconds(runs: Sequence[Run]) -> float:
    """The median processor time of ``runs``."""
    return statistics.median(run.cpu_seconds for run in runs)


def median_ratio(runs: Sequence[Run], base: Sequence[Run]) -> float:
    """The median over the turns of the time of ``runs`` by that of ``base`` in the same turn.

    >>> slow, fast = ([Run(s, s, 0, "") for s in seconds] for seconds in ((2, 9), (1, 3)))
    >>> median_ratio(slow, fast)
    2.5
    """
    return statistics.median(a.seconds / b.seconds for a, b in zip(runs, base, strict=True))


def median_cpu_ratio(runs: Sequence[Run], base: Sequence[Run]) -> float:
    """The same of processor time."""
    return statistics.median(a.cpu_seconds / b.cpu_seconds for a, b in zip(runs, base, strict=True))


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; the first column is flush left, the others flush right.

    >>> print(markdown_table(["script", "s"], [["pool", "12.5"]]))
    | script |    s |
    |:-------|-----:|
    | pool   | 12.5 |
    """
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return f"| {' | '.join(padded)} |"

    first, *others = widths
    rule = f"|:{'-' * (first + 1)}|" + "".join(f"{'-' * (width + 1)}:|" for width in others)
    return "\n".join([line(header), rule, *map(line, rows)])


def circumstances(*distributions: str) -> str:
    """One line: commit, Python, versions of the ``distributions`` that are installed, cores, processor, system."""
    parts = [f"pannier at {_commit()}", f"Python {platform.python_version()}"]
    parts += [f"{name} {metadata.version(name)}" for name in distributions if is_installed(name)]
    parts += [
        f"{len(os.sched_getaffinity(0))} cores",
        _processor(),
        f"{platform.system()} {platform.machine()}",
    ]
    return ", ".join(parts)


def is_installed(distribution: str) -> bool:
    """Whether ``distribution`` is installed here."""
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty", "--tags"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return answer.stdout.strip() or "an unknown commit"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"
