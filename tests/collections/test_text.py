"""The ``.str`` accessor."""

from __future__ import annotations

import pytest

import pannier as pn
from pannier.errors import UsageError
from pannier.testing.assertions import no_compute


def test_methods_of_text_are_verbs() -> None:
    """With their arguments, by place and by name; they chain."""
    bag = pn.from_sequence(["Ann Lee\n", "bo"], npartitions=2)
    with no_compute():
        words = bag.str.strip().str.lower().str.split(" ", maxsplit=1)
    assert words.compute() == [["ann", "lee"], ["bo"]]
    assert bag.str.startswith(("A", "b")).compute() == [True, True]
    assert bag.str.encode(encoding="utf-16-le").map(len).compute() == [16, 4]


def test_patterns() -> None:
    """``match`` keeps the texts that match, as a shell would."""
    bag = pn.from_sequence(["a.json", "b.csv", "c.JSON", "d.json.gz"])
    assert bag.str.match("*.json").compute() == ["a.json"]
    assert bag.str.match("[ab].*").compute() == ["a.json", "b.csv"]
    with pytest.raises(UsageError, match="a pattern is a text"):
        bag.str.match(b"*.json")  # type: ignore[arg-type]


def test_what_is_no_method_of_text() -> None:
    """An attribute error with the near matches, when it is written, not when it runs."""
    accessor = pn.from_sequence(["a"]).str
    with pytest.raises(AttributeError, match="text has no method 'lowr'; did you mean 'lower'"):
        accessor.lowr()
    with pytest.raises(AttributeError):
        accessor._private  # noqa: B018
    assert not hasattr(accessor, "__len__")


def test_completion_offers_the_methods() -> None:
    """In a prompt."""
    names = dir(pn.from_sequence(["a"]).str)
    assert {"lower", "split", "match"} <= set(names)
    assert not any(name.startswith("_") for name in names)


def test_methods_bring_their_documentation() -> None:
    """``help`` shows that of the builtin."""
    assert pn.from_sequence(["a"]).str.lower.__doc__ == str.lower.__doc__


def test_a_record_that_is_no_text() -> None:
    """The error names the method and the record."""
    with pytest.raises(AttributeError, match="lower") as caught:
        pn.from_sequence(["A", 1], npartitions=1).str.lower().compute()
    step, record = caught.value.__notes__[0].split("\n")
    assert "lower" in step
    assert record == "record: 1"
