"""Lines that go through a shuffle as they are, and are decoded when they have arrived.

A line of JSON is smaller than the record it stands for, is pickled ten times as fast, and is decoded once more in half
the time that unpickling the record takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pannier.frozen import frozen
from pannier.kernels.groups import Groups
from pannier.kernels.jsonlines import decoded, with_lines
from pannier.kernels.kernel import name_of
from pannier.kernels.records import PerRecord


@frozen
class KeyOfLine(PerRecord):
    """``(func(json.loads(line)), line)`` of every line whose record all ``predicates`` want.

    >>> list(
    ...     KeyOfLine(lambda r: r["a"], ((lambda r: r["a"] > 1, True),), "groupby")(
    ...         ['{"a": 1}', '{"a": 2}']
    ...     )
    ... )
    [(2, '{"a": 2}')]
    """

    func: Callable[[Any], Any]
    predicates: tuple[tuple[Callable[[Any], object], bool], ...]
    """Functions of a record, each with whether it is to be true of the record or false."""
    verb: str

    def __call__(self, records: Iterable[Any], /, *extras: Any) -> Iterator[Any]:
        func, predicates = self.func, self.predicates
        if not predicates:
            return ((func(record), line) for record, line in with_lines(records))
        return (
            (func(record), line)
            for record, line in with_lines(records)
            if all(bool(predicate(record)) is wanted for predicate, wanted in predicates)
        )

    @property
    def label(self) -> str:
        filters = [f"{'filter' if wanted else 'remove'}({name_of(func)})" for func, wanted in self.predicates]
        return " | ".join(["map(json.loads)", *filters, f"{self.verb}({name_of(self.func)})"])


@frozen
class GroupsOfLines(Groups):
    """:class:`~pannier.kernels.groups.Groups` of lines, finished with the records they stand for.

    >>> list(GroupsOfLines().finish({"a": ['{"n": 1}']}))
    [('a', [{'n': 1}])]
    """

    def finish(self, partial: dict[Any, list[Any]]) -> Iterator[Any]:
        return ((key, list(decoded(lines))) for key, lines in partial.items())


@frozen
class Decoding:
    """``finish`` of a gather that streams its first side, for sides of which some are groups of lines.

    The records of the first side are iterators, to be walked once.

    >>> finish = Decoding(lambda pieces, others: [list(pieces), others], (True, False))
    >>> (piece,), others = finish([{"a": ["[1]"]}], {"a": ["x"]})
    >>> list(piece["a"]), others
    ([[1]], {'a': ['x']})
    """

    finish: Callable[..., Iterable[Any]]
    sides: tuple[bool, ...]
    """Which of the sides are lines."""

    def __call__(self, pieces: Iterable[dict[Any, list[Any]]], *others: dict[Any, Any]) -> Iterable[Any]:
        first = map(_as_they_come, pieces) if self.sides[0] else pieces
        rest = [
            _decoded(each) if is_lines else each
            for each, is_lines in zip(others, self.sides[1:], strict=True)
        ]
        return self.finish(first, *rest)


def _as_they_come(groups: dict[Any, list[Any]]) -> dict[Any, Any]:
    return dict(zip(groups, map(decoded, groups.values()), strict=True))


def _decoded(groups: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    return dict(zip(groups, map(list, map(decoded, groups.values())), strict=True))
