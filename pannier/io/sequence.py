"""What a worker imports to read a part of a sequence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pannier.sizes import sizeof

_NUMBER_BYTES: Final = 32
"""A whole number, as an object."""


@dataclass(frozen=True, slots=True)
class SequenceReader:
    """Gives a part of the sequence as a list of its own; a range, which may be longer than memory, streams.

    >>> SequenceReader()("abc"), list(SequenceReader()(range(3)))
    (['a', 'b', 'c'], [0, 1, 2])
    """

    label: str = "from_sequence"
    """The step as the user wrote it."""

    def __call__(self, part: Sequence[Any]) -> Iterable[Any]:
        return iter(part) if isinstance(part, range) else list(part)

    def weigh(self, part: Sequence[Any]) -> int:
        """Bytes that the records of ``part`` take in memory, roughly."""
        return len(part) * _NUMBER_BYTES if isinstance(part, range) else sizeof(part)
