"""``task_timeout``, and the schedulers that cannot keep it."""

from __future__ import annotations

from pannier.errors import UsageError


def refuse_timeout(task_timeout: float | None, what: str) -> None:
    """Raise :class:`~pannier.errors.UsageError` if ``task_timeout`` is given to a scheduler that runs tasks in ``what``.

    >>> refuse_timeout(None, "threads")
    """
    if task_timeout is not None:
        raise UsageError(
            f"task_timeout needs scheduler='processes': a task in {what} cannot be ended without the program"
        )
