"""Layouts: readers of a barrier go together only if its inputs are the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pannier.graph.graph import Graph
from pannier.graph.task import Key, Ref, Task
from pannier.resume.fingerprints import fingerprints
from pannier.resume.layouts import Layouts


@dataclass(frozen=True)
class Barrier:
    number: int
    keeps_inputs: ClassVar[bool] = True

    def __call__(self, inputs: list[Any]) -> list[Any]:
        return inputs


TASKS = {
    **{f"split {i}": Task(int, i) for i in range(2)},
    "barrier": Task(Barrier(1), [Ref("split 0"), Ref("split 1")]),
    **{f"gather {i}": Task(len, Ref("barrier"), i) for i in range(2)},
    "later barrier": Task(Barrier(2), [Ref("gather 0"), Ref("gather 1")]),
    "later gather": Task(len, Ref("later barrier")),
}
GRAPH = Graph(TASKS, {})
PRINTS = fingerprints(GRAPH, ["later gather"]).by_key
FIRST = dict.fromkeys(TASKS, "run 1")


def layouts(folder: Path) -> Layouts:
    return Layouts(GRAPH, PRINTS, str(folder / "layouts" / "work"))


def settled(folder: Path, makers: dict[str, str]) -> dict[Key, str | None]:
    """The names when all that ``makers`` name is there or made, and the barriers run."""
    found = layouts(folder)
    while not found.settle(TASKS, makers):
        pass
    found.write()
    return found.names()


def test_before_and_behind(tmp_path: Path) -> None:
    """What is no reader of a barrier is named by its fingerprint alone."""
    names = settled(tmp_path, FIRST)
    assert {key for key in TASKS if names[key] == PRINTS[key]} == {"split 0", "split 1", "barrier"}
    assert len(set(names.values())) == len(names)


def test_the_same_inputs(tmp_path: Path) -> None:
    """Give the same names, whichever run asks; where no barrier runs, names are those written down."""
    names = settled(tmp_path, FIRST)
    assert layouts(tmp_path).names() == names
    assert settled(tmp_path, FIRST) == names


def test_an_input_that_is_made_again(tmp_path: Path) -> None:
    """Changes the names of all readers of the barrier, and of what is behind them."""
    names = settled(tmp_path, FIRST)
    others = settled(tmp_path, {**FIRST, "split 1": "run 2"})
    assert {key for key in TASKS if names[key] != others[key]} == {
        "gather 0",
        "gather 1",
        "later barrier",
        "later gather",
    }
    assert layouts(tmp_path).names() == others


def test_what_was_written_down_is_lost(tmp_path: Path) -> None:
    """Or is none of ours: then nothing is found behind the barrier, and nothing breaks."""
    names = settled(tmp_path, FIRST)
    for text in ("", "[]", "{"):
        (tmp_path / "layouts" / "work").write_text(text)
        assert layouts(tmp_path).names()["gather 0"] not in (names["gather 0"], None)


def test_graphs_without_barriers_write_nothing(tmp_path: Path) -> None:
    """There is nothing to say."""
    graph = Graph({"a": Task(int, "1")}, {})
    prints = fingerprints(graph, ["a"]).by_key
    plain = Layouts(graph, prints, str(tmp_path / "layouts" / "work"))
    assert plain.settle(["a"], {"a": "run 1"})
    plain.write()
    assert plain.names() == prints
    assert not list(tmp_path.iterdir())
