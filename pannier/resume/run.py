"""A run that takes up what earlier ones have kept in a folder, and keeps what it makes.

What is kept: the results that are wanted, those that a list gathers (the partial results of a reduction, the
indexes of a shuffle), and all others that are small.  So a large result that only leads to another kept one
is not kept twice.  Functions that are cheap by their own account (those that keep their inputs) run again.

The files that tasks write for others (the data of a shuffle) go to a folder of the run's own inside the resume
folder.  They stay when the run fails, and go when it ends well: then nobody needs them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from pannier import host
from pannier.errors import LostResult, UsageError
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
        self._prints = fingerprints(graph, self._flat)
        self._gathered = _gathered(graph)
        self._used: dict[str, About] = {}
        """By fingerprint, the kept results that the run does not make."""

    def run(self, get: Callable[..., Any], options: Mapping[str, Any]) -> Any:
        """What ``get`` returns for the wanted keys.  Raises what it raises."""
        files = os.path.join(self._folder, _FILES, secrets.token_hex(8))
        os.makedirs(self._folder, exist_ok=True)
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
                    self._remove_files(files)
                    return answer

    def _graph(self) -> Graph:
        """The tasks that are to run, and what is kept of the others."""
        existing = _existing(self._folder)
        tasks: dict[Key, Task] = {}
        values = dict(self._runnable.values)
        self._used.clear()
        wrapped: dict[tuple[int, int | None], Kept] = {}
        loading = Load(self._folder)
        wanted = set(self._flat)
        stack = list(self._flat)
        while stack:
            key = stack.pop()
            if key in tasks or key in values:
                continue
            task, fingerprint = self._runnable.tasks[key], self._prints[key]
            if fingerprint is None or getattr(task.func, "keeps_inputs", False):
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
        names = None if about is None else about.named()
        if about is not None and names is not None:
            self._used[fingerprint] = about
        return names

    def _forget_files(self) -> bool:
        """Remove the kept results that name files of earlier runs; whether there were any."""
        ours = os.path.join(self._folder, _FILES, "")
        found = [
            fingerprint
            for fingerprint, about in self._used.items()
            if any(path.startswith(ours) for path, _ in about.files)
        ]
        for fingerprint in found:
            Path(entry_path(self._folder, fingerprint)).unlink(missing_ok=True)
        return bool(found)

    def _remove_files(self, files: str) -> None:
        """Remove what this run's tasks wrote for each other, and those whose results it took up."""
        ours = os.path.join(self._folder, _FILES, "")
        shutil.rmtree(files, ignore_errors=True)
        for about in self._used.values():
            for path, _ in about.files:
                if path.startswith(ours):
                    Path(path).unlink(missing_ok=True)
                    with contextlib.suppress(OSError):
                        os.removedirs(os.path.dirname(path))


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
