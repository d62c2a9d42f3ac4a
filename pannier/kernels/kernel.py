"""What passes and chains may know of a kernel: its traits, and its name for people."""

from __future__ import annotations

import functools
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final


class Kernel(ABC):
    """A step over the records of one partition: ``kernel(records, *extras) -> records``.

    ``records`` is an iterable; what is returned is one too, or a list.  Subclasses are frozen
    dataclasses, so that they travel, print and name themselves.
    """

    __slots__ = ()

    per_record: ClassVar[bool] = False
    """Each record is treated alone, lazily and in order: any run of records may be given at a time,
    and a step can be moved past concatenation and selection of partitions."""
    keeps_length: ClassVar[bool] = False
    """There are as many records out as in."""

    @abstractmethod
    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterable[Any]:
        """The records after this step."""

    @property
    def reads(self) -> tuple[Any, ...] | None:
        """The fields of a record this kernel reads; None when it may read all of it."""
        return None

    @property
    def label(self) -> str:
        """The step as the user wrote it, for errors and ``explain()``."""
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands, among the arguments of a kernel, for its extra block number ``index``."""

    index: int


def fill(template: Iterable[Any], extras: tuple[Any, ...]) -> list[Any]:
    """``template`` with every :class:`Slot` replaced by the extra it stands for.

    >>> fill((Slot(0), "b"), (1,))
    [1, 'b']
    """
    return [extras[x.index] if type(x) is Slot else x for x in template]


@dataclass(frozen=True, slots=True)
class Call:
    """``func`` as a kernel over whole blocks, which stand where the slots of its arguments are.

    >>> Call(sum, ([Slot(1), Slot(0)],), {})(1, 2)
    3
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __call__(self, *blocks: Any) -> Any:
        args, kwargs = _fill_deep((self.args, dict(self.kwargs)), blocks)
        return self.func(*args, **kwargs)

    @property
    def label(self) -> str:
        """The call as the user wrote it."""
        return name_of(self.func)


def _fill_deep(value: Any, blocks: tuple[Any, ...]) -> Any:
    """``value`` with the slots in it, also those inside containers, replaced by their blocks."""
    kind = type(value)
    if kind is Slot:
        return blocks[value.index]
    if kind in (list, tuple, set, frozenset):
        return kind([_fill_deep(inner, blocks) for inner in value])
    if kind is dict:
        return {name: _fill_deep(inner, blocks) for name, inner in value.items()}
    return value


def name_of(func: object) -> str:
    """How a user would write ``func``.

    >>> import json, operator
    >>> name_of(json.loads), name_of(len), name_of(lambda r: r), name_of(operator.itemgetter("a"))
    ('json.loads', 'len', '<lambda>', "operator.itemgetter('a')")
    """
    if isinstance(func, functools.partial):
        return name_of(func.func)
    name = getattr(func, "__qualname__", None)
    if name is None:
        return str(getattr(func, "label", None) or f"{func!r:.60}")
    if "<lambda>" in name:
        return "<lambda>"
    name = name.replace("<locals>.", "").rpartition("<locals>")[2]
    module: str | None = getattr(func, "__module__", None)
    if module is None or module in _UNNAMED_MODULES:
        return str(name)
    public = module.removeprefix("_")  # operator.add says that it is from _operator
    is_public = getattr(sys.modules.get(public), name, None) is func
    return f"{public if is_public else module}.{name}"


_UNNAMED_MODULES: Final = frozenset({"builtins", "__main__", "__mp_main__"})
