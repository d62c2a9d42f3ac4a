"""Bytes to text and back, and cheap estimates of what a value weighs."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from typing import Final

from pannier.errors import UsageError

_UNITS: Final = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_UNITS_BINARY: Final = {"ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40}
_PATTERN: Final = r"\s*([0-9_]*\.?[0-9]+(?:e[0-9]+)?)\s*([kmgt]i?)?b?\s*"
_SAMPLE: Final = 16
"""Elements of a container looked at by :func:`sizeof`; enough to price records of one shape."""


def parse_bytes(text: str | float) -> int:
    """The number of bytes that ``text`` names; numbers pass through.

    Raises :class:`~pannier.errors.UsageError` for text that names no size.

    >>> parse_bytes("64 MiB"), parse_bytes("1.5kB"), parse_bytes(1e6)
    (67108864, 1500, 1000000)
    """
    if isinstance(text, (int, float)):
        if not math.isfinite(text) or text < 0:
            raise UsageError(f"a size in bytes must be a finite number >= 0, not {text!r}")
        return int(text)
    match = re.fullmatch(_PATTERN, text, re.IGNORECASE)
    if match is None:
        raise UsageError(f"cannot read {text!r} as a size; write it like '64 MiB', '1.5 GB' or 1000000")
    number, unit = match.groups()
    return int(float(number) * (_UNITS | _UNITS_BINARY)[(unit or "").lower()])


def format_bytes(n: float) -> str:
    """``n`` bytes as a short text in binary units.

    >>> format_bytes(100), format_bytes(67108864), format_bytes(1500)
    ('100 B', '64.0 MiB', '1.5 KiB')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(n) < 1024:
            return f"{n:.0f} B" if unit == "B" else f"{n:.1f} {unit}"
        n /= 1024
    return f"{n:.1f} TiB"


def sizeof(value: object, depth: int = 3) -> int:
    """An estimate of the bytes ``value`` keeps in memory, from a sample of its elements.

    Containers of builtins are sampled down to ``depth`` levels; anything with an integer ``nbytes``
    is taken at its word.  The cost does not grow with the length of a container.

    >>> sizeof(b"x" * 1000) > 1000
    True
    """
    nbytes = getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        return nbytes
    own = sys.getsizeof(value)
    if depth == 0 or not isinstance(value, (list, tuple, set, frozenset, Mapping)) or not value:
        return own
    if isinstance(value, Mapping):
        sample = [x for pair, _ in zip(value.items(), range(_SAMPLE), strict=False) for x in pair]
        per_element = 2 * sum(sizeof(x, depth - 1) for x in sample) / len(sample)
    elif isinstance(value, (list, tuple)):
        step = max(1, len(value) // _SAMPLE)
        sample = list(value[::step][:_SAMPLE])
        per_element = sum(sizeof(x, depth - 1) for x in sample) / len(sample)
    else:
        sample = [x for x, _ in zip(value, range(_SAMPLE), strict=False)]
        per_element = sum(sizeof(x, depth - 1) for x in sample) / len(sample)
    return own + int(per_element * len(value))
