"""How a reduction of rows becomes a step: of which columns it is, along which axis, and of which type its answer."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype, is_object_dtype

from pannier import kernels
from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import Narrow

Split = int | bool | None
"""How many partial results are combined at a time; by default the setting ``fan_in``, and with False all."""

_OF_COLUMNS: Final = ("count", "idxmin", "idxmax", "nunique")
"""What pandas has for each column, or each row, and not for all values."""


def refuse_numpys(name: str, **arguments: Any) -> None:
    """Raise UsageError if one of the ``arguments`` that NumPy adds to a method is not None."""
    for argument, value in arguments.items():
        if value is not None:
            raise UsageError(
                f"{name}() has no {argument}=, which is for arrays; "
                + ("keep what it returns" if argument == "out" else "use astype() before or after it")
            )


class Summaries(Operators):
    """What the families of verbs that reduce rows are made of."""

    __slots__ = ()

    def _summary(
        self, verb: str, reduction: kernels.reductions.Reduction, split_every: Split = None, meta: Any = UNSET
    ) -> Any:
        """What ``reduction`` makes of all rows; made-up ones say of which type that is."""
        if meta is UNSET:
            with self._explained(), np.errstate(all="ignore"):
                answer = reduction.finish(
                    reduction.combine([reduction.chunk(frames.reductions.plausible(self._meta))])
                )
            meta = frames.blocks.emptied(answer) if hasattr(answer, "iloc") else answer
        of = dataframe.numbering.numbered_through(self) if isinstance(self._meta, pd.Index) else self
        return of._reduce(verb, reduction, meta=meta, split_every=split_every)

    def _numeric(self) -> Any:
        """The columns of numbers, truth values among them."""
        if self.ndim == 1:
            if not is_numeric_dtype(self._meta.dtype):
                raise TypeError(
                    f"numeric_only=True has no meaning for a {type(self).__name__} of {self._meta.dtype}"
                )
            return self
        pairs = zip(self._meta.columns, self._meta.dtypes, strict=True)
        return self._of_types([name for name, dtype in pairs if is_numeric_dtype(dtype)])

    def _of_types(self, names: Sequence[Any]) -> Any:
        """The columns of these names, which were chosen by their types.

        Raises UsageError where one of another type shares a name with one of them.
        """
        chosen = self._narrowed(names)
        if chosen._meta.shape[1] != len(names):
            raise UsageError(
                "columns are chosen by their types, and some of one name are of several; give all columns names of their "
                "own with set_axis(names, axis=1) first"
            )
        return chosen

    def _narrowed(self, names: Sequence[Any]) -> Any:
        """The columns of these names, in the order of the frame."""
        if len(names) == self._meta.shape[1]:
            return self
        return self._blockwise("columns", Narrow(frozenset(names)))

    def _reduced(
        self,
        name: str,
        reduction: kernels.reductions.Reduction,
        axis: Any,
        numeric_only: bool,
        split_every: Split,
        *,
        dtype: None = None,
        out: None = None,
        **options: Any,
    ) -> Any:
        """``reduction``, the pandas method ``name`` with ``options``, along ``axis``."""
        refuse_numpys(name, dtype=dtype, out=out)
        chosen = self._numeric() if numeric_only else self
        if self.ndim == 1:
            return chosen._summary(name, reduction, split_every)
        if axis is None and name not in _OF_COLUMNS:
            return chosen._flattened()._summary(name, reduction, split_every)
        if self._meta._get_axis_number(axis) == 1:
            options["axis"] = 1
            return chosen._method(name, (), options, meta=_of_rows(chosen._meta, name, options))
        return chosen._summary(name, reduction, split_every)

    def _flattened(self) -> Any:
        """The values of all columns as one series, in no order."""
        return self._blockwise("values", frames.reshaping.Flatten())


def _of_rows(meta: Any, name: str, options: dict[str, Any]) -> Any:
    """What the method ``name`` gives for rows like those of ``meta``, without them: of none it has other types than of some."""
    if not any(map(is_object_dtype, meta.dtypes)):  # of objects values say it
        with contextlib.suppress(TypeError, ValueError, NotImplementedError):
            return frames.blocks.emptied(getattr(frames.groupexamples.example(meta), name)(**options))
    return UNSET
