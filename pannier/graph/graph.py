"""A task graph and the part of it that a run needs, numbered in the order to run it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from pannier import graph
from pannier.errors import GraphError, near_matches
from pannier.frozen import frozen
from pannier.graph.annotations import Annotation, by_urgency, priorities_of
from pannier.graph.task import Key, Task


@frozen
class Graph:
    """Tasks by key, and values that need no task.

    >>> from pannier.graph.task import Ref
    >>> graph = Graph({"y": Task(max, Ref("x"), 3)}, {"x": 7})
    >>> graph.ordered(["y"]).keys
    ['y']
    """

    tasks: Mapping[Key, Task]
    values: Mapping[Key, Any]
    """Results known before the run starts; never dropped."""
    annotations: Mapping[Key, Annotation] = field(default_factory=dict)
    """What is said of tasks, by key."""

    def __contains__(self, key: Key) -> bool:
        return key in self.tasks or key in self.values

    def __len__(self) -> int:
        return len(self.tasks) + len(self.values)

    def ordered(self, wanted: Iterable[Key]) -> OrderedTasks:
        """The tasks that ``wanted`` needs, numbered in the order to run them.

        Raises :class:`~pannier.errors.GraphError` for a key that is nowhere and for a cycle.
        """
        wanted = list(wanted)
        keys = self._needed(wanted)
        index = {key: i for i, key in enumerate(keys)}
        tasks = [self.tasks[key] for key in keys]
        if self.values:
            dependencies = [[index[dep] for dep in task.deps if dep in index] for task in tasks]
        else:
            dependencies = [[index[dep] for dep in task.deps] for task in tasks]
        dependents = invert(dependencies)
        if (cycle := find_cycle(dependencies, dependents)) is not None:
            path = " -> ".join(repr(keys[i]) for i in cycle)
            raise GraphError(f"the graph has a cycle, so no task of it can run first: {path}")
        sequence = graph.order.order(dependencies, dependents)
        if self.annotations and (priorities := priorities_of(self.annotations, index)):
            sequence = by_urgency(sequence, dependencies, priorities)
        position = [0] * len(sequence)
        for place, i in enumerate(sequence):
            position[i] = place
        return OrderedTasks(
            keys=[keys[i] for i in sequence],
            tasks=[tasks[i] for i in sequence],
            dependencies=[[position[dep] for dep in dependencies[i]] for i in sequence],
            dependents=[[position[user] for user in dependents[i]] for i in sequence],
            outputs=sorted({position[index[key]] for key in wanted if key in index}),
            values=self.values,
            retries={
                position[index[key]]: said.retries
                for key, said in self.annotations.items()
                if said.retries is not None and key in index
            },
        )

    def _needed(self, wanted: Sequence[Key]) -> list[Key]:
        """Keys of the tasks that ``wanted`` depends on, each once; values are not tasks."""
        tasks, values = self.tasks, self.values
        seen: dict[Key, None] = {}
        for key in wanted:
            if key not in tasks and key not in values:
                raise GraphError(f"no task is named {key!r}{near_matches(key, [*tasks, *values])}")
        stack = [key for key in reversed(wanted) if key in tasks]
        while stack:
            key = stack.pop()
            if key in seen:
                continue
            task = tasks.get(key)
            if task is None:
                if key in values:
                    continue
                user = next(k for k in seen if key in tasks[k].deps)
                hint = near_matches(key, [*tasks, *values])
                raise GraphError(f"task {user!r} needs {key!r}, and no task is named so{hint}")
            seen[key] = None
            if task.deps:
                stack.extend(reversed(task.deps))
        return list(seen)


@frozen
class OrderedTasks:
    """The tasks of one run.  A task's number is its priority: lower runs first."""

    keys: list[Key]
    tasks: list[Task]
    dependencies: list[list[int]]
    """For each task the numbers of the tasks whose results it reads."""
    dependents: list[list[int]]
    """For each task the numbers of the tasks that read its result."""
    outputs: list[int]
    """Numbers of the tasks whose results are wanted, ascending."""
    values: Mapping[Key, Any]
    """Results known before the run starts."""
    retries: Mapping[int, int] = field(default_factory=dict)
    """By number, how often a task may be tried again, where that is said of it."""


def invert(dependencies: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each task its dependents, ascending.

    >>> invert([[], [0], [0, 1]])
    [[1, 2], [2], []]
    """
    dependents: list[list[int]] = [[] for _ in dependencies]
    for task, deps in enumerate(dependencies):
        for dep in deps:
            dependents[dep].append(task)
    return dependents


def find_cycle(
    dependencies: Sequence[Sequence[int]], dependents: Sequence[Sequence[int]]
) -> list[int] | None:
    """A cycle as the tasks along it, first and last the same; None when there is none.

    >>> find_cycle([[1], [0]], [[1], [0]])
    [0, 1, 0]
    """
    waiting = [len(deps) for deps in dependencies]
    free = [task for task, n in enumerate(waiting) if not n]
    for task in free:
        for user in dependents[task]:
            waiting[user] -= 1
            if not waiting[user]:
                free.append(user)
    if len(free) == len(waiting):
        return None
    # Every task left waits for another one left, so walking from any of them must come around.
    task = next(task for task, n in enumerate(waiting) if n)
    place: dict[int, int] = {}
    path: list[int] = []
    while task not in place:
        place[task] = len(path)
        path.append(task)
        task = next(dep for dep in dependencies[task] if waiting[dep])
    return [*path[place[task] :], task]
