"""What passes and chains may know of a kernel: its traits, and its name for people."""

from __future__ import annotations

import functools
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar, Final

from pannier.frozen import frozen


class Missing(Enum):
    """The type of :data:`MISSING`; an enum's member stays itself through pickling."""

    MISSING = "no value"


MISSING: Final = Missing.MISSING
"""An argument that was not given, and the partial result of an empty partition."""


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


class BlockKernel(ABC):
    """A step over whole blocks: ``kernel(*blocks, *params) -> block``.

    What frames are made with: a partition is one object, not records that stream.  Readers of frames are such steps
    over parts.  Subclasses are frozen dataclasses, so that they travel, print and name themselves.
    """

    __slots__ = ()

    puts_beside: ClassVar[bool] = True
    """Rows of one block are put beside those of another, if there are several."""

    @abstractmethod
    def __call__(self, *blocks: Any) -> Any:
        """The block after this step."""

    @property
    def is_same_of_none(self) -> bool:
        """Whether what it makes of no rows is the same in every partition, and calls no function of the user's."""
        return False

    def gets_none(self, *blocks: Any) -> bool:
        """Whether ``blocks`` are known to have no rows."""
        return False

    def unjoined(self) -> BlockKernel:
        """The same step, which need not join what it makes one after the other into one block."""
        return self

    @property
    def label(self) -> str:
        """The step as the user wrote it, for errors and ``explain()``."""
        return type(self).__name__.lower()


@frozen
class Ending(BlockKernel):
    """``sink``, what reduces or splits a block, as the last step of its making."""

    sink: Callable[[Any], Any]

    def __call__(self, *blocks: Any) -> Any:
        return self.sink(blocks[0])

    @property
    def label(self) -> str:
        """What the sink calls itself."""
        return str(getattr(self.sink, "label", None) or name_of(self.sink))


@frozen
class Slot:
    """Stands, among the arguments of a kernel, for its extra block number ``index``."""

    index: int


@frozen
class Nested:
    """A list, tuple, set or dict, among the arguments of a kernel, with slots inside it at any depth."""

    value: Any


def fill(template: Iterable[Any], extras: tuple[Any, ...]) -> list[Any]:
    """``template`` with every :class:`Slot`, alone or :class:`Nested`, replaced by the extra it stands for.

    >>> fill((Slot(0), "b", Nested([Slot(0), 2])), (1,))
    [1, 'b', [1, 2]]
    """
    return [
        extras[x.index] if type(x) is Slot else _fill_nested(x.value, extras) if type(x) is Nested else x
        for x in template
    ]


def _fill_nested(value: Any, extras: tuple[Any, ...]) -> Any:
    kind = type(value)
    if kind is Slot:
        return extras[value.index]
    if kind in CONTAINERS:
        return kind([_fill_nested(inner, extras) for inner in value])
    if kind is dict:
        return {name: _fill_nested(inner, extras) for name, inner in value.items()}
    return value


CONTAINERS: Final = frozenset({list, tuple, set, frozenset})
"""Besides dict, the types of arguments that are looked into."""


def bind(func: Callable[..., Any], kwargs: Mapping[str, Any], extras: tuple[Any, ...]) -> Callable[..., Any]:
    """``func`` with ``kwargs`` given, their slots filled from ``extras``."""
    if not kwargs:
        return func
    return functools.partial(func, **dict(zip(kwargs, fill(kwargs.values(), extras), strict=True)))


@frozen
class Call:
    """``func`` as a kernel over whole blocks, which stand where the slots of its arguments are.

    >>> Call(sum, (Nested([Slot(1), Slot(0)]),), {})(1, 2)
    3
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __call__(self, *blocks: Any) -> Any:
        return bind(self.func, self.kwargs, blocks)(*fill(self.args, blocks))

    @property
    def label(self) -> str:
        """The call as the user wrote it."""
        return name_of(self.func)


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
