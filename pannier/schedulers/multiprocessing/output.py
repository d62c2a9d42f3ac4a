"""What tasks print, log and warn: sent by the worker, shown by the parent as if it had happened there.

Text goes to the parent's ``sys.stdout`` and ``sys.stderr`` (the objects, so notebooks and test runners
see it), a whole line at a time.  Log records go to the parent's logger of the same name; the worker knows
the levels of the parent's loggers and makes no record that would be dropped.  Warnings obey the
parent's filters: where these say ``error`` the warning is raised inside the task, else the parent shows it,
once for all workers.
"""

from __future__ import annotations

import inspect
import io
import logging
import logging.handlers
import pickle
import sys
import warnings
from collections.abc import Callable
from threading import RLock
from typing import Any, BinaryIO, Final, TextIO, TypeAlias

Send: TypeAlias = Callable[[bytes], None]
"""Sends the payload of an OUTPUT frame to the parent."""
Filters: TypeAlias = list[tuple[str, Any, tuple[str, str], Any, int]]
"""The parent's warning filters, categories by module and name."""


def install(send: Send) -> None:
    """In a worker: from now on everything goes to ``send``, in the parent to :func:`show`."""
    sys.stdout = _Stream(send, "stdout")
    sys.stderr = _Stream(send, "stderr")
    logging.getLogger().addHandler(_Handler(send))

    def show_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        module = _module_at(filename, lineno)
        send(_dumps(("warning", (message, category, filename, lineno, module))))

    warnings.showwarning = show_warning


def uninstall() -> None:
    """In a child that a task has forked, which cannot send: from now on as in any process."""
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Handler)]:
        root.removeHandler(handler)
    warnings.showwarning = _show_warning


_show_warning: Final = warnings.showwarning


def flush() -> None:
    """In a worker: send the lines that no line end has closed yet."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


def show(payload: bytes) -> None:
    """In the parent: print, log or warn what a worker sent.  Raises a warning that a filter makes an error."""
    kind, what = pickle.loads(payload)
    if kind == "log":
        record = logging.makeLogRecord(what)
        logger = logging.getLogger(record.name)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)
    elif kind == "warning":
        message, category, filename, lineno, module = what
        loaded = sys.modules.get(module)
        registry = _registry if loaded is None else vars(loaded).setdefault("__warningregistry__", {})
        warnings.warn_explicit(message, category, filename, lineno, module, registry)
    elif (stream := getattr(sys, kind)) is not None:
        stream.write(what)


_registry: dict[Any, Any] = {}
"""Warnings shown that come from modules this process has not loaded."""


def levels() -> dict[str, int]:
    """The levels set on loggers of this process; the root's is under the empty name."""
    found = {"": logging.root.level}
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and logger.level:
            found[name] = logger.level
    return found


def filters() -> Filters:
    """The warning filters of this process, ready to travel."""
    found: Filters = []
    for action, message, category, module, lineno in warnings.filters:
        assert isinstance(category, type)
        found.append((action, message, (category.__module__, category.__qualname__), module, lineno))
    return found


def obey(levels: dict[str, int], filters: Filters) -> None:
    """In a worker: use the parent's levels of loggers and filters of warnings."""
    global _levels
    for name, level in {**dict.fromkeys(_levels, logging.NOTSET), **levels}.items():
        logging.getLogger(name).setLevel(level)
    _levels = levels
    warnings.resetwarnings()
    for action, message, (module, name), pattern, lineno in reversed(filters):
        category = _Named(name, (Warning,), {"__module__": module})
        warnings.filters.insert(0, (action, message, category, pattern, lineno))  # type: ignore[attr-defined]


_levels: dict[str, int] = {}
"""In a worker: the levels in force."""


class _Named(type):
    """A stand-in for a warning category, known by its name: the module that defines it may be costly to load."""

    def __subclasscheck__(cls, subclass: type) -> bool:
        wanted = (cls.__module__, cls.__qualname__)
        return any((base.__module__, base.__qualname__) == wanted for base in subclass.__mro__)


class _Stream(io.TextIOBase):
    """The worker's stdout or stderr."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, send: Send, name: str) -> None:
        self._send = send
        self._name = name
        self._line: list[str] = []
        self._lock = RLock()
        self._original = getattr(sys, f"__{name}__")

    @property
    def name(self) -> str:
        return f"<{self._name}>"

    def fileno(self) -> int:
        return int(self._original.fileno())

    @property
    def buffer(self) -> BinaryIO:
        """For bytes: the stream that the process inherited, past the parent's objects."""
        return self._original.buffer  # type: ignore[no-any-return]

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            whole, end, rest = text.rpartition("\n")
            if end:
                self._send(_dumps((self._name, "".join([*self._line, whole, end]))))
                self._line.clear()
            if rest:
                self._line.append(rest)
        return len(text)

    def flush(self) -> None:
        with self._lock:
            if self._line:
                self._send(_dumps((self._name, "".join(self._line))))
                self._line.clear()


class _Handler(logging.handlers.QueueHandler):
    """Sends log records.  Made whole first: their arguments and tracebacks need not be picklable."""

    def __init__(self, send: Send) -> None:
        super().__init__(queue=None)  # type: ignore[arg-type]
        self._send = send

    def enqueue(self, record: logging.LogRecord) -> None:
        self._send(_dumps(("log", vars(record))))


def _dumps(message: tuple[str, Any]) -> bytes:
    try:
        return pickle.dumps(message)
    except Exception:  # noqa: BLE001  an extra field of a record, a category of __main__
        import cloudpickle

        return cloudpickle.dumps(message)  # type: ignore[no-any-return]


def _module_at(filename: str, lineno: int) -> str:
    """Name of the module whose code at this place is running now."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_filename == filename and frame.f_lineno == lineno:
            return str(frame.f_globals.get("__name__", filename))
        frame = frame.f_back
    return filename.removesuffix(".py")
