"""Tasks that keep their results, and those that find them kept.

A task keeps its result itself, where it runs, so that data does not pass through the parent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pannier import host
from pannier.errors import LostResult
from pannier.resume.entries import LostInputError, keep, load
from pannier.schedulers.partial import Failed, Tainted

SMALL_BYTES: Final = 1 << 20
"""Pickled bytes up to which the result of any task is kept: writing it costs little beside making it again."""


class Kept:
    """``func``, whose results ``run`` keeps in ``folder``.  The first argument is the name of the result.

    ``limit`` says up to how many bytes; None: whatever their size.
    """

    __slots__ = ("func", "kept_in", "limit", "run")

    def __init__(self, func: Callable[..., Any], folder: str, run: str, limit: int | None) -> None:
        self.func = func
        self.kept_in = folder
        self.run = run
        self.limit = limit

    def __call__(self, name: str, /, *args: Any, **kwargs: Any) -> Any:
        with host.noting_files() as files:
            try:
                result = self.func(*args, **kwargs)
            except LostResult as error:
                # The scheduler would make that file again, but not what others have made of the first one.
                raise LostInputError(str(error)) from error
        if type(result) is not Failed and type(result) is not Tainted:
            here = host.current()
            scratch = [path for path in files if here is not None and path.startswith(here.folder)]
            files = [path for path in files if path not in scratch]
            keep(self.kept_in, name, result, run=self.run, files=files, scratch=scratch, limit=self.limit)
        return result

    def __pannier_rescue__(self, args: tuple[Any, ...], error: BaseException) -> Any:
        rescue = getattr(self.func, "__pannier_rescue__", None)
        return None if rescue is None else rescue(args[1:], error)


class Load:
    """Stands in for a task whose result is kept in ``folder``."""

    __slots__ = ("kept_in",)

    def __init__(self, folder: str) -> None:
        self.kept_in = folder

    def __call__(self, name: str, of_main: Mapping[str, Any]) -> Any:
        return load(self.kept_in, name, of_main)
