"""A user's function as a step over frames: what it returns is held against what was said, or seen, of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import pandas as pd

from pannier.errors import UsageError, annotate
from pannier.frozen import frozen
from pannier.kernels.frames.base import FrameKernel, MethodCall
from pannier.kernels.frames.blocks import settable
from pannier.kernels.frames.casts import Misfit, cast, widened
from pannier.kernels.kernel import BlockKernel, name_of

_LOOKED_AT: Final = 10_000
"""Rows that are tried one by one, to find the one on which a function of rows fails."""


@frozen
class UserStep(FrameKernel):
    """``kernel``, which runs a user's function, called with blocks and last the number of the partition."""

    kernel: BlockKernel
    shown: str
    """The step as the user wrote it."""
    meta: Any = None
    """What it makes, without rows; None where it may be anything."""
    rows_kept: bool = False
    checks_labels: bool = False
    """Whether the labels are to stay between those of the first block, as its divisions need it."""

    def __call__(self, *blocks: Any) -> Any:
        *given, number = blocks
        given = list(map(settable, given))
        try:
            made = self.kernel(*given)
        except Exception as error:
            _blame_row(self.kernel, given, error)
            empty = "" if len(given[0]) else ", which has no rows"
            annotate(error, f"in {self.shown}, in partition {number}{empty}")
            raise
        where = f"{self.shown} made of partition {number}"
        if self.meta is not None:
            made = conformed(made, self.meta, where)
        if self.checks_labels:
            _check_labels(made.index, given[0].index, where)
        return made

    @property
    def keeps_rows(self) -> bool:  # type: ignore[override]
        """As the verb says."""
        return self.rows_kept

    @property
    def label(self) -> str:
        return self.shown


@frozen
class EachRow(FrameKernel):
    """The pandas method ``name`` (``apply``, ``map``), whose first argument is a function of a row or a value."""

    name: str
    func: Callable[..., Any]
    args: tuple[Any, ...]
    """Of the method, after the function; with slots."""
    kwargs: tuple[tuple[str, Any], ...]

    def __call__(self, *blocks: Any) -> Any:
        return MethodCall(self.name, (self.func, *self.args), self.kwargs)(*blocks)

    @property
    def label(self) -> str:
        return f"{self.name}({name_of(self.func)})"


@frozen
class Checked(FrameKernel):
    """A block as it is, if it is what was declared; the last argument is the number of the partition."""

    meta: Any
    shown: str

    def __call__(self, *blocks: Any) -> Any:
        block, number = blocks
        return conformed(block, self.meta, f"{self.shown} has as partition {number}")

    @property
    def label(self) -> str:
        return self.shown


def _blame_row(kernel: BlockKernel, blocks: Iterable[Any], error: Exception) -> None:
    """Note on ``error`` the first row on which ``kernel``, if it is called with each row, fails alone."""
    if not isinstance(kernel, EachRow):
        return
    first, *others = blocks
    for i in range(min(len(first), _LOOKED_AT)):
        row = first.iloc[i : i + 1]
        try:
            kernel(row, *others)
        except Exception as again:  # noqa: BLE001  whatever the user's function raises
            if type(again) is type(error):
                value = row.iloc[0].to_dict() if row.ndim == 2 else row.tolist()[0]
                annotate(error, f"at the row with label {row.index.tolist()[0]!r}: {value!r:.200}")
            return


def conformed(made: Any, meta: Any, where: str) -> Any:
    """``made`` if its columns and types are those of ``meta``, or with these where no value changes by it.

    Nothing that has no rows is at fault.  Raises :class:`~pannier.errors.UsageError` for anything else.

    >>> conformed(pd.Series([1]), pd.Series([], dtype="float64"), "f made").dtype
    dtype('float64')
    """
    if (
        not is_block(made)
        or made.ndim != meta.ndim
        or isinstance(made, pd.Index) != isinstance(meta, pd.Index)
    ):
        raise UsageError(
            f"{where} a {_kind(made)}, and a {_kind(meta)} was expected; "
            "meta= says what a function returns: an empty pandas object, or names and types"
        )
    if not len(made):
        return _empty_of(made, meta)
    if isinstance(made, pd.DataFrame):
        return _conformed_frame(made, meta, where)
    changed = _cast(
        made,
        meta.dtype,
        meta.name,
        where,
        lambda: f"meta=({meta.name!r}, {widened(made, meta.dtype)!r})",
    )
    if changed.name != meta.name:
        changed = changed.rename(meta.name)
    return changed


