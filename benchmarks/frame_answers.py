"""Answers of frames in a line, so that those of any engine can be compared by what their scripts print."""

from __future__ import annotations

import itertools
from typing import Any


def summary(*columns: Any) -> str:
    """How many rows there are, and of each column of numbers a sum, to seven digits: sums of floats depend on order.

    Numbers are weighed by those beside them, so that a row with another row's answer does not go unnoticed.

    >>> summary([1, 2], [0.5, 1.5])
    '2 rows 3 2 3.5'
    """
    import numpy as np

    arrays = [np.asarray(column, dtype="float64") for column in columns]
    sums = [float(np.nansum(array)) for array in arrays]
    sums += [float(np.nansum(first * second)) for first, second in itertools.pairwise(arrays)]
    return " ".join([f"{len(arrays[0])} rows", *(f"{each:.7g}" for each in sums)])
