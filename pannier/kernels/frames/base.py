"""What passes may know of a step over frames: which columns it reads of each input, and whether it keeps rows.

A block is a pandas object: a DataFrame, a Series or an Index.  The same step is applied to empty objects of the
same columns and types, the *meta*, while a plan is built, so that what a step makes is known by doing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, Protocol, TypeAlias, runtime_checkable

from pannier.frozen import frozen
from pannier.kernels import frames
from pannier.kernels.kernel import BlockKernel, bind, fill

Columns: TypeAlias = frozenset[Any] | None
"""Names of columns of a frame; None stands for all it has."""
Need: TypeAlias = Columns | tuple[Columns, ...]
"""The columns that are read of an input; of a shuffle, of each of its inputs."""


@frozen
class Projection:
    """What is left of a step when only some columns of what it makes are read."""

    kernel: BlockKernel | None
    """The step for those columns; None when nothing is left of it, and its first input stands for it."""
    needs: tuple[Need, ...]
    """The columns it reads of each input."""


class FrameKernel(BlockKernel):
    """A step over frames, with traits.  A wrong promise is a wrong answer, and no promise is only slower."""

    __slots__ = ()

    keeps_rows: ClassVar[bool] = False
    """There is a row for each row of each block input, in their order and with their labels."""
    looks_around: ClassVar[bool] = False
    """Row i of what it makes, though it is about row i of a block, depends on further rows of that."""
    has_schema: ClassVar[bool] = False
    """Its second input says what columns and types there are in all blocks of its first."""
    gaps: ClassVar[Columns] = frozenset()
    """The columns in which what is in a block decides whether whole numbers stay such; None for all."""

    @property
    def is_row_by_row(self) -> bool:
        """Whether row i of what it makes is made of row i of each block input, and of no other."""
        return self.keeps_rows and not self.looks_around

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        """The step when only ``wanted`` columns are read of what it makes of ``inputs`` inputs.

        By default it stays as it is, and reads all columns of all of them.
        """
        return Projection(self, (None,) * inputs)


@frozen
class Around(FrameKernel):
    """A step that does something before ``kernel``, or after it, which is about the same rows."""

    kernel: FrameKernel

    @property
    def keeps_rows(self) -> bool:  # type: ignore[override]
        """As ``kernel`` does."""
        return self.kernel.keeps_rows

    @property
    def looks_around(self) -> bool:  # type: ignore[override]
        """As ``kernel`` does."""
        return self.kernel.looks_around

    @property
    def label(self) -> str:
        return self.kernel.label


@runtime_checkable
class FrameReader(Protocol):
    """A reader of frames: a :class:`~pannier.kernels.kernel.BlockKernel` of one part, for a ``Source``."""

    def __call__(self, part: Any, /) -> Any:
        """The frame that ``part`` stands for."""

    def with_columns(self, columns: frozenset[Any]) -> FrameReader:
        """The same reader for those of its columns that are in ``columns``, in the order in which it has them."""

    def limited(self, rows: int) -> FrameReader:
        """The same reader for the first ``rows`` rows of each part, which reads little more than these."""


@frozen
class Call(FrameKernel):
    """``func(*args, **kwargs)``, with slots among the arguments for the blocks.

    The step for what has no traits; see :class:`~pannier.kernels.kernel.Slot`.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    shown: str
    """The verb as the user wrote it."""

    def __call__(self, *blocks: Any) -> Any:
        return bind(self.func, self.kwargs, blocks)(*fill(self.args, blocks))

    @property
    def label(self) -> str:
        return self.shown


_LOOKING_AROUND: Final = frozenset(
    "bfill combine cummax cummin cumprod cumsum diff duplicated ffill rank shift".split()
)
"""Methods with a row for each, which is made of others, too."""


@frozen
class MethodCall(FrameKernel):
    """The pandas method ``name`` of the first block, by way of ``accessor`` where there is one.

    ``args`` and ``kwargs`` have slots for further blocks.

    >>> import pandas as pd
    >>> MethodCall("lower", (), (), "str")(pd.Series(["A"])).tolist()
    ['a']
    """

    name: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()
    accessor: str = ""
    """``str``, ``dt`` or ``cat``."""
    is_columnwise: bool = False
    """Of frames: column c of what it makes is made of column c of each alone, and of nothing else."""
    rows_kept: bool = True

    def __call__(self, *blocks: Any) -> Any:
        target = getattr(blocks[0], self.accessor) if self.accessor else blocks[0]
        func = bind(getattr(target, self.name), dict(self.kwargs), blocks)
        return func(*fill(self.args, blocks))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted if self.is_columnwise else None,) * inputs)

    @property
    def keeps_rows(self) -> bool:  # type: ignore[override]
        """As the table of methods says."""
        return self.rows_kept

    @property
    def looks_around(self) -> bool:  # type: ignore[override]
        """As the method does; of ``combine`` a function may, which gets whole columns."""
        return not self.accessor and self.name in _LOOKING_AROUND

    @property
    def label(self) -> str:
        return f"{self.accessor}.{self.name}" if self.accessor else self.name


@frozen
class Attribute(FrameKernel):
    """The pandas property ``name`` of a block, by way of ``accessor`` where there is one.

    >>> import pandas as pd
    >>> Attribute("year", "dt")(pd.Series(pd.to_datetime(["2015-01-01"]))).tolist()
    [2015]
    """

    name: str
    accessor: str = ""
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return getattr(getattr(blocks[0], self.accessor) if self.accessor else blocks[0], self.name)

    @property
    def label(self) -> str:
        return f"{self.accessor}.{self.name}" if self.accessor else self.name


