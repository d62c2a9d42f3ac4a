"""Which functions only look at a record, and leave it as it is."""

from __future__ import annotations

import dis
import operator
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any, Final

_METHODS: Final = frozenset(
    {"casefold", "endswith", "find", "get", "isdigit", "lower", "lstrip", "partition", "removeprefix"}
    | {
        "removesuffix",
        "replace",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "title",
        "upper",
    }
)
"""Methods of what JSON is made of that change nothing."""
_JUMPS: Final = ("JUMP_FORWARD", "JUMP_IF_", "POP_JUMP_")
_PLAIN: Final = frozenset(
    {"BINARY_SLICE", "BINARY_SUBSCR", "BUILD_SLICE", "BUILD_STRING", "BUILD_TUPLE", "CALL", "COMPARE_OP"}
    | {
        "CONTAINS_OP",
        "CONVERT_VALUE",
        "COPY",
        "FORMAT_SIMPLE",
        "FORMAT_VALUE",
        "IS_OP",
        "LOAD_CONST",
        "LOAD_FAST",
    }
    | {
        "LOAD_FAST_LOAD_FAST",
        "NOP",
        "NOT_TAKEN",
        "POP_TOP",
        "PRECALL",
        "RESUME",
        "RETURN_CONST",
        "RETURN_VALUE",
    }
    | {"SWAP", "TO_BOOL", "UNARY_NEGATIVE", "UNARY_NOT"}
)
"""Instructions that read, compare or call what was looked up by a method of :data:`_METHODS`."""


def only_looks(func: Callable[[Any], Any]) -> bool:
    """Whether ``func`` leaves alone a record made of dicts, lists, texts, numbers, truth values and None.

    It is shy: what it does not know may change the record.  It knows ``operator.itemgetter``, and functions
    of one argument, lambdas mostly, whose bytecode does nothing but subscript, compare, build tuples and call
    a few methods of text and dicts.

    >>> only_looks(lambda r: (r["a"]["b"], r.get("c", 0))), only_looks(lambda r: r.pop("a"))
    (True, False)
    """
    if isinstance(func, operator.itemgetter):
        return True
    return isinstance(func, FunctionType) and not func.__defaults__ and _is_harmless(func.__code__)


@lru_cache(maxsize=256)
def _is_harmless(code: CodeType) -> bool:
    takes_one = code.co_argcount == 1 and not code.co_kwonlyargcount and not code.co_flags & _VARIABLE
    return takes_one and all(map(_is_allowed, dis.get_instructions(code)))


def _is_allowed(instruction: dis.Instruction) -> bool:
    name = instruction.opname
    if name in ("LOAD_METHOD", "LOAD_ATTR"):
        return instruction.argval in _METHODS
    return name in _PLAIN or name.startswith(_JUMPS)


_VARIABLE: Final = 0x04 | 0x08 | 0x20 | 0x80 | 0x200
"""Flags of code that takes any number of arguments, is a generator or a coroutine."""
