"""Where frames come from."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pannier.collections.dataframe.base import wrap
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.series import Series
from pannier.io.frames import frame_source
from pannier.kernels.frames.blocks import emptied


def from_pandas(
    data: Any, npartitions: int | None = None, *, chunksize: int | None = None, sort: bool = True
) -> DataFrame | Series:
    """A frame, or a series, of the rows of a pandas object, in ``npartitions`` partitions or of ``chunksize`` rows each.

    With ``sort`` rows are put in order of their index, equal labels stay together, and divisions are known.

    >>> import pandas as pd, pannier as pn
    >>> pn.from_pandas(pd.DataFrame({"x": [1, 2, 3, 4]}), npartitions=2).divisions
    (0, 2, 3)
    """
    if not isinstance(data, (pd.DataFrame, pd.Series)):
        raise TypeError(f"data must be a pandas DataFrame or Series, not {type(data).__name__}")
    source, divisions = frame_source(data, npartitions=npartitions, chunksize=chunksize, sort=sort)
    return wrap(source, emptied(data), divisions)  # type: ignore[no-any-return]
