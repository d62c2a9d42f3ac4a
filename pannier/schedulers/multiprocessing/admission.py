"""Which tasks may start, so that the results that wait for their readers stay within a budget.

The planned order keeps few results alive, but a worker that finds nothing else to do runs ahead in it.  Where
each block waits for what the one before it has made, as in a running sum, it would store the whole input.  So a
*source*, a task that makes data and frees none, starts only while what is stored, and what the sources that run are
expected to add to it, leaves room.  What a source adds is known from others of its kind.

Waiting helps only if something is freed meanwhile: a graph may need more than the budget, say to sort.  So when
there is no room, a look ahead tells whether there will be, once the tasks that run and those which become ready
by them are done.  If not, the source starts all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Sequence
from typing import Final, Protocol

from pannier.schedulers.multiprocessing.driven import Numbered
from pannier.schedulers.state import State

STOCK_SHARE: Final = 4
"""The budget is this part of the memory limit: what files in memory may take, so that waiting results spill only
when waiting is in vain."""
_MANY_READERS: Final = 8
"""Results read by more tasks than this are not freed by any one of them; a pair of a block and its carry is."""
_LOOK_AHEAD: Final = 1000
"""Tasks; looking at so many takes less than a millisecond."""

_LOOK_SHARE: Final = 4
"""Where waiting is in vain, one source starts unseen for so many tasks that were looked at: their cost is bounded."""


class Stock:
    """Bytes of results that wait for their readers, and that tasks which run are expected to add to them.

    Results that the user waits for do not count: no task frees them.
    """

    __slots__ = ("budget", "used")

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.used = 0


class Busy(Protocol):
    """A worker's place, as far as it matters here."""

    given: dict[int, tuple[Hashable, float, int]]
    """By number, the tasks that it has."""


class Admission:
    """What the results of one run weigh, by kind, and whether sources may start."""

    def __init__(
        self,
        tasks: Numbered,
        outputs: Container[int],
        state: State,
        kind: Callable[[int], Hashable],
        stock: Stock,
        slots: Sequence[Busy],
    ) -> None:
        self._tasks = tasks
        self._state = state
        self._kind = kind
        self._stock = stock
        self._slots = slots
        self._wanted = outputs
        self._seen: dict[Hashable, tuple[int, int]] = {}
        """By kind, how many results are known and what they have together."""
        self._means: dict[Hashable, int] = {}
        self._most = 0
        """The largest of the means."""
        self._vain = 0
        """How many sources may start before the next look ahead, since the last one has found waiting in vain."""

    def learn(self, kind: Hashable, nbytes: int, count: int) -> None:
        """``count`` tasks of ``kind`` have made results of ``nbytes`` together."""
        known, total = self._seen.get(kind, (0, 0))
        self._seen[kind] = known + count, total + nbytes
        self._means[kind] = (total + nbytes) // (known + count)
        self._most = max(self._means.values())
        self._vain = 0

    def is_source(self, task: int) -> bool:
        """Whether ``task`` makes data and frees none: it reads nothing, or only what many others read, too."""
        dependents = self._tasks.dependents
        for dep in self._tasks.dependencies[task]:  # noqa: SIM110  a generator costs more than the loop
            if len(dependents[dep]) <= _MANY_READERS:
                return False
        return True

    def expected(self, task: int, kind: Hashable) -> int:
        """Bytes that ``task`` is expected to add to the stock; 0 as long as nothing is known of its kind."""
        return 0 if task in self._wanted else self._means.get(kind, 0)

    def has_room(self, source: int) -> bool:
        """Whether what ``source`` makes still fits into the budget."""
        stock = self._stock
        return stock.used + self._most <= stock.budget or self._fits(source, stock.used)

    def is_worth_waiting(self, source: int) -> bool:
        """Whether ``source`` will fit once the tasks that run, and those that become ready by them, are done."""
        if self._vain:
            self._vain -= 1
            return False
        running = {task: nbytes for slot in self._slots for task, (_, _, nbytes) in slot.given.items()}
        done, dropped = self._state.foresee(running, _LOOK_AHEAD)
        made = sum(self.expected(task, self._kind(task)) for task in done if not running.get(task))
        freed = sum(self.expected(task, self._kind(task)) for task in dropped)
        if self._fits(source, self._stock.used + made - freed):
            return True
        self._vain = len(done) // _LOOK_SHARE
        return False

    def _fits(self, source: int, used: int) -> bool:
        nbytes = self.expected(source, self._kind(source))
        # However large they are, one may be made while another one is read.
        return used + nbytes <= max(self._stock.budget, 2 * nbytes)
