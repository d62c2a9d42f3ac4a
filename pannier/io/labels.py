"""What ``explain()`` and errors call a reader of frames: its verb, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

_SHOWN: Final = 6
"""Columns, and conditions, that are named at most."""


def reader_label(
    verb: str, columns: Iterable[Any] | None = None, hints: Sequence[Sequence[tuple[Any, str, Any]]] = ()
) -> str:
    """``verb``, with the ``columns`` that are read, if not all are, and the conditions that rows meet, any of ``hints``.

    >>> reader_label("read_csv")
    'read_csv'
    >>> reader_label("read_parquet", ["x", "y"], [[("x", ">", 3), ("y", "==", "a")]])
    "read_parquet [x, y] where x > 3 and y == 'a'"
    >>> reader_label("read_csv", range(9))
    'read_csv [0, 1, 2, 3, 4, 5, ...]'
    """
    label = verb
    if columns is not None:
        label += f" [{', '.join(_few([str(name) for name in columns]))}]"
    if hints:
        alternatives = [
            " and ".join(_few([f"{name} {op} {value!r:.40}" for name, op, value in conditions]))
            for conditions in hints
        ]
        label += f" where {' or '.join(_few(alternatives))}"
    return label


def _few(words: list[str]) -> list[str]:
    return words if len(words) <= _SHOWN else [*words[:_SHOWN], "..."]
