"""Records between processes: back exactly as they were."""

from __future__ import annotations

import collections
import datetime
import decimal
import math
import pickle
import struct
import threading
from array import array
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.errors import SerializationError
from pannier.shuffle.codec import decode, encode, frame, unframe

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(codec="utf-8")),
    st.text("\ud800\udfff\0a", max_size=3),
    st.binary(),
    st.binary().map(bytearray),
    st.dates(),
    st.decimals(),
)
keys = st.one_of(st.integers(), st.text(max_size=3), st.tuples(st.integers(), st.booleans()), st.floats())
records = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(keys, inner, max_size=3),
        st.frozensets(keys, max_size=3),
    ),
    max_leaves=8,
)


def same(a: Any, b: Any) -> bool:
    """Equal with equal types, at any depth; floats bit by bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return struct.pack("d", a) == struct.pack("d", b)
    if isinstance(a, complex):
        return same(a.real, b.real) and same(a.imag, b.imag)
    if isinstance(a, decimal.Decimal):
        return a.compare_total(b) == 0
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(same(*pair) for pair in zip(a.items(), b.items(), strict=True))
    if isinstance(a, frozenset):
        return len(a) == len(b) and sorted(map(repr, a)) == sorted(map(repr, b))
    return bool(a == b)


@given(st.lists(records, max_size=5))
def test_records_come_back_as_they_were(piece: list[Any]) -> None:
    """Types, -0.0, the bits of NaN, the order of dicts, numbers and tuples as their keys, lone surrogates."""
    assert same(decode(encode(piece)), piece)


class Point(NamedTuple):
    x: int
    y: float


class Name(str):
    __slots__ = ()


class Count(int):
    pass


EXACT: dict[str, Any] = {
    "a named tuple": Point(1, -0.0),
    "a subclass of str": Name("ada"),
    "a subclass of int": Count(3),
    "a subclass of dict": collections.Counter("abca"),
    "a default dict": collections.defaultdict(list, {"a": [1]}),
    "bytes that change": bytearray(b"ab"),
    "an array": array("d", [1.0, math.inf]),
    "a range": range(3, 9, 2),
    "a set": {1, "a"},
    "numbers of numpy": [np.float64(1.5), np.int8(3), np.bool_(True), np.str_("a")],
    "a time": datetime.datetime(2026, 1, 1, 2, 3, tzinfo=datetime.UTC),
    "a text that cannot be UTF-8": "\ud800",
    "the ellipsis": [..., NotImplemented],
}


@pytest.mark.parametrize("name", EXACT)
def test_types_come_back_exactly(name: str) -> None:
    """No number of numpy becomes bytes, no subclass its base."""
    piece = EXACT[name]
    back = decode(encode([piece] * 2))[0]
    assert (type(back), back) == (type(piece), piece)
    if isinstance(piece, list):
        assert list(map(type, back)) == list(map(type, piece))


def test_what_records_share_stays_shared() -> None:
    """Within a piece: one list that two records refer to, and a list in itself."""
    shared = ["tag"]
    loop: list[Any] = []
    loop.append(loop)
    a, b, back = decode(encode([{"tags": shared}, {"tags": shared}, loop]))
    assert a["tags"] is b["tags"]
    assert back[0] is back


def test_a_class_that_cannot_be_imported() -> None:
    """Of ``__main__`` or a function: its objects travel with it."""

    class Local:
        def __init__(self, x: int) -> None:
            self.x = x

    back = decode(encode([Local(1), Local(2)]))
    assert [each.x for each in back] == [1, 2]
    assert type(back[0]) is type(back[1])


def test_what_cannot_travel() -> None:
    """Says so, with the next step."""
    with pytest.raises(SerializationError, match="before the shuffle"):
        encode([threading.Lock()])


@given(st.lists(st.binary(max_size=20), max_size=9))
def test_frames(blobs: list[bytes]) -> None:
    """Several pieces are one run of bytes, and are told apart again; pickles too."""
    assert [bytes(blob) for blob in unframe(frame(blobs))] == blobs
    assert [pickle.loads(blob) for blob in unframe(frame(list(map(pickle.dumps, blobs))))] == blobs
