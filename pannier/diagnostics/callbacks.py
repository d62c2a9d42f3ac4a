"""Functions called as a run goes on, with the signatures of Dask's callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from pannier.diagnostics.listener import Listener
from pannier.graph.task import Key
from pannier.schedulers.events import Event, RunFinished, RunStarted, TaskFinished, TaskStarted
from pannier.schedulers.view import RunView

_HOOKS: Final = ("start", "start_state", "pretask", "posttask", "finish")


class Callback(Listener):
    """Calls functions as runs go on: as arguments, or as methods of a subclass, any of them left out.

    ``start(dsk)``
        A run begins.  ``dsk`` has its tasks, and the values known before it, by key.
    ``start_state(dsk, state)``
        The same, with where the tasks are; see :attr:`~pannier.schedulers.view.RunView.state`.
    ``pretask(key, dsk, state)``
        A task is handed to a worker.  On processes and executors it may wait there for others, and be handed on to
        another one, if the worker dies for example, without a further call.
    ``posttask(key, result, dsk, state, worker_id)``
        A task is done.  On processes results stay with the workers and ``result`` is a
        :class:`~pannier.schedulers.multiprocessing.results.RemoteResult`: it has ``nbytes``, and ``fetch()`` loads the
        data.  Everywhere else it is the result itself.  ``worker_id`` counts threads or processes from 0.
    ``finish(dsk, state, errored)``
        The run is over; ``errored`` if it failed or was interrupted.

    They are called in the scheduler's own thread, one at a time in each run, and the run waits: they should return
    quickly.  An error that one of them raises is the error of the run, which ends; ``finish`` is called nevertheless.
    A run that a task starts in this process is told as a run of its own.

    The interface follows Dask's ``Callback``.  Methods of subclasses may be named as there, with an underscore in front.

    >>> from pannier.schedulers.sync import get
    >>> def say(key, result, dsk, state, worker_id):
    ...     print(f"{key} = {result}, {len(state['finished'])} of {len(dsk)}")
    >>> with Callback(posttask=say):
    ...     get({"x": (max, 1, 2), "y": (str, "x")}, "y")
    x = 2, 1 of 2
    y = 2, 2 of 2
    '2'
    """

    _runs: dict[int, tuple[RunView, set[Key]]]
    """Of the runs under way, the view and the tasks that were handed out and are not done."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls)
        self._runs = {}
        return self

    def __init__(
        self,
        start: Callable[[Mapping[Key, Any]], object] | None = None,
        start_state: Callable[[Mapping[Key, Any], Mapping[str, Any]], object] | None = None,
        pretask: Callable[[Key, Mapping[Key, Any], Mapping[str, Any]], object] | None = None,
        posttask: Callable[[Key, Any, Mapping[Key, Any], Mapping[str, Any], int], object] | None = None,
        finish: Callable[[Mapping[Key, Any], Mapping[str, Any], bool], object] | None = None,
    ) -> None:
        for name, function in zip(_HOOKS, (start, start_state, pretask, posttask, finish), strict=True):
            if function is not None:
                setattr(self, name, function)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in _HOOKS:
            if f"_{name}" in vars(cls):
                setattr(cls, name, vars(cls)[f"_{name}"])

    def start(self, dsk: Mapping[Key, Any], /) -> object:
        """A run begins."""

    def start_state(self, dsk: Mapping[Key, Any], state: Mapping[str, Any], /) -> object:
        """A run begins, with where its tasks are."""

    def pretask(self, key: Key, dsk: Mapping[Key, Any], state: Mapping[str, Any], /) -> object:
        """A task is handed to a worker."""

    def posttask(
        self, key: Key, result: Any, dsk: Mapping[Key, Any], state: Mapping[str, Any], worker_id: int, /
    ) -> object:
        """A task is done."""

    def finish(self, dsk: Mapping[Key, Any], state: Mapping[str, Any], errored: bool, /) -> object:
        """The run is over."""

    def _end_listening(self) -> None:
        super()._end_listening()
        self._runs.clear()

    def _follow(self, event: Event) -> None:
        if isinstance(event, RunStarted) and self._depth:
            self._runs[event.run] = event.view, set()
        if event.run not in self._runs:
            return
        view, begun = self._runs[event.run]
        if isinstance(event, TaskFinished):
            begun.discard(event.key)
            result = view.result(event.key)
            self.posttask(event.key, result, view.graph, view.state, event.worker)
        elif isinstance(event, TaskStarted):
            if event.key not in begun:
                begun.add(event.key)
                self.pretask(event.key, view.graph, view.state)
        elif isinstance(event, RunStarted):
            self.start(view.graph)
            self.start_state(view.graph, view.state)
        elif isinstance(event, RunFinished):
            del self._runs[event.run]
            self.finish(view.graph, view.state, event.error is not None)
