"""A scheduler of one's own: coroutines, all on one event loop.

A scheduler is a function ``get(graph, keys, **options)``.  This one starts every task as soon as its inputs are
there and awaits what can be awaited, so that a hundred slow answers are waited for at once, without a thread each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pannier as pn
from pannier.graph.graph import Graph, OrderedTasks
from pannier.graph.spec import flat_keys, nest, to_graph


def get(graph: Mapping[Any, Any] | Graph, keys: Any, *, at_once: int = 100) -> Any:
    """The results of ``keys``, nested as they are; at most ``at_once`` tasks run at a time."""
    tasks = to_graph(graph).ordered(flat_keys(keys))
    return nest(keys, asyncio.run(run(tasks, asyncio.Semaphore(at_once))))


async def run(tasks: OrderedTasks, slots: asyncio.Semaphore) -> dict[Any, Any]:
    results = dict(tasks.values)
    started: list[asyncio.Task[None]] = []

    async def call(number: int) -> None:
        for dependency in tasks.dependencies[number]:
            await started[dependency]
        async with slots:
            result = tasks.tasks[number](results)
            results[tasks.keys[number]] = await result if asyncio.iscoroutine(result) else result

    # A task's number is greater than those of its inputs.
    started.extend(asyncio.create_task(call(number)) for number in range(len(tasks.tasks)))
    await asyncio.gather(*started)
    return results


class Server:
    """Stands for one that is slow to answer."""

    def __init__(self) -> None:
        self.asked = self.most = 0

    async def ask(self, station: int) -> dict[str, int]:
        self.asked += 1
        self.most = max(self.most, self.asked)
        await asyncio.sleep(0.2)
        self.asked -= 1
        return {"station": station, "degrees": station * 7 % 31}


def warmest(answers: list[dict[str, int]]) -> dict[str, int]:
    return max(answers, key=lambda answer: answer["degrees"])


server = Server()
answers = {f"ask-{station}": (server.ask, station) for station in range(50)}
found = pn.get({**answers, "warmest": (warmest, list(answers))}, "warmest", scheduler=get)

print(f"{server.most} stations were asked at once; {found['degrees']} degrees at station {found['station']}")
