"""Rows drawn by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.operators import Operators
from pannier.errors import UsageError
from pannier.kernels import frames
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise


class Sampling(Operators):
    """``sample`` and ``random_split``: the same rows for the same ``random_state``, on every scheduler."""

    __slots__ = ()

    def sample(
        self, n: int | None = None, frac: float | None = None, replace: bool = False, random_state: Any = None
    ) -> Any:
        """``n`` rows, or a share ``frac`` of them, drawn by chance.

        ``n`` rows are drawn from all, each as likely as any other, and are in one partition, in random order.  A share
        is drawn of each partition; its number of rows is right to one row a partition.

        Parameters
        ----------
        n, frac
            How many rows (1 if neither is given), or which share of them.
        replace
            Whether a row can be drawn more than once.
        random_state
            A whole number, a generator of numpy, or None for other rows each time that this is called.

        Raises
        ------
        ValueError
            On compute: there are fewer than ``n`` rows.

        Examples
        --------
        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": range(1000)}), npartitions=4)
        >>> len(df.sample(n=10, random_state=7)), len(df.sample(frac=0.1, random_state=7))
        (10, 100)
        """
        if n is not None and frac is not None:
            raise UsageError("give n or frac, not both")
        seeds = _seeds(random_state, self.npartitions)
        if frac is not None:
            if frac < 0 or (frac > 1 and not replace):
                raise UsageError(
                    f"frac must be at least 0{'' if replace else ', and at most 1 without replace=True'}, not {frac}"
                )
            kernel = frames.sampling.SampleShare(frac, replace)
            meta = frames.levels.unruled(self._meta)
            return self._blockwise("sample", kernel, params=(seeds,), meta=meta, keeps_divisions=True)
        n = 1 if n is None else n
        if n < 0:
            raise UsageError(f"n must be at least 0, not {n}")
        drawn = Blockwise(
            verb="sample",
            kernel=frames.sampling.DrawRows(n, replace),
            over=(self.node,),
            blockmap=Aligned(self.npartitions),
            params=(seeds,),
        )
        summary = self._reduce("sample", frames.sampling.SampleRows(n, replace), meta=self._meta, over=drawn)
        return wrap(summary.node, frames.levels.unruled(self._meta))

    def random_split(
        self, frac: Sequence[float], random_state: Any = None, shuffle: bool = False
    ) -> list[Any]:
        """Frames of about these shares of the rows: each row is in one of them, drawn by chance.

        Shares must add up to 1.  With ``shuffle`` rows are in random order within each partition.

        >>> import pandas as pd, pannier as pn
        >>> df = pn.from_pandas(pd.DataFrame({"x": range(1000)}), npartitions=4)
        >>> train, test = df.random_split([0.8, 0.2], random_state=7)
        >>> len(train) + len(test)
        1000
        """
        if not len(frac) or min(frac) < 0 or not math.isclose(sum(frac), 1):
            raise UsageError(f"shares must be at least 0 and add up to 1, not {list(frac)!r:.80}")
        seeds = _seeds(random_state, self.npartitions)
        bounds = [0.0, *list(accumulate(frac))[:-1], 1.0]
        return [
            self._blockwise(
                "random_split",
                frames.sampling.SplitShare(low, high, shuffle),
                params=(seeds,),
                meta=frames.levels.unruled(self._meta),
                keeps_divisions=True,
            )
            for low, high in pairwise(bounds)
        ]


def _seeds(random_state: Any, n: int) -> list[int]:
    """A seed for each partition."""
    if isinstance(random_state, np.random.RandomState):
        random_state = random_state.randint(1 << 31, size=4).tolist()
    if isinstance(random_state, np.random.Generator):
        random_state = random_state.integers(1 << 62, size=4).tolist()
    try:
        source = np.random.SeedSequence(random_state)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"random_state must be a whole number, at least 0, a generator of numpy or None: {error}"
        ) from None
    return [int(seed) for seed in source.generate_state(n, np.uint64)]
