"""New names and labels, put into an object in place."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from pannier.errors import UsageError
from tests.oracle.frame_strategies import agree, frame_of

WHOLE = pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "c"]}, index=[5, 4, 3])


def lazy() -> Any:
    """WHOLE in two partitions."""
    return frame_of([WHOLE[:1], WHOLE[1:]])


def named(df: Any, columns: Any) -> Any:
    """A copy of ``df`` with other names of columns, under labels from one of them."""
    df = df.copy()
    df.columns = columns
    df.index = df[columns[1]]
    return df


def renamed(df: Any, name: Any) -> Any:
    """A column of ``df`` under another name, and under labels from another column."""
    column = df.x
    column.name = name
    column.index = df.y
    return column


@pytest.mark.parametrize("columns", [["v", "w"], pd.Index(["w", "v"], name="n"), ["v"]], ids=repr)
def test_columns(columns: Any) -> None:
    """Names of columns may be set, one for each."""
    if len(columns) == 1:
        with pytest.raises(ValueError, match="Length mismatch"):
            lazy().columns = columns
        return
    agree(lambda: named(lazy(), columns), lambda: named(WHOLE, columns))


@pytest.mark.parametrize("name", ["q", None, ("a", 1), ["a"]], ids=repr)
def test_name_of_a_series(name: Any) -> None:
    """The name of a series may be set to what may be one; the frame it is of keeps its names."""
    agree(lambda: renamed(lazy(), name), lambda: renamed(WHOLE, name))


def test_name_of_an_index() -> None:
    """An index is made anew each time, so that a new name would be lost."""
    df = lazy()
    with pytest.raises(UsageError, match=r"keeps no new name 'n'.*rename_axis\(name\)"):
        df.index.name = "n"
    with pytest.raises(UsageError, match="rename_axis"):
        df.index.names = ["n"]
