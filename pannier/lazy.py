"""Modules that are imported when they, or names of theirs, are first asked for.

A module that is needed in some calls only is named through its package, as ``frames.merging.Merge`` after
``from pannier.kernels import frames``, and loaded by the first call that comes there.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final

_PATIENCE: Final = "OPENBLAS_THREAD_TIMEOUT"
"""The variable by which OpenBLAS lets its user choose how long threads look for work."""


def submodules(package: str) -> Callable[[str], ModuleType]:
    """A ``__getattr__`` for ``package`` that imports its modules: each once, since importing also binds it there.

    >>> from pannier.kernels import frames
    >>> frames.merging
    <module 'pannier.kernels.frames.merging' from '...'>
    >>> frames.mergers
    Traceback (most recent call last):
    AttributeError: module 'pannier.kernels.frames' has no attribute 'mergers'
    """

    def import_named(name: str) -> ModuleType:
        full_name = f"{package}.{name}"
        try:
            return importlib.import_module(full_name)
        except ModuleNotFoundError as error:
            if error.name != full_name:
                raise  # it is there, and imports what is not
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return import_named


def names(
    module: str, homes: Mapping[str, str], instead: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """A ``__getattr__`` for ``module`` that takes a name from the module that is its home, and keeps it.

    ``instead`` is what the error says of names that others have, and this module has not.

    >>> import pannier.dataframe as pdf
    >>> pdf.read_csv.__module__
    'pannier.collections.dataframe.read'
    """

    def from_home(name: str) -> Any:
        if name not in homes:
            hint = f"; {instead[name]}" if instead and name in instead else ""
            raise AttributeError(f"module {module!r} has no attribute {name!r}{hint}")
        value = getattr(load(homes[name]), name)
        setattr(sys.modules[module], name, value)
        return value

    return from_home


def load(name: str) -> ModuleType:
    """The module called ``name``.

    If that loads pandas into a process that has done nothing else yet, all there is then goes to the permanent generation
    of the garbage collector (https://docs.python.org/3/library/gc.html#gc.freeze), and stays until the process ends.
    See ``docs/decisions/0038-collector.md``.
    """
    if name in sys.modules or not _is_fresh():
        return importlib.import_module(name)
    gc.disable()
    before = sys.modules.copy()
    try:
        with _resting():
            return importlib.import_module(name)
    finally:
        if "pandas" in sys.modules:
            _keep([module for name, module in sys.modules.items() if name not in before])
            gc.freeze()
        gc.enable()


@contextlib.contextmanager
def _resting() -> Iterator[None]:
    """Have threads of OpenBLAS that NumPy starts inside the block sleep when they have looked for work for half a millisecond.

    By default each keeps a processor busy for 0.1 s while the rest of pandas is imported, and changes to the
    memory of the process wait for that processor, too.
    """
    if _PATIENCE in os.environ:
        yield
        return
    os.environ[_PATIENCE] = "20"  # powers of two of the processor's cycles
    try:
        yield
    finally:
        del os.environ[_PATIENCE]


def _keep(modules: Iterable[ModuleType]) -> None:
    """Have what ``modules`` define outlive the process, which else takes it apart, one object after the other, at its end.

    A circle that nobody refers to, and that no collection goes through.
    """
    circle: list[Any] = [dict(getattr(module, "__dict__", {})) for module in modules]
    circle.append(circle)


def _is_fresh() -> bool:
    """Whether nothing is there that takes much memory, arrays that is, or has something to do before the process ends."""
    if not gc.isenabled() or "numpy" in sys.modules:
        return False
    objects = gc.get_objects()
    kinds = {id(kind): kind for kind in map(type, objects)}  # not a set: metaclasses may forbid that
    ending = {key for key, kind in kinds.items() if any("__del__" in vars(each) for each in kind.__mro__)}
    standard = {id(each) for each in _standard_streams()}
    return all(id(each) in standard for each in objects if id(type(each)) in ending)


def _standard_streams() -> list[Any]:
    """The streams that Python itself opens and flushes, and what they write to and read from."""
    found: list[Any] = []
    for stream in (sys.__stdin__, sys.__stdout__, sys.__stderr__):
        found.append(stream)
        with contextlib.suppress(AttributeError, ValueError):  # some have none, others are detached
            found.append(stream.buffer)  # type: ignore[union-attr]
            found.append(stream.buffer.raw)  # type: ignore[union-attr]
    return found
