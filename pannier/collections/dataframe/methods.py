"""Methods that are rows of a table: the pandas method of that name, applied to each partition.

A row gives name, parameters and what comes back, and the traits of the step: what becomes of rows and labels, and
whether columns are treated each alone.  :func:`verbs` makes methods of the rows of a table, with signatures and
docstrings; :mod:`pannier.collections.dataframe.stubs` writes them down for type checkers.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from types import MethodType
from typing import Any, Final, NamedTuple, TypeVar

import pandas as pd
from pandas.api.types import is_scalar

from pannier.collections import dataframe
from pannier.collections.dataframe.base import FrameLike
from pannier.collections.dataframe.operands import (
    ANY_TYPES,
    FrameOperands,
    checked,
    exploded,
    in_one_type,
    refuse_mixed,
    refuse_powers,
    refuse_rows,
    refuse_truths,
)
from pannier.collections.dataframe.scalar import Scalar
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import Attribute, FrameKernel, MethodCall
from pannier.kernels.kernel import Slot

_Class = TypeVar("_Class", bound=type)


_MIXING: Final = frozenset({"case_when", "replace"})
"""Methods by which values come among those of a frame."""
_RECKONING: Final = frozenset({"abs", "round"})
"""Methods that make something else of truth values than of objects, beside arithmetic."""


class Rows(Enum):
    """What becomes of the rows of a partition."""

    KEPT = "row i is made of row i, and has its label"
    PICKED = "rows have labels of the partition: some rows are left out, or are there several times"
    RELABELLED = "row i is made of row i, and has another label"
    SHIFTED = "the same, and other labels are in the same order"


class Columns(Enum):
    """What column c of the result is made of, where a frame is the result of a frame."""

    ALL = "any columns"
    OWN = "column c alone"
    OWN_OF_VALUES = "column c alone, if all arguments are single values"


_NOTHING: Final[Mapping[str, str]] = {}
_REPEATS_LABELS: Final = frozenset({"explode", "extractall", "repeat"})
"""Methods whose rows are told to be of the same row by nothing but its label."""


class Verb(NamedTuple):
    """One row: a pandas method, or property, that is applied to each partition."""

    signature: str
    """``clip(lower=None, upper=None, *, axis=None)``, as pandas has it but for what is refused; a property is a name."""
    doc: str
    """What comes back."""
    returns: str = ""
    """The name of its type; by default that of what the method is called on."""
    rows: Rows = Rows.KEPT
    columns: Columns = Columns.ALL
    joins_labels: bool = False
    """Whether pandas joins the labels of both sides, so that a pandas object beside each partition would be wrong."""
    reads_all: bool = False
    """Whether row i is made of all rows of a series among the arguments, such as the values to look for."""
    mixes: str = ""
    """The parameter whose values come among those of the frame, if there is one."""
    sees_all: str = ""
    """What to use instead where labels of an argument are met that has other rows, and pandas looks at all of them."""
    refuses: Mapping[str, str] = _NOTHING
    """Parameters of pandas that would need other rows, and what to use instead."""

    @property
    def name(self) -> str:
        """The name of the method."""
        return self.signature.partition("(")[0]

    @property
    def is_property(self) -> bool:
        """Whether it is read, not called."""
        return "(" not in self.signature

    @property
    def parameters(self) -> str:
        """What stands between the parentheses."""
        return self.signature.partition("(")[2][:-1]


class VerbMethod:
    """A row of a table as a method of a class, which looks and documents itself like any other."""

    def __init__(self, verb: Verb, owner: type, of: str) -> None:
        self.verb = verb
        self.__name__ = verb.name
        self.__qualname__ = f"{owner.__qualname__}.{verb.name}"
        self.__module__ = owner.__module__
        self.__doc__ = f"{verb.doc}\n\nAs pandas.{of}.{verb.name}, of each partition."

    def __get__(self, held: Any, owner: type | None = None) -> Any:
        return self if held is None else MethodType(self, held)

    def __call__(self, held: Any, /, *args: Any, **kwargs: Any) -> Any:
        return held._verb(self.verb, args, kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        return signature_of(self.verb)


def verbs(of: str, *tables: Iterable[Verb]) -> Callable[[_Class], _Class]:
    """A decorator of classes: each row of ``tables`` becomes a method or property of it, as pandas has in ``of``."""

    def decorated(owner: _Class) -> _Class:
        for verb in (verb for table in tables for verb in table):
            made: Any = VerbMethod(verb, owner, of)
            if verb.is_property:
                made = property(functools.partial(_read, verb), doc=made.__doc__)
            setattr(owner, verb.name, made)
        owner._tables = (*owner.__dict__.get("_tables", ()), *tables)  # type: ignore[attr-defined]
        return owner

    return decorated


def verbs_of(owner: type) -> Iterator[Verb]:
    """The rows that were made methods of ``owner`` itself."""
    return (verb for table in owner.__dict__.get("_tables", ()) for verb in table)


def _read(verb: Verb, held: Any) -> Any:
    return held._verb(verb, (), {})


def apply_verb(
    frame: Any, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any], accessor: str = ""
) -> Any:
    """The step that ``verb`` is: on ``frame``, or on its ``accessor``.

    Collections among the arguments are blocks beside the frame's, of the same rows; or are cut at the same labels,
    where both have divisions; or one block for all.
    """
    kwargs = _accepted(frame, verb, args, kwargs)
    if not accessor:
        frame, args, kwargs = _settled(frame, verb, args, kwargs)
    if verb.reads_all:
        args = tuple([_whole(value, frame.ndim == 1) for value in args])
        kwargs = {name: _whole(value, frame.ndim == 1) for name, value in kwargs.items()}
    shown = f"{accessor}.{verb.name}" if accessor else verb.name
    before = dataframe.numbering.numbered_through(frame) if verb.name in _REPEATS_LABELS else frame
    frame, args, kwargs = _beside(before, verb, args, kwargs)
    mixed = signature_of(verb).bind(frame, *args, **kwargs).arguments.get(verb.mixes) if verb.mixes else None
    if isinstance(mixed, FrameLike):
        refuse_mixed(verb.name, frame, mixed)
    found = FrameOperands(frame)
    given, named = args, kwargs
    args, kwargs = found.arguments(given, named)
    keeps_rows = verb.rows is Rows.KEPT
    kernel: FrameKernel
    if verb.is_property:
        kernel = Attribute(verb.name, accessor)
    else:
        kernel = MethodCall(
            verb.name,
            args,
            tuple(kwargs.items()),
            accessor,
            is_columnwise=_is_columnwise(frame, verb, found, args, kwargs),
            rows_kept=keeps_rows,
        )
    if (
        isinstance(mixed, FrameLike)
        and frame.npartitions > 1
        and verb.name != "combine_first"
        and frames.elementwise.is_of_texts(frame._meta, mixed._meta)
    ):
        kernel = frames.elementwise.AmongTexts(kernel, found.argument(mixed).index)
    if isinstance(mixed, FrameLike) and isinstance(kernel, MethodCall) and verb.name != "combine_first":
        bound = signature_of(verb).bind(frame, *args, **kwargs).arguments
        may_lack = frame is not before or mixed._rows != frame._rows
        kernel = in_one_type(kernel, frame, mixed, found, bound, may_lack)
    if frame is not before and verb.joins_labels and not verb.name.startswith("combine"):
        other = next(each for each in (*given, *named.values()) if isinstance(each, FrameLike))
        kernel = checked(kernel, frame, other, found)
    kernel = _seeing_all(kernel, accessor, frame, found)
    if verb.joins_labels and not _is_by_rows(frame, verb, args, kwargs):
        found.label_summaries()
    made = boxed_step(frame, shown, kernel, found, keeps_divisions=keeps_rows or verb.rows is Rows.PICKED)
    if verb.rows is Rows.SHIFTED and frame.known_divisions and len(args) + len(kwargs) == 1:
        ends = pd.Series(0, index=pd.Index(frame.divisions, dtype=frame._meta.index.dtype))
        labels = getattr(ends, verb.name)(*args, **kwargs).index
        if labels.tz is not None:  # without a zone, what clocks show is in no order when they are set back
            return type(made)(made.node, made._meta, tuple(labels), made._rows)
    return made


def _settled(
    frame: Any, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """``frame`` and the arguments with whole numbers of the types of all partitions, where these decide what comes out."""
    if verb.mixes or verb.name in _MIXING:
        given = signature_of(verb).bind(frame, *args, **kwargs).arguments
        mixed = [given.get(verb.mixes)] if verb.mixes else [*args, *kwargs.values()]
        return dataframe.settling.reckonable(frame, *mixed), args, kwargs
    if verb.name not in _RECKONING and (not verb.joins_labels or verb.name in ANY_TYPES):
        return frame, args, kwargs
    reckonable = dataframe.settling.reckonable
    settled = {name: reckonable(each) for name, each in kwargs.items()}
    return reckonable(frame), tuple(map(reckonable, args)), settled


def _seeing_all(kernel: FrameKernel, accessor: str, frame: Any, operands: FrameOperands) -> FrameKernel:
    """``kernel``, which sees what there is in all partitions, where pandas goes by that."""
    if accessor:
        is_of_objects = accessor == "str" and frame._meta.dtype == object
        return frames.accessors.OfTexts(kernel, frame.npartitions > 1) if is_of_objects else kernel
    if not isinstance(kernel, MethodCall):
        return kernel
    if kernel.name == "explode":
        return exploded(kernel, frame, (), operands)
    return dataframe.settling.replaced(kernel, frame, operands) if kernel.name == "replace" else kernel


def boxed_step(
    frame: FrameLike,
    shown: str,
    kernel: FrameKernel,
    operands: FrameOperands,
    *,
    keeps_divisions: bool | None = None,
) -> Any:
    """``kernel`` over each partition; an array, which pandas gives for some, becomes a series or an index."""
    meta = frame._meta_of(kernel, operands)
    if _is_array(meta):
        kernel = frames.elementwise.Boxed(kernel)
        meta = frame._meta_of(kernel, operands)
    return frame._blockwise(shown, kernel, operands, meta=meta, keeps_divisions=keeps_divisions)


def _is_array(value: Any) -> bool:
    """Whether ``value`` is one-dimensional and has no labels."""
    return not isinstance(value, (pd.Series, pd.Index)) and getattr(value, "ndim", None) == 1


def signature_of(verb: Verb) -> inspect.Signature:
    """The signature of the method that ``verb`` becomes, with ``self``.

    >>> signature_of(Verb("clip(lower=None, upper=None)", "Values between two."))
    <Signature (self, lower=None, upper=None)>
    """
    parameters = "self" + (f", {verb.parameters}" if verb.parameters else "")
    return inspect.signature(eval(f"lambda {parameters}: 0"))  # noqa: S307  a row of our own


def _refuse_inplace(name: str, asked: Any) -> None:
    if asked:
        raise UsageError(
            f"inplace=True: frames do not change in place; keep what comes back, as in df = df.{name}(...)"
        )


_IN_PLACE: Final = (
    "bfill",
    "drop",
    "drop_duplicates",
    "dropna",
    "ffill",
    "rename",
    "rename_axis",
    "reset_index",
    "set_index",
    "sort_index",
    "sort_values",
)
"""Methods that may change what they are called on in pandas, and are no rows of a table."""


def without_inplace(owner: _Class) -> _Class:
    """A decorator of classes: their methods take ``inplace=False``, and say what to write instead of ``inplace=True``."""
    for name in _IN_PLACE:
        if inspect.isfunction(method := getattr(owner, name, None)):
            setattr(owner, name, _not_in_place(method))
    return owner


def _not_in_place(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(held: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Any:
        _refuse_inplace(method.__name__, inplace)
        return method(held, *args, **kwargs)

    return checked


def _accepted(frame: Any, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """``kwargs``, without ``inplace=False``; raises UsageError for what partitions cannot do each alone."""
    _refuse_inplace(verb.name, kwargs.get("inplace"))
    kwargs = {name: value for name, value in kwargs.items() if name != "inplace"}
    for name, instead in verb.refuses.items():
        if kwargs.get(name) not in (None, False):
            raise UsageError(f"{verb.name}() has no {name}=: {instead}")
    if verb.refuses:
        kwargs = {name: value for name, value in kwargs.items() if name not in verb.refuses}
        signature_of(verb).bind(frame, *args, **kwargs)  # a refused parameter may be given by position, too
    if verb.joins_labels:
        refuse_rows(
            verb.name, (*args, *kwargs.values()), frame.ndim == 1 or _is_by_rows(frame, verb, args, kwargs)
        )
    return kwargs


def _whole(value: Any, is_looked_up: bool = True) -> Any:
    """``value`` with all rows in one block in place of each series, at any depth; a frame looks up by label, row by row."""
    if isinstance(value, FrameLike):
        return Scalar(value._gathered("all rows").node, value._meta) if is_looked_up else value
    if type(value) is dict:
        return {name: _whole(inner) for name, inner in value.items()}
    return type(value)(map(_whole, value)) if type(value) in (list, tuple) else value


def _is_by_rows(frame: Any, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether labels of what is met are those of rows, as ``axis`` says."""
    return signature_of(verb).bind(frame, *args, **kwargs).arguments.get("axis") in (0, "index")


