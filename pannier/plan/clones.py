"""Plans done once more: other names for the same work, and so no work shared with it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from pannier.frozen import frozen
from pannier.graph.daskspec import same
from pannier.graph.task import Key, Ref, Task
from pannier.kernels.chain import Chain
from pannier.kernels.kernel import BlockKernel
from pannier.plan.blockmaps import Aligned
from pannier.plan.calls import Call, Made, calls_behind, joined
from pannier.plan.nodes import Blockwise, FromGraph, Node, Source
from pannier.plan.rewrite import topological
from pannier.tokens import tokenize


@frozen
class After(BlockKernel):
    """``make`` of the parameters, once the first block is there."""

    make: Callable[..., Any]

    def __call__(self, *blocks: Any) -> Any:
        return self.make(*blocks[1:])

    @property
    def label(self) -> str:
        """What makes the blocks."""
        return str(getattr(self.make, "label", "read"))


class Cloner:
    """Makes clones that belong together, by the same ``seed``.

    What ``kept`` is made of is not cloned.  What reads nothing waits until ``after`` is done.
    """

    def __init__(self, seed: str, kept: Iterable[Made] = (), after: Call | None = None) -> None:
        self._seed = seed
        self._after = after
        self._gate = None if after is None else joined([after], "checkpoint", after.key)
        calls, nodes = calls_behind(kept)
        self._calls: dict[Key, Call] = dict(calls)
        """By their old keys, clones, and what stays as it is."""
        self._nodes = {node.name: node for node in topological(nodes)}
        self._fixed: set[Key] = {*calls, *self._nodes}
        for node in self._nodes.values():
            if isinstance(node, FromGraph):
                self._fixed.update(node.tasks)

    def clone(self, made: Made) -> Made:
        """The clone of a call or of a node."""
        stack = [made]
        while stack:
            each = stack[-1]
            if not isinstance(each, Call):
                self._clone_nodes(stack.pop())  # type: ignore[arg-type]
            elif each.key in self._calls:
                stack.pop()
            elif missing := [read for read in each.reads if not self._has(read)]:
                stack += missing
            else:
                self._calls[each.key] = self._call(each)
        return self._of(made)

    def _has(self, made: Made) -> bool:
        return made.key in self._calls if isinstance(made, Call) else made.name in self._nodes

    def _of(self, made: Made) -> Made:
        return self._calls[made.key] if isinstance(made, Call) else self._nodes[made.name]

    def _clone_nodes(self, root: Node) -> None:
        for node in topological([root]):
            if node.name not in self._nodes:
                self._nodes[node.name] = self._node(node)

    def _renamed(self, key: Key) -> Key:
        if isinstance(key, tuple):
            return self._renamed(key[0]), *key[1:]
        if key in self._fixed:
            return key
        return f"{str(key).rpartition('-')[0] or key}-{tokenize(key, self._seed)}"

    def _call(self, call: Call) -> Call:
        reads = list(map(self._of, call.reads))
        task = call.reading({dep: self._renamed(dep) for dep in call.deps})
        deps = task.deps
        if self._after is not None and not reads:
            deps, reads = (self._after.key,), [self._after]
        key = str(self._renamed(call.key))
        return Call(key, task.func, task.args, task.kwargs, deps, task.flat, tuple(reads), call.annotation)

    def _node(self, node: Node) -> Node:
        name = str(self._renamed(node.name))
        if isinstance(node, FromGraph):
            return self._graph(node, name)
        if node.inputs or self._gate is None:
            inputs = tuple([self._nodes[each.name] for each in node.inputs])
            return dataclasses.replace(node.with_inputs(inputs), name=name)
        broadcast = Aligned(node.npartitions, (True,))
        if isinstance(node, Source):
            is_of_frames = isinstance(node.reader, BlockKernel)
            kernel = After(node.reader) if is_of_frames else Chain((), head=node.reader, head_args=(1,))
            params: tuple[Any, ...] = (node.parts,)
        else:
            assert isinstance(node, Blockwise)
            assert node.kernel is not None
            kernel, params = After(node.kernel), node.params
        return Blockwise(
            verb=node.verb, name=name, kernel=kernel, over=(self._gate,), blockmap=broadcast, params=params
        )

    def _graph(self, node: FromGraph, name: str) -> FromGraph:
        """The tasks of an opaque graph under other keys; those that read no task wait, and so do values."""
        given = [key for key in node.keys if key in node.values]
        renamed = {key: self._renamed(key) for key in [*node.tasks, *given]}
        tasks: dict[Key, Task] = {}
        values = {renamed.get(key, key): value for key, value in node.values.items()}
        over, names = [self._nodes[each.name] for each in node.over], list(node.names)
        for old, task in node.tasks.items():
            tasks[renamed[old]] = task.reading(renamed)
        if self._gate is not None:
            gate: Key = (self._gate.name, 0)
            for key in given:
                tasks[renamed[key]] = Task(same, Ref(key))
                values[key] = values.pop(renamed[key])
            for key, task in tasks.items():
                if values.keys() >= set(task.deps):
                    tasks[key] = Task.of(task.func, task.args, task.kwargs, (*task.deps, gate), task.flat)
            over.append(self._gate)
            names.append(self._gate.name)
        return FromGraph(
            verb=node.verb,
            name=name,
            keys=[renamed.get(key, key) for key in node.keys],
            tasks=tasks,
            values=values,
            annotations={renamed.get(key, key): said for key, said in node.annotations.items()},
            over=tuple(over),
            names=tuple(names),
        )
