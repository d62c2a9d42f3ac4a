"""Kernels over records: what is particular about each, their labels and their traits."""

from __future__ import annotations

import functools
import json
import operator
import pickle
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from pannier.kernels.joins import JoinTable, Match
from pannier.kernels.kernel import MISSING, Call, Kernel, Nested, Slot, fill, name_of
from pannier.kernels.partitions import (
    Concat,
    First,
    MapPartitions,
    Pairs,
    RandomSample,
    Share,
    Zip,
    as_records,
)
from pannier.kernels.records import (
    Column,
    Filter,
    FlatMapValues,
    Flatten,
    KeyBy,
    Map,
    MapRow,
    MapValues,
    Pluck,
    Remove,
    StarMap,
    as_key,
    getter,
)
from pannier.kernels.scans import Accumulate, Enumerate, Start, last_or_carry


def test_extra_blocks_stand_where_the_slots_are() -> None:
    """Positional and keyword arguments alike; the record comes first."""
    assert list(Map(round, (Slot(0),))([1.25, 2.75], 1)) == [1.2, 2.8]
    assert list(Map(sorted, (), {"reverse": Slot(0)})([[1, 2]], True)) == [[2, 1]]
    assert list(StarMap(sorted, {"key": Slot(0)})([([1, -2],)], abs)) == [[1, -2]]
    assert fill((Slot(1), "x", Slot(0)), ("a", "b")) == ["b", "x", "a"]


def test_slots_inside_containers_are_filled() -> None:
    """At any depth of a nested argument; other containers stay the objects they are."""
    plain = [1, {"k": 2}]
    args = (Nested([Slot(1), {"k": (Slot(0),)}]), plain)
    call = Call(lambda *args, **kwargs: (args, kwargs), args, {"n": Nested({Slot(0)})})
    filled, named = call("a", "b")
    assert filled == (["b", {"k": ("a",)}], plain)
    assert filled[1] is plain
    assert named == {"n": {"a"}}


@pytest.mark.parametrize(
    ("key", "default", "record", "expected"),
    [
        ("a", MISSING, {"a": 1}, 1),
        (1, MISSING, "xy", "y"),
        (["a", "b"], MISSING, {"a": 1, "b": 2}, (1, 2)),
        (["a"], MISSING, {"a": 1}, (1,)),
        ([], MISSING, {"a": 1}, ()),
        (("a", "b"), MISSING, {("a", "b"): 3}, 3),
        ("a", None, {}, None),
        ("a", 0, None, 0),
        (5, "none", [1], "none"),
        (["a", "b"], 0, {"b": 2}, (0, 2)),
    ],
)
def test_pluck(key: Any, default: Any, record: Any, expected: Any) -> None:
    """One key gives the element, a list of keys a tuple; a tuple is one key; the default stands for any lack."""
    assert list(Pluck(key, default)([record])) == [expected]
    assert getter(key, default)(record) == expected


def test_a_key_is_a_function_or_what_to_look_up() -> None:
    """Verbs that take a key take either."""
    assert as_key(len)("abc") == 3
    assert as_key("n")({"n": 1}) == 1
    assert as_key(["n", "m"])({"n": 1, "m": 2}) == (1, 2)


def test_rows_of_columns() -> None:
    """``map`` over several bags calls with the elements of a row, constants between them."""
    assert list(MapRow(pow, (Column(0), Column(1)), {})([(2, 3)])) == [8]
    assert list(MapRow(pow, (10, Column(0), Slot(0)), {})([(2, 0), (3, 0)], 7)) == [100 % 7, 1000 % 7]
    assert list(MapRow(dict, (), {"a": Column(1), "b": Slot(0)})([("x", "y")], "z")) == [{"a": "y", "b": "z"}]


def test_partitions_side_by_side_must_be_of_one_length() -> None:
    """Never cut to the shorter: the error says how long they are."""
    assert list(Zip()([1], "a", [None])) == [(1, "a", None)]
    with pytest.raises(ValueError, match=r"different numbers of records: \[2, 1\]"):
        Zip()([1, 2], "a")


