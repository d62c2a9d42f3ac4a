"""The benchmark of pictures: its graphs, and how it measures letters."""

from __future__ import annotations

import pytest

import pannier as pn
from benchmarks.draw import GRAPHS, letters


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_are_as_large_as_asked(name: str) -> None:
    """About that many tasks, and they run."""
    graph = GRAPHS[name](60)
    assert 60 <= len(graph) <= 70
    pn.get(graph, list(graph), scheduler="sync")


def test_letters() -> None:
    """As they are where the picture is narrower than the page, else smaller; points are four thirds of a pixel."""
    assert letters('<svg width="600" height="9"><text font-size="12"/><text font-size="9"/></svg>') == 9
    assert letters('<svg width="2400" height="9"><text font-size="12"/></svg>') == 6
    assert letters('<svg width="600pt" height="9pt"><text font-size="12.00"/></svg>') == 16
