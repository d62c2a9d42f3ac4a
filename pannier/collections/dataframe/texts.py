"""Methods of strings whose columns depend on their arguments, or that join strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import pandas as pd

from pannier.collections.dataframe.accessor import Accessor
from pannier.collections.dataframe.methods import Verb
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import MethodCall

if TYPE_CHECKING:
    from pannier.collections.dataframe.series import Series


_CAT: Final = Verb("cat(others, sep=None, na_rep=None, join='left')", "The strings, joined with others.")


class Texts(Accessor):
    """What the accessor ``.str`` has beside its table."""

    __slots__ = ()

    _instead: ClassVar[dict[str, str]] = {
        "get_dummies": "how many columns it makes would not be known before all rows are read; use "
        "str.contains() for each text, or astype('category') with known categories and get_dummies()"
    }

    def split(
        self, pat: str | None = None, *, n: int = -1, expand: bool = False, regex: bool | None = None
    ) -> Any:
        """The list of pieces of each string; with ``expand`` a frame of ``n + 1`` columns, for which ``n`` must be given.

        >>> import pandas as pd, pannier as pn
        >>> days = pn.from_pandas(pd.Series(["2015-01-31", "2016-02-01"]), npartitions=2)
        >>> days.str.split("-", n=2, expand=True).compute(scheduler="sync")
              0   1   2
        0  2015  01  31
        1  2016  02  01
        """
        return self._split("split", pat, n, expand, {} if regex is None else {"regex": regex})

    def rsplit(self, pat: str | None = None, *, n: int = -1, expand: bool = False) -> Any:
        """The same, split from the right."""
        return self._split("rsplit", pat, n, expand, {})

    def _split(self, name: str, pat: str | None, n: int, expand: bool, options: dict[str, Any]) -> Any:
        if not expand:
            return self._of_each(name, (pat,), {"n": n, **options})
        if n < 1:
            raise UsageError(
                f"str.{name}(expand=True): how many columns it makes would not be known before all rows are read; "
                "say with n= at how many places at most to split, which makes n + 1 columns"
            )
        return self._pieces(name, (pat,), {"n": n, **options}, n + 1)

    def _pieces(self, name: str, args: tuple[Any, ...], options: dict[str, Any], width: int) -> Any:
        """A frame of ``width`` columns, as many as there may be pieces."""
        if isinstance(self._frame._meta, pd.Index):
            raise UsageError(
                f"str.{name}(expand=True) of an index makes levels of it; use to_series() before"
            )
        call = MethodCall(name, args, tuple({**options, "expand": True}.items()), "str")
        return self._frame._blockwise(
            f"str.{name}", frames.accessors.OfTexts(frames.accessors.Pieces(call, width))
        )

    def partition(self, sep: str = " ", expand: bool = True) -> Any:
        """What is before the first ``sep``, ``sep``, and what is behind it: three columns, or tuples."""
        if expand:
            return self._pieces("partition", (sep,), {}, 3)
        return self._of_each("partition", (sep,), {"expand": False})

    def rpartition(self, sep: str = " ", expand: bool = True) -> Any:
        """What is before the last ``sep``, ``sep``, and what is behind it: three columns, or tuples."""
        if expand:
            return self._pieces("rpartition", (sep,), {}, 3)
        return self._of_each("rpartition", (sep,), {"expand": False})

    def extract(self, pat: str, flags: int = 0, expand: bool = True) -> Any:
        """The groups of the first match of the pattern, each a column; for one group and without ``expand`` a series."""
        return self._of_each("extract", (pat,), {"flags": flags, "expand": expand})

    def cat(
        self, others: Any = None, sep: str | None = None, na_rep: str | None = None, join: str = "left"
    ) -> Any:
        """The strings, each joined with those of ``others``, series of the same rows; without ``others``, one string of all.

        >>> import pandas as pd, pannier as pn
        >>> names = pn.from_pandas(pd.Series(["ada", "bob"]), npartitions=2)
        >>> names.str.cat(names.str.upper(), sep="-").compute(scheduler="sync").tolist()
        ['ada-ADA', 'bob-BOB']
        >>> names.str.cat(sep=", ").compute(scheduler="sync")
        'ada, bob'
        """
        if others is None:
            return self._frame._reduce("str.cat", frames.accessors.JoinTexts(sep or "", na_rep))
        for each in others if isinstance(others, (list, tuple)) else [others]:
            if not hasattr(each, "node"):
                raise UsageError(
                    f"str.cat() of partitions and a {type(each).__name__}: its rows belong to some partitions only; "
                    "assign it to a column, or give a series of the same frame"
                )
        return self._verb(_CAT, (others,), {"sep": sep, "na_rep": na_rep, "join": join})

    def _of_each(self, name: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return self._verb(Verb(f"{name}()", ""), args, options)

    def __getitem__(self, key: Any) -> Series:
        """Element or slice ``key`` of each string or list."""
        return self._of_each("__getitem__", (key,), {})  # type: ignore[no-any-return]
