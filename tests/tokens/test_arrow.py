"""Tokens of Arrow's arrays: by type and values, however they are sliced and chunked."""

from __future__ import annotations

import datetime
import pickle
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.tokens import tokenize

days = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))
KINDS: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.null(), st.none()),
    (pa.bool_(), st.booleans()),
    (pa.int8(), st.integers(-128, 127)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float32(), st.floats(width=32, allow_nan=False)),
    (pa.float64(), st.floats(allow_nan=False)),
    (pa.string(), st.text(max_size=3)),
    (pa.large_string(), st.text(max_size=3)),
    (pa.string_view(), st.text(max_size=20)),
    (pa.binary(), st.binary(max_size=3)),
    (pa.large_binary(), st.binary(max_size=3)),
    (pa.binary_view(), st.binary(max_size=20)),
    (pa.binary(2), st.binary(min_size=2, max_size=2)),
    (pa.decimal128(5, 2), st.integers(-999, 999).map(lambda n: Decimal(n).scaleb(-2))),
    (pa.date32(), days),
    (pa.timestamp("us", "UTC"), days.map(lambda day: datetime.datetime(day.year, 1, 1, tzinfo=datetime.UTC))),
    (pa.duration("s"), st.integers(-5, 5).map(lambda n: datetime.timedelta(seconds=n))),
    (pa.list_(pa.int64()), st.lists(st.none() | st.integers(-5, 5), max_size=3)),
    (pa.large_list(pa.string()), st.lists(st.none() | st.text(max_size=2), max_size=3)),
    (pa.list_(pa.int8(), 2), st.lists(st.integers(-5, 5), min_size=2, max_size=2)),
    (pa.struct([("a", pa.int64())]), st.fixed_dictionaries({"a": st.none() | st.integers(-5, 5)})),
    (
        pa.map_(pa.string(), pa.int64()),
        st.lists(st.tuples(st.text(max_size=2), st.integers(-5, 5)), max_size=2),
    ),
]


def exact(values: list[Any]) -> str:
    """The same for equal values only: 0.0 and -0.0 are two."""
    return repr(values)


@pytest.mark.parametrize(("kind", "values"), [pytest.param(*each, id=str(each[0])) for each in KINDS])
def test_values_and_nothing_else(kind: pa.DataType, values: st.SearchStrategy[Any]) -> None:
    """Slices, chunks and copies of equal values share a token, other values have another."""
    columns = st.lists(st.none() | values, max_size=12)

    @settings(max_examples=40)
    @given(columns, columns, st.integers(0, 11), st.integers(0, 11), st.integers(0, 12))
    def check(own: list[Any], other: list[Any], before: int, after: int, cut: int) -> None:
        array = pa.array(own, kind)
        token = tokenize(array)
        assert (tokenize(pa.array(other, kind)) == token) == (exact(other) == exact(own))
        longer = pa.array([*(other * 12)[:before], *own, *other[:after]], kind)
        assert tokenize(longer.slice(min(before, len(other) * 12), len(own))) == token
        assert tokenize(pickle.loads(pickle.dumps(array))) == token
        chunked = pa.chunked_array([array.slice(0, cut), array.slice(cut)], kind)
        assert tokenize(chunked) == tokenize(pa.chunked_array([own], kind)) != token

    check()


def test_what_stands_in_place_of_nothing_is_not_seen() -> None:
    """Values under a missing one are no content."""
    valid = pa.py_buffer(b"\x05")
    arrays = [
        pa.Array.from_buffers(pa.int32(), 3, [valid, pa.array([1, hidden, 3], pa.int32()).buffers()[1]])
        for hidden in (0, 7)
    ]
    assert arrays[0].equals(arrays[1])
    assert tokenize(arrays[0]) == tokenize(arrays[1]) != tokenize(pa.array([1, 0, 3], pa.int32()))


def test_what_looks_alike_is_told_apart() -> None:
    """Types with their parameters, dictionaries, nullability and metadata all count."""
    alike = [
        *(pa.array([], kind) for kind, _ in KINDS),
        *(
            pa.array([0], kind)
            for kind in (pa.int8(), pa.int16(), pa.date32(), pa.time32("s"), pa.time32("ms"))
        ),
        *(pa.array([0], pa.timestamp("us", zone)) for zone in (None, "UTC", "Europe/Berlin")),
        *(pa.DictionaryArray.from_arrays(pa.array([0], pa.int8()), pa.array([text])) for text in "ab"),
        pa.array([["a"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
        pa.array([["b"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
        pa.array([], pa.list_(pa.field("item", pa.int64(), nullable=False))),
        pa.array([], pa.list_(pa.field("other", pa.int64()))),
        pa.table({"a": [1]}),
        pa.table({"b": [1]}),
        pa.table({"a": [1]}).replace_schema_metadata({"a": "b"}),
        pa.schema([("a", pa.int64())]),
        pa.int64(),
        pa.scalar(1),
    ]
    assert len({tokenize(each) for each in alike}) == len(alike)
