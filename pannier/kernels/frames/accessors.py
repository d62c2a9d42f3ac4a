"""Steps and reductions of strings and categories."""

from __future__ import annotations

import contextlib
from typing import Any, ClassVar

import pandas as pd

from pannier.frozen import frozen
from pannier.kernels.frames.base import Around, FrameKernel
from pannier.kernels.reductions import Reduction


@frozen
class OfTexts(Around):
    """``kernel``, a method of strings, of a block that may have none: missing values alone pandas takes for numbers.

    >>> from pannier.kernels.frames.base import MethodCall
    >>> OfTexts(MethodCall("get", (0,), accessor="str"))(
    ...     pd.Series([float("nan")])
    ... ).isna().tolist()
    [True]
    """

    are_others: bool = False
    """Whether there are other partitions, with texts whose numbers, such as lengths, stand beside what is missing here."""

    def __call__(self, *blocks: Any) -> Any:
        first = blocks[0]
        if first.dtype.kind == "f" and first.isna().all():
            first = first.astype(object)
        made = self.kernel(first, *blocks[1:])
        if not self.are_others or len(blocks) > 1 or made.ndim > 1 or made.dtype != object:
            return made
        is_bare = len(first) and first.isna().all() and not any(value is pd.NA for value in first)
        # pandas makes floats of whole numbers with gaps, and of gaps alone nothing.
        return made.astype("float64") if is_bare and self.kernel(first[:0]).dtype.kind == "i" else made


@frozen
class Pieces(FrameKernel):
    """The pieces of strings that ``kernel`` makes, in ``width`` columns, those that no string needs being missing.

    >>> from pannier.kernels.frames.base import MethodCall
    >>> split = MethodCall("split", ("-",), (("expand", True),), "str")
    >>> Pieces(split, 3)(pd.Series(["a-b"])).iloc[0].tolist()[:2]
    ['a', 'b']
    """

    kernel: FrameKernel
    width: int
    keeps_rows: ClassVar[bool] = True

    def __call__(self, *blocks: Any) -> Any:
        pieces = self.kernel(*blocks)
        if pieces.shape[1] < self.width:
            missing = pd.Series(None, index=pieces.index, dtype=blocks[0].dtype)
            if missing.dtype == object:  # pandas repeats NaN, and fills up everything else with None
                filler = [value if isinstance(value, float) else None for value in blocks[0]]
                missing = pd.Series(filler, index=pieces.index, dtype=object)
            for column in range(pieces.shape[1], self.width):
                pieces[column] = missing
        return pieces

    @property
    def label(self) -> str:
        return self.kernel.label


@frozen
class JoinTexts(Reduction):
    """All strings as one, with ``separator`` between them, and ``missing`` (or nothing) for those that are missing.

    >>> join = JoinTexts("-", None)
    >>> join.finish(
    ...     join.combine([join.chunk(pd.Series(["a", None])), join.chunk(pd.Series(["b"]))])
    ... )
    'a-b'
    """

    separator: str
    missing: str | None
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> list[str]:
        found = records.dropna() if self.missing is None else records
        return [found.str.cat(sep=self.separator, na_rep=self.missing)] if len(found) else []

    def combine(self, partials: list[list[str]]) -> list[str]:
        found = [text for partial in partials for text in partial]
        return [self.separator.join(found)] if found else []

    def finish(self, partial: list[str]) -> str:
        return partial[0] if partial else ""

    @property
    def label(self) -> str:
        return "str.cat"


@frozen
class FoundCategories(Reduction):
    """The categories of all partitions, as an index: in a given order, or else in their own where they have one.

    >>> found = FoundCategories(("b", "a", "c"), used=True)
    >>> parts = [pd.Series(["a"], dtype="category"), pd.Series(["b"], dtype="category")]
    >>> found.finish(found.combine([found.chunk(part) for part in parts])).tolist()
    ['b', 'a']
    """

    order: tuple[Any, ...] = ()
    """Those that come first, in this order."""
    used: bool = False
    """Whether only those that some value has are wanted."""
    over_blocks: ClassVar[bool] = True

    def chunk(self, records: Any) -> Any:
        return records.cat.remove_unused_categories().cat.categories if self.used else records.cat.categories

    def combine(self, partials: list[Any]) -> Any:
        found = [partial for partial in partials if len(partial)] or partials[:1]
        return found[0].append(found[1:]).unique() if len(found) > 1 else found[0]

    def finish(self, partial: Any) -> Any:
        with contextlib.suppress(
            TypeError
        ):  # some are numbers, say, and others text: in the order they were met
            partial = partial.sort_values()
        first = partial[:0].append(
            pd.Index([each for each in self.order if each in partial], dtype=partial.dtype)
        )
        return first.append(partial.difference(first, sort=False)) if len(first) else partial

    @property
    def label(self) -> str:
        return "categories"


def keep_categories(values: Any, categories: Any) -> Any:
    """``values`` with these categories alone.

    >>> keep_categories(pd.Series(["a"], dtype="category"), ["a", "b"]).cat.categories.tolist()
    ['a', 'b']
    """
    return values.cat.set_categories(categories)
