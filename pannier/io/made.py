"""Partitions of frames that a user's function makes, each of its own inputs."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from pannier.errors import UsageError, annotate
from pannier.frozen import frozen
from pannier.kernels.frames.base import narrowed
from pannier.kernels.frames.user import conformed, is_block
from pannier.kernels.kernel import BlockKernel


class Inputs(NamedTuple):
    """What the function is called with for a partition."""

    number: int
    values: tuple[Any, ...]

    def __str__(self) -> str:
        """
        >>> str(Inputs(1, ("a.csv", 3)))
        "input 1: 'a.csv', 3"
        """
        return f"input {self.number}: " + ", ".join(f"{value!r:.80}" for value in self.values)


@frozen
class FunctionReader(BlockKernel):
    """``func(*inputs, *args, **kwargs)``, or some of its columns and rows; a function that takes ``columns`` is told."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: tuple[tuple[str, Any], ...]
    verb: str
    label: str
    """The step as the user wrote it."""
    meta: Any = None
    """What it makes, without rows, where that is to be held against it."""
    order: tuple[Any, ...] = ()
    """The names of all its columns."""
    columns: frozenset[Any] | None = None
    rows: int | None = None

    def __call__(self, *blocks: Any) -> Any:
        (inputs,) = blocks
        kwargs = dict(self.kwargs)
        if self.columns is not None and takes_columns(self.func):
            kwargs["columns"] = [name for name in self.order if name in self.columns]
        try:
            made = self.func(*inputs.values, *self.args, **kwargs)
        except Exception as error:
            annotate(error, f"in {self.label}, of {inputs}")
            raise
        if not is_block(made):
            raise UsageError(
                f"{self.label} made {made!r:.100} of {inputs}, and a partition is a pandas object"
            )
        if self.columns is not None and hasattr(made, "columns"):
            made = narrowed(made, self.columns)
        if self.meta is not None:
            meta = self.meta
            if self.columns is not None and hasattr(meta, "columns"):
                meta = narrowed(meta, self.columns)
            made = conformed(made, meta, f"{self.label} made, of {inputs},")
        return made if self.rows is None else made[: self.rows]

    def with_columns(self, columns: frozenset[Any]) -> FunctionReader:
        """The same for some columns."""
        return dataclasses.replace(self, columns=columns)

    def limited(self, rows: int) -> FunctionReader:
        """The same for the first rows."""
        return dataclasses.replace(self, rows=rows if self.rows is None else min(rows, self.rows))


def takes_columns(func: Callable[..., Any]) -> bool:
    """Whether ``func`` has a parameter that says which columns to make.

    >>> takes_columns(lambda path, columns=None: path), takes_columns(len)
    (True, False)
    """
    try:
        return "columns" in inspect.signature(func).parameters
    except (TypeError, ValueError):
        return False
