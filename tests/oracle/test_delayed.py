"""Programs of delayed calls against the same programs run at once."""

from __future__ import annotations

import operator
import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import cloudpickle
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn


class Pair(NamedTuple):
    """A named tuple."""

    left: Any
    right: Any


def total(value: Any) -> int:
    """The sum of all numbers in ``value``, whatever it is made of."""
    if isinstance(value, dict):
        return sum(7 * total(name) + total(each) for name, each in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return sum((i + 1) * total(each) for i, each in enumerate(sorted(value, key=total)))
    return int(value) % 1_000_003


CALLS: list[Callable[[Callable[..., Any], Any, Any], Any]] = [
    lambda call, x, y: call(total)([x, (y, {"4": x})]),
    lambda call, x, y: call(total)({x: [y], "1": 2}),
    lambda call, x, y: call(total)(value=Pair(x, [y])),
    lambda call, x, y: call(total)(each for each in (x, y, x)) if call is not at_once else total([x, y, x]),
    lambda call, x, y: call(divmod)(x, abs(y) + 1)[1],
    lambda call, x, y: (x + y) * 3 - (2 - x),
    lambda call, x, y: call(Pair)(x, y).right,
    lambda call, x, y: call(max)(x, y, key=operator.neg),
    lambda call, x, y: -x ^ y,
]
"""Steps of a program: what each makes of two earlier values, by way of ``call``."""

Program = list[tuple[int, int, int]]


def at_once(func: Callable[..., Any]) -> Callable[..., Any]:
    return func


def run(program: Program, call: Callable[..., Any], first: list[Any]) -> list[Any]:
    values = list(first)
    for step, i, j in program:
        values.append(CALLS[step % len(CALLS)](call, values[i % len(values)], values[j % len(values)]))
    return values


numbers = st.integers(0, 1_000)
programs = st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=25)


def iterators_are_lists(value: Any) -> int:
    return total(list(value)) if hasattr(value, "__next__") else total(value)


def put_off(func: Callable[..., Any]) -> Any:
    return pn.delayed(iterators_are_lists if func is total else func)


@given(programs, st.sampled_from(["sync", "threads"]), st.booleans())
def test_programs(program: Program, scheduler: str, is_optimized: bool) -> None:
    """All values of a program, in one run, by themselves, cloned, bound, kept, and after a journey."""
    expected = run(program, at_once, [3, 5])
    lazy = run(program, put_off, [pn.delayed(3), pn.delayed(int)("5")])
    options: dict[str, Any] = {"scheduler": scheduler, "optimize_graph": is_optimized}
    assert list(pn.compute(*lazy, **options)) == expected
    last = lazy[-1]
    assert last.compute(**options) == expected[-1]
    assert pn.compute(pn.clone(lazy), pn.bind(last, lazy[2]), **options) == (expected, expected[-1])
    assert pn.wait_on(last, *lazy[:3])[0].compute(**options) == expected[-1]
    assert pickle.loads(cloudpickle.dumps(last)).compute(**options) == expected[-1]
    kept = pn.persist(*lazy, **options)
    assert list(pn.compute(*kept, **options)) == expected
    assert (pn.range(3, npartitions=2).sum() + last).compute(**options) == expected[-1] + 3


@given(st.lists(programs, min_size=1, max_size=3))
def test_programs_on_processes(several: list[Program]) -> None:
    """Several programs over shared values, in worker processes."""
    lazy_first = [pn.delayed(3), pn.delayed(int)("5")]
    lazy = [run(program, put_off, lazy_first) for program in several]
    expected = [run(program, at_once, [3, 5]) for program in several]
    assert pn.compute(lazy, scheduler="processes", num_workers=2) == (expected,)
