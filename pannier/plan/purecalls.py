"""Calls of which equal ones are the same work: their keys are made of their content."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

from pannier.graph.nested import SCALARS
from pannier.graph.task import NESTING, Ref
from pannier.plan.calls import Call
from pannier.tokens import tokenize


class PureCall(Call):
    """A call named after its content, with what is known of its arguments."""

    __slots__ = ("contents",)

    contents: tuple[_Content, ...]


class _Content:
    """An object and its token."""

    __slots__ = ("__weakref__", "token", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.token = tokenize(value)

    def __pannier_token__(self) -> str:
        return self.token


_contents: WeakValueDictionary[int, _Content] = WeakValueDictionary()
"""By id, the arguments of those pure calls that somebody still has."""


def as_pure(call: Call, label: str) -> PureCall:
    """``call`` with a name that equal calls share."""
    args = [_content_of(arg) for arg in call.args]
    kwargs = {name: _content_of(arg) for name, arg in call.kwargs.items()}
    key = f"{label}-{tokenize(call.func, args, kwargs)}"
    pure = PureCall(key, call.func, call.args, call.kwargs, call.deps, call.flat, call.reads, call.annotation)
    pure.contents = tuple([each for each in (*args, *kwargs.values()) if type(each) is _Content])
    return pure


def _content_of(value: Any) -> Any:
    """What stands for ``value`` in a token, found once for an object however many calls have it."""
    if type(value) in SCALARS or type(value) in NESTING or type(value) is Ref:
        return value
    known = _contents.get(id(value))
    if known is None:
        known = _contents[id(value)] = _Content(value)
    return known
