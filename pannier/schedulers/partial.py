"""Runs that go on after a failure: a failed task has a result, which says so.

For such a run every task is wrapped in :class:`Tolerant`, which works under any scheduler::

    a task that raises                        -> Failed: its result is missing
    a task one of whose arguments is missing  -> Failed, by the same failures; its function is not called
    a task of a list of results               -> called with those that are there, if any is; its result is
                                                 Tainted: a value, and the failures behind what it lacks

A function of a list in which places count has a ``stand_in`` for what is missing; one that can do without its first
argument alone has an ``in_place_of_first`` for it, and its result is Tainted.

A task that takes its scheduler's worker down cannot say so itself: the scheduler then asks for a result
(:func:`rescued`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from pannier.errors import InternalError, LostResult
from pannier.graph.graph import Graph
from pannier.graph.task import Key, Ref, Task
from pannier.schedulers.failures import Failure, pack_error, unpack_error


class TaskFailure:
    """What the task of ``number``, in the order of its graph, raised.

    It is packed when it travels and stays so until somebody looks, however many processes it passes through.

    >>> import pickle
    >>> pickle.loads(pickle.dumps(TaskFailure(7, KeyError("name")))).error
    KeyError('name')
    """

    __slots__ = ("_error", "_packed", "number")

    def __init__(
        self, number: int, error: BaseException | None, packed: tuple[Any, ...] | None = None
    ) -> None:
        self.number = number
        self._error = error
        self._packed = packed

    @property
    def error(self) -> BaseException:
        """The exception."""
        if self._error is None:
            assert self._packed is not None
            self._error = unpack_error(Failure(*self._packed))
        return self._error

    def __reduce__(self) -> tuple[Any, ...]:
        if self._packed is None:
            self._packed = tuple(pack_error(self.error, __file__))
        return TaskFailure, (self.number, None, self._packed)


Failures: TypeAlias = dict[int, TaskFailure]
"""By the number of the task."""


class Failed:
    """Stands for a result that is missing because of ``failures``."""

    __slots__ = ("failures",)

    def __init__(self, failures: Failures) -> None:
        self.failures = failures


class Tainted:
    """``value``, in which something is missing because of ``failures``."""

    __slots__ = ("failures", "value")

    def __init__(self, value: Any, failures: Failures) -> None:
        self.value = value
        self.failures = failures


class Tolerant:
    """``func``, called with what there is; see the module.

    The first argument is the number of the task.  ``gathers`` are the places, among the others, of lists of
    results.

    >>> total = Tolerant(sum, (0,))
    >>> total(1, [1, 2]), total(1, [1, Failed({})])
    (3, 1)
    >>> lacking = total(1, [1, Failed({0: TaskFailure(0, KeyError("x"))})])
    >>> lacking.value, lacking.failures[0].error
    (1, KeyError('x'))
    """

    __slots__ = ("func", "gathers")

    def __init__(self, func: Callable[..., Any], gathers: tuple[int, ...] = ()) -> None:
        self.func = func
        self.gathers = gathers

    def __call__(self, number: int, /, *args: Any) -> Any:
        failures: Failures = {}
        given = list(args)
        stand_in = getattr(self.func, "stand_in", None)
        for place in self.gathers:
            given[place] = present(given[place], failures, stand_in)
            if failures and not given[place]:
                return Failed(_all_failures(args, self.gathers))
        for place, arg in enumerate(given):
            kind = type(arg)
            if kind is Failed and place == 0 and hasattr(self.func, "in_place_of_first"):
                failures.update(arg.failures)
                given[0] = self.func.in_place_of_first
            elif kind is Failed:
                return Failed(_all_failures(args, self.gathers))
            if kind is Tainted:
                failures.update(arg.failures)
                given[place] = arg.value
        try:
            value = self.func(*given)
        except (InternalError, LostResult):
            raise  # neither is the task's own failure
        except Exception as error:  # noqa: BLE001  whatever the user's function raises
            return Failed({**failures, number: TaskFailure(number, error)})
        return Tainted(value, failures) if failures else value

    @property
    def keeps_inputs(self) -> bool:
        """As the function has it: whether a scheduler keeps the task's inputs as long as its result."""
        return bool(getattr(self.func, "keeps_inputs", False))

    @property
    def folder(self) -> str | None:
        """As the function has it: where the files are that go with the task's result."""
        return getattr(self.func, "folder", None)

    def __pannier_rescue__(self, args: tuple[Any, ...], error: BaseException) -> Failed:
        return Failed({args[0]: TaskFailure(args[0], error)})


