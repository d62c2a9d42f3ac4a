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

import pannier
from pannier import tokens
from pannier.errors import TokenizationError
from pannier.tokens import tokenize, writer


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


SCRIPT = """
import datetime, functools, json, multiprocessing, operator, pathlib, re, sys, types
from abc import ABC, abstractmethod
from collections import namedtuple
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum, Flag
from typing import Generic, NewType, Protocol, TypeVar
import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
from pannier import tokenize

T = TypeVar("T")
UserId = NewType("UserId", int)

class Colour(Enum):
    RED = "red"

class Mode(Flag):
    READ = 1
    WRITE = 2

@dataclass(frozen=True)
class Span(Generic[T]):
    path: T
    tags: frozenset
    colour: Colour = Colour.RED
    more: dict = field(default_factory=dict)

class Shape(ABC):
    allowed = {"a", "b", "c"}

    @abstractmethod
    def area(self) -> float: ...

    @property
    def double(self): return 2 * self.area()

class Square(Shape):
    __slots__ = ("side",)

    def __init__(self, side): self.side = side

    def area(self): return super().area() or self.side ** 2

class Sized(Protocol):
    def size(self) -> int: ...

Point = namedtuple("Point", "x y")

class Record(pydantic.BaseModel):
    size: int
    names: set[str] = {"a", "b"}

words = ["".join(["wo", "rd", str(i)]) for i in range(50)]
limits = {"low": 1, "names": set(words)}

def own(x: T, y: UserId = None) -> T:
    return {"a", "b", "c"} & {x, y}, "some text", x in ("a", "b"), x in {"q", "r", "s"}, limits, Square

@functools.lru_cache
def cached(x): return own(x)

def adder(n): return lambda x: x + n

def values():
    yield [1, 2.5, None, True, "text", b"bytes", ("nested", {"a": [1]})]
    yield set(words), frozenset(words), {("a", frozenset(words))}, {1: {Colour.RED, 2}}
    yield Span("".join(["pa", "th"]), frozenset(words)), Colour.RED, Mode.READ | Mode.WRITE, Point(1, 2), Square(3)
    yield types.MappingProxyType({"a": {1}}), {"a": 1}.keys(), memoryview(b"a"), property(own), Record(size=1)
    yield Span, Colour, Mode, Shape, Square, Sized, Point, T, UserId
    yield pathlib.Path("a/b/a"), Decimal("1.5"), datetime.datetime(2015, 1, 1), re.compile("a+")
    yield json.loads, len, int, operator.itemgetter("a", "b"), str.upper, np.add, pd.DataFrame.sum, json
    yield own, cached, adder(1), adder(words), functools.partial(own, y=frozenset(words)), Square(1).area
    yield np.arange(9.0)[::2], np.array(words, object), np.ma.array([1, 2], mask=[0, 1]), np.float32(1)
    yield pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])}, index=[True, False])
    yield pd.date_range("2015", periods=3, tz="UTC"), pd.Series([1, None], dtype="Int64"), pd.offsets.BDay(2)
    yield pa.table({"a": [[1], None], "b": ["x", "y"]}), pa.chunked_array([["a"], ["b"]]), pa.array([{"a": 1}])

def found():
    return [tokenize(value, ensure_deterministic=True) for value in values()]

if __name__ == "__main__" and len(sys.argv) > 1:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(found) == found()
if __name__ == "__main__":
    print(*found())
"""


def test_same_in_every_process(tmp_path: pathlib.Path) -> None:
    """What has content has the same token in each run of a script and in a spawned process, whatever the hash seed."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = str(pathlib.Path(pannier.__file__).parents[1])
    answers = {
        subprocess.run(
            [sys.executable, str(script), *spawning],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, spawning in (("0", ["spawn"]), ("4711", []))
    }
    assert len(answers) == 1
    assert len(set(answers.pop().split())) == 12


def test_tokens_are_stable() -> None:
    """The token of plain data is fixed: a changed algorithm must not go unnoticed."""
    assert tokenize("read", [1, 2.5, None], {"a": (b"x", True)}) == "0d0cb03f9fa6bb7ef8ac49305c0c6080"


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


@pytest.mark.parametrize(
    "make", [threading.Lock, lambda: (n for n in [1]), lambda: Mutable([threading.Lock()]), object]
)
def test_what_is_unique_can_be_an_error(make: Any) -> None:
    """``ensure_deterministic`` raises for what another process would not know again, wherever it is."""
    for value in (make(), [make()], {"a": (1, make())}, {1: frozenset(["a"]), 2: make()}):
        with pytest.raises(TokenizationError, match="has no content that another process would know again"):
            tokenize(value, ensure_deterministic=True)


def test_what_has_content_is_no_error() -> None:
    """``ensure_deterministic`` changes no token."""
    for value in examples():
        assert tokenize(value, ensure_deterministic=True) == tokenize(value)


def test_a_bare_object_is_itself_and_no_other() -> None:
    """A sentinel shares a token with itself only, for functions compare them with ``is``."""
    first, second = object(), object()
    assert tokenize(first) == tokenize([first][0]) != tokenize(second)


def test_keywords_are_told_from_arguments() -> None:
    """Keywords count by name and value, in any order."""
    assert tokenize(1, a=2, b=3) == tokenize(1, b=3, a=2)
    assert (
        len({tokenize(1, a=2), tokenize(1, b=2), tokenize(1, {"a": 2}), tokenize(1, 2), tokenize(a=2)}) == 5
    )


class Foreign:
    """Of a library that knows of neither."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.Lock()


