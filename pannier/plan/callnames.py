"""Keys of calls: the name of the function, and what tells one call from another."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

_numbers = itertools.count()
_process = os.urandom(8).hex()
"""Makes names of this process unlike those of any other."""


def _renew() -> None:
    """In a forked child, which would go on with the same names as its parent."""
    global _process
    _process = os.urandom(8).hex()


os.register_at_fork(after_in_child=_renew)


def unique() -> str:
    """A text that no other call of this has given, in any process."""
    return f"{_process}{next(_numbers):x}"


def name_of_operation(verb: str, operands: Sequence[Any]) -> str:
    """The key of ``verb`` on ``operands`` whose text says all of them: plain values, and keys in tuples of one.

    >>> name_of_operation("add", [("x",), 1]) == name_of_operation("add", [("x",), 1.0])
    False
    """
    return f"{verb}-{blake2b(repr(operands).encode(), digest_size=16).hexdigest()}"


def label_of(key: str) -> str:
    """The name of the function in ``key``.

    >>> label_of("load-0f3a"), label_of("mine")
    ('load', 'mine')
    """
    return key.rpartition("-")[0] or key
