"""The public face of frames: the names, and the arguments, that users bring along from ``dask.dataframe``."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd
import pytest

import pannier as pn
import pannier.dataframe as pdf
from pannier.collections.dataframe import groupby
from pannier.collections.dataframe.accessors import (
    CategoricalAccessor,
    DatetimeAccessor,
    ListAccessor,
    StringAccessor,
    StructAccessor,
)
from pannier.collections.dataframe.ewm import Ewm
from pannier.collections.dataframe.groupby_resample import ResamplingGroupBy
from pannier.collections.dataframe.groupby_rolling import EwmGroupBy, RollingGroupBy
from pannier.collections.dataframe.repr import INSTEAD
from pannier.collections.dataframe.resample import Resampler
from pannier.collections.dataframe.rolling import Expanding, Rolling

HOMES: Final[dict[str, Any]] = {
    "dataframe": pdf,
    "DataFrame": pn.DataFrame,
    "Series": pn.Series,
    "Index": pn.Index,
    "GroupBy": groupby.GroupBy,
    "SeriesGroupBy": groupby.SeriesGroupBy,
}

_ONE_PLAN = "plans are optimized when they run, and explain() shows them"
_ONE_WRITER = "one process at a time writes an HDF5 file"
_METHOD = "is a method of frames"
_NO_ARRAYS = "there are no arrays in partitions"
MISSING: Final[dict[str, str]] = {
    "dataframe.from_dask_array": _NO_ARRAYS,
    "dataframe.from_graph": "is for those who make graphs of dask",
    "dataframe.get_collection_type": "is for those who extend dask",
    "dataframe.map_overlap": _METHOD,
    "dataframe.read_hdf": _ONE_WRITER,
    "dataframe.repartition": _METHOD,
    **dict.fromkeys(
        [f"dataframe.to_{name}" for name in "bag csv json orc parquet records sql".split()], _METHOD
    ),
    "dataframe.to_hdf": _ONE_WRITER,
    "DataFrame.from_dict": "is pannier.from_dict",
    "Series.from_dict": "is pannier.from_dict",
    **dict.fromkeys(
        [f"{kind}.{name}" for kind in ("DataFrame", "Series") for name in ("optimize", "pprint")],
        _ONE_PLAN,
    ),
    "DataFrame.to_backend": "there is one: pandas",
    "Series.to_backend": "there is one: pandas",
    "DataFrame.to_hdf": _ONE_WRITER,
    "Series.to_hdf": _ONE_WRITER,
    "DataFrame.values": _NO_ARRAYS,
    "Series.values": _NO_ARRAYS,
    "Index.values": _NO_ARRAYS,
    "Series.columns": "a series has none, nor has that of pandas",
    "Series.shuffle": "a series has no columns to go by",
    "Series.to_orc": "a file of columns is made of a frame: to_frame()",
    "Series.to_records": "records are made of a frame: to_frame()",
    **dict.fromkeys(
        [
            f"Index.{name}"
            for name in "all any copy diff drop_duplicates groupby mean replace shift std".split()
        ],
        "wants the index as a series: to_series()",
    ),
    "SeriesGroupBy.corr": "is of a pair of columns, so of a frame by key",
    "SeriesGroupBy.cov": "is of a pair of columns, so of a frame by key",
}
"""What is not there, and why."""

LEFT_OUT: Final[dict[str, str]] = {
    "shuffle_method": "there is one shuffle",
    "split_every": "totals of groups go through one shuffle",
    "split_out": "the answer is as many partitions as it is worth",
    "upsample": "ranges are chosen in the run, from all runs",
    "sort_function": "there is one sort",
    "sort_function_kwargs": "there is one sort",
    "fuse": _ONE_PLAN,
    "optimize": _ONE_PLAN,
    "optimize_graph": _ONE_PLAN,
    "stage": _ONE_PLAN,
    "format": _ONE_PLAN,
    "parent_meta": "is dask's own",
    "required_columns": "is dask's own; choose columns before",
    "lengths": "lengths are counted in the run",
    "meta": "what comes back is found by pandas",
    "enforce_metadata": "rows of map_overlap are held against the meta",
    "transform_divisions": "map_overlap keeps rows",
    "clear_divisions": "map_overlap keeps rows",
    "align_dataframes": "map_overlap takes one frame",
    "ignore_unknown_divisions": "partitions follow each other, divisions known or not",
    "ignore_order": "categories of all are joined as pandas does",
    "constructor": "there is one: pandas",
    "arrow_to_pandas": "types are those that pandas reads",
    "fisher": "is scipy's; pandas has it not",
    "bias": "is scipy's; pandas has it not",
    "nan_policy": "is scipy's; pandas has it not",
    "is_monotonic": "map_partitions() has transform_divisions",
    "sorted_index": "map_partitions() has clear_divisions",
    # Pandas calls them otherwise, or has them not in this method.
    "arg": "is called mapper, as in pandas",
    "dtypes": "is called dtype, as in pandas",
    "function": "is called func, as in pandas",
    "key": "is called name, as in pandas",
    "decimals": "an index of times is rounded to freq",
    "axis": "this method of pandas has it not any more, or of one value only",
    "columns": "a series has none",
    "index": "this method of pandas has another name for it, or one value only",
    "sort": "only rows of one group are looked at",
    "skipna": "missing values are left out",
}
"""Parameters of dask that some method has not, and why."""


class Name(NamedTuple):
    """One line of the table."""

    home: str
    name: str
    parameters: list[str]


def names() -> Iterator[Name]:
    table = Path(__file__).with_name("dask_dataframe.txt").read_text(encoding="utf-8")
    home = ""
    for line in table.split("\n"):
        if line.startswith("["):
            home = line.strip("[]")
        elif line and not line.startswith("#"):
            name, _, rest = line.rstrip(")").partition("(")
            yield Name(home, name, [each for each in rest.split(", ") if each and not each.startswith("*")])


@pytest.mark.parametrize("home", HOMES)
def test_the_names_of_dask_dataframe(home: str) -> None:
    """Each is there, or there is a reason; and what has a reason is not there."""
    wanted = {each.name for each in names() if each.home == home}
    there = {name for name in wanted if hasattr(HOMES[home], name)}
    excused = {full.partition(".")[2] for full in MISSING if full.startswith(f"{home}.")}
    assert wanted
    assert wanted - there == excused


def lacking(each: Name) -> set[str]:
    """Parameters that a method does not take."""
    function = inspect.getattr_static(HOMES[each.home], each.name, None)
    if function is None or isinstance(function, (type, property)) or not callable(function):
        return set()
    ours = inspect.signature(function).parameters.values()
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in ours):
        return set()
    return set(each.parameters) - {parameter.name for parameter in ours}


@pytest.mark.parametrize("home", HOMES)
def test_the_parameters_of_dask_dataframe(home: str) -> None:
    """Each is taken, by name, or there is a reason."""
    lacks = {each.name: lacking(each) - LEFT_OUT.keys() for each in names() if each.home == home}
    assert {name: left for name, left in lacks.items() if left} == {}


def public(owner: Any) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_") and callable(getattr(owner, name))]


@pytest.mark.parametrize(
    "owner",
    [
        pn.DataFrame, pn.Series, pn.Index, pn.Scalar, groupby.GroupBy, groupby.SeriesGroupBy, Rolling, Expanding, Ewm,
        Resampler, ResamplingGroupBy, RollingGroupBy, EwmGroupBy, StringAccessor, DatetimeAccessor, CategoricalAccessor, ListAccessor, StructAccessor,
    ],
    ids=lambda owner: owner.__name__,
)  # fmt: skip
def test_every_public_method_is_documented(owner: type) -> None:
    """With a docstring of its own or of its base."""
    assert [name for name in public(owner) if not inspect.getdoc(getattr(owner, name))] == []


def test_what_is_refused_is_not_there() -> None:
    """Every row of the tables of names with something to use instead is of a name that pandas has and we have not."""
    for name in INSTEAD:
        assert hasattr(pd.DataFrame, name) or hasattr(pd.Series, name)
        assert not (hasattr(pn.DataFrame, name) and hasattr(pn.Series, name))
    for name in groupby.INSTEAD:
        assert not hasattr(groupby.GroupBy, name)


def recommended(text: str) -> set[str]:
    """Methods that ``text`` says to use, which are not of what is computed."""
    return set(re.findall(r"(?<![.\w])([a-z_]+)\(", text)) - {"list", "len"}


@pytest.mark.parametrize(
    ("table", "homes"),
    [
        pytest.param(INSTEAD, [pn.DataFrame, pn.Series, pdf], id="frames"),
        pytest.param(groupby.INSTEAD, [groupby.GroupBy, pn.DataFrame, pn.Series], id="groups"),
    ],
)
def test_what_to_use_instead_is_there(table: dict[str, str], homes: list[Any]) -> None:
    """A refusal never sends a user to a method that does not exist."""
    for name, text in table.items():
        for method in recommended(text):
            assert any(hasattr(home, method) for home in homes), (name, method)
