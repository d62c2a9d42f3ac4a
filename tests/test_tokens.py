"""Tokens: equal for equal content, different for what differs, unique for what cannot be known."""

from __future__ import annotations

import datetime
import functools
import importlib
import json
import operator
import pathlib
import re
import subprocess
import sys
import threading
from collections import Counter, OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier import tokens
from pannier.tokens import tokenize


class Point(NamedTuple):
    x: int
    y: int


class Colour(Enum):
    RED = 1
    BLUE = 2


class Level(IntEnum):
    LOW = 1


class Mode(Flag):
    READ = 1
    WRITE = 2


@dataclass(frozen=True)
class Span:
    path: str
    start: int
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SlottedSpan:
    path: str
    start: int
    tags: frozenset[str] = frozenset()


@dataclass
class Mutable:
    items: list[Any] = field(default_factory=list)


class Handle:
    """Knows its content by a name, whatever else it holds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()

    def __pannier_token__(self) -> object:
        return self.name


def double(x: int) -> int:
    return 2 * x


def examples() -> list[object]:
    """Values that all differ in content or type, made anew at each call."""
    return [
        *(None, True, 1, 1.0, 1 + 0j, "1", b"1", bytearray(b"1"), 0.0, -0.0, float("inf")),
        *(2**31, 2**31 + 0.0, 2**100, -(2**100), "", b"", "a", "b", "é", "\ud800", "a\0", "\0a"),
        *((), [], {}, set(), frozenset(), (1,), [1], {1}, frozenset({1}), {1: 1}, {1: 1.0}, {1: True}),
        *(
            (1, 2),
            (1, (2,)),
            ((1,), 2),
            ((1, 2),),
            [[1], 2],
            [1, [2]],
            ["a", "bc"],
            ["ab", "c"],
            [[], []],
            [[[]]],
        ),
        *({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": {"b": 2}}, {"a": [1]}, [("a", [1])]),
        *({"a", "b"}, {("a", 1), ("b", 2)}, {("a", 2), ("b", 1)}, {frozenset({1})}),
        *(Point(1, 2), Colour.RED, Colour.BLUE, Level.LOW, Mode.READ, Mode.READ | Mode.WRITE),
        *(
            Span("a", 1),
            Span("a", 2),
            Span("a", 1, frozenset("xy")),
            SlottedSpan("a", 1),
            Mutable(),
            Mutable([1]),
        ),
        *(
            pathlib.Path("a/a"),
            pathlib.PurePosixPath("a/a"),
            pathlib.Path("b/a"),
            pathlib.PureWindowsPath("a/a"),
        ),
        *(
            Decimal(1),
            Decimal("1.0"),
            Fraction(1),
            datetime.date(2015, 1, 1),
            datetime.datetime(2015, 1, 1, tzinfo=datetime.UTC),
        ),
        *(Counter("aab"), OrderedDict(a=2, b=1), defaultdict(int, a=2, b=1), deque([1, 2]), deque([1, 2], 2)),
        *(range(3), slice(3), re.compile("a"), re.compile("a", re.IGNORECASE), ..., NotImplemented),
        *(functools.partial(max, key=len), functools.partial(max), functools.partial(min)),
        *(operator.itemgetter(1), operator.itemgetter("1"), operator.attrgetter("a"), str.upper, "a".upper),
        *(len, max, json.loads, json.dumps, double, int, str, Span, Colour, json, sys),
        *(lambda x: x + 1, lambda x: x + 2, lambda x, y=1: x + y, lambda x, y=2: x + y),
        *(
            np.arange(3),
            np.arange(3.0),
            np.arange(4).reshape(2, 2),
            np.arange(4).reshape(4, 1),
            np.float64(1),
        ),
        *(np.arange(6).reshape(2, 3).T, np.array(["a", None], dtype=object), np.datetime64("2015")),
        *(pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1.0, 2]}), pd.DataFrame({"b": [1, 2]})),
        *(pd.Series(["a", "b"]), pd.Series(["a", "c"]), pd.Index([1, 2]), pd.Timestamp("2015"), pd.NaT),
        *(Handle("a"), Handle("b")),
    ]


def test_no_two_contents_share_a_token() -> None:
    """Whatever differs in content, type, order or nesting has another token."""
    values = examples()
    by_token: dict[str, object] = {}
    for value in values:
        token = tokenize(value)
        assert re.fullmatch("[0-9a-f]{32}", token)
        assert token not in by_token, (value, by_token[token])
        by_token[token] = value


def test_equal_content_has_equal_tokens() -> None:
    """Content made twice has the same token, lambdas included, for they came from the same code."""
    for first, second in zip(examples(), examples(), strict=True):
        assert tokenize(first) == tokenize(second), first


def test_arguments_are_not_run_together() -> None:
    """``tokenize(a, b)`` tells its arguments apart."""
    assert (
        len({tokenize("ab"), tokenize("a", "b"), tokenize("", "ab"), tokenize(), tokenize("ab", None)}) == 5
    )


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text(), inner)
        | st.frozensets(st.integers() | st.text())
    ),
    max_leaves=10,
)


def exact(value: Any) -> Any:
    """A text that is the same for equal values of equal types only."""
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [exact(element) for element in value]
    if isinstance(value, dict):
        return "dict", [(exact(key), exact(element)) for key, element in value.items()]
    if isinstance(value, frozenset):
        return "frozenset", sorted(repr(exact(element)) for element in value)
    return type(value).__name__, repr(value)


@given(plain, plain)
def test_plain_data_by_content(a: Any, b: Any) -> None:
    """Two values of plain data share a token exactly if they are equal, types included."""
    assert (tokenize(a) == tokenize(b)) == (exact(a) == exact(b))
    assert tokenize(a, b) == tokenize(a, b)


PROGRAM = """
import sys; sys.path.insert(0, {folder!r})
import tokens_of_this_test as module
from pannier.tokens import tokenize
print(*[tokenize(value) for value in module.values()])
"""

MODULE = """
import datetime, functools, json, operator, pathlib, re
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

