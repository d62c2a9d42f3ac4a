"""What follows runs, for the length of a block or until it is told to stop."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Self

from pannier.schedulers.events import Event, Observer, observe


class Listener(ABC):
    """Follows the runs that start inside a ``with`` block, or from :meth:`register` to :meth:`unregister`.

    Blocks of the same listener may be nested: it follows until the outermost one ends.  Subclasses need not call
    ``__init__``.
    """

    _depth = 0
    """Blocks entered and not left, a call of :meth:`register` among them."""
    _observing: AbstractContextManager[Observer]

    def __enter__(self) -> Self:
        self._depth += 1
        if self._depth == 1:
            self._begin_listening()
        return self

    def __exit__(self, *args: object) -> None:
        if self._depth:  # else it was unregistered inside the block
            self._depth -= 1
            if not self._depth:
                self._end_listening()

    def register(self) -> None:
        """Follow the runs that start from now on."""
        if not self._depth:
            self._depth = 1
            self._begin_listening()

    def unregister(self) -> None:
        """Follow no run any more, those under way neither."""
        if self._depth:
            self._depth = 0
            self._end_listening()

    def _begin_listening(self) -> None:
        self._observing = observe(self._follow)
        self._observing.__enter__()

    def _end_listening(self) -> None:
        self._observing.__exit__(None, None, None)

    @abstractmethod
    def _follow(self, event: Event) -> None:
        """Act on ``event``, which may be of a run that started before :meth:`unregister` was called."""