@pytest.mark.parametrize(
    ("value", "records"),
    [
        ([1, 2], [1, 2]),
        ((1, 2), [1, 2]),
        ("text", ["text"]),
        (b"bytes", [b"bytes"]),
        ({"a": 1}, [{"a": 1}]),
        (None, [None]),
        (3, [3]),
        ({"a": 1}.items(), [("a", 1)]),
        (iter("ab"), ["a", "b"]),
        ([], []),
    ],
)
def test_what_counts_as_many_records(value: Any, records: list[Any]) -> None:
    """A number, a text or a dict is one record; what else can be walked is many."""
    assert list(as_records(value)) == records


def test_a_data_frame_is_one_record() -> None:
    """Walking it would give its column names."""
    frame = pd.DataFrame({"a": [1]})
    assert list(as_records(frame)) == [frame]


def test_kernels_of_whole_partitions() -> None:
    """The first records, shares, pairs and concatenation."""
    assert list(First(2)(iter("abc"))) == ["a", "b"]
    assert list(First(0)("abc")) == []
    assert [list(Share()([1, 2, 3, 4, 5], (k, 3))) for k in range(3)] == [[1], [2, 3], [4, 5]]
    assert list(Pairs()([1, 2], "ab")) == [(1, "a"), (1, "b"), (2, "a"), (2, "b")]
    assert list(Concat()([[1], [], [2]])) == [1, 2]


def test_samples_are_those_of_their_seed() -> None:
    """The same seed draws the same records; probability 0 and 1 draw none and all."""
    records = list(range(1000))
    assert list(RandomSample(0.5)(records, 7)) == list(RandomSample(0.5)(iter(records), 7))
    assert list(RandomSample(0.0)(records, 7)) == []
    assert list(RandomSample(1.0)(records, 7)) == records


def test_running_totals_go_on_from_a_carry() -> None:
    """The carry is no result of its own, a start is; an empty partition passes it on."""
    accumulate = Accumulate(operator.add)
    assert list(accumulate("ab", MISSING)) == ["a", "ab"]
    assert list(accumulate("cd", "ab")) == ["abc", "abcd"]
    assert list(accumulate("ab", Start("-"))) == ["-", "-a", "-ab"]
    assert list(accumulate("", Start("-"))) == ["-"]
    assert list(accumulate("", "ab")) == list(accumulate("", MISSING)) == []
    assert (last_or_carry("x", []), last_or_carry("x", [1, 2])) == ("x", 2)
    assert list(Enumerate()("ab", 3)) == [("a", 3), ("b", 4)]


PER_RECORD = [
    Map(str),
    StarMap(max),
    Filter(bool),
    Remove(bool),
    Pluck("a"),
    Flatten(),
    KeyBy(len),
    MapValues(len),
    FlatMapValues(str.split),
    MapRow(max, (Column(0),), {}),
]
WHOLE = [MapPartitions(sum), First(1), RandomSample(0.5), Zip(), Concat(), Share(), Pairs(), Accumulate(max)]


@pytest.mark.parametrize(
    "kernel",
    [*PER_RECORD, *WHOLE, JoinTable(Match("left", by_key=True), "left_join"), Enumerate()],
    ids=lambda k: k.label,
)
def test_kernels_travel_and_say_what_they_are(kernel: Kernel) -> None:
    """A copy is equal and has the same label; only steps over single records may be moved past selections."""
    copy = pickle.loads(pickle.dumps(kernel))
    assert copy == kernel
    assert copy.label == kernel.label
    assert kernel.per_record is (kernel in PER_RECORD)


def test_only_a_pluck_says_what_it_reads() -> None:
    """A function may read anything."""
    assert Pluck("a").reads == ("a",)
    assert Pluck(["a", "b"]).reads == ("a", "b")
    assert Map(len).reads is None


class Model:
    def method(self) -> None: ...


@pytest.mark.parametrize(
    ("func", "name"),
    [
        (json.loads, "json.loads"),
        (len, "len"),
        (str.strip, "str.strip"),
        (operator.add, "operator.add"),
        (functools.reduce, "functools.reduce"),
        (lambda record: record, "<lambda>"),
        (functools.partial(json.loads, parse_int=str), "json.loads"),
        (Model, f"{__name__}.Model"),
        (Model().method, f"{__name__}.Model.method"),
        (operator.itemgetter("a"), "operator.itemgetter('a')"),
    ],
)
def test_functions_are_named_as_a_user_writes_them(func: Callable[..., Any], name: str) -> None:
    """With their module, unless that is obvious."""
    assert name_of(func) == name
