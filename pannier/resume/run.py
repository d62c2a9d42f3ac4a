"""A run that takes up what earlier ones have kept in a folder, and keeps what it makes.

What is kept: the results that are wanted, those that a list gathers (the partial results of a reduction, the
indexes of a shuffle), and all others that are small.  So a large result that only leads to another kept one
is not kept twice.  Functions that are cheap by their own account (those that keep their inputs) run again.

The files that tasks write for others (the data of a shuffle) go to a folder of the run's own inside the resume
folder.  They stay when the run fails, and go when it ends well: then nobody needs them.
"""

from __future__ import annotations

import contextlib
import glob
import os
import secrets
import shutil
import warnings
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from pannier import host
from pannier.errors import LostResult, PannierWarning, UsageError
from pannier.graph.graph import Graph
from pannier.graph.spec import flat_keys
from pannier.graph.task import Key, Ref, Task
from pannier.io.files import absolute, is_local
from pannier.resume.entries import About, DamagedEntryError, entry_path, load, look_up
from pannier.resume.fingerprints import fingerprints
from pannier.resume.tasks import SMALL_BYTES, Kept, Load

_FILES: Final = "files"


class Resumed:
    """A run of ``graph`` for ``wanted``, with what is in ``folder``.

    ``runnable`` has the same tasks, ready to run, perhaps wrapped.
    """

    def __init__(self, graph: Graph, runnable: Graph, wanted: Any, folder: str | os.PathLike[str]) -> None:
        path = os.fspath(folder)
        if not is_local(path):
            raise UsageError(f"resume wants a folder of this machine, not {path!r}")
        self._folder = absolute(path)
        self._runnable = runnable
        self._wanted = wanted
        self._flat = list(flat_keys(wanted))
        self._prints, doubt = fingerprints(graph, self._flat)
        if doubt:
            warnings.warn(
                f"{list(self._prints.values()).count(None)} of {len(self._prints)} tasks will run in each run, "
                f"because it cannot be told whether they are the same as before; {doubt}",
                PannierWarning,
                stacklevel=4,
            )
        self._gathered = _gathered(graph)
        self._naming: list[str] = []
        """Fingerprints of the kept results that the run has taken up and that name files of earlier runs."""
        self._runs: set[str] = set()
        """The folders of those runs."""

    def run(self, get: Callable[..., Any], options: Mapping[str, Any]) -> Any:
        """What ``get`` returns for the wanted keys.  Raises what it raises."""
        work = blake2b(repr([self._prints[key] for key in self._flat]).encode(), digest_size=8).hexdigest()
        files = os.path.join(self._folder, _FILES, f"{work}-{secrets.token_hex(4)}")
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        with host.files_in(files):
            while True:
                try:
                    answer = get(self._graph(), self._wanted, **options)
                except DamagedEntryError as error:
                    Path(error.path).unlink(missing_ok=True)
                except LostResult:
                    # The data behind a kept index is damaged, or another run has just removed it.
                    if not self._forget_files():
                        raise
                else:
                    self._remove_files(work)
                    return answer

    def _graph(self) -> Graph:
        """The tasks that are to run, and what is kept of the others."""
        existing = _existing(self._folder)
        tasks: dict[Key, Task] = {}
        values = dict(self._runnable.values)
        self._naming.clear()
        wrapped: dict[tuple[int, int | None], Kept] = {}
        loading = Load(self._folder)
        wanted = set(self._flat)
        stack = list(self._flat)
        while stack:
            key = stack.pop()
            if key in tasks or key in values:
                continue
            task, fingerprint = self._runnable.tasks[key], self._prints[key]
            if fingerprint is None or getattr(task.func, "keeps_inputs", False) is True:
                tasks[key] = task
                stack.extend(task.deps)
                continue
            names = self._kept_names(fingerprint) if fingerprint in existing else None
            if names is None:
                limit = None if key in wanted or key in self._gathered else SMALL_BYTES
                func = wrapped.get((id(task.func), limit))
                if func is None:
                    func = wrapped[id(task.func), limit] = Kept(task.func, self._folder, limit)
                tasks[key] = Task.of(func, (fingerprint, *task.args), task.kwargs, task.deps, task.flat)
                stack.extend(task.deps)
            elif key in wanted:
                values[key] = load(self._folder, fingerprint, names)
            else:
                tasks[key] = Task.of(loading, (fingerprint, names), {}, (), True)
        return Graph(tasks, values)

    def _kept_names(self, fingerprint: str) -> dict[str, Any] | None:
        """What the result of that fingerprint needs of ``__main__``; None if it cannot be used."""
        about = look_up(self._folder, fingerprint)
        if about is None:
            return None
        runs = self._runs_behind(about)
        self._runs.update(runs)
        names = about.named()
        if names is not None and runs:
            self._naming.append(fingerprint)
        return names

    def _runs_behind(self, about: About) -> set[str]:
        """The folders of the runs whose files a result names."""
        start = os.path.join(self._folder, _FILES, "")
        inside = [path.removeprefix(start) for path, _ in about.files if path.startswith(start)]
        return {start + path.partition(os.sep)[0] for path in inside}

    def _forget_files(self) -> bool:
        """Remove the kept results that name files of earlier runs; whether there were any."""
        for fingerprint in self._naming:
            Path(entry_path(self._folder, fingerprint)).unlink(missing_ok=True)
        return bool(self._naming)

    def _remove_files(self, work: str) -> None:
        """Remove what the tasks of this ``work`` have written for each other, in this run and earlier ones.

        Should another run still read from there, it makes again what it misses.
        """
        for run in self._runs.union(glob.glob(os.path.join(glob.escape(self._folder), _FILES, f"{work}-*"))):
            shutil.rmtree(run, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rmdir(os.path.join(self._folder, _FILES))


def _existing(folder: str) -> set[str]:
    """The fingerprints of what is kept."""
    found: set[str] = set()
    for _, _, names in os.walk(os.path.join(folder, "results")):
        found.update(names)
    return found


def _gathered(graph: Graph) -> set[Key]:
    """The keys whose results a task reads in a list."""
    return {
        item.key
        for task in graph.tasks.values()
        if not task.flat
        for arg in task.args
        if type(arg) is list
        for item in arg
        if type(item) is Ref
    }
