"""Settings: keyword, then context manager, then environment, then file, then default.

:data:`SETTINGS` is the one table of them.  A setting comes from the first of these that gives it:

1. the keyword of a call, as in ``bag.compute(num_workers=2)``
2. ``config.set(num_workers=2)``, for the rest of the process or, as a ``with`` block, until its end
3. the environment variable ``PANNIER_NUM_WORKERS``
4. the file that ``PANNIER_CONFIG`` names, else ``~/.config/pannier/config.toml``: ``num_workers = 2``
5. the default

Values are checked wherever they come from, and an error says from where.
"""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from functools import lru_cache
from threading import Lock
from typing import Any, Final

from pannier.errors import ConfigError, near_matches
from pannier.frozen import frozen
from pannier.sizes import parse_bytes

_FILE_VARIABLE: Final = "PANNIER_CONFIG"
_DEFAULT_FILE: Final = "~/.config/pannier/config.toml"


@frozen
class Setting:
    """One row of the table of settings."""

    name: str
    default: object
    """As a user would write it; ``parse`` makes the value of it."""
    parse: Callable[[Any], Any]
    """From a text or a Python value to the value in use.  Raises ValueError or TypeError."""
    doc: str
    """One line for users, with the unit."""

    @property
    def variable(self) -> str:
        """The environment variable that gives this setting.

        >>> SETTINGS["num_workers"].variable
        'PANNIER_NUM_WORKERS'
        """
        return f"PANNIER_{self.name.upper()}"


def usable_cpus() -> int:
    """The number of processors this process may use: by its affinity and by its cgroup's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        with open("/sys/fs/cgroup/cpu.max", encoding="ascii") as file:
            quota, period = file.read().split()
    except (OSError, ValueError):
        return allowed
    return allowed if quota == "max" else max(1, min(allowed, math.ceil(int(quota) / int(period))))


def _whole(least: int) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        number = int(value) if isinstance(value, str) else value
        if not isinstance(number, int) or isinstance(number, bool) or number < least:
            raise ValueError(f"a whole number of at least {least} is needed")
        return number

    return parse


def _seconds(value: Any) -> float:
    number = float(value)
    if not number >= 0:
        raise ValueError("a number of seconds is needed, 0 or more")
    return number


def _optional_seconds(value: Any) -> float | None:
    if value is not None and not float(value) > 0:
        raise ValueError("a number of seconds above 0 is needed")
    return None if value is None else float(value)


def _one_of(*choices: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"it is one of {', '.join(choices)}")
        return str(value)

    return parse


def _workers(value: Any) -> int:
    return usable_cpus() if value is None else _whole(1)(value)


def _scheduler(value: Any) -> Any:
    if value is None or isinstance(value, str) or callable(value) or callable(getattr(value, "get", None)):
        return value
    raise TypeError("a scheduler's name, its get function or a client is needed")


def _optional_bytes(value: Any) -> int | None:
    return None if value is None else parse_bytes(value)


def _folder(value: Any) -> str | None:
    return None if value is None else os.path.abspath(os.path.expanduser(os.fspath(value)))


_TABLE: Final = (
    Setting(
        "scheduler",
        None,
        _scheduler,
        "Who runs the tasks: `sync`, `threads`, `processes`, a `get` function or a client; none: the collection's own "
        "choice",
    ),
    Setting(
        "num_workers",
        None,
        _workers,
        "Worker processes or threads; none: one a usable processor",
    ),
    Setting(
        "memory_limit",
        None,
        _optional_bytes,
        "Bytes of memory that a computation may take, in all its processes; none: 0.7 of the machine's, or of its cgroup's",
    ),
    Setting(
        "blocksize",
        "64 MiB",
        parse_bytes,
        "Bytes of a file that make one partition, where it can be split",
    ),
    Setting(
        "broadcast_bytes",
        None,
        _optional_bytes,
        "Bytes of records, as estimated, up to which one side of a join goes to every worker; 0: only where asked for; "
        "none: 16 MiB, and on threads, for frames joined by a number, a sixteenth of the memory limit, 1 GiB at most",
    ),
    Setting(
        "fan_in",
        8,
        _whole(2),
        "Partial results that one step of a tree reduction combines",
    ),
    Setting(
        "retries",
        2,
        _whole(0),
        "How often a task runs again after its worker process died",
    ),
    Setting(
        "task_timeout",
        None,
        _optional_seconds,
        "Seconds after which a task in a worker process is ended, and tried again; none: never",
    ),
    Setting(
        "on_poison",
        "raise",
        _one_of("raise", "quarantine"),
        "What a record on which worker processes end means: `raise`, or `quarantine` to leave it out with a warning",
    ),
    Setting(
        "idle_timeout",
        60,
        _seconds,
        "Seconds without work after which worker processes end",
    ),
    Setting(
        "inline_bytes",
        "64 KiB",
        parse_bytes,
        "Bytes up to which a result travels through the parent process; a larger one stays in a file",
    ),
    Setting(
        "shm_bytes",
        None,
        _optional_bytes,
        "Bytes of such files, and of what is shuffled in one process, kept in memory; none: what is free there, "
        "up to a quarter of the memory limit, in one process a sixteenth of its first 4 GiB and a quarter of the rest",
    ),
    Setting(
        "spill_folder",
        None,
        _folder,
        "Where the other files go; none: the folder for temporary files",
    ),
)
SETTINGS: Final[Mapping[str, Setting]] = {setting.name: setting for setting in _TABLE}
"""Every setting, by name."""


class Overlay(AbstractContextManager["Overlay"]):
    """Settings in force since :func:`set` made this object; leaving its ``with`` block takes them back."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __exit__(self, *_: object) -> None:
        global _overlays
        with _lock:
            _overlays = tuple(pair for pair in _overlays if pair[0]() is not self)