def rescued(task: Task, error: BaseException) -> Any:
    """The result of ``task``, which ``error`` ended from outside; None in a run that ends with a failure.

    >>> rescued(Task(sum, [1, 2]), MemoryError()) is None
    True
    """
    rescue = getattr(task.func, "__pannier_rescue__", None)
    return None if rescue is None else rescue(task.args, error)


def present(results: Iterable[Any], failures: Failures, stand_in: Any = None) -> list[Any]:
    """Those of ``results`` that are there, and ``stand_in``, if there is one, for each that is not.

    Why they are not is added to ``failures``.
    """
    there = []
    for result in results:
        kind = type(result)
        if kind is Failed:
            failures.update(result.failures)
            if stand_in is not None:
                there.append(stand_in)
        elif kind is Tainted:
            failures.update(result.failures)
            there.append(result.value)
        else:
            there.append(result)
    return there


def _all_failures(args: tuple[Any, ...], gathers: tuple[int, ...]) -> Failures:
    failures: Failures = {}
    for place, arg in enumerate(args):
        present(arg if place in gathers else [arg], failures)
    return failures


def tolerant(graph: Graph) -> Graph:
    """``graph`` with every task wrapped; a task's number is its place in it.

    >>> graph = Graph({"x": Task(int, "one"), "y": Task(sum, [Ref("x")])}, {})
    >>> wrapped = tolerant(graph)
    >>> missing = wrapped.tasks["x"]({})
    >>> wrapped.tasks["y"]({"x": missing}).failures[0].error
    ValueError("invalid literal for int() with base 10: 'one'")
    """
    known: dict[tuple[int, tuple[int, ...]], Tolerant] = {}
    tasks: dict[Key, Task] = {}
    for number, (key, task) in enumerate(graph.tasks.items()):
        gathers = _gathers(task)
        if gathers is None:
            # It needs all that it reads, anywhere inside its arguments, or waits for: it looks them up itself.
            tasks[key] = Task(_NESTED, number, _Whole(task), *map(Ref, task.deps))
            continue
        func = known.get((id(task.func), gathers))
        if func is None:
            func = known[id(task.func), gathers] = Tolerant(task.func, gathers)
        tasks[key] = Task.of(func, (number, *task.args), {}, task.deps, task.flat)
    return Graph(tasks, graph.values, graph.annotations)


def _gathers(task: Task) -> tuple[int, ...] | None:
    """The places of lists of references; None if there are others inside its arguments, or results it only waits for."""
    gathers = []
    read: set[Key] = set()
    rest: list[Any] = []
    for place, arg in enumerate(task.args):
        if type(arg) is Ref:
            read.add(arg.key)
        elif task.flat:
            continue
        elif type(arg) is list and arg and all(type(item) is Ref for item in arg):
            gathers.append(place)
            read.update([item.key for item in arg])
        else:
            rest.append(arg)
    is_plain = not task.kwargs and len(read) == len(task.deps) and not (rest and Task(_call, *rest).deps)
    return tuple(gathers) if is_plain else None


class _Whole:
    """A task as an argument; by itself it would be resolved before the call."""

    __slots__ = ("task",)

    def __init__(self, task: Task) -> None:
        self.task = task


def _call(whole: _Whole, *results: Any) -> Any:
    """The result of a task, given the results that it reads in the order of its ``deps``."""
    return whole.task(dict(zip(whole.task.deps, results, strict=True)))


_NESTED = Tolerant(_call)
