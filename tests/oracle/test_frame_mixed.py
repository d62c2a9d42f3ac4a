"""Values of one type among those of another against pandas: what depends on the values of all partitions is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pannier as pn
from pannier.errors import UsageError
from tests.oracle.frame_strategies import Parted, agree, same

_MIXED = {
    "int": pd.Series([1, 2, 3, 4]),
    "float": pd.Series([np.nan, np.nan, 3.5, 4]),
    "bool": pd.Series([True, False, True, True]),
    "Int64": pd.Series([None, 2, 3, 4], dtype="Int64"),
    "Float64": pd.Series([1.5, None, 3, 4], dtype="Float64"),
    "boolean": pd.Series([True, None, False, True], dtype="boolean"),
    "text": pd.Series([None, None, "a", "b"], dtype="str"),
    "time": pd.Series(pd.to_datetime([None, "2020-01-01", None, "2020-01-02"])),
    "zone": pd.Series(pd.to_datetime([None, "2020-01-01", None, "2020-01-02"])).dt.tz_localize("UTC"),
    "texts": pd.Series(["x", None, None, "y"], dtype=object),
    "objects": pd.Series([True, None, None, False], dtype=object),
}


def _replaced(name: str) -> Callable[[Any], Any]:
    """Column ``a`` with values of ``b``, by the method ``name``."""
    return lambda df: getattr(df.a, name)(*([df.b] if name == "fillna" else [df.c, df.b]))


def _mixed(own: str, other: str) -> Parted:
    whole = pd.DataFrame({"a": _MIXED[own], "b": _MIXED[other], "c": [True, False, False, True]})
    return Parted([whole[:2], whole[2:2], whole[2:3], whole[3:]])


@pytest.mark.parametrize("name", ["where", "mask", "fillna"])
@pytest.mark.parametrize(
    "pair",
    "int-Int64 float-Int64 float-Float64 bool-Int64 objects-Int64 text-Int64 text-float text-boolean text-time time-float "
    "time-Int64 time-zone time-texts zone-time".split(),
)
def test_values_of_another_type_that_all_of_them_decide(name: str, pair: str) -> None:
    """Where the type of the answer depends on values of other partitions, it is refused; of one partition it is had."""
    parted = _mixed(*pair.split("-"))
    steps, message = (
        _replaced(name),
        rf"{name}\(\) of .* depends on the values of all partitions; .* astype\(\)",
    )
    with pytest.raises(UsageError, match=message):
        steps(parted.lazy)
    df = parted.lazy
    own, other = df[["a"]], df[["b"]].rename(columns={"b": "a"})
    args = [other] if name == "fillna" else [df[["c"]].rename(columns={"c": "a"}), other]
    with pytest.raises(UsageError, match=message):
        getattr(own, name)(*args)
    agree(lambda: steps(pn.from_pandas(parted.whole, npartitions=1)), lambda: steps(parted.whole))


@pytest.mark.parametrize("name", ["where", "mask", "fillna"])
@pytest.mark.parametrize(
    "pair",
    "int-int int-bool float-int float-bool Int64-int Int64-Float64 Int64-boolean boolean-bool bool-objects bool-boolean "
    "text-texts text-int text-bool texts-text objects-float time-int zone-bool texts-time".split(),
)
def test_values_of_another_type(name: str, pair: str) -> None:
    """Others have pandas' type, whichever partitions they are in."""
    parted, steps = _mixed(*pair.split("-")), _replaced(name)
    agree(lambda: steps(parted.lazy), lambda: steps(parted.whole))


def test_objects_among_texts() -> None:
    """Objects that are put among texts must be texts: else all rows would be objects."""
    parted = _mixed("text", "objects")
    with pytest.raises(
        UsageError, match=r"fillna\(\) of texts with objects that are no texts: .* 'a' astype\(object\)"
    ):
        parted.lazy.a.fillna(parted.lazy.b).compute(scheduler="sync")
    as_objects = [df.a.astype(object).fillna(df.b) for df in (parted.lazy, parted.whole)]
    same(as_objects[0].compute(scheduler="sync"), as_objects[1])


def test_first_of_columns_of_other_types() -> None:
    """combine_first of frames has other missing values where other types meet, and numbers of any kind."""
    for own, other in (("text", "time"), ("Int64", "objects"), ("time", "float")):
        df = _mixed(own, other).lazy
        with pytest.raises(
            UsageError, match=r"combine_first\(\) of .* give both the same type with astype\(\)"
        ):
            df[["a"]].combine_first(df[["b"]].rename(columns={"b": "a"}))
    for own, other in (
        ("int", "float"),
        ("float", "int"),
        ("float", "bool"),
        ("Int64", "Int64"),
        ("text", "text"),
    ):
        parted = _mixed(own, other)

        def steps(df: Any) -> Any:
            return df[["a", "c"]].combine_first(df[["b"]].rename(columns={"b": "a"}))

        agree(
            lambda steps=steps, parted=parted: steps(parted.lazy),
            lambda steps=steps, parted=parted: steps(parted.whole),
        )
