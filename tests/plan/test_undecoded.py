"""Groups of lines that are decoded twice, and shipped as they are."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.kernels.undecoded import GroupsOfLines
from pannier.testing import assert_eq

STRANGE = [
    '{"k": 1, "v": NaN}',
    '{"k": 1, "v": [1e400, -1e400, 1E5, -0, -0.0, 5e-324]}',
    '{"k": 1, "v": "\\ud800"}',
    '{"k": 1, "k": 2}',
    ' {"k": 1.0, "v": 123456789012345678901234567890} ',
    '{"k": true, "v": "\\u0000\\/\\ud83d\\ude00"}',
    '{"k": 1, "v": ' + "[" * 500 + "]" * 500 + "}",
]


def key(record: dict[str, Any]) -> Any:
    return record["k"]


def popped(record: dict[str, Any]) -> Any:
    return record.pop("k")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(JSON))
def test_lines_become_the_records_they_stand_for(values: list[Any]) -> None:
    """Exactly what the standard decoder makes of them."""
    lines = [json.dumps(value) for value in values]
    ((_, made),) = GroupsOfLines().finish({"k": lines})
    assert list(map(repr, made)) == list(map(repr, map(json.loads, lines)))


def test_strange_lines_too() -> None:
    """Those that the fast decoder refuses, and those that decoders often differ about."""
    ((_, made),) = GroupsOfLines().finish({"k": STRANGE})
    assert list(map(repr, made)) == list(map(repr, map(json.loads, STRANGE)))
    assert math.isnan(made[0]["v"])


LINES = [json.dumps({"k": i % 3, "n": i, "l": [i]}) for i in range(20)]


@pytest.mark.parametrize("func", [key, popped, lambda r: r["k"], "k", ["k", "n"], lambda r: r["l"].pop()])
@pytest.mark.parametrize("scheduler", ["sync", "processes"])
def test_groups_are_the_same(func: Any, scheduler: str) -> None:
    """Whether the key's function only looks at records or changes them."""
    bag = pn.from_sequence(LINES, npartitions=3).map(json.loads).filter(lambda r: r["n"] > 2)
    groups = bag.remove(lambda r: r["n"] == 5).groupby(func)
    plain = groups.compute(scheduler="sync", optimize_graph=False)
    assert_eq(sorted(groups.compute(scheduler=scheduler)), sorted(plain))


@pytest.mark.parametrize(
    ("func", "undecoded"), [(lambda r: r["k"], True), (popped, False), (lambda r: hash(r["k"]), False)]
)
def test_explain_says_why_records_travel(func: Callable[[Any], Any], undecoded: bool) -> None:
    """A function that may change a record needs the record it changed."""
    text = pn.from_sequence(LINES).map(json.loads).groupby(func).explain()
    assert ("ships records, not lines" not in text) is undecoded
    assert ("from_sequence-map-groupby" not in text) is undecoded


@pytest.mark.parametrize("how", ["inner", "left", "right", "outer", "semi", "anti"])
@pytest.mark.parametrize("func", [lambda r: r["k"], key])
def test_joins_are_the_same(how: str, func: Callable[[Any], Any]) -> None:
    """Whichever sides travel as lines."""
    lines = pn.from_sequence(LINES, npartitions=3).map(json.loads)
    others = pn.from_sequence([f'{{"k": {k}, "m": {k * k}}}' for k in (0, 1, 1, 7)], npartitions=2).map(
        json.loads
    )
    joined = lines.join(others, on_self=func, how=how, broadcast=False)
    plain = joined.compute(scheduler="sync", optimize_graph=False)
    assert "shuffle" in joined.explain()
    assert "ships records" not in joined.explain()
    assert_eq(sorted(joined.compute(scheduler="sync"), key=repr), sorted(plain, key=repr))


def test_a_shared_bag_is_decoded_once() -> None:
    """Records that others need are shipped as they are."""
    records = pn.from_sequence(LINES, npartitions=2).map(json.loads)
    groups, count = pn.compute(records.groupby(lambda r: r["k"]), records.count(), scheduler="sync")
    assert (len(groups), count) == (3, 20)


def test_a_bad_line_keeps_its_address(tmp_path: Any) -> None:
    """As where nothing is grouped."""
    path = tmp_path / "a.jsonl"
    path.write_text('{"k": 1}\n{"k": \n')
    with pytest.raises(json.JSONDecodeError) as caught:
        pn.read_text(path).map(json.loads).groupby(lambda r: r["k"]).compute(scheduler="sync")
    assert any(f"{path}, line 2" in note for note in caught.value.__notes__)