_lock: Final = Lock()
_overlays: tuple[tuple[Callable[[], Overlay | None], Mapping[str, object]], ...] = ()
"""Weak references to overlays with their values, oldest first.  Replaced whole, so read without the lock."""


def get(name: str, given: object = None) -> Any:
    """The value of a setting, parsed: sizes are bytes, times seconds, ``num_workers`` never None.

    ``given`` is the caller's own keyword of that name, which wins unless it is None.  Raises
    :class:`~pannier.errors.ConfigError` for an unknown name, and for a value that cannot be used.

    >>> get("blocksize", "1 MiB"), get("fan_in")
    (1048576, 8)
    """
    setting = _setting(name)
    value, origin = (given, f"the keyword {name}") if given is not None else _find(setting)
    return _parse(setting, value, origin)


def set(**settings: object) -> Overlay:  # noqa: A001  read as `config.set`
    """An object that, used in a ``with`` statement, takes the settings back at the end of the block.

    They apply at once, to all threads.  Blocks may overlap in any order: each takes back only its own.
    Raises :class:`~pannier.errors.ConfigError` for an unknown name or a bad value, and sets nothing.

    >>> with set(fan_in=2, blocksize="1 MiB"):
    ...     get("fan_in"), get("blocksize")
    (2, 1048576)
    >>> get("fan_in")
    8
    """
    global _overlays
    for name, value in settings.items():
        _parse(_setting(name), value, f"config.set({name}=...)")
    overlay = Overlay(settings)
    with _lock:
        _overlays = (*_folded(_overlays), (weakref.ref(overlay), settings))
    return overlay


def overrides() -> dict[str, object]:
    """The values that :func:`set` holds in force: what another process must set to act alike.

    >>> with set(fan_in=2):
    ...     overrides()["fan_in"]
    2
    """
    return {name: value for _, values in _overlays for name, value in values.items()}


def describe() -> str:
    """A table of all settings as text: name, value in use, and where it comes from.

    >>> print(describe().splitlines()[0])
    setting       value     from
    """
    rows = [("setting", "value", "from")]
    for setting in SETTINGS.values():
        value, origin = _find(setting)
        rows.append((setting.name, str(_parse(setting, value, origin)), origin))
    return _aligned(rows)


def _setting(name: str, where: str = "") -> Setting:
    if name not in SETTINGS:
        raise ConfigError(f"there is no setting {name!r}{where}{near_matches(name, SETTINGS)}")
    return SETTINGS[name]


def _parse(setting: Setting, value: object, origin: str) -> Any:
    try:
        return setting.parse(value)
    except (ValueError, TypeError) as error:
        raise ConfigError(f"{setting.name} cannot be {value!r}, from {origin}: {error}") from None


def _find(setting: Setting) -> tuple[object, str]:
    """The raw value of a setting and where it comes from."""
    for _, values in reversed(_overlays):
        if setting.name in values:
            return values[setting.name], "config.set"
    _check_variables()
    if setting.variable in os.environ:
        return os.environ[setting.variable], f"the environment variable {setting.variable}"
    path, values = _from_file()
    if setting.name in values:
        return values[setting.name], f"the file {path}"
    return setting.default, "default"


@lru_cache(maxsize=1)
def _check_variables() -> None:
    """Raise for a variable that is nearly a setting's: a typing error must not pass as no setting."""
    known = {setting.variable for setting in SETTINGS.values()} | {_FILE_VARIABLE}
    for variable in os.environ:
        if variable.startswith("PANNIER_") and variable not in known:
            near = near_matches(variable.removeprefix("PANNIER_").lower(), SETTINGS)
            if near:
                raise ConfigError(f"the environment variable {variable} names no setting{near}")


def _folded(overlays: tuple[Any, ...]) -> tuple[Any, ...]:
    """``overlays`` with the oldest ones made one, as far as nobody holds them to take them back."""
    kept = 0
    folded: dict[str, object] = {}
    while kept < len(overlays) and overlays[kept][0]() is None:
        folded |= overlays[kept][1]
        kept += 1
    return ((_nobody, folded), *overlays[kept:]) if kept else overlays


def _nobody() -> None:
    """The dead reference."""


def _from_file() -> tuple[str, Mapping[str, object]]:
    path = os.environ.get(_FILE_VARIABLE)
    if path is None:
        path = os.path.expanduser(_DEFAULT_FILE)
        if not os.path.exists(path):
            return path, {}
    return path, _read(path)


@lru_cache(maxsize=4)
def _read(path: str) -> Mapping[str, object]:
    """The settings in a TOML file, read once a process."""
    import tomllib

    try:
        with open(path, "rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise ConfigError(
            f"cannot read the settings file {path}: {error.strerror}; it is the"
            f" one that {_FILE_VARIABLE} names"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the settings file {path} is not TOML: {error}") from error
    for name in values:
        _setting(name, f", in the file {path}")
    return values


def _aligned(rows: Iterable[tuple[str, ...]]) -> str:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