def _empty_of(made: Any, meta: Any) -> Any:
    """``meta``, with the index that ``made`` has where its type is that of the meta's."""
    if isinstance(meta, pd.Index) or made.index.dtype != meta.index.dtype:
        return meta
    return meta.set_axis(made.index, axis=0)


def _conformed_frame(made: pd.DataFrame, meta: pd.DataFrame, where: str) -> pd.DataFrame:
    if not made.columns.equals(meta.columns):
        missing = [name for name in meta.columns if name not in made.columns]
        more = [name for name in made.columns if name not in meta.columns]
        if missing or more or len(made.columns) != len(meta.columns):
            raise UsageError(
                f"{where} the columns {list(made.columns)!r:.300}, and {list(meta.columns)!r:.300} were expected"
                + (f"; without {missing!r:.200}" if missing else "")
                + (f"; {more!r:.200} besides" if more else "")
                + f"; give meta= with the columns that it returns, as in meta={_described(made, made.dtypes)}"
            )
        made = made.loc[:, list(meta.columns)]
    if list(made.dtypes) == list(meta.dtypes):
        return made
    changed = {}
    for i, (name, dtype) in enumerate(zip(meta.columns, meta.dtypes, strict=True)):
        column = made.iloc[:, i]
        if column.dtype != dtype:
            changed[i] = _cast(column, dtype, name, where, lambda: f"meta={_fixed(made, meta)}")
    columns = [changed.get(i, made.iloc[:, i]) for i in range(made.shape[1])]
    whole: pd.DataFrame = pd.concat(columns, axis=1)
    whole.columns = meta.columns
    return whole


def _cast(column: Any, dtype: Any, name: Any, where: str, fix: Callable[[], str]) -> Any:
    try:
        return cast(column, dtype)
    except Misfit as misfit:
        raise UsageError(
            f"{where} {'a series' if name is None else f'column {name!r}'} of type {column.dtype}, and "
            f"{dtype} was expected, which cannot hold {misfit.value!r:.100}; say {fix():.300}"
        ) from None


def _fixed(made: pd.DataFrame, meta: pd.DataFrame) -> str:
    """The meta that ``made`` would have fit."""
    pairs = zip(range(made.shape[1]), meta.dtypes, strict=True)
    return _described(meta, [widened(made.iloc[:, i], dtype) for i, dtype in pairs])


def _check_labels(made: Any, before: Any, where: str) -> None:
    """Raises :class:`~pannier.errors.UsageError` if a label is not between those there were ``before``."""
    if not len(made) or made is before:
        return
    try:
        is_inside = bool(len(before) and before.min() <= made.min() and made.max() <= before.max())
    except TypeError:
        is_inside = False  # they cannot be compared
    if not is_inside:
        raise UsageError(
            f"{where} labels {made.tolist()[0]!r:.50}, ..., which are not between those of the partition, so that its "
            "divisions would be wrong; say clear_divisions=True where a function changes labels"
        )


def is_block(value: Any) -> bool:
    """Whether it is a pandas object, as partitions are."""
    return isinstance(value, (pd.DataFrame, pd.Series, pd.Index))


def _kind(value: Any) -> str:
    return type(value).__name__


def _described(frame: pd.DataFrame, dtypes: Iterable[Any]) -> str:
    """The columns of ``frame`` with ``dtypes``, as a meta is written."""
    return repr({name: str(dtype) for name, dtype in zip(frame.columns, dtypes, strict=True)})


@frozen
class OneValue(FrameKernel):
    """What ``kernel`` makes of a block, one value, as a series of it."""

    kernel: BlockKernel

    def __call__(self, *blocks: Any) -> Any:
        return pd.Series([self.kernel(*blocks)])

    @property
    def label(self) -> str:
        return self.kernel.label
