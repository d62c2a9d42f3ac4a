"""Fingerprints: equal only where the result is, and found again by another process."""

from __future__ import annotations

import enum
import functools
import json
import operator
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pannier.graph.graph import Graph
from pannier.graph.task import Literal, Ref, Task
from pannier.resume.fingerprints import fingerprints
from pannier.tokens import tokenize
from tests.oracle.strategies import dicts, mixed, pairs

ROOT = Path(__file__).parents[2]

records = st.one_of(mixed, pairs, dicts, st.lists(mixed, max_size=2))


def fingerprint(func: Callable[..., Any], *args: Any) -> str | None:
    return fingerprints(Graph({"x": Task(func, *args)}, {}), ["x"]).by_key["x"]


def in_main(source: str) -> Any:
    """``f`` of a script."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(source, namespace)
    return namespace["f"]


SAME = [
    ("f = lambda x: x + 1", "\n\n# more\nf = lambda x: x + 1"),
    ("def f(x): return g(x)\ndef g(x): return x", "def g(x): return x\ndef f(x): return g(x)"),
    ("k = 1\ndef f(x): return x", "k = 2\ndef f(x): return x"),
    ("def f(n): return n and f(n - 1)", "def f(n): return n and f(n - 1)"),
    ("def f(x): return x in {'a', 'b', 'c'}", "def f(x): return x in {'a', 'b', 'c'}"),
    ("import os.path\ndef f(x): return os.path.join(x)", "import os.path\ndef f(x): return os.path.join(x)"),
]
OTHER = [
    ("f = lambda x: x + 1", "f = lambda x: x + 2"),
    ("f = lambda x: x + 1", "f = lambda x: x - 1"),
    ("f = lambda x: x.a", "f = lambda x: x.b"),
    ("f = lambda x: (lambda y: y + 1)(x)", "f = lambda x: (lambda y: y + 2)(x)"),
    ("def f(x, y=1): return x", "def f(x, y=2): return x"),
    ("def f(x, *, y=1): return x", "def f(x, *, y=2): return x"),
    ("k = 1\ndef f(x): return x + k", "k = 2\ndef f(x): return x + k"),
    ("k = 1\ndef f(x): return x + k", "k = 1.0\ndef f(x): return x + k"),
    ("k = 1\nf = lambda x: [k for _ in x]", "k = 2\nf = lambda x: [k for _ in x]"),
    ("def g(x): return h(x)\ndef h(x): return 1\nf = lambda x: g(x)", "def g(x): return h(x)\ndef h(x): return 2\nf = lambda x: g(x)"),
    ("def g(k):\n    return lambda x: k\nf = g(1)", "def g(k):\n    return lambda x: k\nf = g(2)"),
    ("def f(n): return g(n)\ndef g(n): return f(n) + 1", "def f(n): return g(n)\ndef g(n): return f(n) + 2"),
    ("class K:\n    n = 1\nf = lambda x: K.n", "class K:\n    n = 2\nf = lambda x: K.n"),
    ("class K:\n    def m(self): return 1\nf = K().m", "class K:\n    def m(self): return 2\nf = K().m"),
    ("class B:\n    n = 1\nclass K(B): pass\nf = lambda x: K()", "class B:\n    n = 2\nclass K(B): pass\nf = lambda x: K()"),
    ("class K:\n    @property\n    def p(self): return 1\nf = lambda x: K().p", "class K:\n    @property\n    def p(self): return 2\nf = lambda x: K().p"),
    ("class K:\n    @staticmethod\n    def s(): return 1\nf = K.s", "class K:\n    @staticmethod\n    def s(): return 2\nf = K.s"),
    ("import functools\n@functools.cache\ndef f(x): return 1", "import functools\n@functools.cache\ndef f(x): return 2"),
    ("import json as m\nf = lambda x: m.x", "import pickle as m\nf = lambda x: m.x"),
    ("from json import loads as g\nf = lambda x: g(x)", "from json import load as g\nf = lambda x: g(x)"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "two"), SAME)
def test_the_same(one: str, two: str) -> None:
    """Functions of a script that do the same."""
    assert fingerprint(in_main(one)) == fingerprint(in_main(two)) is not None


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_another(one: str, two: str) -> None:
    """Functions of a script that may do something else, however far away the difference is."""
    found = fingerprint(in_main(one)), fingerprint(in_main(two))
    assert None not in found
    assert found[0] != found[1]


def test_a_class_that_changes_how_values_look() -> None:
    """The class of an argument counts with its code."""
    one, two = (in_main(f"class K:\n    def __repr__(self): return '{n}'\nf = K()") for n in (1, 2))
    assert fingerprint(repr, one) != fingerprint(repr, two)


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Point:
    x: int
    y: Any = None


def test_arguments() -> None:
    """Everything that has a content of its own."""
    values = [
        *(1, 1.0, True, "1", b"1", None, (), [], {}, {1: 2}, {1}, frozenset({1})),
        *(Colour.RED, Colour.BLUE, Point(1), Point(2), Point(1, Point(2))),
        *(partial(max, key=len), partial(min, key=len), operator.itemgetter(1), operator.itemgetter(2)),
        *(re.compile("a"), re.compile("b"), len, max, json.loads, Path("a"), Path("b"), Point, Colour),
        *({Point}, {Colour}, range(3), slice(1), int, list[int], functools.reduce),
    ]
    found = [fingerprint(repr, Literal(value)) for value in values]
    assert None not in found
    assert len(set(found)) == len(values)
    assert found == [fingerprint(repr, Literal(value)) for value in values]


@given(records, records)
def test_records(one: Any, two: Any) -> None:
    """Records are told apart as tokens tell them apart."""
    is_same = tokenize(one) == tokenize(two)
    assert (fingerprint(repr, Literal(one)) == fingerprint(repr, Literal(two))) is is_same


def test_what_is_read_counts() -> None:
    """A task is another one if a task behind it is; what its neighbours do, and how it is called, is not asked."""

    def prints(first: int, name: str = "b") -> dict[Any, str | None]:
        tasks = {"a": Task(int, first), name: Task(abs, Ref("a")), "c": Task(sum, [Ref(name), Ref("v")])}
        return fingerprints(Graph(tasks, {"v": 7}), ["c"]).by_key

    assert prints(1)["c"] == prints(1, "other name")["c"]
    assert {*prints(1).values()} & {*prints(2).values()} == {prints(1)["v"]}


def test_what_cannot_be_compared() -> None:
    """Has no fingerprint, nor has what reads it; the reason is told, of the first."""
    lock = threading.Lock()
    graph = Graph({"a": Task(repr, Literal(lock)), "b": Task(len, Ref("a")), "c": Task(len, "abc")}, {})
    found = fingerprints(graph, "abc")
    assert (found.by_key["a"], found.by_key["b"]) == (None, None)
    assert found.by_key["c"] is not None
    assert found.doubt == "'a': a lock cannot be compared"
    assert fingerprint(lambda x: lock, 1) is None


class Quiet:
    """Counts by part of itself."""

    def __init__(self, content: int, note: str) -> None:
        self.content = content
        self.note = note

    def __pannier_fingerprint__(self) -> int:
        return self.content


@dataclass
class Placed:
    """Counts by all but its place."""

    content: int
    place: str = ""

    def __pannier_fingerprint__(self) -> Placed:
        return Placed(self.content)


def test_objects_that_know_better() -> None:
    """Say what of them counts."""
    assert fingerprint(repr, Placed(1, "here")) == fingerprint(repr, Placed(1, "there"))
    assert fingerprint(repr, Placed(1, "here")) != fingerprint(repr, Placed(2, "here"))
    assert fingerprint(repr, Quiet(1, "a")) == fingerprint(repr, Quiet(1, "b"))
    assert fingerprint(repr, Quiet(1, "a")) != fingerprint(repr, Quiet(2, "a"))


SCRIPT = """
import enum, functools, sys
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from pannier.graph.graph import Graph
from pannier.graph.task import Task
from pannier.resume.fingerprints import fingerprints

