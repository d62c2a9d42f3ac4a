"""``transform``: steps by their names, each of which makes a row of each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from pandas.errors import SpecificationError

from pannier.collections.dataframe.elementwise import ElementwiseFrame, ElementwiseSeries
from pannier.collections.dataframe.methods import Rows, verbs_of
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError, near_matches

_STEPS: Final = frozenset(
    verb.name
    for verb in (*verbs_of(ElementwiseFrame), *verbs_of(ElementwiseSeries))
    if verb.rows is Rows.KEPT
) | set("astype bfill cummax cummin cumprod cumsum diff ffill pct_change rank shift".split())
"""Methods of a frame or a series after which rows are the same."""


class Transforming(Operators):
    """``transform`` of a frame and of a series."""

    __slots__ = ()

    def transform(self, func: Any, axis: Any = 0, *args: Any, **kwargs: Any) -> Any:
        """What steps of a name make of this: a row of each row.

        ``func`` is the name of a method (``"abs"``, ``"cumsum"``, ``"rank"``) or of a function of NumPy for each value
        (``"sqrt"``, or ``np.sqrt`` itself); a list of these, for a column of each; or a dict of one, or of a list, for
        some columns.  ``args`` and ``kwargs`` go to the methods.

        Raises :class:`~pannier.errors.UsageError` for other functions, which would be given a partition where pandas
        gives a whole column, and for names of methods that do not make a row of each row.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, -2, 3], "y": [4, 9, 1]}), npartitions=2)
        >>> df.transform({"x": "cumsum", "y": "sqrt"}).compute(scheduler="sync")
           x    y
        0  1  2.0
        1 -1  3.0
        2  2  1.0
        >>> df.x.transform(["abs", "shift"]).compute(scheduler="sync").columns.tolist()
        ['abs', 'shift']
        """
        if self._meta._get_axis_number(axis) == 1:
            raise UsageError("transform() is of columns; for axis=1 call a method, as in df.cumsum(axis=1)")
        if not isinstance(func, (list, tuple, Mapping)):
            return _step(self, func, args, kwargs)
        columns = self._by_column(func)
        is_nested = any(isinstance(how, (list, tuple)) for how in columns.values())
        made = {}
        for name, how in columns.items():
            column = self if self.ndim == 1 else self[name]  # type: ignore[index]
            if is_nested:
                for label, each in _named(how if isinstance(how, (list, tuple)) else [how]).items():
                    made[name, label] = _step(column, each, args, kwargs)
            else:
                made[name] = _step(column, how, args, kwargs)
        if not made:
            raise ValueError("No transform functions were provided")
        return _side_by_side(made, is_nested)

    def _by_column(self, func: Any) -> dict[Any, Any]:
        """What is made of each column; of a series, what it is made of for each column of the result."""
        if self.ndim == 2 and not self._meta.columns.is_unique:
            raise UsageError(
                "transform() of several columns of one name cannot tell them apart; rename() them first"
            )
        if not isinstance(func, Mapping):
            return _named(func) if self.ndim == 1 else dict.fromkeys(self._meta.columns, func)
        if any(isinstance(how, Mapping) for how in func.values()):
            raise SpecificationError("nested renamer is not supported")
        if self.ndim == 2:
            for name in func:
                if name not in self._meta.columns:
                    raise KeyError(f"there is no column {name!r}{near_matches(name, self._meta.columns)}")
        return dict(func)


def _named(steps: Sequence[Any]) -> dict[Any, Any]:
    """``steps`` by what their columns are called."""
    named = {getattr(each, "__name__", each): each for each in steps}
    if len(named) < len(steps):
        raise SpecificationError("Function names must be unique if there is no new column names assigned")
    return named


def _step(held: Any, how: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``how``, a name or a function of NumPy, makes of a frame or series."""
    is_name = isinstance(how, str)
    ufunc = getattr(np, how, None) if is_name and how not in _STEPS else how
    if isinstance(ufunc, np.ufunc):
        if args or kwargs or ufunc.nin > 1 or ufunc.nout > 1:
            raise UsageError(
                f"transform() takes functions of NumPy that make one value of one; call np.{ufunc.__name__}(...) itself"
            )
        return ufunc(held)
    if not is_name:
        raise UsageError(
            f"transform() takes names of steps and functions of NumPy such as np.sqrt, not {how!r:.80}: in pandas it is "
            "given whole columns, which are in many partitions; use map() for a function of each value, "
            "map_partitions() for one of a partition, or groupby().transform()"
        )
    if how not in _STEPS or not hasattr(type(held), how):
        raise UsageError(
            f"transform({how!r}): it is no method of a {type(held).__name__} that makes a row of each row"
            f"{near_matches(how, _STEPS)}"
        )
    made = getattr(held, how)(*args, **kwargs)
    if made._rows != held._rows:
        raise UsageError(
            f"transform({how!r}): with these arguments it makes other rows; call .{how}(...) itself"
        )
    return made


def _side_by_side(columns: Mapping[Any, Any], is_nested: bool) -> Any:
    """Series of the same rows as a frame; names that are pairs become levels."""
    made: Any = None
    for i, (label, column) in enumerate(columns.items()):
        if column.ndim != 1:
            raise UsageError("transform() of a list or a dict puts series side by side, not frames")
        name = i if is_nested else label
        made = column.to_frame(name) if made is None else made._assigned(name, column)
    return made.set_axis(pd.MultiIndex.from_tuples(list(columns)), axis=1) if is_nested else made
