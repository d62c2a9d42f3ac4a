"""Keys: NaN, and stand-ins for what cannot be hashed."""

from __future__ import annotations

import math
from collections import OrderedDict, defaultdict, namedtuple
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.kernels.keys import as_hashable, hinted, settled

Pair = namedtuple("Pair", ["a", "b"])  # noqa: PYI024

values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.0, 1.0, "a", b"a", bytearray(b"a")])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.lists(inner, max_size=2).map(tuple),
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        st.sets(st.integers(-1, 1), max_size=2),
        st.frozensets(st.integers(-1, 1), max_size=2),
    ),
    max_leaves=5,
)


@given(values, values)
def test_stand_ins_are_equal_when_values_are(a: Any, b: Any) -> None:
    """And only then."""
    assert (as_hashable(a) == as_hashable(b)) == (a == b)
    assert (hash(as_hashable(a)) == hash(as_hashable(b))) or a != b


def test_subclasses_have_the_stand_in_of_their_equals() -> None:
    """A defaultdict is equal to a dict."""
    plain = as_hashable({"a": [1]})
    assert as_hashable(defaultdict(list, {"a": [1]})) == as_hashable(OrderedDict(a=[True])) == plain


def test_no_value_has_the_stand_in_of_a_dict() -> None:
    """Nor of a list."""
    assert as_hashable(("DICT", frozenset())) != as_hashable({})
    assert as_hashable(()) != as_hashable([])


@pytest.mark.parametrize(
    "make",
    [
        lambda nan: nan,
        lambda nan: (1, nan),
        lambda nan: ("a", (nan, 2), None),
        lambda nan: frozenset([nan, 2]),
        lambda nan: Pair("a", nan),
    ],
)
def test_one_nan(make: Any) -> None:
    """Of any number type, alone or inside tuples and sets, named tuples stay what they are."""
    nans = [float("nan"), math.nan, np.float64("nan"), np.float32("nan"), Decimal("nan"), complex("nan")]
    keys = {settled(make(nan)) for nan in nans}
    assert len(keys) == 1
    assert type(keys.pop()) is type(make(math.nan))


@pytest.mark.parametrize(
    "key",
    [
        1.5,
        math.inf,
        ("a", 1.0),
        frozenset([2.0]),
        Pair("a", 1),
        pd.Timestamp("2020"),
        pd.NaT,
        pd.NA,
        None,
        np.int8(3),
    ],
    ids=repr,
)
def test_other_keys_are_left_alone(key: Any) -> None:
    """The very same object comes back."""
    assert settled(key) is key


def test_no_time_of_numpy_is_one_key() -> None:
    """As NaN is."""
    assert settled(np.datetime64("NaT", "s")) is settled(np.datetime64("NaT", "s"))


def test_hints() -> None:
    """Who grouped by a list is told what to do; another TypeError is left as it is, and so is an upstream one."""
    with pytest.raises(TypeError) as caught:
        hash([])
    upstream = TypeError(str(caught.value))
    upstream.add_note("in map(f), at a.json, line 3")
    assert "tuple" in hinted(caught.value).__notes__[0]
    assert hinted(upstream).__notes__ == ["in map(f), at a.json, line 3"]
    assert not hasattr(hinted(TypeError("no len")), "__notes__")
