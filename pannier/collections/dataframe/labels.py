"""Steps over the labels of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from pannier.collections.dataframe.base import UNSET
from pannier.collections.dataframe.methods import Verb, apply_verb, boxed_step
from pannier.collections.dataframe.operands import FrameOperands
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.kernels.frames.base import FrameKernel, MethodCall
from pannier.kernels.kernel import BlockKernel

_SAME_LABELS: Final = frozenset({"rename", "set_names", "dropna", "to_series"})
"""Methods after which divisions are still those of the labels."""


class Labels(Operators):
    """An index that stays one: where pandas makes an array of truth values, there is an index of them."""

    __slots__ = ()

    def _blockwise(
        self,
        verb: str,
        kernel: BlockKernel,
        operands: FrameOperands | None = None,
        *,
        params: tuple[Sequence[Any], ...] = (),
        meta: Any = UNSET,
        keeps_divisions: bool | None = None,
    ) -> Any:
        operands = operands or FrameOperands(self)
        known: Any = operands.first  # whose rows are numbered over all partitions
        if meta is UNSET and isinstance(kernel, FrameKernel) and not params:
            return boxed_step(known, verb, kernel, operands, keeps_divisions=keeps_divisions)
        return super(Labels, known)._blockwise(
            verb, kernel, operands, params=params, meta=meta, keeps_divisions=keeps_divisions
        )

    def _operate(self, func: Callable[..., Any], *operands: Any) -> Any:
        return super()._operate(func, *operands).clear_divisions()

    def _verb(self, verb: Verb, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        made = apply_verb(self, verb, args, kwargs)
        return made if verb.name in _SAME_LABELS else made.clear_divisions()

    def map(self, mapper: Any, na_action: str | None = None, meta: Any = UNSET) -> Any:
        """An index of what ``mapper``, a function or a dict, makes of each label.

        Without ``meta`` a function is tried on some first labels.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}, index=["a", "b"]), npartitions=2)
        >>> df.index.map(str.upper).compute(scheduler="sync")
        Index(['A', 'B'], dtype='str')
        """
        values = self._blockwise("to_series", MethodCall("to_series")).map(mapper, na_action, meta=meta)
        return values._blockwise("map", frames.elementwise.IndexOf()).clear_divisions()

    def to_frame(self, index: bool = True, name: Any = UNSET) -> Any:
        """A frame of one column, the labels, which are those of its rows too.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": [1, 2]}, index=["a", "b"]), npartitions=2)
        >>> df.index.to_frame(name="key").compute(scheduler="sync")
          key
        a   a
        b   b
        """
        if not index:
            raise UsageError("to_frame(index=False): number rows with to_frame().reset_index(drop=True)")
        kwargs = () if name is UNSET else (("name", name),)
        return self._blockwise("to_frame", MethodCall("to_frame", (), kwargs))
