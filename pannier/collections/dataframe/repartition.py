"""The same rows in other partitions, and what is known of the labels of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from numbers import Integral, Real
from typing import Any

import pandas as pd

from pannier import plan
from pannier.collections import dataframe
from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import BlockMap, Divided, Grouped
from pannier.plan.nodes import Blockwise
from pannier.sizes import parse_bytes
from pannier.tokens import tokenize


class Repartitioning(Operators):
    """``repartition``, ``align``, and divisions that are found or checked."""

    __slots__ = ()

    def repartition(
        self,
        divisions: Sequence[Any] | None = None,
        npartitions: int | None = None,
        partition_size: int | str | None = None,
        freq: Any = None,
        force: bool = False,
    ) -> Any:
        """The same rows, in order, in other partitions; give one of the first four arguments.

        Parameters
        ----------
        divisions
            n + 1 labels, in order: partition i has the rows with labels from the i-th up to the next one.  They
            start and end where the divisions do, which must be known; with ``force`` they may start before and end
            after.
        npartitions
            Their number.  Neighbours are joined, or partitions are cut: where divisions are known, and are numbers or
            times, at labels in equal distances (as many as there are), else into equal runs of rows.
        partition_size
            Bytes, or text such as ``"100 MiB"``: what each takes in memory at most, roughly, as far as it is known of
            the sources, or of what is persisted; steps are taken to keep the size of what they are given.
        freq
            Of a time index of known divisions: the stretch of time of each, such as ``"D"`` or ``"MS"``.

        Raises
        ------
        UsageError
            Divisions or sizes are not known that would be needed, or the new divisions do not fit.

        Examples
        --------
        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": range(8)}), npartitions=2)
        >>> df.repartition(npartitions=4).divisions
        (0, 2, 4, 5, 7)
        >>> df.repartition(divisions=[0, 6, 7]).map_partitions(len).compute(scheduler="sync").tolist()
        [6, 2]
        """
        given = {
            "divisions": divisions, "npartitions": npartitions, "partition_size": partition_size, "freq": freq,
        }  # fmt: skip
        named = [name for name, value in given.items() if value is not None]
        if len(named) != 1:
            raise UsageError(f"give one of {', '.join(given)}, not {' and '.join(named) or 'none'}")
        if npartitions is not None:
            return self._into(npartitions)
        if partition_size is not None:
            return self._into_sizes(parse_bytes(partition_size))
        if freq is not None:
            return self._by_frequency(freq)
        if isinstance(divisions, (int, str)):
            raise UsageError(
                f"divisions are labels around the partitions, not {divisions!r}; npartitions= is a number"
            )
        return self._by_labels(tuple(divisions or ()), force)

    def _by_labels(self, divisions: tuple[Any, ...], force: bool) -> Any:
        self._require_divisions("repartition(divisions=)")
        own = self.divisions
        inner = divisions[:-1]
        if len(divisions) < 2 or any(a >= b for a, b in pairwise(inner)) or inner[-1] > divisions[-1]:
            raise UsageError(
                f"divisions must be at least 2 labels, each greater than the one before, not {divisions!r:.200}"
            )
        is_wider = divisions[0] <= own[0] and divisions[-1] >= own[-1]
        if not is_wider or (not force and (divisions[0], divisions[-1]) != (own[0], own[-1])):
            raise UsageError(
                f"divisions from {divisions[0]!r} to {divisions[-1]!r} are not those of the rows, {own[0]!r} to {own[-1]!r}"
                + ("; force=True lets them be wider" if is_wider and not force else "; rows would be lost")
            )
        return dataframe.alignment.by_divisions(self, divisions)

    def _into(self, n: int) -> Any:
        if n < 1:
            raise UsageError(f"a frame needs at least 1 partition, not {n}")
        now = self.npartitions
        if n == now:
            return self
        if n < now:
            return self._joined(tuple([i * now // n for i in range(n + 1)]))
        bounds = tuple([i * n // now for i in range(now + 1)])
        cuts = [end - start for start, end in pairwise(bounds)]
        if self._divisions is not None and (labels := _between(self._divisions, cuts)):
            return dataframe.alignment.by_divisions(self, labels)
        return self._cut(cuts)

    def _joined(self, bounds: tuple[int, ...]) -> Any:
        divisions = None if self._divisions is None else tuple([self._divisions[bound] for bound in bounds])
        return self._moved(frames.repartitioning.JOIN, Grouped(bounds), (), divisions)

    def _cut(self, cuts: Sequence[int]) -> Any:
        """Each partition in as many as ``cuts`` says."""
        bounds = (0, *accumulate(cuts))
        shares = [(k, count) for count in cuts for k in range(count)]
        return self._moved(frames.repartitioning.Share(), Divided(bounds), (shares,), None)

    def _moved(
        self,
        kernel: BlockKernel,
        blockmap: BlockMap,
        params: tuple[Any, ...],
        divisions: tuple[Any, ...] | None,
    ) -> Any:
        over = (dataframe.numbering.with_labels(self).node,)
        node = Blockwise(verb="repartition", kernel=kernel, over=over, blockmap=blockmap, params=params)
        rows = f"{self._rows}|{tokenize(blockmap)}"
        moved = type(self)(node, self._meta, divisions, rows)
        if not self._is_numbered:
            return moved
        numbered = moved._blockwise("number", frames.numbering.Numbered())
        return wrap(numbered.node, self._meta, None, rows, numbers=True)

    def _into_sizes(self, most: int) -> Any:
        weights = plan.estimates.block_bytes(self.node)
        if weights is None:
            raise UsageError(
                "what partitions take in memory is not known before they are made; give npartitions=, or persist() first"
            )
        if most < 1:
            raise UsageError("partition_size must be at least 1 byte")
        cuts = [max(1, math.ceil(weight / most)) for weight in weights]
        cut = self if max(cuts) == 1 else self._cut(cuts)
        bounds, total = [0], 0.0
        pieces = [weight / count for weight, count in zip(weights, cuts, strict=True) for _ in range(count)]
        for i, weight in enumerate(pieces):
            if total and total + weight > most:
                bounds.append(i)
                total = 0.0
            total += weight
        bounds.append(len(pieces))
        return cut if len(bounds) == len(pieces) + 1 else cut._joined(tuple(bounds))

    def _by_frequency(self, freq: Any) -> Any:
        self._require_divisions("repartition(freq=)")
        first, last = self.divisions[0], self.divisions[-1]
        if not isinstance(first, pd.Timestamp):
            raise UsageError(f"repartition(freq=) is for an index of times, and labels are like {first!r}")
        offset = pd.tseries.frequencies.to_offset(freq)
        try:
            start = first.floor(offset)
        except ValueError:  # months and the like have no fixed length, and dates of their own
            start = first.normalize()
        inner = [each for each in pd.date_range(start, last, freq=offset) if first < each < last]
        return dataframe.alignment.by_divisions(self, (first, *inner, last))

    def _require_divisions(self, verb: str) -> None:
        if self._divisions is None:
            raise UsageError(
                f"{verb} needs known divisions; set_index() or compute_current_divisions() finds them"
            )

    def align(
        self, other: Any, join: str = "outer", axis: Any = None, fill_value: Any = None
    ) -> tuple[Any, Any]:
        """This and ``other`` with the same labels: those of both, or as ``join`` says; lazily.

        Both are of known divisions, made of the same rows, or have a row for each group.  With ``axis=1`` only columns are aligned.

        >>> import pandas as pd, pannier as pn
        >>> a = pn.from_pandas(pd.Series([1, 2], [0, 1]), npartitions=2)
        >>> b = pn.from_pandas(pd.Series([3, 4], [1, 2]), npartitions=2)
        >>> left, right = a.align(b, fill_value=0)
        >>> left.compute(scheduler="sync").tolist(), right.compute(scheduler="sync").tolist()
        ([1.0, 2.0, 0.0], [0.0, 3.0, 4.0])
        """
        by_rows = axis not in (1, "columns")
        first, second = self._beside(other, by_rows=by_rows)
        if by_rows and other._rows != self._rows:
            if join == "right":
                first = dataframe.alignment.named_alike(second, first)
            else:
                second = dataframe.alignment.named_alike(first, second)
        operands = FrameOperands(first)
        place = operands.argument(second)
        kwargs = (("join", join), ("axis", axis), ("fill_value", fill_value))
        left, right = [
            first._blockwise("align", frames.repartitioning.AlignedSide(i, place, kwargs), operands)
            for i in (0, 1)
        ]
        return left, right

    def compute_current_divisions(self, **options: Any) -> tuple[Any, ...]:
        """The labels around the partitions as they are; computes them.

        A partition without rows has, at both ends, the label with which the next one begins, or that of the last row
        where none follows; to give such divisions back, as ``set_index(sorted=True, divisions=...)`` takes them, leave
        empty partitions at the end out with ``partitions[:n]``.

        Raises :class:`~pannier.errors.UsageError` where partitions are not in the order of their labels, or there are
        no rows at all.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": range(4)}), npartitions=2).clear_divisions()
        >>> df.compute_current_divisions(scheduler="sync")
        (0, 2, 3)
        """
        pairs = self._reduce("ends", frames.repartitioning.Ends(), meta=None).compute(**options)
        filled = [i for i, pair in enumerate(pairs) if pair is not None]
        if not filled:
            raise UsageError("there are no rows, so there are no labels around partitions")
        for i, j in pairwise(filled):
            if pairs[i][1] >= pairs[j][0]:
                raise UsageError(
                    f"partition {i} has labels up to {pairs[i][1]!r}, and partition {j} from {pairs[j][0]!r}; they are not "
                    "in order, use set_index() or sort_values()"
                )
        border = pairs[filled[-1]][1]
        borders = [border]
        for pair in reversed(pairs):
            border = border if pair is None else pair[0]
            borders.append(border)
        return tuple(reversed(borders))

    def enforce_runtime_divisions(self) -> Any:
        """The same frame, which checks when it is computed that each partition has the labels its divisions say.

        Raises :class:`~pannier.errors.UsageError`; then, with the partition and its labels, where one has not.
        """
        self._require_divisions("enforce_runtime_divisions()")
        last = self.npartitions - 1
        ranges = [(low, high, i == last) for i, (low, high) in enumerate(pairwise(self.divisions))]
        params = (ranges, range(self.npartitions))
        return self._blockwise(
            "enforce_divisions", frames.repartitioning.CheckedDivisions(), params=params, meta=self._meta
        )


def _between(divisions: tuple[Any, ...], cuts: Sequence[int]) -> tuple[Any, ...] | None:
    """``divisions`` with labels at equal distances between them, ``cuts`` partitions for each; None of other labels.

    >>> _between((0, 4, 5), [2, 2])
    (0, 2, 4, 5)
    """
    if not all(isinstance(label, (Real, pd.Timestamp, pd.Timedelta)) for label in divisions):
        return None
    labels: dict[Any, None] = {}
    for (low, high), count in zip(pairwise(divisions), cuts, strict=True):
        width = high - low
        is_whole = isinstance(width, Integral)
        labels.update(
            (low + (width * k // count if is_whole else width * k / count), None) for k in range(count)
        )
    return (*labels, divisions[-1])