def _beside(
    frame: Any, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """``frame`` and the arguments, where one of these is a frame of other rows in partitions that match."""
    joins = verb.joins_labels
    by_rows = True if joins and _is_by_rows(frame, verb, args, kwargs) else None
    others = [
        each
        for each in (*args, *kwargs.values())
        if isinstance(each, FrameLike)
        and each._rows != frame._rows
        and not dataframe.alignment.is_looked_up(frame, each, joins, by_rows)
    ]
    if len(others) != 1:
        return frame, args, kwargs
    first, other = frame._beside(others[0], joins, by_rows)
    if verb.sees_all and first.npartitions > 1:
        raise UsageError(
            f"{verb.name}() by the labels of {others[0].node.verb}, which has other rows than {frame.node.verb}: "
            f"{verb.sees_all}"
        )
    refuse_powers(verb.name, first, other)
    if joins and not verb.name.startswith("combine"):
        refuse_truths(verb.name, first, other)
        if by_rows or first.ndim == other.ndim:
            other = dataframe.alignment.named_alike(first, other)
    args = tuple([other if each is others[0] else each for each in args])
    return first, args, {name: other if each is others[0] else each for name, each in kwargs.items()}


def _is_columnwise(
    frame: Any, verb: Verb, found: FrameOperands, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    if any(getattr(meta, "ndim", 0) == 1 for meta in found.metas):
        return False
    if verb.columns is Columns.OWN:  # else it may be names of columns that are picked, or that change
        return signature_of(verb).bind(frame, *args, **kwargs).arguments.get("axis") not in (1, "columns")
    return verb.columns is Columns.OWN_OF_VALUES and all(
        type(value) is Slot or value is None or is_scalar(value) for value in (*args, *kwargs.values())
    )
