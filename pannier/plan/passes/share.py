"""Walk a shared partition once for all the reductions that read it."""

from __future__ import annotations

import operator
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence

from pannier.kernels.chain import Chain
from pannier.kernels.fork import Fork, can_branch
from pannier.plan.blockmaps import Aligned
from pannier.plan.nodes import Blockwise, Node
from pannier.plan.passes.fuse import step_before
from pannier.plan.rewrite import readers, rewrite, topological


def reduce_shared_in_one_walk(roots: Sequence[Node], notes: list[str]) -> list[Node]:
    """``x.sum() / x.count()``: the two chunks of each partition of x become one task that makes x once.

    Without this x would be made whole, so that two tasks can read it: a file that streams through one
    reduction would have to fit into memory for two.  Runs after fusion, and only where nothing but
    reductions reads x.
    """
    reads = readers(roots)
    branches: dict[str, list[Blockwise]] = defaultdict(list)
    for node in topological(roots):
        if (trunk := _trunk(node)) is not None:
            branches[trunk.name].append(node)  # type: ignore[arg-type]  # only a Blockwise has a trunk
    shared = {name: found for name, found in branches.items() if len(found) == reads[name] > 1}
    places = {node.name: (name, i) for name, found in shared.items() for i, node in enumerate(found)}
    notes.extend(_refusals(roots, reads, shared))
    forks: dict[str, Blockwise] = {}

    def pick(node: Node) -> Node:
        if node.name not in places:
            return node
        name, place = places[node.name]
        if name not in forks:
            (trunk,) = node.inputs
            forks[name] = _fork(trunk, shared[name])
        return Blockwise(
            verb=node.verb,
            name=node.name,
            kernel=operator.itemgetter(place),
            over=(forks[name],),
            blockmap=Aligned(node.npartitions),
        )

    return rewrite(roots, pick)


def _refusals(roots: Sequence[Node], reads: Counter[str], shared: Container[str]) -> Iterator[str]:
    """For each shared result that is made whole, the steps that it could otherwise have been fused with."""
    for node in topological(roots):
        before = step_before(node)
        if before is not None and before.name not in shared:
            times = reads[before.name]
            yield f"{node.verb} is not fused with {before.verb}: its result is read {times} times"


def _trunk(node: Node) -> Node | None:
    """What ``node`` reduces, if it is a reduction that can share a walk over it."""
    if not isinstance(node, Blockwise) or not isinstance(node.kernel, Chain) or not can_branch(node.kernel):
        return None
    if len(node.over) != 1 or node.params or not isinstance(node.blockmap, Aligned):
        return None
    (trunk,) = node.over
    is_open = isinstance(trunk, Blockwise) and isinstance(trunk.kernel, Chain) and trunk.kernel.sink is None
    return trunk if is_open else None


def _fork(trunk: Node, branches: Sequence[Blockwise]) -> Blockwise:
    """A node whose block i is the tuple of what ``branches`` make of block i of ``trunk``."""
    assert isinstance(trunk, Blockwise)
    assert isinstance(trunk.kernel, Chain)
    chains = [branch.kernel for branch in branches]
    verbs = "+".join(dict.fromkeys(branch.verb for branch in branches))
    return Blockwise(
        verb=f"{trunk.verb}-{verbs}",
        kernel=Fork(trunk.kernel, tuple(chains)),  # type: ignore[arg-type]  # checked by _trunk
        over=trunk.over,
        blockmap=trunk.blockmap,
        params=trunk.params,
    )
