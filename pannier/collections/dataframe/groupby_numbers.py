"""Groups by number: how many there are, and which one each row is in."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from pannier import shuffle
from pannier.collections import dataframe
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.groupby_aggregations import Aggregations
from pannier.collections.dataframe.groupby_plan import gathers_of, step
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.plan.nodes import Node

_VERB: Final = "groupby-ngroup"


class GroupNumbers(Aggregations):
    """``ngroups`` and ``ngroup``."""

    __slots__ = ()

    @property
    def ngroups(self) -> Any:
        """How many groups there are, lazily.

        Raises :class:`~pannier.errors.UsageError` for combinations of categories and other keys with
        ``observed=False``: pandas counts some of rows that are in no group.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"]}), npartitions=2)
        >>> df.groupby("k").ngroups.compute(scheduler="sync")
        2
        """
        self._refuse_combinations("ngroups")
        return self.size()._reduce("ngroups", frames.blocks.Length())

    def __len__(self) -> int:
        """How many groups there are; computes it."""
        return int(self.ngroups.compute())

    def ngroup(self, ascending: bool = True) -> Any:
        """The number of the group of each row, in the place of the row; counted from the last if not ``ascending``.

        Groups are numbered from 0 in the order of their keys, or with ``sort=False`` as they appear in the frame.  Rows
        that are in no group have a missing value, and numbers are floats then.  Only one row of each group in a
        partition is sent to where groups are numbered, and nothing but the keys of it.

        Raises :class:`~pannier.errors.UsageError` with ``sort=False`` or ``ascending=False`` for combinations of
        categories with ``observed=False``.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"k": ["b", "a", "b"]}), npartitions=2)
        >>> df.groupby("k").ngroup().compute(scheduler="sync").tolist()
        [1, 0, 1]
        """
        spec, frame = self._spec, self._frame
        if not spec.sort or not ascending:
            self._refuse_combinations("ngroup(), with sort=False or ascending=False,")
        keyed, empty = self._keyed(spec.keyed(()))
        positioned = frames.grouprows.Positioned()
        one_each = step(_VERB, positioned, keyed, params=(range(keyed.npartitions),))
        one_each = step(
            _VERB, frames.grouprows.SomeOfEach(len(spec.names), 0, 1, False, spec.dropna), one_each
        )
        numbers = _numbered(one_each, positioned(empty, 0), spec.sort)
        places = step(_VERB, frames.groupnumbers.LocalNumbers(spec.dropna), keyed)
        node = step(_VERB, frames.groupnumbers.NumbersOfAll(), places, numbers)
        meta = pd.Series(dtype="int64", index=frame._meta.index[:0])
        given = None if self._has_labels_as_keys else frame._numbers
        made = wrap(node, meta, frame._divisions, frame._rows, given)
        return made if ascending else self.ngroups - 1 - made

    def _refuse_combinations(self, verb: str) -> None:
        """Raise UsageError where keys are combined with categories that need no rows."""
        if len(self._spec.names) > 1 and self._spec.method("size", {}).aggregate.lists_unobserved:
            raise UsageError(
                f"{verb} of combinations of categories, with or without rows: pandas counts some whose keys are only in "
                "rows of no group; use groupby(..., observed=True)"
            )


def _numbered(over: Node, empty: pd.DataFrame, in_order: bool) -> Node:
    """A node of the numbers of groups: of the rows of ``over``, one a group, a series a partition, in their order.

    The last column of ``over`` has the positions of rows, those before it are keys; ``empty`` is a block without rows.
    """
    keys = shuffle.frames_ranges.Keys(empty.shape[1] - 1, empty)
    kernel = frames.groupnumbers.GroupStarts() if in_order else frames.groupnumbers.GroupFirsts()
    gathers = gathers_of(over, None)
    node = dataframe.groupby_shuffle.by_key(_VERB, over, keys, gathers, True, kernel, in_order)
    found = wrap(node, kernel(empty))
    if in_order:
        found = found._assigned(0, found[0].cumsum() - 1)
    else:
        firsts = found[found[0] == found[1]][[0]].sort_values(0, ignore_index=True)
        firsts = firsts._assigned("number", firsts[0].notna().cumsum() - 1)
        found = found.merge(firsts, on=0)[["number", 1]]
    meta = pd.Series(dtype="int64")
    return dataframe.groupby_shuffle.brought_home(_VERB, found.node, over.npartitions, found._meta, meta, 0)
