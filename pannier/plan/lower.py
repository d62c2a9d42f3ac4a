"""From node kinds to tasks."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from pannier.errors import InternalError
from pannier.graph.annotations import Annotation
from pannier.graph.graph import Graph
from pannier.graph.task import Key, Literal, Ref, Task
from pannier.kernels.chain import Chain, Step
from pannier.kernels.kernel import BlockKernel, Ending, Kernel
from pannier.kernels.reductions import Chunk, Combine
from pannier.plan.blockmaps import Concatenated
from pannier.plan.endings import ending
from pannier.plan.nodes import Blockwise, FromGraph, Node, Scan, Shuffle, Source, TreeReduce
from pannier.plan.passes.fuse import alone
from pannier.plan.rewrite import topological


def lower(roots: Sequence[Node]) -> tuple[Graph, list[list[Key]]]:
    """The tasks of a plan, and for each root the keys of its blocks.

    Block i of a node is the result of one task, under the key ``(node.name, i)``; nodes that pass
    blocks on as they are add no task.
    """
    tasks: dict[Key, Task] = {}
    values: dict[Key, Any] = {}
    annotations: dict[Key, Annotation] = {}
    blocks: dict[str, list[Key]] = {}
    reductions: list[tuple[TreeReduce, list[Key]]] = []
    for node in topological(roots):
        inputs = [blocks[each.name] for each in node.inputs]
        match node:
            case Source():
                keys = _lower_source(node, tasks)
            case Blockwise():
                keys = _lower_blockwise(node, inputs, tasks)
            case TreeReduce():
                reductions.append((node, inputs[0]))
                keys = [(node.name, 0)]
            case Shuffle():
                keys = _lower_shuffle(node, inputs, tasks)
            case Scan():
                keys = _lower_scan(node, inputs[0], tasks)
            case FromGraph():
                values.update(node.values)
                annotations.update(node.annotations)
                keys = _lower_graph(node, inputs, tasks)
            case _:
                raise InternalError(f"a node of unknown kind: {node!r}")
        blocks[node.name] = keys
    reads = Counter(key for _, partials in reductions for key in partials)
    for node, partials in reductions:
        _lower_reduce(node, partials, reads, tasks)
    return Graph(tasks, values, annotations), [blocks[root.name] for root in roots]


def _lower_source(node: Source, tasks: dict[Key, Task]) -> list[Key]:
    kernel = node.reader if isinstance(node.reader, BlockKernel) else Chain((), head=node.reader)
    keys: list[Key] = [(node.name, i) for i in range(node.npartitions)]
    for key, part in zip(keys, node.parts, strict=True):
        tasks[key] = Task.of(kernel, (part,), {}, (), True)
    return keys


def _lower_blockwise(node: Blockwise, inputs: list[list[Key]], tasks: dict[Key, Task]) -> list[Key]:
    if node.kernel is None and isinstance(node.blockmap, Concatenated):
        return list(
            itertools.chain.from_iterable(inputs)
        )  # block by block, a loop of unions would take minutes
    places = [node.blockmap.arguments(i) for i in range(node.npartitions)]
    if node.kernel is None:
        return [
            inputs[n][j] for (place,) in places for n, j in (place if isinstance(place, list) else [place])
        ]
    kernel = alone(node) if isinstance(node.kernel, Kernel) else node.kernel
    keys: list[Key] = [(node.name, i) for i in range(node.npartitions)]
    for i, (key, arguments) in enumerate(zip(keys, places, strict=True)):
        args: list[Any] = []
        deps: dict[Key, None] = {}
        flat = True
        for argument in arguments:
            if isinstance(argument, list):
                flat = False
                group = [inputs[n][j] for n, j in argument]
                deps.update(dict.fromkeys(group))
                args.append([Ref(dep) for dep in group])
            else:
                dep = inputs[argument[0]][argument[1]]
                deps[dep] = None
                args.append(Ref(dep))
        params = [values[i] for values in node.params]
        args.extend(params if flat else map(Literal, params))
        tasks[key] = Task.of(kernel, tuple(args), {}, tuple(deps), flat)
    return keys


def _lower_graph(node: FromGraph, inputs: list[list[Key]], tasks: dict[Key, Task]) -> list[Key]:
    """The tasks as they are, but that blocks of other nodes may have other keys than the tasks know."""
    renamed: dict[Key, Key] = {
        (name, i): key
        for name, blocks in zip(node.names, inputs, strict=True)
        for i, key in enumerate(blocks)
        if key != (name, i)
    }
    if not renamed:
        tasks.update(node.tasks)
        return list(node.keys)
    tasks.update({key: task.reading(renamed) for key, task in node.tasks.items()})
    return [renamed.get(key, key) for key in node.keys]


def _lower_reduce(node: TreeReduce, partials: list[Key], reads: Counter[Key], tasks: dict[Key, Task]) -> None:
    """A tree over the partials: each level joins ``fan_in`` neighbours, the last one finishes.

    ``reads`` says how often reductions read each partial.
    """
    if node.chunked:
        partials = _shared_copied(node, partials, reads, tasks)
    else:
        partials = _chunks(node, partials, tasks)
    combine, finish = Combine(node.reduction, last=False), Combine(node.reduction, last=True)
    level = 0
    while len(partials) > node.fan_in:
        keys: list[Key] = []
        for i in range(0, len(partials), node.fan_in):
            key = (f"{node.verb}-combine-{node.name.rpartition('-')[2]}", level, len(keys))
            tasks[key] = _call_with_list(combine, partials[i : i + node.fan_in])
            keys.append(key)
        partials, level = keys, level + 1
    tasks[node.name, 0] = _call_with_list(finish, partials)


def _shared_copied(
    node: TreeReduce, partials: list[Key], reads: Counter[Key], tasks: dict[Key, Task]
) -> list[Key]:
    """``partials``, with copies of those that are read more than once.

    Equal work is done once, so equal partitions, or two reductions over one bag, share a partial.  But a
    user's function may join totals in place, and must not find its own doing in another place.
    """
    keys: list[Key] = []
    for i, key in enumerate(partials):
        if reads[key] > 1:
            copied = (f"{node.verb}-copy-{node.name.rpartition('-')[2]}", i)
            tasks[copied] = Task(copy.deepcopy, Ref(key))
            keys.append(copied)
        else:
            keys.append(key)
    return keys


def _chunks(node: TreeReduce, blocks: list[Key], tasks: dict[Key, Task]) -> list[Key]:
    """The partial results of blocks that no pass has joined to their making."""
    chunk = ending(Chunk(node.reduction))
    return _endings(chunk, f"{node.verb}-chunk-{node.name.rpartition('-')[2]}", blocks, tasks)


def _lower_shuffle(node: Shuffle, inputs: list[list[Key]], tasks: dict[Key, Task]) -> list[Key]:
    """Splits, then one barrier that all gathers read: edges grow with splits and gathers, never their product."""
    token = node.name.rpartition("-")[2]
    if not node.chunked:
        inputs = [
            _endings(ending(split), (f"{node.verb}-split{side or ''}-{token}"), blocks, tasks)
            for side, (split, blocks) in enumerate(zip(node.splits_in_place(), inputs, strict=True))
        ]
    barrier: Key = (f"{node.verb}-route-{token}", 0)
    route = node.route.task(node.gathers, [len(blocks) for blocks in inputs], node.name)
    tasks[barrier] = _call_with_list(route, list(itertools.chain.from_iterable(inputs)))
    return [barrier] * node.gathers


def _endings(chain: Chain | Ending, name: str, blocks: list[Key], tasks: dict[Key, Task]) -> list[Key]:
    """What ``chain`` makes of each of ``blocks``."""
    keys: list[Key] = [(name, i) for i in range(len(blocks))]
    for key, block in zip(keys, blocks, strict=True):
        tasks[key] = Task(chain, Ref(block))
    return keys


def _call_with_list(func: Callable[..., Any], keys: Sequence[Key]) -> Task:
    return Task.of(func, ([Ref(key) for key in keys],), {}, tuple(dict.fromkeys(keys)), False)


def _lower_scan(node: Scan, blocks: list[Key], tasks: dict[Key, Task]) -> list[Key]:
    """Carries as their own small tasks, so that they can run ahead of the blocks they apply to."""
    token = node.name.rpartition("-")[2]
    apply = Chain((Step(node.apply, (1,)),)) if isinstance(node.apply, Kernel) else node.apply
    chunk = node.chunk
    if chunk is not None and not isinstance(chunk, BlockKernel):
        chunk = Chain((), sink=chunk)
    before: Any = Literal(node.first)
    keys: list[Key] = []
    for i, block in enumerate(blocks):
        key: Key = (node.name, i)
        tasks[key] = Task(apply, Ref(block), before)
        summary = key
        if chunk is not None:
            summary = (f"{node.verb}-chunk-{token}", i)
            tasks[summary] = Task(chunk, Ref(block))
        if node.carry is not None:
            carry: Key = (f"{node.verb}-carry-{token}", i)
            tasks[carry] = Task(node.carry, before, Ref(summary))
            summary = carry
        before = Ref(summary)
        keys.append(key)
    return keys
