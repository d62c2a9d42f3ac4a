"""What a task may expect of its process to be as in the parent: taken there for each run, adopted here.

Environment variables are not among it: a worker has those of its start.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from typing import NamedTuple

from pannier import config
from pannier.schedulers.multiprocessing import output


class Surroundings(NamedTuple):
    """What a warm worker follows from run to run, and in a run that goes on from call to call."""

    path: list[str]
    """``sys.path``."""
    folder: str | None
    """The working directory; None if somebody has removed it."""
    settings: dict[str, object]
    """The settings that ``config.set`` has put in force."""
    levels: dict[str, int]
    """The levels of loggers."""
    filters: output.Filters
    """The filters of warnings."""


def take() -> Surroundings:
    """Those of this process now."""
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        folder = None
    return Surroundings([*sys.path], folder, config.overrides(), output.levels(), output.filters())


def mark() -> tuple[object, ...]:
    """Something that is another one when they have changed; costs some 5 us.  Of loggers, only the root's level counts."""
    try:
        folder = os.getcwd()
    except FileNotFoundError:
        folder = None
    return folder, [*sys.path], config.overrides(), logging.root.level, [*warnings.filters]


def adopt(surroundings: Surroundings) -> None:
    """Make them those of this process, a worker."""
    global _overlay
    if sys.path != surroundings.path:
        sys.path[:] = surroundings.path
    if surroundings.folder is not None:
        os.chdir(surroundings.folder)
    previous, _overlay = _overlay, config.set(**surroundings.settings)
    if previous is not None:
        previous.__exit__()
    output.obey(surroundings.levels, surroundings.filters)


_overlay: config.Overlay | None = None
"""In a worker: the parent's settings."""
