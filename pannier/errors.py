"""Every error pannier raises on its own account, split by whose fault it is.

::

    PannierError
    ├── UsageError            the call is wrong             (also a ValueError)
    │   ├── ConfigError       a setting is unknown or has a bad value
    │   └── GraphError        a task graph is not one: a cycle, a missing key, a wrong type
    ├── InputError            the data is wrong             (also a ValueError)
    ├── EmptyError            a reduction was asked of nothing     (also a ValueError)
    ├── SerializationError    a task or result cannot travel between processes
    ├── TokenizationError     a value has no content that another process would know again
    ├── RemoteError           a task failed with an exception that itself cannot travel
    ├── WorkerDied            a worker process ended while it ran a task
    ├── LostResult            a file that a task left for others is gone or damaged
    ├── NotRepeatable         a task that had to run again made other records
    ├── TaskTimeout           a task took longer than it may  (also a TimeoutError)
    └── InternalError         pannier is wrong; please report it

    PannierWarning            a UserWarning
    ├── LargeAnswer           an answer is about to take much of the memory
    ├── NotResumed            tasks whose results cannot be found again run in each run
    └── RecordsLeftOut        records that end worker processes are not in the answer

An exception raised by a user's function is never wrapped: it keeps its type and gains a note that
says where it happened (:func:`annotate`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

E = TypeVar("E", bound=BaseException)


class PannierError(Exception):
    """Root of all errors pannier raises on its own account."""


class UsageError(PannierError, ValueError):
    """The call is wrong; the message says what would be right."""


class ConfigError(UsageError):
    """A setting is unknown, or its value cannot be read."""


class GraphError(UsageError):
    """A task graph has a cycle, a missing key or a value of the wrong type."""


class InputError(PannierError, ValueError):
    """A file cannot be read as asked; the message names file and, where there is one, line."""


class EmptyError(PannierError, ValueError):
    """A reduction without a neutral value, such as ``max``, was asked of no records at all."""


class SerializationError(PannierError, TypeError):
    """A task or its result cannot be pickled; the message names the task and the culprit."""


class TokenizationError(PannierError, RuntimeError):
    """A value has no content that another process would know again, and that was asked for."""


class RemoteError(PannierError, RuntimeError):
    """A task failed in another process with an exception that cannot itself be pickled."""


class WorkerDied(PannierError, RuntimeError):
    """A worker process ended while running a task, more often than ``retries`` allows."""


class LostResult(PannierError, RuntimeError):
    """A file that an earlier task has left for later ones is gone or damaged.

    Schedulers run that task again; this is raised when it keeps happening.
    """

    def __init__(self, message: str, index: int = -1, path: str = "") -> None:
        super().__init__(message)
        self.index = index
        """Which of the inputs of the task that routed the files named the bad one."""
        self.path = path
        """The file, if it is a scheduler's own."""


class TaskTimeout(PannierError, TimeoutError):
    """A task ran longer than ``task_timeout`` allows, in each of its attempts."""


class NotRepeatable(PannierError, RuntimeError):
    """A task that had to run again made other records than the first time, which others had read already."""


class InternalError(PannierError, RuntimeError):
    """A state pannier should never reach.  Please report it with the traceback."""


class PannierWarning(UserWarning):
    """Root of all warnings pannier gives on its own account."""


class LargeAnswer(PannierWarning):
    """An answer is about to be loaded that takes much of the memory there is; the message says what to do instead."""


class NotResumed(PannierWarning):
    """Tasks run in each run, since it cannot be told whether their results are still right; the message says why."""


class RecordsLeftOut(PannierWarning):
    """Records on which worker processes die were left out, as ``on_poison="quarantine"`` asks; the message names each."""


def annotate(error: E, note: str) -> E:
    """``error`` with ``note`` under its message; the same note is added once.

    >>> try:
    ...     raise annotate(KeyError("name"), "in map(f), line 3 of a.json")
    ... except KeyError as e:
    ...     e.__notes__
    ['in map(f), line 3 of a.json']
    """
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
    return error


def near_matches(name: object, names: Iterable[object], limit: int = 3) -> str:
    """A phrase naming the most similar of ``names``, empty when none is close.

    >>> near_matches("claen-1", ["clean-1", "store"])
    "; did you mean 'clean-1'?"
    >>> near_matches("x", ["clean"])
    ''
    """
    import difflib  # most scripts make no mistake

    by_text = {str(known): known for known in names}
    close = difflib.get_close_matches(str(name), by_text, n=limit)
    if not close:
        return ""
    return "; did you mean " + " or ".join(repr(by_text[text]) for text in close) + "?"