class Colour(Enum):
    RED = "red"

@dataclass(frozen=True)
class Span:
    path: str
    tags: frozenset
    colour: Colour

def own(x, y=None):
    return {"a", "b", "c"} & {x, y}, "some text", x in ("a", "b"), x in {"q", "r", "s"}

def values():
    words = ["".join(["wo", "rd", str(i)]) for i in range(50)]
    yield [1, 2.5, None, True, "text", b"bytes", ("nested", {"a": [1]})]
    yield set(words), frozenset(words), {("a", frozenset(words))}
    yield Span("".join(["pa", "th"]), frozenset(words), Colour.RED), Span("path", frozenset(), Colour.RED)
    yield pathlib.Path("a/b/a"), Decimal("1.5"), datetime.datetime(2015, 1, 1), re.compile("a+")
    yield json.loads, own, len, int, Span, operator.itemgetter("a", "b"), str.upper
    yield functools.partial(own, y=frozenset(words))
"""


def test_same_in_every_process(tmp_path: pathlib.Path) -> None:
    """Plain data, importable code and what is made of them keep their token whatever the hash seed."""
    (tmp_path / "tokens_of_this_test.py").write_text(MODULE)
    answers = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM.format(folder=str(tmp_path))],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(pathlib.Path(tokens.__file__).parents[1])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(answers) == 1
    assert len(set(answers.pop().split())) == 6


def test_tokens_are_stable() -> None:
    """The token of plain data is fixed: a changed algorithm must not go unnoticed."""
    assert tokenize("read", [1, 2.5, None], {"a": (b"x", True)}) == "ee6703ad0b8fc9650ba06a5375a53f10"


@pytest.mark.parametrize(
    "make", [threading.Lock, lambda: (n for n in [1]), lambda: Mutable([threading.Lock()])]
)
def test_unknowable_content_is_unique(make: Any) -> None:
    """What cannot be pickled never shares a token, not even with itself."""
    value = make()
    assert tokenize(value) != tokenize(value)


def test_objects_that_fail_to_describe_themselves_are_unique() -> None:
    """An exception in an object's own pickling code is no concern of whoever needs a name."""

    class Broken:
        def __reduce__(self) -> Any:
            raise ZeroDivisionError

    assert tokenize(Broken()) != tokenize(Broken())


def test_an_object_may_know_its_own_content() -> None:
    """``__pannier_token__`` decides, together with the type, and makes unpicklable objects shareable."""
    assert tokenize(Handle("a")) == tokenize(Handle("a")) != tokenize("a")
    assert tokenize([Handle("a")]) != tokenize([Handle("b")])


def test_closures_count_by_what_they_close_over() -> None:
    """Functions made by one line of code differ where their closed-over values do, also after a change."""

    def adder(n: Any) -> Any:
        return lambda x: x + n

    assert tokenize(adder(1)) == tokenize(adder(1)) != tokenize(adder(2))
    grown: list[int] = []
    function = adder(grown)
    before = tokenize(function)
    grown.append(1)
    assert tokenize(function) != before


def test_functions_of_main_count_by_the_globals_they_read() -> None:
    """A notebook cell that changes a variable changes the token of functions that read it."""
    space: dict[str, Any] = {"__name__": "__main__", "limit": 1}
    exec("def over(x): return x > limit", space)
    before = tokenize(space["over"])
    assert tokenize(space["over"]) == before
    space["limit"] = 2
    assert tokenize(space["over"]) != before


def test_a_global_defined_later_is_seen() -> None:
    """A function used before what it calls exists gets another token once that exists."""
    space: dict[str, Any] = {"__name__": "__main__"}
    exec("def f(x): return helper(x)", space)
    before = tokenize(space["f"])
    exec("def helper(x): return x", space)
    assert tokenize(space["f"]) != before


def test_reloaded_code_is_other_code(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function edited and reloaded has a new token, though its name is the old one."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    path = tmp_path / "edited_by_this_test.py"
    path.write_text("def f(x): return x + 1\n")
    module = importlib.import_module("edited_by_this_test")
    before = tokenize(module.f)
    path.write_text("\n\ndef f(x): return x + 1\n")
    importlib.reload(module)
    assert tokenize(module.f) == before, "only moved"
    path.write_text("def f(x): return x + 2  # changed\n")
    importlib.reload(module)
    assert tokenize(module.f) != before
    del sys.modules["edited_by_this_test"]


def test_cycles_and_depth_are_no_problem() -> None:
    """Values that hold themselves, or are nested thousands of levels deep, have tokens too."""
    cycle: list[Any] = [1]
    cycle.append(cycle)
    assert tokenize(cycle) == tokenize(cycle) != tokenize([1, [1]])
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(tokenize(deep)) == 32
    while deep:
        deep = deep.pop()


def test_functions_are_not_kept_alive() -> None:
    """Remembering a function's token does not keep the function."""
    before = len(tokens._functions)
    for n in range(10):
        space: dict[str, Any] = {}
        exec(f"def f(x): return x + {n}", space)
        tokenize(space.pop("f"))
    assert len(tokens._functions) <= before + 1
