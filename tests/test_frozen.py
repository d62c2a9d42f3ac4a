"""Frozen classes whose methods are shared do what dataclasses of the usual kind do."""

from __future__ import annotations

import dataclasses
import pickle
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest

from pannier.frozen import frozen
from pannier.tokens import tokenize


class Base(ABC):
    __slots__ = ()

    @abstractmethod
    def total(self) -> int: ...


@frozen
class Shared(Base):
    """A class with all that classes of the project have."""

    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    hidden: int = field(default=0, repr=False, compare=False)
    kind: ClassVar[str] = "shared"
    _sum: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sum", self.x + self.y)

    def total(self) -> int:
        return self._sum


@dataclass(frozen=True, slots=True)
class Usual(Base):
    """The same, as dataclasses make it."""

    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    hidden: int = field(default=0, repr=False, compare=False)
    kind: ClassVar[str] = "shared"
    _sum: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_sum", self.x + self.y)

    def total(self) -> int:
        return self._sum


@pytest.mark.parametrize(
    "use",
    [
        lambda cls: repr(cls(1)).partition("(")[2],
        lambda cls: cls(1, 3, ["a"], hidden=4).total(),
        lambda cls: cls(1) == cls(x=1, hidden=9),
        lambda cls: cls(1) == cls(2),
        lambda cls: cls(1) == 1,
        lambda cls: dataclasses.replace(cls(1), y=5).total(),
        lambda cls: [each.name for each in dataclasses.fields(cls)],
        lambda cls: cls.kind,
        lambda cls: pickle.loads(pickle.dumps(cls(1, 7))) == cls(1, 7),
        lambda cls: pickle.loads(pickle.dumps(cls(1, 7))).total(),
        lambda cls: tokenize(cls(1)) == tokenize(cls(1, 2)),
        lambda cls: tokenize(cls(1)) == tokenize(cls(1, 3)),
        lambda cls: hasattr(cls(1), "__dict__"),
        lambda cls: cls.__match_args__,
        lambda cls: cls(1).tags is cls(1).tags,
    ],
)
def test_the_same_answers(use: Any) -> None:
    """Made, shown, compared, replaced, pickled and named alike."""
    assert use(Shared) == use(Usual)


@pytest.mark.parametrize(
    "use",
    [
        lambda cls: cls(),
        lambda cls: cls(1, 2, [], 4, 5),
        lambda cls: cls(1, x=2),
        lambda cls: cls(1, z=2),
        lambda cls: cls(1, _sum=2),
        lambda cls: setattr(cls(1), "x", 2),
        lambda cls: delattr(cls(1), "x"),
        lambda cls: hash(cls(1)),
    ],
)
def test_the_same_errors(use: Any) -> None:
    """Wrong calls and changes are refused with the same type of error."""
    with pytest.raises(Exception) as expected:  # noqa: PT011  compared below
        use(Usual)
    with pytest.raises(expected.type):
        use(Shared)


def test_hashes_are_those_of_values() -> None:
    """Equal objects have equal hashes, and the fields that do not count do not count."""

    @frozen
    class Key:
        name: str
        note: str = field(default="", compare=False)

    assert hash(Key("a", "x")) == hash(Key("a")) != hash(Key("b"))
    assert {Key("a", "x"), Key("a")} == {Key("a")}


def test_identity_and_keywords() -> None:
    """With ``eq=False`` an object equals itself only; with ``kw_only=True`` no value is known by its place."""

    @frozen(kw_only=True, eq=False)
    class Step:
        note: str = ""
        name: str

    step = Step(name="a")
    assert (step.name, step.note) == ("a", "")
    assert step != Step(name="a")
    assert len({step, Step(name="a"), step}) == 2
    for wrong in (
        lambda: Step("x", "a"),
        lambda: Step("x"),
        lambda: Step(note="x"),
        lambda: Step("", name="a"),
    ):
        with pytest.raises(TypeError):
            wrong()


def test_subclasses() -> None:
    """Fields of bases come first, those defined again keep their place, and a mere subclass has those of its base."""

    @frozen
    class Wider(Shared):
        extra: int = 0
        y: int = 3

    class Mere(Wider):
        __slots__ = ()

    names = ["x", "y", "tags", "hidden", "_sum", "extra"]
    for cls in (Mere, Wider):
        assert [each.name for each in dataclasses.fields(cls)] == names
        assert cls.__match_args__ == ("x", "y", "tags", "hidden", "extra")
        wider = dataclasses.replace(cls(1), extra=5)
        assert (wider.total(), wider.extra, wider.kind) == (4, 5, "shared")
        assert wider == cls(1, extra=5) != Shared(1, 3)
        assert not hasattr(wider, "__dict__")
    assert Mere(1) != Wider(1)
    assert [each.name for each in dataclasses.fields(Shared)] == names[:-1]


def test_mutable_defaults_are_refused() -> None:
    """Objects would share them."""

    @frozen
    class Shown:
        names: list[str] = []  # noqa: RUF012  what is tested

    with pytest.raises(ValueError, match="default_factory"):
        Shown()


def test_own_methods_stay() -> None:
    """What a class defines itself is not replaced."""

    @frozen
    class Shown:
        name: str

        def __repr__(self) -> str:
            return f"<{self.name}>"

    assert repr(Shown("a")) == "<a>"
