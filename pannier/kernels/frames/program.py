"""Steps over blocks, fused into one task: a straight line of calls, each of earlier values.

Where records flow through a chain, blocks are read more than once: ``df[df.x > 0]`` needs ``df`` for the column and
for the rows.  So what is fused is a graph within a partition, written down in an order in which it can run::

    arguments: the task's blocks and params        0 1 ...
    calls:     value n + k = kernel k(*earlier values)
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from pannier.errors import annotate
from pannier.frozen import frozen
from pannier.kernels.frames.allocation import settle_allocators
from pannier.kernels.kernel import BlockKernel


class _OfNone:
    """What came of a partition without rows; stays behind where its program is pickled or copied."""

    __slots__ = ("block",)

    def __init__(self) -> None:
        self.block: Any = None

    def __reduce__(self) -> tuple[type[_OfNone], tuple[()]]:
        return _OfNone, ()


@frozen
class Step:
    """One call of a program."""

    kernel: BlockKernel
    args: tuple[int, ...]
    """Numbers of the values it is called with: the program's arguments first, then the results of its steps."""


@frozen
class Program(BlockKernel):
    """``steps``, one after the other; the block is what the last one makes.

    >>> from pannier.kernels.frames.base import Filter, GetColumn, Operator
    >>> from pannier.kernels.kernel import Slot
    >>> import operator, pandas as pd
    >>> positive = Operator(operator.gt, (Slot(0), 0))
    >>> steps = (Step(GetColumn("x"), (0,)), Step(positive, (1,)), Step(Filter(), (0, 2)))
    >>> Program(steps, 1)(pd.DataFrame({"x": [1, -1]}))
       x
    0  1
    """

    steps: tuple[Step, ...]
    arguments: int
    """How many arguments there are."""
    parts: tuple[int, ...] = ()
    """Which of the arguments are parts of sources: they say where a block is from."""
    _last: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)
    """For each step, the values that no later one reads."""
    _of_none: _OfNone | None = field(init=False, repr=False, compare=False)
    """None where it is not the same in every partition."""

    def __post_init__(self) -> None:
        readers = {value: number for number, step in enumerate(self.steps) for value in step.args}
        last: list[list[int]] = [[] for _ in self.steps]
        for value, number in readers.items():
            last[number].append(value)
        object.__setattr__(self, "_last", tuple(map(tuple, last)))
        is_alone = len(self.steps[0].args) == self.arguments
        is_same = is_alone and all(step.kernel.is_same_of_none for step in self.steps)
        object.__setattr__(self, "_of_none", _OfNone() if is_same else None)

    def __call__(self, *blocks: Any) -> Any:
        settle_allocators()
        kept = self._of_none
        if kept is None or not self.steps[0].kernel.gets_none(*blocks):
            return self._run(blocks)
        # A gather of few groups leaves all partitions but one without rows.  To make each of them takes pandas' Python code,
        # and the one with rows waits for it, milliseconds at a time, to have the interpreter's lock back.
        if kept.block is None:
            kept.block = self._run(blocks)
        return kept.block.copy(deep=False)

    def _run(self, blocks: tuple[Any, ...]) -> Any:
        values = [*blocks, *[None] * len(self.steps)]
        for number, (step, last) in enumerate(zip(self.steps, self._last, strict=True), self.arguments):
            try:
                values[number] = step.kernel(*[values[i] for i in step.args])
            except Exception as error:
                annotate(error, f"in {step.kernel.label}{self._where(blocks)}")
                raise
            for value in last:
                values[value] = None
        return values[-1]

    def _where(self, blocks: tuple[Any, ...]) -> str:
        """The parts that the blocks were made of, for people."""
        return "".join(f", of {_said(blocks[i])}" for i in self.parts)

    @property
    def label(self) -> str:
        return " | ".join(step.kernel.label for step in self.steps)


def _said(part: Any) -> str:
    """Where ``part`` is; of a frame in memory, which is its own part, its kind, its rows and their first and last label.

    >>> import pandas as pd
    >>> _said(pd.Series([5, 6, 7], ["a", "b", "c"]))
    "a Series of 3 rows, with labels from 'a' to 'c'"
    """
    if not hasattr(part, "iloc"):  # plans of bags come by here, too, without pandas
        return f"{part!s:.200}"
    kind, n = type(part).__name__, len(part)
    labels = f", with labels from {part.index[0]!r:.60} to {part.index[-1]!r:.60}" if n else ""
    return f"a {kind} of {n} row{'s' if n != 1 else ''}{labels}"
