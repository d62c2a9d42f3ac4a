"""Windows of all rows up to each row, in which rows weigh less the further they are back."""

from __future__ import annotations

import math
from typing import Any

from pannier import plan
from pannier.collections.dataframe.base import wrap
from pannier.kernels import frames
from pannier.kernels.frames.weighing import RunningWeighed, WeighedRows, WeighedTotals, Weights
from pannier.plan.blockmaps import Neighbours
from pannier.plan.nodes import Blockwise


class Ewm:
    """Windows of all rows up to each row, from the first, in which weights fall exponentially.

    Infinite numbers count as missing, as they do in all windows of pandas.
    """

    __slots__ = ("_frame", "_options")

    def __init__(self, frame: Any, options: dict[str, Any]) -> None:
        self._frame = frame
        self._options = options

    # fmt: off
    def mean(self) -> Any:
        """The weighed mean."""
        return self._weighed("mean")
    def sum(self) -> Any:
        """The weighed sum; as in pandas not with ``adjust=False``."""
        return self._weighed("sum")
    # fmt: on

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"ewm has mean and sum, and no {name!r}; of groups, in df.groupby(key).ewm(...), it has all that pandas has"
        )

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._options.items() if value is not None)
        return f"Ewm({shown}) of {self._frame!r}"

    def _weighed(self, name: str) -> Any:
        frame, options = self._frame, self._options
        with frame._explained():  # pandas says what is wrong with the columns
            getattr(frames.windows.one_row(frame._meta).ewm(**options), name)()
        floats = frame._finite()
        weights = Weights(_alpha(**options), options["adjust"], options["ignore_na"])
        totals = plan.carrying.carried(f"ewm-{name}", floats.node, WeighedTotals(weights), RunningWeighed())
        node = Blockwise(
            verb=f"ewm-{name}",
            kernel=WeighedRows(name, weights, options["min_periods"] or 0),
            over=(floats.node, totals),
            blockmap=Neighbours(floats.npartitions, (0, -1)),
        )
        return wrap(node, floats._meta, floats._divisions, floats._rows, floats._numbers)


def _alpha(
    com: float | None, span: float | None, halflife: float | None, alpha: float | None, **_: Any
) -> float:
    """The part by which weights fall with each row; one of these is given."""
    if com is not None:
        return 1 / (1 + com)
    if span is not None:
        return 2 / (span + 1)
    if halflife is not None:
        return -math.expm1(math.log(0.5) / halflife)
    assert alpha is not None
    return alpha
