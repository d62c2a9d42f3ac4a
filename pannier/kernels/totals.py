"""Totals by key, made by functions of the user's."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from pannier.frozen import frozen
from pannier.kernels.groups import Grouping, merge_with
from pannier.kernels.kernel import MISSING, name_of
from pannier.kernels.keys import hinted, settled
from pannier.kernels.records import as_key
from pannier.kernels.reductions import hinting_at_combine


@frozen
class From:
    """``func(zero, value)``, for a new copy of ``zero`` each time.

    >>> From(list.__iadd__, [])([1])
    [1]
    """

    func: Callable[[Any, Any], Any]
    zero: Any

    def __call__(self, value: Any) -> Any:
        return self.func(copy.deepcopy(self.zero), value)


@frozen
class CombineByKey(Grouping):
    """``(key, total)`` for every key of ``(key, value)`` records; nothing but totals is kept.

    >>> lengths = CombineByKey(lambda n, text: n + len(text), int.__add__, create=len)
    >>> lengths.combine([lengths.chunk([("a", "xy"), ("b", "z")]), lengths.chunk([("a", "z")])])
    {'a': 3, 'b': 1}
    """

    merge_value: Callable[[Any, Any], Any]
    """From a total and a value to a total."""
    merge_combiners: Callable[[Any, Any], Any]
    """From two totals, the first of earlier values, to one."""
    create: Callable[[Any], Any] | None = None
    """From the first value of a key to a total; without it, the value is one."""
    at_last: tuple[Callable[[Any], Any], ...] = ()
    """What becomes of the total of all, one after the other."""

    def chunk(self, records: Iterable[Any]) -> dict[Any, Any]:
        return self.extended({}, records)

    def extended(self, total: dict[Any, Any], records: Iterable[Any]) -> dict[Any, Any]:
        merge, create = self.merge_value, self.create
        for key, value in records:
            try:
                is_known = key in total
            except TypeError as error:
                raise hinted(error) from None
            if not is_known:
                key = settled(key)  # noqa: PLW2901  NaN may be known by another name
                if key not in total:
                    total[key] = value if create is None else create(value)
                    continue
            total[key] = merge(total[key], value)
        return total

    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        return merge_with(self.merge_combiners, partials)

    def finish(self, partial: dict[Any, Any]) -> list[tuple[Any, Any]]:
        totals = partial
        for func in self.at_last:
            totals = {key: func(total) for key, total in totals.items()}
        return list(totals.items())


def folding(
    binop: Callable[[Any, Any], Any],
    joiner: Callable[[Any, Any], Any] | None = None,
    initial: Any = MISSING,
    joiner_initial: Any = MISSING,
) -> CombineByKey:
    """What does for each key what :class:`~pannier.kernels.reductions.Fold` does for all records.

    With ``joiner`` each partition's total of a key starts from a copy of ``initial``; without, ``initial`` counts
    once, at the end.  So does ``joiner_initial``.
    """
    join = joiner or binop
    starts = initial is not MISSING and joiner is not None
    at_last = []
    if initial is not MISSING and not starts:
        at_last.append(From(binop, initial))
    if joiner_initial is not MISSING:
        at_last.append(From(join, joiner_initial))
    return CombineByKey(binop, join, From(binop, initial) if starts else None, tuple(at_last))


@frozen
class FoldBy(Grouping):
    """``(key, total)`` pairs: :func:`folding` for records of which ``key`` says the key."""

    key: Any
    binop: Callable[[Any, Any], Any]
    initial: Any = MISSING
    joiner: Callable[[Any, Any], Any] | None = None
    joiner_initial: Any = MISSING

    def chunk(self, records: Iterable[Any]) -> dict[Any, Any]:
        return self.extended({}, records)

    def extended(self, total: dict[Any, Any], records: Iterable[Any]) -> dict[Any, Any]:
        key = as_key(self.key)
        with hinting_at_combine(self.initial, self.joiner):
            return self._folding.extended(total, ((key(record), record) for record in records))

    def combine(self, partials: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
        return self._folding.combine(partials)

    def finish(self, partial: dict[Any, Any]) -> list[tuple[Any, Any]]:
        return self._folding.finish(partial)

    @property
    def _folding(self) -> CombineByKey:
        return folding(self.binop, self.joiner, self.initial, self.joiner_initial)

    @property
    def label(self) -> str:
        return f"foldby({name_of(self.key)}, {name_of(self.binop)})"
