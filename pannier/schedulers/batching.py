"""How many tasks go to a worker in one message.

A message costs some 100 microseconds, so tiny tasks travel together; but tasks sent early wait behind each
other while another worker may be idle.  So a batch holds about ten milliseconds of work, as far as
is known from tasks of the same kind, and a task of an unknown kind travels alone.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Hashable
from typing import Any, Final

TARGET_SECONDS: Final = 0.01
"""Work in a batch: a hundred times what the message costs, and not long to wait for."""
MOST_TASKS: Final = 1000
"""In a batch, so that making it does not keep the other workers waiting."""
UNKNOWN_SECONDS: Final = 1e6
"""The cost of a task before one of its kind has finished."""


class Pace:
    """What tasks cost, by kind, learned as they finish.

    >>> pace = Pace()
    >>> pace.cost("a") == UNKNOWN_SECONDS
    True
    >>> pace.learn("a", 3.0, 2)
    >>> pace.learn("a", 6.0, 1)
    >>> pace.cost("a")
    3.75
    """

    def __init__(self) -> None:
        self._seconds: dict[Hashable, float] = {}

    def cost(self, kind: Hashable) -> float:
        """Seconds that a task of this kind is expected to take."""
        return self._seconds.get(kind, UNKNOWN_SECONDS)

    def learn(self, kind: Hashable, seconds: float, count: int) -> None:
        """``count`` tasks of a kind took ``seconds`` together; what was known before counts as one of them."""
        known = self._seconds.get(kind)
        self._seconds[kind] = seconds / count if known is None else (known + seconds) / (count + 1)


def kind_of(func: Any) -> Hashable:
    """What calls of ``func`` have in common with calls that cost the same.

    Functions made by the same ``def`` or ``lambda`` are of a kind, and so are partial calls of one function.

    >>> kinds = {kind_of(functools.partial(lambda x, y: x, i)) for i in range(3)}
    >>> len(kinds)
    1
    """
    while isinstance(func, functools.partial):
        func = func.func
    if isinstance(func, types.MethodType):
        func = func.__func__
    return func.__code__ if isinstance(func, types.FunctionType) else id(func)
