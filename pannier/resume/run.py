"""A run that takes up what earlier ones have kept in a folder, and keeps what it makes.

What is kept: the results that are wanted, those that a list gathers (the partial results of a reduction, the
indexes of a shuffle), and all others that are small.  So a large result that only leads to another kept one
is not kept twice.  Barriers are cheap, and run again.

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
from collections.abc import Callable, Container, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from pannier import config, host
from pannier.errors import LostResult, NotResumed, UsageError
from pannier.graph.graph import Graph
from pannier.graph.spec import flat_keys
from pannier.graph.task import Key, Ref, Task
from pannier.io.files import absolute, is_local
from pannier.resume.entries import DamagedEntryError, LostInputError, entry_path, load, look_up
from pannier.resume.fingerprints import fingerprints
from pannier.resume.layouts import Layouts, keeps_inputs
from pannier.resume.tasks import SMALL_BYTES, Kept, Load

_FILES: Final = "files"


class _Found(NamedTuple):
    """A kept result that can be used."""

    run: str
    """The run that made it."""
    folders: frozenset[str]
    """The folders of the runs whose files it names."""
    of_main: Mapping[str, Any]
    """The functions and classes of ``__main__`` that it needs."""


class Resumed:
    """A run of ``graph`` for ``wanted``, with what is in ``folder``.

    ``runnable`` has the same tasks, ready to run, perhaps wrapped.
    """

    def __init__(self, graph: Graph, runnable: Graph, wanted: Any, folder: str | os.PathLike[str]) -> None:
        path = os.fspath(folder)
        if not is_local(path):
            raise UsageError(f"resume wants a folder of this machine, not {path!r}")
        if config.get("on_poison") == "quarantine":
            raise UsageError(
                "resume keeps whole results, and on_poison='quarantine' leaves records out of some: use one of them"
            )
        self._folder = absolute(path)
        self._runnable = runnable
        self._wanted = wanted
        self._flat = list(flat_keys(wanted))
        prints, doubt = fingerprints(graph, self._flat)
        if doubt:
            warnings.warn(
                f"{list(prints.values()).count(None)} of {len(prints)} tasks will run in each run, because it "
                f"cannot be told whether they are the same as before; {doubt}",
                NotResumed,
                stacklevel=4,
            )
        self._token = ""
        """Of this attempt of this run, among all."""
        self._work = blake2b(
            repr([prints.get(key) for key in self._flat]).encode(), digest_size=8
        ).hexdigest()
        """Of all runs that want the same."""
        self._layouts = Layouts(graph, prints, os.path.join(self._folder, "layouts", self._work))
        self._gathered = _gathered(graph)
        self._used: list[str] = []
        """Names of the kept results that the run has taken up and that name files of earlier runs."""
        self._folders: set[str] = set()
        """The folders of those runs."""

    def run(self, get: Callable[..., Any], options: Mapping[str, Any]) -> Any:
        """What ``get`` returns for the wanted keys.  Raises what it raises."""
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        losses = 0
        while True:
            self._token = secrets.token_hex(8)
            try:
                with host.files_in(os.path.join(self._folder, _FILES, f"{self._work}-{self._token}")):
                    answer = get(self._graph(), self._wanted, **options)
            except DamagedEntryError as error:
                Path(error.path).unlink(missing_ok=True)
            except (LostInputError, LostResult) as error:
                # The data behind an index is damaged, or another run has just removed it.
                losses += 1
                if losses > config.get("retries"):
                    raise LostResult(str(error)) from error
                self._forget_used()
            else:
                self._remove_files()
                return answer

    def _graph(self) -> Graph:
        """The tasks that are to run, and what is kept of the others."""
        existing = _existing(self._folder)
        while True:
            names = self._layouts.names()
            found = self._find(names, existing)
            running = [key for key, each in found.items() if each is None]
            makers = {key: self._token if each is None else each.run for key, each in found.items()}
            if self._layouts.settle(running, makers):
                break
        self._layouts.write()
        self._used = [str(names[key]) for key, each in found.items() if each is not None and each.folders]
        return self._arranged(names, found)

    def _find(self, names: Mapping[Key, str | None], existing: Container[str]) -> dict[Key, _Found | None]:
        """Of each task that the wanted ones need the kept result; None of those that must run."""
        tasks = self._runnable.tasks
        found: dict[Key, _Found | None] = {}
        stack = [key for key in self._flat if key in tasks]
        while stack:
            key = stack.pop()
            if key in found:
                continue
            name = names[key]
            is_there = name is not None and name in existing and not keeps_inputs(tasks[key].func)
            found[key] = self._look_up(str(name)) if is_there else None
            if found[key] is None:
                stack.extend(dep for dep in tasks[key].deps if dep in tasks)
        return found

    def _look_up(self, name: str) -> _Found | None:
        about = look_up(self._folder, name)
        if about is None:
            return None
        start = os.path.join(self._folder, _FILES, "")
        inside = [path.removeprefix(start) for path, _ in about.files if path.startswith(start)]
        folders = frozenset({start + path.partition(os.sep)[0] for path in inside})
        self._folders.update(folders)
        of_main = about.of_main()
        return None if of_main is None else _Found(about.run, folders, of_main)

    def _arranged(self, names: Mapping[Key, str | None], found: Mapping[Key, _Found | None]) -> Graph:
        """Tasks that keep their results, those that load them, and the wanted results that are there."""
        tasks: dict[Key, Task] = {}
        values = dict(self._runnable.values)
        wanted = set(self._flat)
        keeping: dict[tuple[int, int | None], Kept] = {}
        loading = Load(self._folder)
        for key, each in found.items():
            task, name = self._runnable.tasks[key], names[key]
            if name is None or keeps_inputs(task.func):
                tasks[key] = task
            elif each is None:
                limit = None if key in wanted or key in self._gathered else SMALL_BYTES
                func = keeping.get((id(task.func), limit))
                if func is None:
                    func = keeping[id(task.func), limit] = Kept(task.func, self._folder, self._token, limit)
                tasks[key] = Task.of(func, (name, *task.args), task.kwargs, task.deps, task.flat)
            elif key in wanted:
                values[key] = load(self._folder, name, each.of_main)
            else:
                tasks[key] = Task.of(loading, (name, each.of_main), {}, (), True)
        return Graph(tasks, values, self._runnable.annotations)

    def _forget_used(self) -> None:
        """Remove the kept results that name files of earlier runs."""
        for name in self._used:
            Path(entry_path(self._folder, name)).unlink(missing_ok=True)

    def _remove_files(self) -> None:
        """Remove what the tasks of this work have written for each other, in this run and earlier ones.

        Should another run still read from there, it makes again what it misses.
        """
        files = os.path.join(self._folder, _FILES)
        for folder in self._folders.union(glob.glob(os.path.join(glob.escape(files), f"{self._work}-*"))):
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rmdir(files)


def _existing(folder: str) -> set[str]:
    """The names of what is kept."""
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
