"""Which results behind a barrier belong together.

A barrier (a task with ``keeps_inputs``) shares out what its inputs have written, by what came out: when one input is
made again, say because its file was damaged, its size may be another, and with it the share of each reader.  What one
reader made of the old share must not stand beside what another makes of a new one.

So every kept result knows the run that made it, and the readers of a barrier, with all behind them, are named by the
runs that made its inputs: the *layout*.  It is known before the run starts, and is written down for the time when all
readers are done and the inputs are gone.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pannier.graph.graph import Graph
from pannier.graph.task import Key


def keeps_inputs(func: Callable[..., Any]) -> bool:
    """Whether tasks of ``func`` are barriers."""
    return getattr(func, "keeps_inputs", False) is True


class Layouts:
    """The layouts of the barriers of ``graph``, whose tasks have ``prints``, inputs first.

    They are written to ``path``, and read from there.
    """

    def __init__(self, graph: Graph, prints: Mapping[Key, str | None], path: str) -> None:
        self._graph = graph
        self._prints = prints
        self._path = path
        self._behind = _barriers_behind(graph, prints)
        self._barriers = frozenset[Key]().union(*self._behind.values())
        stored = _read(path) if self._barriers else {}
        self._layouts = {key: stored.get(prints[key] or "", "") for key in self._barriers}

    def names(self) -> dict[Key, str | None]:
        """The name of the result of each task: its fingerprint, behind barriers together with their layouts."""
        if not self._barriers:
            return dict(self._prints)
        marks = {
            each: "".join(sorted(self._layouts[key] for key in each)) for each in set(self._behind.values())
        }
        names: dict[Key, str | None] = {}
        for key, fingerprint in self._prints.items():
            behind = self._behind[key]
            names[key] = _digest(fingerprint + marks[behind]) if fingerprint and behind else fingerprint
        return names

    def settle(self, running: Iterable[Key], makers: Mapping[Key, str]) -> bool:
        """Whether the layouts stay as they are when the barriers among ``running`` run.

        ``makers`` are the runs that make, or have made, the results of tasks.
        """
        stays = True
        for key in self._barriers.intersection(running):
            layout = _digest(repr([makers.get(dep, "") for dep in self._graph.tasks[key].deps]))
            if layout != self._layouts[key]:
                self._layouts[key] = layout
                stays = False
        return stays

    def write(self) -> None:
        """Write the layouts down.  Raises OSError where that cannot be done."""
        if not self._barriers:
            return
        os.makedirs(os.path.dirname(self._path), mode=0o700, exist_ok=True)
        aside = Path(f"{self._path}.{os.urandom(4).hex()}.tmp")
        known = {self._prints[key]: layout for key, layout in self._layouts.items() if self._prints[key]}
        try:
            aside.write_text(json.dumps(known), encoding="utf-8")
            aside.replace(self._path)
        finally:
            aside.unlink(missing_ok=True)


def _barriers_behind(graph: Graph, keys: Iterable[Key]) -> dict[Key, frozenset[Key]]:
    """The barriers that each task depends on, of tasks whose ``keys`` come inputs first."""
    found: dict[Key, frozenset[Key]] = {}
    for key in keys:
        behind: frozenset[Key] = frozenset()
        task = graph.tasks.get(key)
        for dep in () if task is None else task.deps:
            more = found.get(dep, frozenset())
            if dep in graph.tasks and keeps_inputs(graph.tasks[dep].func):
                more |= {dep}
            if not more <= behind:
                behind |= more
        found[key] = behind
    return found


def _read(path: str) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
