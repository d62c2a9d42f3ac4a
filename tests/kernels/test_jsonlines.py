"""The decoder that is as fast as it can be, beside the one that decides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.kernels.jsonlines import decoded

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NUMBERS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?\Z")
TEXTS = st.text('{}[]",:\\\\ntu0d8 19.eE-+ \ud800\ufeff\t\n', max_size=12)


def loads(line: Any) -> Any:
    (record,) = decoded([line])
    return record


def outcome(decode: Any, line: Any) -> Any:
    try:
        return repr(decode(line))
    except Exception as error:  # noqa: BLE001
        return type(error), error.args, type(error.__context__)


@given(VALUES, st.booleans())
def test_what_json_writes(value: Any, ascii_only: bool) -> None:
    """Comes back as the standard decoder has it, from text and from bytes."""
    line = json.dumps(value, ensure_ascii=ascii_only)
    assert outcome(loads, line) == outcome(json.loads, line)
    data = line.encode("utf-8", "surrogatepass")
    assert outcome(loads, data) == outcome(json.loads, data)


@given(NUMBERS | TEXTS)
def test_any_text(line: str) -> None:
    """Numbers to the last digit; and what is no JSON raises what it always did, with nothing behind it."""
    assert outcome(loads, line) == outcome(json.loads, line)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "9" * 5000,
            "-" + "1" * 4300,
            "[" * 100_000,
            "[" * 500 + "]" * 500,
            "",
            " ",
            "nul",
            "\ufeff{}",
            "1e400",
        ),
        *(
            "[NaN]",
            '{"a": 1, "a": 2}',
            b"\xff\xfe1\x00",
            b"\xff",
            bytearray(b"[1]"),
            memoryview(b"[1]"),
            5,
            None,
        ),
    ],
)
def test_strange_lines(line: Any) -> None:
    """Too long, too deep, empty, in another encoding, of a type that only one decoder takes."""
    assert outcome(loads, line) == outcome(json.loads, line)


def test_a_bag_says_json_loads() -> None:
    """In its plan, and where a line is no JSON."""
    bag = pn.from_sequence(["[1]", "x"]).map(json.loads)
    assert "map(json.loads)" in bag.explain().partition("as optimized")[2]
    with pytest.raises(json.JSONDecodeError) as caught:
        bag.compute(scheduler="sync")
    assert any("in map(json.loads)" in note for note in caught.value.__notes__)