@frozen
class Operator(FrameKernel):
    """A binary or unary operator; ``args`` are its operands, slots for blocks among them.

    Between frames, and of a frame and a value, it works column by column; not so with a series.
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    is_columnwise: bool = False
    columns: Columns = None
    """The columns that are read of several frames, which must have the same ones to be compared."""
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        columns = self.columns
        if columns is not None:
            blocks = tuple([narrowed(each, columns) if hasattr(each, "columns") else each for each in blocks])
        return self.func(*fill(self.args, blocks))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if not self.is_columnwise:
            return Projection(self, (None,) * inputs)
        several = Operator(self.func, self.args, True, wanted)
        return Projection(several if inputs > 1 else self, (wanted,) * inputs)

    @property
    def label(self) -> str:
        return self.func.__name__.strip("_")


@frozen
class GetColumn(FrameKernel):
    """One column of a frame, as a series."""

    column: Any
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0][self.column]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (frozenset([self.column]),))

    @property
    def label(self) -> str:
        return f"[{self.column!r}]"


@frozen
class GetColumns(FrameKernel):
    """Some columns of a frame, in the order that is asked for."""

    columns: tuple[Any, ...]
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0][list(self.columns)]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None:
            return Projection(self, (frozenset(self.columns),))
        some = tuple([column for column in self.columns if column in wanted])
        return Projection(GetColumns(some), (frozenset(some),))

    @property
    def label(self) -> str:
        return f"{list(self.columns)!r:.60}"


@frozen
class Narrow(FrameKernel):
    """Those of a frame's columns that are read later, in the frame's order; what projection puts before a shuffle."""

    columns: frozenset[Any]
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return narrowed(blocks[0], self.columns)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        columns = self.columns if wanted is None else self.columns & wanted
        return Projection(Narrow(columns), (columns,))

    @property
    def label(self) -> str:
        return f"narrow {sorted(map(str, self.columns))}"


def narrowed(frame: Any, columns: frozenset[Any]) -> Any:
    """``frame`` with those of its columns that are in ``columns``, in its own order."""
    kept = [column in columns for column in frame.columns]
    return frame if all(kept) else frame.loc[:, kept]


@frozen
class Filter(FrameKernel):
    """Those rows of the first block for which the second, a series of truth values, is true."""

    columns: Columns = None
    """The columns that are read of them."""

    def __call__(self, *blocks: Any) -> Any:
        block = blocks[0]
        if self.columns is not None and hasattr(block, "columns"):
            block = narrowed(block, self.columns)
        return frames.picking.rows_where(block, blocks[1])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(Filter(wanted), (wanted, None))


@frozen
class Assign(FrameKernel):
    """A frame with column ``name`` made, or replaced, by a second block or by a value."""

    name: Any
    value: Any
    """A :class:`~pannier.kernels.kernel.Slot`, or a value for all rows."""
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        frame = blocks[0].copy(deep=False)
        (value,) = fill((self.value,), blocks)
        if not len(frame) and hasattr(value, "iloc"):
            value = value.iloc[:0]  # else its rows would become those of the frame, which has none here
        frame[self.name] = value
        return frame

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None:
            return Projection(self, (None,) * inputs)
        if self.name not in wanted:
            return Projection(None, (wanted, *(None,) * (inputs - 1)))
        return Projection(self, (wanted - {self.name}, *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return f"assign({self.name!r})"


@frozen
class RenameColumns(FrameKernel):
    """A frame whose column ``old`` is called ``new``, for each pair of the two, and others stay."""

    names: tuple[tuple[Any, Any], ...]
    is_unique: bool = True
    """Whether no two columns have one name then."""
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].rename(columns=dict(self.names))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None or not self.is_unique:
            return Projection(self, (None,))
        old_of = {new: old for old, new in self.names}
        renamed = {old for old, _ in self.names}
        needed = {old_of.get(name, name) for name in wanted if name in old_of or name not in renamed}
        return Projection(self, (frozenset(needed),))

    @property
    def label(self) -> str:
        return f"rename({dict(self.names)!r:.60})"


@frozen
class Head(FrameKernel):
    """The first ``rows`` rows of a block."""

    rows: int

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].iloc[: self.rows] if hasattr(blocks[0], "iloc") else blocks[0][: self.rows]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))

    @property
    def label(self) -> str:
        return f"head({self.rows})"


@frozen
class Tail(FrameKernel):
    """The last ``rows`` rows of a block."""

    rows: int

    def __call__(self, *blocks: Any) -> Any:
        start = max(0, len(blocks[0]) - self.rows)
        return blocks[0].iloc[start:] if hasattr(blocks[0], "iloc") else blocks[0][start:]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted,))

    @property
    def label(self) -> str:
        return f"tail({self.rows})"


def union(parts: Iterable[Columns]) -> Columns:
    """All columns that any of ``parts`` names.

    >>> sorted(union([frozenset("a"), frozenset("b")])), union([None, frozenset("a")])
    (['a', 'b'], None)
    """
    found: set[Any] = set()
    for part in parts:
        if part is None:
            return None
        found |= part
    return frozenset(found)
