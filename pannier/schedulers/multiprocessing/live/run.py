"""The tasks of a run that goes on, and what the dispatcher asks of a run."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pannier.errors import annotate
from pannier.graph.task import Key
from pannier.schedulers.events import Event, Observer
from pannier.schedulers.losses import Again, PathOf
from pannier.schedulers.multiprocessing.driven import Encoded
from pannier.schedulers.multiprocessing.live.promises import CANCELLED, ERROR, Promise
from pannier.schedulers.multiprocessing.live.state import LiveState
from pannier.schedulers.multiprocessing.results import Handle, Stored
from pannier.schedulers.multiprocessing.slots import Everything

_FUNCTIONS: Final = 256
"""Functions that are kept though no task calls them: the next one may."""
_FUNCTION_BYTES: Final = 32 << 20
"""Bytes that their pickles may have together: a closure may hold a table."""


class Call:
    """The arguments of a function, ready to travel, and the promise of what it will return."""

    __slots__ = ("arguments", "holds", "inputs", "kind", "promise", "retries")

    def __init__(
        self,
        promise: Promise,
        arguments: Handle,
        inputs: Sequence[Promise],
        holds: Sequence[Promise],
        kind: Hashable,
        retries: int,
    ) -> None:
        self.promise = promise
        self.arguments = arguments
        """See :mod:`~pannier.schedulers.multiprocessing.live.payloads`."""
        self.inputs = inputs
        """Of the results in the arguments."""
        self.holds = holds
        """Of the futures in the function, whose results must be there as long as the call may ask for them."""
        self.kind = kind
        """What it has in common with calls that cost the same."""
        self.retries = retries
        """How often it may still be tried again after it has raised."""


class LiveTasks:
    """Tables of the tasks, as a run whose tasks are all known has them."""

    def __init__(self, calls: Mapping[int, Call], state: LiveState) -> None:
        self.keys = _Keys(calls)
        self.dependencies = state.dependencies
        self.dependents = state.dependents
        self.values: Mapping[Key, Any] = {}


class _Keys:
    def __init__(self, calls: Mapping[int, Call]) -> None:
        self._calls = calls

    def __getitem__(self, number: int, /) -> Key:
        return self._calls[number].promise.key


class LiveRun:
    """What is known of the tasks; used by the thread of the session alone.

    A function is a value that tasks read, like a result: it is sent to a worker once, and forgotten there when it
    has not been called for long.
    """

    folder = ""
    number = 0
    error: BaseException | None = None
    observers: Sequence[Observer] = ()
    outputs = Everything()
    """A user may ask for any result, so that none counts as one that tasks will free."""

    def __init__(self) -> None:
        self.state = LiveState()
        self.calls: dict[int, Call] = {}
        self.tasks = LiveTasks(self.calls, self.state)
        self.losses = _Retries(self)
        self.ready: list[int] = []
        self.unread: list[Handle] = []
        """Arguments in files that nobody needs any more."""
        self.functions: OrderedDict[bytes, int] = OrderedDict()
        """Their numbers by their pickles, the last used last."""
        self.function_bytes = 0
        """What the pickles have together."""

    def add(self, number: int, call: Call, function: int) -> bool:
        """Whether ``call``, which has that ``number`` now, is ready to run."""
        self.calls[number] = call
        needs = [function]
        if call.inputs or call.holds:
            needs += dict.fromkeys([each.ident for each in (*call.inputs, *call.holds)])
        return self.state.add(number, needs)

    def outdated_functions(self) -> Iterator[int]:
        """Numbers of those functions that have not been called for longest, if they are too many or too large."""
        while len(self.functions) > _FUNCTIONS or self.function_bytes > _FUNCTION_BYTES:
            pickled, number = self.functions.popitem(last=False)
            self.function_bytes -= len(pickled)
            yield number

    def finish(self, call: Call) -> None:
        """``call`` has its result, so that what it was made of is needed no more."""
        if type(call.arguments) is Stored:
            self.unread.append(call.arguments)
        call.arguments, call.inputs, call.holds = None, (), ()

    # What the dispatcher asks for.

    def emit(self, event: Event) -> None:
        """Futures have no observers."""

    def tell_of(self, again: Again, error: BaseException) -> None:
        """Futures have no observers."""

    def rescued(self, task: int, error: BaseException) -> Any:
        """Nothing stands in for a result."""

    def tell_start(self, task: int, worker: int | None) -> bool:
        """Futures have no observers."""
        return True

    def clear_up(self, dropped: Sequence[int]) -> None:
        """Nobody needs ``dropped`` any more: tasks, values and results."""
        for number in dropped:
            self.state.remove(number)
            call = self.calls.pop(number, None)
            if call is not None and type(call.arguments) is Stored:
                self.unread.append(call.arguments)

    def fail(self, task: int, error: BaseException) -> None:
        """``task`` raised ``error``: it has failed, and so have those that wait for its result."""
        self.settle_failed(self.state.fail(task), annotate(error, f"in task {self.tasks.keys[task]!r}"))

    def settle_failed(self, tasks: Iterable[int], error: BaseException, status: str = ERROR) -> None:
        """Say that ``tasks`` have no result because of ``error``."""
        for task in tasks:
            call = self.calls.get(task)
            if call is not None:
                call.promise.settle(status, None, error)


class _Retries:
    """Says whether a task that raised runs again: as often as its user allows."""

    path_of: PathOf

    def __init__(self, run: LiveRun) -> None:
        self._run = run

    def answer(self, task: int, error: BaseException) -> Again | None:
        call = self._run.calls.get(task)
        if call is None or not call.retries or call.promise.status == CANCELLED:
            return None
        call.retries -= 1
        is_ready = self._run.state.give_back(task)
        return Again([], [task] if is_ready else [], frozenset())


class CallEncoder:
    """Encodes calls: ``(function, arguments, None, inputs)``, where function and inputs are numbers of results."""

    def __init__(self, run: LiveRun) -> None:
        self._run = run
        self.pickled: dict[int, bytes] = {}
        """Nothing: functions travel as inputs do."""

    def inputs(self, number: int) -> Sequence[int]:
        return self._run.tasks.dependencies[number]

    def kind(self, number: int) -> Hashable:
        return self._run.calls[number].kind

    def encode(self, number: int) -> Encoded:
        call = self._run.calls[number]
        function = self._run.tasks.dependencies[number][0]
        return function, call.arguments, None, [each.ident for each in call.inputs]

    def dumps(self, numbers: Sequence[int], encoded: Sequence[Encoded]) -> bytes:
        return pickle.dumps(encoded, 5)
