"""Tasks made ready to travel.

A function is pickled once a run and sent to a worker once; tasks name it by a number.  The tasks of a batch
are one pickle of plain tuples, so that a trivial task costs little more than its arguments::

    (function, args, refs)           refs: (place in args, number of the task or list of such numbers)
    (function, args, kwargs, deps)   anything else: references inside containers; deps: (key, number)
    (..., trace)                     a task to be watched, deps being None for one of the first form

The fast form covers calls whose arguments are values, references and lists of references only.
"""

from __future__ import annotations

import types
from collections.abc import Hashable, Sequence
from typing import Any

from pannier.errors import SerializationError
from pannier.graph.graph import OrderedTasks
from pannier.graph.task import NESTING, Key, Ref
from pannier.schedulers import byvalue
from pannier.schedulers.batching import kind_of
from pannier.schedulers.culprits import refused_task
from pannier.schedulers.multiprocessing.driven import Encoded


class Refused(Exception):
    """Task number ``task`` cannot travel; ``error`` says why."""

    def __init__(self, task: int, error: SerializationError) -> None:
        super().__init__(task, error)
        self.task = task
        self.error = error


class Encoder:
    """Encodes the tasks of one run."""

    def __init__(self, tasks: OrderedTasks) -> None:
        self._tasks = tasks
        # Values known before the run are numbered down from -1, tasks up from 0.
        self._numbers: dict[Key, int] = {key: ~i for i, key in enumerate(tasks.values)}
        self._numbers.update(zip(tasks.keys, range(len(tasks.keys)), strict=True))
        self._functions: dict[Any, int] = {}
        self._kinds: dict[int, Hashable] = {}
        self.pickled: list[bytes] = []
        """Pickles of the functions, by function number."""

    def inputs(self, number: int) -> list[int]:
        """Numbers of the results and values that task ``number`` reads."""
        if self._tasks.values:
            return [self._numbers[key] for key in self._tasks.tasks[number].deps]
        return self._tasks.dependencies[number]

    def kind(self, number: int) -> Hashable:
        """What task ``number`` has in common with those that cost the same."""
        func = self._tasks.tasks[number].func
        kind = self._kinds.get(id(func))
        if kind is None:
            kind = self._kinds[id(func)] = kind_of(func)
        return kind

    def encode(self, number: int) -> Encoded:
        """Task ``number`` in one of the two forms; see the module.

        Raises :class:`Refused` when its function cannot be pickled.
        """
        task = self._tasks.tasks[number]
        function = self._function(task.func, number)
        args, numbers = task.args, self._numbers
        if not task.deps:
            if task.flat:
                return function, args, ()
        elif not task.kwargs:
            refs: list[tuple[int, Any]] = []
            for place, arg in enumerate(args):
                kind = type(arg)
                if kind is Ref:
                    refs.append((place, numbers[arg.key]))
                elif kind is list and arg and all(type(item) is Ref for item in arg):
                    refs.append((place, [numbers[item.key] for item in arg]))
                elif kind in NESTING:
                    break
            else:
                places = {place for place, _ in refs}
                return function, tuple([None if i in places else a for i, a in enumerate(args)]), refs
        return function, args, dict(task.kwargs), [(key, numbers[key]) for key in task.deps]

    def dumps(self, numbers: Sequence[int], encoded: Sequence[Encoded]) -> bytes:
        """The pickle of a batch.  Raises :class:`Refused` with the task at fault."""
        try:
            return byvalue.dumps(encoded)
        except Exception as error:
            raise self._refused(numbers, error) from error

    def _function(self, func: Any, number: int) -> int:
        # A bound method is a new object each time it is looked up.
        known = (id(func.__self__), id(func.__func__)) if type(func) is types.MethodType else id(func)
        function = self._functions.get(known)
        if function is None:
            try:
                self.pickled.append(byvalue.dumps(func))
            except Exception as error:
                raise self._refused((number,), error) from error
            function = self._functions[known] = len(self.pickled) - 1
        return function

    def _refused(self, numbers: Sequence[int], error: Exception) -> Refused:
        """Which of the tasks is at fault, and why; ``error`` is what pickling them together raised."""
        for number in numbers:
            refused = refused_task(self._tasks.keys[number], self._tasks.tasks[number])
            if refused is not None:
                return Refused(number, refused)
        return Refused(numbers[0], SerializationError(f"tasks cannot travel to another process: {error}"))
