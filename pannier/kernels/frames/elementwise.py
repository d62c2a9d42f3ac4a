"""Steps that make row i of row i, and leave rows out or repeat them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import pandas as pd

from pannier.errors import UsageError
from pannier.frozen import frozen
from pannier.kernels.frames.base import Around, Columns, FrameKernel, Projection, union
from pannier.kernels.kernel import bind, fill

_METHOD: Final = re.compile(r"\.\s*\w+\s*\(")
"""The call of a method in an expression."""


@frozen
class Boxed(Around):
    """What ``kernel`` makes of the first block, an array, with its labels; or as an index, of an index.

    >>> import pandas as pd
    >>> from pannier.kernels.frames.base import MethodCall
    >>> Boxed(MethodCall("isna"))(pd.Index([1, 2], name="k"))
    Index([False, False], dtype='bool', name='k')
    """

    def __call__(self, *blocks: Any) -> Any:
        values, first = self.kernel(*blocks), blocks[0]
        if isinstance(first, pd.Index):
            return pd.Index(values, name=first.name)
        return pd.Series(values, index=first.index, name=first.name)


@frozen
class AmongTexts(Around):
    """What ``kernel`` makes of a block of texts, among which objects come that must be texts as well.

    pandas makes all rows objects where one of these is none, which other partitions do not know.
    """

    place: int
    """Which block the objects are."""

    def __call__(self, *blocks: Any) -> Any:
        for own, column in _texts_and_objects(blocks[0], blocks[self.place]):
            if pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty"):
                raise UsageError(
                    f"{self.kernel.label}() of texts with objects that are no texts: whether all rows become objects depends "
                    f"on the values of all partitions; make {own!r} astype(object) first"
                )
        return self.kernel(*blocks)


def is_of_texts(first: Any, other: Any) -> bool:
    """Whether objects of ``other`` come among texts of ``first``."""
    return bool(_texts_and_objects(first, other))


def _texts_and_objects(first: Any, other: Any) -> list[tuple[Any, pd.Series[Any]]]:
    """The names of texts in ``first``, and the columns of objects in ``other`` that are put among them."""
    return [
        (name, column)
        for name, dtype, column in meeting(first, other)
        if isinstance(dtype, pd.StringDtype) and column.dtype == object
    ]


def meeting(first: Any, other: Any) -> list[tuple[Any, Any, pd.Series[Any]]]:
    """The columns of ``other`` that meet one of ``first``, each behind the name and the type of that.

    None where it is not labels of columns that say so, or these are not unique.

    >>> [
    ...     (name, own)
    ...     for name, own, _ in meeting(
    ...         pd.DataFrame({"x": [1]}), pd.DataFrame({"x": ["a"], "y": ["b"]})
    ...     )
    ... ]
    [('x', dtype('int64'))]
    """
    if first.ndim == other.ndim == 1:
        return [(first.name, first.dtype, other)]
    if first.ndim == 1 or other.ndim == 1 or not (first.columns.is_unique and other.columns.is_unique):
        return []
    return [(name, first[name].dtype, other[name]) for name in first.columns.intersection(other.columns)]


@frozen
class IndexOf(FrameKernel):
    """The values of a series, as an index.

    >>> IndexOf()(pd.Series([1, 2], name="k"))
    Index([1, 2], dtype='int64', name='k')
    """

    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return pd.Index(blocks[0])


@frozen
class RowCall(FrameKernel):
    """``func(*args, **kwargs)``, that makes row i of row i of the blocks, for which there are slots among the arguments.

    >>> from pannier.kernels.kernel import Slot
    >>> RowCall(pd.to_numeric, (Slot(0),), {})(pd.Series(["1"])).tolist()
    [1]
    """

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    output: int | None = None
    """Which of several outputs it is."""
    is_columnwise: bool = False
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        made = bind(self.func, self.kwargs, blocks)(*fill(self.args, blocks))
        return made if self.output is None else made[self.output]

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (wanted if self.is_columnwise else None,) * inputs)

    @property
    def label(self) -> str:
        return str(getattr(self.func, "__name__", self.func))


@frozen
class AsType(FrameKernel):
    """A frame whose columns have other types: one for all, or by name."""

    dtype: Any
    """A type, or pairs of a column and its type."""
    by_column: bool = False
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].astype(dict(self.dtype) if self.by_column else self.dtype)

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None or not self.by_column:
            return Projection(self, (wanted,))
        some = tuple([(column, dtype) for column, dtype in self.dtype if column in wanted])
        return Projection(AsType(some, by_column=True) if some else None, (wanted,))

    @property
    def label(self) -> str:
        return f"astype({dict(self.dtype) if self.by_column else self.dtype!r:.60})"


@frozen
class DropMissing(FrameKernel):
    """The rows of a frame without missing values in ``subset``, by ``how`` many there may be.

    >>> frame = pd.DataFrame({"x": [1.0, None], "y": [None, None]})
    >>> DropMissing(("x",))(frame).index.tolist()
    [0]
    """

    subset: tuple[Any, ...] | None = None
    """The columns that are looked at; None for all."""
    options: tuple[tuple[str, Any], ...] = ()
    """``how`` or ``thresh``, as pandas has them."""

    def __call__(self, *blocks: Any) -> Any:
        subset = None if self.subset is None else list(self.subset)
        return blocks[0].dropna(subset=subset, **dict(self.options))

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        if wanted is None or self.subset is None:
            return Projection(self, (None,))
        return Projection(self, (wanted | frozenset(self.subset),))

    @property
    def label(self) -> str:
        return "dropna" if self.subset is None else f"dropna({list(self.subset)!r:.60})"


@frozen
class Explode(FrameKernel):
    """A frame with a row for each element of the lists in ``columns``."""

    columns: tuple[Any, ...]

    def __call__(self, *blocks: Any) -> Any:
        return blocks[0].explode(list(self.columns) if len(self.columns) > 1 else self.columns[0])

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        return Projection(self, (None if wanted is None else wanted | frozenset(self.columns),))

    @property
    def label(self) -> str:
        return f"explode({list(self.columns)!r:.60})"


@frozen
class Evaluate(FrameKernel):
    """What the text ``expression`` says of a frame, as pandas reads it.

    >>> Evaluate("x + 1", frozenset("x"))(pd.DataFrame({"x": [1]})).tolist()
    [2]
    """

    expression: str
    reads: Columns
    """The columns that it can name."""
    new: Columns = None
    """The columns that it assigns and that the frame has not, if it assigns any; all others come with it."""
    variables: Any = None
    """The values of its ``@names``: a dict, in which there may be slots."""
    options: tuple[tuple[str, Any], ...] = ()
    keeps_rows: ClassVar[bool] = True

    @property
    def looks_around(self) -> bool:  # type: ignore[override]
        """Whether it calls methods, which may."""
        return _METHOD.search(self.expression) is not None

    def __call__(self, *blocks: Any) -> Any:
        (variables,) = fill((self.variables,), blocks)
        return blocks[0].eval(
            self.expression, local_dict=variables or {}, global_dict={}, **dict(self.options)
        )

    def projected(self, wanted: Columns, inputs: int) -> Projection:
        needed = self.reads
        if self.new is not None:
            needed = None if wanted is None else union([self.reads, wanted - self.new])
        return Projection(self, (needed, *(None,) * (inputs - 1)))

    @property
    def label(self) -> str:
        return f"eval({self.expression!r:.60})"
