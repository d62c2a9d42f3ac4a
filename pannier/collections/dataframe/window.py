"""Verbs that look at rows before and after each row, across the borders of partitions.

Edges of partitions are carried along them by a :class:`~pannier.plan.nodes.Scan`, so that the rows that are needed
come from as many partitions as it takes: some may be empty, or shorter than the window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pandas as pd

from pannier import plan
from pannier.collections import dataframe
from pannier.collections.dataframe.base import UNSET, wrap
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import FrameKernel, Head, MethodCall, Tail
from pannier.kernels.kernel import BlockKernel, Slot, name_of
from pannier.plan.blockmaps import Aligned, Neighbours
from pannier.plan.nodes import Blockwise, Node


class Windows(Operators):
    """``shift``, ``diff``, ``ffill``, ``map_overlap`` and their relatives, and what windows are made with."""

    __slots__ = ()

    def _windowed(
        self,
        verb: str,
        inner: BlockKernel,
        *,
        before: FrameKernel | None = None,
        after: FrameKernel | None = None,
        operands: FrameOperands | None = None,
        params: tuple[Sequence[Any], ...] = (),
        meta: Any = UNSET,
    ) -> Any:
        """What ``inner`` makes of each partition between the edges of those before and after it, of the same rows.

        ``operands`` are, beside this, single values.
        """
        operands = operands or FrameOperands(self)
        if meta is UNSET:
            with self._explained():
                meta = frames.blocks.emptied(inner(frames.windows.one_row(self._meta), *operands.metas[1:]))
        sides: list[tuple[Node, int]] = []
        if self.npartitions > 1:
            sides += (
                [(plan.carrying.carried(verb, self.node, before, frames.scans.Running(before)), -1)]
                if before
                else []
            )
            sides += (
                [(plan.carrying.carried(verb, self.node, after, frames.scans.Running(after, True), True), 1)]
                if after
                else []
            )
        reach = {offset for _, offset in sides}
        kernel = frames.windows.Windowed(inner, before=-1 in reach, after=1 in reach)
        offsets = (0, *[offset for _, offset in sides], *[None] * len(operands.nodes[1:]))
        node = Blockwise(
            verb=verb,
            kernel=kernel,
            over=(self.node, *[side for side, _ in sides], *operands.nodes[1:]),
            blockmap=Neighbours(self.npartitions, offsets) if len(offsets) > 1 else Aligned(self.npartitions),
            params=params,
        )
        return wrap(node, meta, self._divisions, self._rows, self._numbers, self._is_summary)

    def _shifted(self, name: str, reach: Iterable[int], kwargs: dict[str, Any]) -> Any:
        """The pandas method ``name``, which looks as many rows back, or, where they are negative, ahead as ``reach`` says."""
        back, ahead = max(0, *reach), max(0, *[-each for each in reach])
        call = MethodCall(
            name, kwargs=tuple(kwargs.items()), is_columnwise=not isinstance(kwargs.get("periods"), list)
        )
        frame = dataframe.settling.reckonable(self, kwargs.get("fill_value"))
        return frame._windowed(
            name, call, before=Tail(back) if back else None, after=Head(ahead) if ahead else None
        )

    def shift(
        self, periods: int | Iterable[int] = 1, freq: Any = None, axis: int | str = 0,
        fill_value: Any = UNSET, suffix: str | None = None,
    ) -> Any:  # fmt: skip
        """Each row's values moved ``periods`` rows down, across partitions; up, where that is negative.

        ``fill_value`` stands where nothing is moved to.  With ``freq`` labels move instead, by that much time.  Of
        several ``periods``, columns with these behind their names.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3]), npartitions=3)
        >>> x.shift(1, fill_value=0).compute(scheduler="sync").tolist()
        [0, 1, 2]
        """
        filled = {} if fill_value is UNSET else {"fill_value": fill_value}
        if self.ndim == 2 and axis in (1, "columns"):
            return self._method("shift", (periods,), {"freq": freq, "axis": 1, **filled})
        if freq is not None:
            return self._shifted_labels(periods, freq)
        if isinstance(periods, int):
            return self._shifted("shift", [periods], {"periods": periods, **filled})
        periods = list(periods)
        named = {} if suffix is None else {"suffix": suffix}
        return self._shifted("shift", periods or [0], {"periods": periods, **filled, **named})

    def _shifted_labels(self, periods: Any, freq: Any) -> Any:
        if freq == "infer":
            raise UsageError(
                "freq='infer' would need the rows before the plan is made; give freq, such as 'D'"
            )
        moved = self._method("shift", (periods, freq), {}, is_columnwise=True, keeps_rows=False)
        if self._divisions is None or not isinstance(pd.tseries.frequencies.to_offset(freq), pd.offsets.Tick):
            return moved
        ends = pd.Series(0, index=pd.Index(self._divisions)).shift(periods, freq).index
        return wrap(moved.node, moved._meta, tuple(ends), moved._rows)

    def diff(self, periods: int = 1, axis: int | str = 0) -> Any:
        """The difference of each value and that ``periods`` rows before it, across partitions.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 4, 9]), npartitions=3)
        >>> x.diff().compute(scheduler="sync").tolist()
        [nan, 3.0, 5.0]
        """
        if self.ndim == 2 and axis in (1, "columns"):
            return self._method("diff", (periods,), {"axis": 1})
        return self._shifted("diff", [periods], {"periods": periods})

    def pct_change(self, periods: int = 1, fill_method: None = None, freq: Any = None) -> Any:
        """By what share each value differs from that ``periods`` rows before it, across partitions.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 3]), npartitions=3)
        >>> x.pct_change().compute(scheduler="sync").tolist()
        [nan, 1.0, 0.5]
        """
        if fill_method is not None:
            raise UsageError("fill_method is None always; use ffill() before pct_change()")
        if freq is not None:
            raise UsageError("pct_change has no freq; use self / self.shift(periods, freq=freq) - 1")
        return self._shifted("pct_change", [periods], {"periods": periods})

    def ffill(self, axis: int | str | None = None, limit: int | None = None, limit_area: None = None) -> Any:
        """Missing values replaced by the last value before them, in earlier partitions too.

        At most ``limit`` of a run of missing values are replaced.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1.0, None, None, 2.0]), npartitions=4)
        >>> x.ffill(limit=1).compute(scheduler="sync").tolist()
        [1.0, 1.0, nan, 2.0]
        """
        return self._filled("ffill", axis, limit, limit_area)

    def bfill(self, axis: int | str | None = None, limit: int | None = None, limit_area: None = None) -> Any:
        """Missing values replaced by the first value after them, in later partitions too.

        At most ``limit`` of a run of missing values are replaced, the last ones.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1.0, None, None, 2.0]), npartitions=4)
        >>> x.bfill().compute(scheduler="sync").tolist()
        [1.0, 2.0, 2.0, 2.0]
        """
        return self._filled("bfill", axis, limit, limit_area)

    def _filled(self, name: str, axis: Any, limit: int | None, limit_area: None) -> Any:
        if self.ndim == 2 and axis in (1, "columns"):
            return self._method(name, (), {"axis": 1, "limit": limit, "limit_area": limit_area})
        if limit_area is not None:
            raise UsageError(
                f"{name} has no limit_area; {name}().where() of what ffill() and bfill() both fill is what is inside"
            )
        if limit is not None and limit < 1:
            raise ValueError("Limit must be greater than 0")
        call = MethodCall(name, kwargs=(("limit", limit),), is_columnwise=True)
        edge: FrameKernel
        if name == "ffill":
            edge = frames.scans.Nearest() if limit is None else Tail(limit)
            return self._windowed(name, call, before=edge)
        edge = frames.scans.Nearest(at_start=True) if limit is None else Head(limit)
        return self._windowed(name, call, after=edge)

    def map_overlap(
        self, func: Callable[..., Any], before: Any, after: Any, *args: Any, meta: Any = UNSET, **kwargs: Any
    ) -> Any:
        """``func(rows, *args, **kwargs)`` of each partition and rows around it, for the rows of the partition.

        ``before`` and ``after`` say how many rows of the partitions before and after are put around it, or how far
        their labels may be away, as a timedelta.  ``func`` gets a pandas object and returns one with a row for each
        of its rows, labelled alike; those of the rows around are left out again.  Without ``meta`` (see
        :meth:`map_partitions`) it is tried at once on some of the first rows.  Arguments may be values that are yet to
        be computed.

        >>> import pandas as pd, pannier as pn
        >>> x = pn.from_pandas(pd.Series([1, 2, 4, 8]), npartitions=2)
        >>> around = x.map_overlap(lambda s: s.shift(1) + s.shift(-1), 1, 1)
        >>> around.compute(scheduler="sync").tolist()
        [nan, 5.0, 10.0, nan]
        """
        operands = FrameOperands(self)
        args, kwargs = operands.arguments(args, kwargs)
        if not all(operands.shared[1:]):
            raise UsageError(
                "map_overlap takes single values beside func; put other series into columns first, with assign()"
            )
        step, shown = (
            frames.windows.OverlapCall(func, (Slot(0), *args), kwargs),
            f"map_overlap({name_of(func)})",
        )
        if meta is UNSET:
            meta = dataframe.sampled.tried(step, operands, shown)[1]
        else:
            meta = dataframe.sampled.make_meta(meta, self._meta, getattr(self._meta, "name", None))
        return self._windowed(
            "map_overlap",
            frames.user.UserStep(step, shown, meta),
            before=_edge("before", before, False),
            after=_edge("after", after, True),
            operands=operands,
            params=(range(self.npartitions),),
            meta=meta,
        )


def _edge(name: str, reach: Any, at_start: bool) -> FrameKernel | None:
    """The edge of a partition that ``reach``, a number of rows or a stretch of time, asks for."""
    if isinstance(reach, int) and not isinstance(reach, bool):
        if reach < 0:
            raise UsageError(f"{name} is a number of rows, at least 0, or a timedelta, not {reach}")
        if not reach:
            return None
        return Head(reach) if at_start else Tail(reach)
    return frames.scans.Span(pd.Timedelta(reach), at_start)
