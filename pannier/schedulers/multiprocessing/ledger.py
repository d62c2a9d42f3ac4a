"""What the parent knows of results: a handle for each, and which worker has it in memory."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from pannier.errors import annotate
from pannier.graph.graph import OrderedTasks
from pannier.graph.task import Key
from pannier.schedulers.culprits import refused_value
from pannier.schedulers.memory import warn_of_answer
from pannier.schedulers.multiprocessing.admission import Stock
from pannier.schedulers.multiprocessing.files import RunFiles
from pannier.schedulers.multiprocessing.results import (
    Handle,
    RemoteResult,
    Stored,
    pack_by_value,
    size_of,
    unpack,
)
from pannier.schedulers.multiprocessing.slots import Slot


class Ledger:
    """Handles by number: results that tasks made, and values known before the run once they are needed."""

    def __init__(
        self,
        values: Mapping[Key, Any],
        outputs: Container[int],
        files: RunFiles,
        slots: Sequence[Slot],
        stock: Stock,
        inline_bytes: int,
    ) -> None:
        self._files = files
        self._slots = slots
        self._stock = stock
        self._wanted = outputs
        self._inline_bytes = inline_bytes
        self._values: list[tuple[Key, Any]] = list(values.items())
        self._folders = files.folders("values-")
        self._handles: dict[int, Handle] = {}
        self._makers: dict[int, Slot] = {}
        """Of the results in files, the workers that made them."""

    def handle(self, number: int) -> Handle:
        """The handle of a result, or of a value, which is packed now if it was not before.

        Raises :class:`~pannier.errors.SerializationError` for a value that cannot travel.
        """
        if number not in self._handles:
            key, value = self._values[~number]
            self._folders.room = self._files.room
            try:
                handle = pack_by_value(value, self._folders, self._inline_bytes)
            except OSError:
                raise
            except Exception as error:
                raise refused_value(value, f"the value of {key!r}", error) from error
            self._files.add(handle)
            self._handles[number] = handle
        return self._handles[number]

    def put(self, number: int, handle: Handle) -> None:
        """``handle`` stands for the value ``number``, which no task has made."""
        self._handles[number] = handle
        self._files.add(handle)

    def __contains__(self, number: int) -> bool:
        return number in self._handles

    def enter(self, task: int, handle: Handle, maker: Slot) -> int:
        """The bytes of the result that ``handle`` stands for.  ``task`` has it now, and ``maker`` in memory."""
        self._handles[task] = handle
        nbytes = size_of(handle)
        if task not in self._wanted:
            self._stock.used += nbytes
        if type(handle) is Stored:
            self._files.add(handle)
            self._makers[task] = maker
            maker.hold(task, 0)
        else:
            maker.hold(task, nbytes)
        return nbytes

    def drop(self, results: Iterable[int]) -> None:
        """Nobody needs ``results`` any more."""
        for number in results:
            handle = self._handles.pop(number)
            if number not in self._wanted:
                self._stock.used -= size_of(handle)
            if type(handle) is Stored:
                self._files.drop(handle)
                self._makers.pop(number, None)
            for slot in self._slots:
                if number in slot.holds:
                    slot.drop(number)

    def forget(self, slot: Slot) -> None:
        """The worker of ``slot`` is no longer there to have anything in memory."""
        for task in [task for task, maker in self._makers.items() if maker is slot]:
            del self._makers[task]

    def path(self, task: int) -> str | None:
        """The file that holds the result of ``task``, if one does."""
        handle = self._handles.get(task)
        return handle.path if type(handle) is Stored else None

    def remote(self, task: int) -> RemoteResult:
        """The result of ``task``, for observers."""
        return RemoteResult(self._handles[task])

    def home(self, inputs: Iterable[int]) -> Slot | None:
        """The worker that has the largest of ``inputs`` in memory, if any of them is large."""
        if not self._makers:
            return None
        largest, home = 0, None
        for number in inputs:
            handle = self._handles.get(number)
            if type(handle) is Stored and handle.nbytes > largest and number in self._makers:
                largest, home = handle.nbytes, self._makers[number]
        return home

    def results(self, tasks: OrderedTasks, memory: int) -> dict[Key, Any]:
        """The wanted results of ``tasks`` themselves, by key.

        Warns before any is loaded if all are large beside ``memory``, the bytes that the run may take.
        """
        found = {}
        warn_of_answer(sum(size_of(self._handles[task]) for task in tasks.outputs), memory)
        for task in tasks.outputs:
            key = tasks.keys[task]
            try:
                found[key] = unpack(self._handles[task])
            except Exception as error:
                annotate(error, f"while the result of task {key!r} was read back from its pickle")
                raise
        return found
