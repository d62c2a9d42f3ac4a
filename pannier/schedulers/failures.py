"""Exceptions on their way from a worker to the parent.

An exception keeps its type, its arguments and its notes.  What pickle loses, the traceback and the chain
of causes, travels as text and becomes the exception's cause, :class:`RemoteTraceback`.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable
from typing import NamedTuple

from pannier.errors import RemoteError, annotate


class RemoteTraceback(Exception):
    """The traceback of a task's exception, as the text that the worker printed it to."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class Failure(NamedTuple):
    """An exception, ready to travel."""

    payload: bytes | None
    """Its pickle; None where it has none that can be read back."""
    summary: str
    """Its type and message."""
    text: str
    """Its traceback."""
    notes: tuple[str, ...]
    """Its notes, which an exception that pickles itself may lose."""


def pack_error(error: BaseException, runner: str = "") -> Failure:
    """``error``, which was raised by a task, ready to travel.

    Its traceback begins behind the frames of ``runner``, the file of the code that ran the task.

    A pickle counts only if it can be read: many exceptions whose ``__init__`` takes arguments of its
    own can be pickled but not built again.

    >>> pack_error(KeyError("name")).summary
    "KeyError: 'name'"
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None and trace.tb_frame.f_code.co_filename == runner:
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(error), error, trace))
    summary = "".join(traceback.format_exception_only(error)).strip()
    notes = tuple(getattr(error, "__notes__", ()))
    for dumps in (pickle.dumps, _cloudpickle_dumps):
        try:
            payload = dumps(error)
            if type(pickle.loads(payload)) is type(error):
                return Failure(payload, summary, text, notes)
        except Exception:  # noqa: BLE001, S112  an exception's own __reduce__ and __init__ may raise anything
            continue
    return Failure(None, summary, text, notes)


def unpack_error(failure: Failure) -> BaseException:
    """The exception, caused by its traceback in the worker.

    :class:`~pannier.errors.RemoteError` where it cannot be had itself.

    >>> error = unpack_error(pack_error(KeyError("name")))
    >>> error, type(error.__cause__).__name__
    (KeyError('name'), 'RemoteTraceback')
    """
    error: BaseException | None = None
    if failure.payload is not None:
        try:
            error = pickle.loads(failure.payload)
        except Exception:  # noqa: BLE001  as in pack_error; its module may be missing here, too
            error = None
    if error is None:
        error = RemoteError(f"a task raised an exception that cannot be pickled: {failure.summary}")
    for note in failure.notes:
        annotate(error, note)
    error.__cause__ = RemoteTraceback(failure.text)
    return error


def _cloudpickle_dumps(error: BaseException) -> bytes:
    import cloudpickle

    dumps: Callable[[object], bytes] = cloudpickle.dumps
    return dumps(error)
