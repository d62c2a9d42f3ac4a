"""The two orders that need no thought, to compare others with."""

from __future__ import annotations

from collections.abc import Sequence


def depth_first(dependencies: Sequence[Sequence[int]], dependents: Sequence[Sequence[int]]) -> list[int]:
    """Each final result in turn, after all that it needs, as listed.

    >>> depth_first([[], [], [0], [1]], [[2], [3], [], []])
    [0, 2, 1, 3]
    """
    done = bytearray(len(dependencies))
    order = []
    for sink in (task for task, readers in enumerate(dependents) if not readers):
        stack = [sink]
        while stack:
            task = stack[-1]
            lacking = [read for read in dependencies[task] if not done[read]]
            if done[task] or lacking:
                stack.pop() if done[task] else stack.extend(reversed(lacking))
                continue
            done[task] = 1
            order.append(stack.pop())
    return order


def breadth_first(dependencies: Sequence[Sequence[int]], dependents: Sequence[Sequence[int]]) -> list[int]:
    """First ready, first run.

    >>> breadth_first([[], [], [0], [1]], [[2], [3], [], []])
    [0, 1, 2, 3]
    """
    missing = [len(reads) for reads in dependencies]
    order = [task for task, count in enumerate(missing) if not count]
    for task in order:  # which grows
        for reader in dependents[task]:
            missing[reader] -= 1
            if not missing[reader]:
                order.append(reader)
    return order
