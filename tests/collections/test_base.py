"""The protocol of collections, by classes that are not ours."""

from __future__ import annotations

import operator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import dask
import pandas as pd
import pytest

import pannier as pn
from pannier.collections.base import Collection, block, from_graph
from pannier.collections.single import Single
from pannier.errors import GraphError

DSK = {"x": 1, "y": (max, "x", 3), "z": (pow, "y", 2)}


class Labelled(Collection):
    """With an attribute of its own."""

    def __init__(self, node: Any, label: str) -> None:
        super().__init__(node)
        self.label = label

    def finish(self, blocks: list[Any]) -> Any:
        return {self.label: tuple(blocks)}


class Bare:
    """Not a Collection: the names of the protocol, and nothing else."""

    default_scheduler = "sync"

    def __init__(self, node: Any) -> None:
        self.node = node

    def finish(self, blocks: list[Any]) -> Any:
        return tuple(blocks)

    def rebuild(self, node: Any) -> Bare:
        return Bare(node)


class BareValue(Bare):
    is_single = True

    def finish(self, blocks: list[Any]) -> Any:
        return blocks[0]


def labelled() -> Labelled:
    return Labelled(from_graph("pair", DSK, ["x", "z"]), "pair")


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_computed_on_every_scheduler(scheduler: str) -> None:
    """Alone, in containers, beside others."""
    bare = Bare(from_graph("bare", DSK, ["y"]))
    assert labelled().compute(scheduler=scheduler) == {"pair": (1, 9)}
    answers = pn.compute([labelled(), {"k": bare}], pn.range(4, 2).sum(), scheduler=scheduler)
    assert answers == ([{"pair": (1, 9)}, {"k": (3,)}], 6)


def test_computed_by_an_executor() -> None:
    """Anything that runs graphs runs these."""
    with ThreadPoolExecutor(1) as pool:
        assert pn.compute(Bare(from_graph("bare", DSK, ["y"])), scheduler=pool) == ((3,),)


def test_persisted() -> None:
    """The same class and attributes, over results; verbs over it go on from them."""
    calls: list[int] = []
    dsk = {"x": (lambda: calls.append(1) or 5,)}  # type: ignore[func-returns-value]
    collection = Labelled(from_graph("once", dsk, ["x"]), "label")
    kept = collection.persist()
    assert (type(kept), kept.label, kept.compute()) == (Labelled, "label", {"label": (5,)})
    further = from_graph("further", {"y": (operator.neg, block(kept, 0))}, ["y"], over=[kept])
    assert Labelled(further, "f").compute() == {"f": (-5,)}
    assert calls == [1]
    (bare,) = pn.persist(Bare(from_graph("bare", DSK, ["y"])))
    assert pn.compute(bare) == ((3,),)


def test_explained() -> None:
    """By the verb, with what it is made over."""
    text = pn.explain(
        Bare(from_graph("ends", {"a": (list, block(pn.range(4, 2), 1))}, ["a"], over=[pn.range(4, 2)]))
    )
    assert "1. range  [2 partitions]" in text
    assert "2. ends  [1 partition]" in text


def test_drawn() -> None:
    """Every task is a box, those of the collection it is made over too."""
    bag = pn.range(4, 2)
    over = Bare(from_graph("ends", {"a": (list, block(bag, 1)), "b": (len, "a")}, ["b"], over=[bag]))
    assert pn.visualize(over).title == "3 tasks"
    assert labelled().visualize().title == "2 tasks, 1 value"


def test_over_bags_and_frames() -> None:
    """Partitions are read by name and number, whatever passes make of the plan that makes them."""
    bag = pn.range(6, npartitions=3).map(str).filter(bool)
    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=3)
    dsk = {
        "first": (operator.getitem, block(bag, 2), 0),
        "both": (lambda x, rows: f"{x} {len(rows)}", "first", block(frame, 1)),
        "as it is": block(bag, 0),
    }
    node = from_graph("mixed", dsk, ["both", "as it is"], over=[bag, frame])
    assert pn.compute(Bare(node)) == (("4 1", ["0", "1"]),)
    assert pn.compute(Bare(node), optimize_graph=False) == (("4 1", ["0", "1"]),)
    merged = pn.concat([bag, pn.range(2, npartitions=1)])
    last = from_graph("last", {"last": (max, block(merged, 3))}, ["last"], over=[merged])
    assert pn.compute(Bare(last)) == ((1,),)


def test_shared_work_is_done_once() -> None:
    """Between equal graphs, and between a collection and what is made over it."""
    calls: list[int] = []

    def count(x: int) -> int:
        calls.append(x)
        return x

    def made() -> Bare:
        return Bare(from_graph("counted", {"x": (count, 1), "y": (count, 2)}, ["x", "y"]))

    bag = pn.range(2, npartitions=1).map(count)
    over = Bare(from_graph("over", {"sum": (sum, block(bag, 0))}, ["sum"], over=[bag]))
    assert pn.compute(made(), made(), over, bag) == ((1, 2), (1, 2), (1,), [0, 1])
    assert sorted(calls) == [0, 1, 1, 2]


def test_keys_are_each_graphs_own() -> None:
    """Graphs with the same keys and verb but other tasks, values or wanted keys are other collections."""
    graphs = [({"x": 1}, ["x"]), ({"x": 2}, ["x"]), ({"x": (abs, -3)}, ["x"]), (DSK, ["x"]), (DSK, ["y"])]
    made = [Bare(from_graph("same", dsk, keys)) for dsk, keys in graphs]
    assert pn.compute(*made) == ((1,), (2,), (3,), (1,), (3,))
    assert len({each.node.name for each in made}) == len(made)


def test_arguments_of_delayed() -> None:
    """One that is a single value may be, at any depth; one of many partitions is told from it."""
    value = BareValue(from_graph("value", DSK, ["z"]))
    assert pn.delayed(sum)([value, 1]).compute() == 10
    assert (Single(from_graph("value", DSK, ["z"])) + 1).compute() == 10
    with pytest.raises(ValueError, match="a Bare cannot be an argument here"):
        pn.delayed(sum)(Bare(from_graph("bare", DSK, ["x", "y"])))


def test_in_part() -> None:
    """What could be made is there."""
    node = from_graph("part", {"a": 1, "b": (operator.truediv, 1, 0)}, ["a", "b"])
    (result,) = pn.compute(Bare(node), on_error="partial")
    assert result.value == (1,)
    assert [failure.partition for failure in result.failures] == [1]


def test_one_of_dasks_too() -> None:
    """A class that inherits is one."""
    assert dask.compute(labelled(), scheduler="sync") == ({"pair": (1, 9)},)
    (kept,) = dask.persist(labelled(), scheduler="sync")
    assert (type(kept), kept.compute()) == (Labelled, {"pair": (1, 9)})


def test_a_graph_that_is_none() -> None:
    """Is told while it is made."""
    with pytest.raises(GraphError, match="no task is named 'zz'; did you mean 'z'"):
        from_graph("pair", DSK, ["zz"])
