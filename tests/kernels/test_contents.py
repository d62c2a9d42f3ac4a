"""What sketches are shown: the same for equal records of any type, something else for others."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import itertools
import math
import subprocess
import sys
import uuid
from collections import OrderedDict, defaultdict, namedtuple
from pathlib import Path
from typing import Any

import datasketches
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.kernels.contents import content_of

ROOT = Path(__file__).parents[2]
Pair = namedtuple("Pair", "a b")  # noqa: PYI024
EAST = dt.timezone(dt.timedelta(hours=2))


class Number(enum.IntEnum):
    one = 1


class Word(enum.StrEnum):
    x = "x"


class Plain(enum.Enum):
    one = 1
    two = 2


class Text(str):
    __slots__ = ()


class AnyCase(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    def __hash__(self) -> int:
        return hash(self.lower())


EQUAL: list[list[Any]] = [
    [
        1,
        1.0,
        True,
        Number.one,
        decimal.Decimal(1),
        fractions.Fraction(1),
        1 + 0j,
        np.int64(1),
        np.bool_(True),
    ],
    [0, 0.0, -0.0, False, decimal.Decimal("-0")],
    [0.5, decimal.Decimal("0.5"), fractions.Fraction(1, 2), np.float32(0.5), np.longdouble(0.5)],
    [2**63, 2.0**63, decimal.Decimal(2**63)],
    [10**400, decimal.Decimal("1e400"), fractions.Fraction(10**400)],
    [math.inf, decimal.Decimal("inf")],
    [math.nan, float("nan"), np.float64("nan")],
    ["x", Text("x"), Word.x, np.str_("x")],
    [(1, "x"), (True, Text("x")), Pair(1.0, "x")],
    [frozenset([1, 2]), {2.0, True}],
    [[1, "x"], [1.0, "x"]],
    [{"a": 1, "b": [2]}, {"b": [2.0], "a": True}, defaultdict(int, a=1, b=[2])],
    [dt.datetime(2020, 1, 1), pd.Timestamp(2020, 1, 1)],  # noqa: DTZ001
    [dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2020, 1, 1, 2, tzinfo=EAST)],
    [dt.time(1, tzinfo=dt.UTC), dt.time(3, tzinfo=EAST)],
    [dt.timedelta(1), pd.Timedelta(days=1)],
]
"""Records that are equal, a row each, and unequal across rows."""
ALONE: list[Any] = [
    *(-1, -2, 2, 314159, -math.inf, 0.1, decimal.Decimal("0.1"), 2**63 - 1, 1e300, 1j, 2j),
    *("", "\0''", "é", "\ud800", "None", "(1, 'x')", b"", b"x", None, (), [], {}, ((1, "x"),), ("1", "x")),
    *(dt.date(2020, 1, 1), dt.time(1), dt.timedelta(2), pd.NaT, pd.Timestamp(2020, 1, 1, nanosecond=1)),
    *(uuid.UUID(int=1), Plain.one, Plain.two),
]
"""Records that equal none of the others."""


def shown(record: Any) -> tuple[type, str]:
    """What a sketch would hash; NaN does not equal itself, so its text does."""
    content = content_of(record)
    return type(content), repr(content)


@pytest.mark.parametrize("records", EQUAL, ids=lambda records: repr(records[0])[:20])
def test_equal_records_are_one(records: list[Any]) -> None:
    """Whatever their types."""
    assert len(set(map(shown, records))) == 1


def test_others_are_not() -> None:
    """Nor do texts pass for what they look like."""
    different = [*(records[0] for records in EQUAL), *ALONE]
    for one, other in itertools.combinations(different, 2):
        assert shown(one) != shown(other), (one, other)


@pytest.mark.parametrize("record", [*itertools.chain(*EQUAL), *ALONE], ids=lambda record: repr(record)[:20])
def test_a_sketch_counts_each_once(record: Any) -> None:
    """It takes an empty text for nothing, and no text that UTF-8 cannot say; neither is shown to it."""
    sketch = datasketches.hll_sketch(12)
    sketch.update(content_of(record))
    sketch.update(content_of(record))
    assert round(sketch.get_estimate()) == 1


scalars = st.one_of(
    *(
        st.integers(),
        st.integers(-3, 3),
        st.floats(allow_nan=False),
        st.booleans(),
        st.text(max_size=2),
        st.binary(max_size=2),
    ),
    *(st.none(), st.decimals(-3, 3, places=1), st.fractions(-2, 2, max_denominator=4)),
)
anything = st.recursive(
    scalars, lambda inner: st.tuples(inner) | st.frozensets(inner, max_size=2), max_leaves=4
)


@given(st.lists(anything, max_size=8))
def test_as_equality_has_it(values: list[Any]) -> None:
    """Of any two records, equal and shown the same are the same."""
    for one, other in itertools.combinations(values, 2):
        assert (one == other) == (shown(one) == shown(other))


@pytest.mark.parametrize(
    "record",
    [object(), AnyCase("a"), OrderedDict(a=1), ("a", [object()])],
    ids=lambda record: type(record).__name__,
)
def test_an_equality_that_cannot_be_seen_is_refused(record: Any) -> None:
    """Rather than counted wrong; the message says what to do."""
    with pytest.raises(TypeError, match=r"known to their class alone; map them first"):
        content_of(record)


def test_the_same_in_every_process() -> None:
    """Python's hash of text is salted; the contents are not."""
    code = (
        "from pannier.kernels.contents import content_of;"
        "print(ascii(content_of((frozenset(['a', 'b', 1]), {'x': {'y', 'z'}}))))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(outputs) == 1