class Special(Foreign):
    pass


class ForDask(Foreign):
    def __dask_tokenize__(self) -> object:
        return ["name", self.name]


class ForBoth(ForDask):
    def __pannier_token__(self) -> object:
        return self.name, 1


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is registered here is forgotten."""
    monkeypatch.setattr(writer, "registered", known := {})
    monkeypatch.setattr(tokens, "registered", known)


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize("by_name", [False, True])
def test_content_is_registered_for_a_class(by_name: bool) -> None:
    """A function says what objects of a class are made of, of its subclasses too, until they have their own."""
    assert tokenize(Foreign("a")) != tokenize(Foreign("a"))
    tokens.register(f"{Foreign.__module__}.Foreign" if by_name else Foreign)(lambda each: each.name)
    assert tokenize(Foreign("a")) == tokenize(Foreign("a")) != tokenize(Foreign("b"))
    assert tokenize([Special("a")]) == tokenize([Special("a")]) != tokenize([Foreign("a")])
    tokens.register(Special)(lambda each: "the only one")
    assert tokenize(Special("a")) == tokenize(Special("b"))
    assert tokenize(Foreign("a")) != tokenize(Foreign("b"))


def test_what_is_said_to_dask_is_heard() -> None:
    """``__dask_tokenize__`` says what an object is made of, unless there is ``__pannier_token__``."""
    assert tokenize(ForDask("a")) == tokenize(ForDask("a")) != tokenize(ForDask("b"))
    assert tokenize(ForDask("a")) != tokenize(["name", "a"])
    assert tokenize(ForBoth("a")) == tokenize(ForBoth("a")) != tokenize(ForDask("a"))


def test_a_class_may_call_itself_anything() -> None:
    """Also where its module is none."""
    odd = type("Odd", (), {"__module__": None, "x": 1})
    assert tokenize(odd()) == tokenize(odd()) != tokenize(type("Odd", (), {"__module__": None, "x": 2})())


def test_two_classes_that_look_alike_are_two() -> None:
    """A class made twice by one function is two types, and so are their objects."""

    def make() -> Any:
        @dataclass(frozen=True)
        class Local:
            x: int

        return Local

    first, second = make(), make()
    assert tokenize(first) == tokenize(first) != tokenize(second)
    assert tokenize(first(1)) == tokenize(first(1)) != tokenize(second(1))
    assert tokenize(first(1)) != tokenize(first(2))


def test_a_class_counts_by_what_it_does() -> None:
    """A method that is replaced, or reads a global that has changed, makes another class."""
    space: dict[str, Any] = {"__name__": "__main__", "limit": 1}
    exec("class Local:\n    def over(self, x): return x > limit", space)
    value = space["Local"]()
    before = tokenize(value)
    assert tokenize(value) == before
    space["limit"] = 2
    changed = tokenize(value)
    assert changed != before
    space["Local"].over = lambda self, x: x >= 0
    assert tokenize(value) not in (before, changed)


def test_a_cached_function_is_the_function_it_caches() -> None:
    """``lru_cache`` over two functions of one name is two functions."""
    found = []
    for n in (1, 2, 2):
        space: dict[str, Any] = {"__name__": "__main__", "lru_cache": functools.lru_cache}
        exec(f"@lru_cache\ndef f(x): return x + {n}", space)
        found.append(tokenize(space["f"]))
    assert found[0] != found[1] == found[2]


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
    space["helper"] = None
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
    with pytest.raises(
        TokenizationError, match="a tuple is nested more than 32 levels deep, or holds itself"
    ):
        tokenize(cycle, ensure_deterministic=True)
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(tokenize(deep)) == 32
    while deep:
        deep = deep.pop()


def test_functions_are_not_kept_alive() -> None:
    """Remembering a function's token does not keep the function."""
    before = len(writer._functions)
    for n in range(10):
        space: dict[str, Any] = {}
        exec(f"def f(x): return x + {n}", space)
        tokenize(space.pop("f"))
    assert len(writer._functions) <= before + 1