@dataclass(frozen=True)
class Point:
    x: int
    tags: set[str] = field(default_factory=lambda: {"b", "a", "c"})
    @functools.cached_property
    def double(self): return self.x * 2

class Pair(NamedTuple):
    a: int
    b: Any = None

class Colour(enum.Enum):
    RED = 1
    BLUE = 2

class Flag(enum.IntFlag):
    ON = 1
    OFF = 2

class Slotted:
    __slots__ = ("a",)
    def __init__(self): self.a = {"x", "y"}

WORDS = {"one", "two", "three"}

@functools.lru_cache
def cached(x): return x in WORDS

def f(x):
    import json
    from os import path
    return Point(x), Pair(1), Colour.RED, Flag.ON, cached(x), Slotted(), json, path, {"a", "b"}

found = fingerprints(Graph({"x": Task(f, {"p", "q"}, Point(1), Pair(2), Colour.BLUE, Flag.ON, Slotted())}, {}), "x")
f(1) if len(sys.argv) > 1 else None
again = fingerprints(Graph({"x": Task(f, {"p", "q"}, Point(1), Pair(2), Colour.BLUE, Flag.ON, Slotted())}, {}), "x")
assert found == again, (found, again)
print(found.by_key["x"], found.doubt)
"""


@dataclass
class Named:
    """Says to Dask what it is called, not what it is."""

    size: int

    def __dask_tokenize__(self) -> object:
        return "a name"


def test_names_for_dask_are_no_content() -> None:
    """What is enough for a token, which holds for one run, is not for a result that is kept."""
    assert tokenize(Named(1)) == tokenize(Named(2))
    assert fingerprint(len, Named(1)) == fingerprint(len, Named(1)) != fingerprint(len, Named(2))


def test_arrays_and_frames_count_by_values() -> None:
    """Views of arrays and slices of columns are found again as what is in them."""
    array, column = np.arange(6), pd.Series(["a", "b", "c"], dtype="str")
    assert (
        fingerprint(len, array[::2]) == fingerprint(len, np.array([0, 2, 4])) != fingerprint(len, array[1::2])
    )
    slices = [column.iloc[start : start + 2].reset_index(drop=True) for start in (0, 1)]
    assert fingerprint(len, slices[0]) == fingerprint(len, pd.Series(["a", "b"], dtype="str"))
    assert fingerprint(len, slices[0]) != fingerprint(len, slices[1])


def test_other_processes(tmp_path: Path) -> None:
    """Find the same, whatever the hash seed and whatever has been called; also of classes of the script."""
    (tmp_path / "script.py").write_text(SCRIPT)
    found = set()
    for seed, arguments in (("0", []), ("1", []), ("2", ["call"])):
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        command = [sys.executable, "script.py", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        found.add(done.stdout.strip())
    assert len(found) == 1
    assert "None" not in found.pop()
