"""The ``.str`` accessor: the methods of text, for every record."""

from __future__ import annotations

import fnmatch
import functools
from collections.abc import Callable
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from pannier.errors import UsageError, near_matches

if TYPE_CHECKING:
    from pannier.collections.bag.bag import Bag


class StringAccessor:
    """The methods of :class:`str`, each applied to every record of a bag of texts.

    >>> import pannier as pn
    >>> pn.from_sequence(["Ann Lee", "Bo"]).str.lower().str.split().compute(scheduler="sync")
    [['ann', 'lee'], ['bo']]
    """

    __slots__ = ("_bag",)

    def __init__(self, bag: Bag) -> None:
        self._bag = bag

    def __getattr__(self, name: str) -> Callable[..., Bag]:
        method = getattr(str, name, None)
        if not callable(method) or name.startswith("_"):
            raise AttributeError(f"text has no method {name!r}{near_matches(name, dir(self))}")

        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Bag:
            return self._bag.map(methodcaller(name, *args, **kwargs))

        return call

    def match(self, pattern: str) -> Bag:
        """A bag of the texts that match ``pattern``, in which ``*`` and ``?`` stand for other letters.

        >>> import pannier as pn
        >>> pn.from_sequence(["a.json", "b.csv"]).str.match("*.json").compute(scheduler="sync")
        ['a.json']
        """
        if not isinstance(pattern, str):
            raise UsageError(f"a pattern is a text, not {pattern!r}")
        return self._bag.filter(functools.partial(fnmatch.fnmatch, pat=pattern))

    def __dir__(self) -> list[str]:
        return sorted({name for name in dir(str) if not name.startswith("_")} | {"match"})
