"""The pages for users name all there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pannier as pn
import pannier.dataframe as pdf
from pannier.collections.dataframe import accessors, groupby
from pannier.collections.dataframe.repr import INSTEAD

DOCS = Path(__file__).parent.parent / "docs"


def public_names(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def documented(page: str, owner: str) -> set[str]:
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")
    return set(re.findall(rf"auto(?:method|attribute):: {owner}\.([a-z]\w*)", text))


def test_bag_reference() -> None:
    """The reference has every public name of a bag, but those by which plans handle it."""
    internal = {"node", "finish", "rebuild"}
    assert documented("bag.md", "Bag") == public_names(pn.Bag) - internal


OF_PLANS = {"node", "finish", "rebuild"}
"""By which plans handle a frame."""


@pytest.mark.parametrize(
    ("page", "kind", "internal"),
    [
        pytest.param("dataframe.md", pn.DataFrame, {*OF_PLANS, "name"}, id="DataFrame"),
        pytest.param("series.md", pn.Series, OF_PLANS, id="Series"),
        pytest.param("index-of-frames.md", pn.Index, OF_PLANS, id="Index"),
        pytest.param("series.md", pn.Scalar, {*OF_PLANS, "is_single"}, id="Scalar"),
        pytest.param("groups.md", groupby.GroupBy, set(), id="GroupBy"),
        pytest.param("accessors.md", accessors.StringAccessor, set(), id="str"),
        pytest.param("accessors.md", accessors.DatetimeAccessor, set(), id="dt"),
        pytest.param("accessors.md", accessors.CategoricalAccessor, set(), id="cat"),
        pytest.param("accessors.md", accessors.ListAccessor, set(), id="list"),
        pytest.param("accessors.md", accessors.StructAccessor, set(), id="struct"),
    ],
)
def test_frame_reference(page: str, kind: type, internal: set[str]) -> None:
    """The reference has every public name of a frame and what is made of one."""
    assert documented(page, kind.__name__) == public_names(kind) - internal


def test_groups_of_a_series() -> None:
    """The reference has what groups of a series have beside those of a frame."""
    own = public_names(groupby.SeriesGroupBy) - public_names(groupby.GroupBy)
    assert documented("groups.md", "SeriesGroupBy") == own


def test_module_reference() -> None:
    """The reference has every name of ``pannier.dataframe``."""
    text = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    named = set(re.findall(r"auto(?:function|class):: (?:pannier\.dataframe\.)?([A-Za-z]\w*)\n", text))
    assert set(pdf.__all__) <= named


def test_what_is_refused_is_told() -> None:
    """docs/from-pandas.md mentions every name of pandas that is refused with something to use instead."""
    words = set(re.findall(r"\w+", (DOCS / "from-pandas.md").read_text(encoding="utf-8")))
    assert INSTEAD.keys() - words == set()


def test_verbs_are_explained() -> None:
    """docs/bags.md mentions every public name of a bag."""
    words = set(re.findall(r"\w+", (DOCS / "bags.md").read_text(encoding="utf-8")))
    internal = {"node", "finish", "rebuild", "default_scheduler", "graph"}
    assert public_names(pn.Bag) - internal - words == set()


def test_top_level_reference() -> None:
    """The reference has every public name of the package that is no module."""
    text = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    named = set(re.findall(r"auto(?:function|class):: ([A-Za-z]\w*)\n", text))
    modules = {"bag", "config", "dataframe", "datasets", "diagnostics", "errors", "schedulers", "testing"}
    assert set(pn.__all__) - modules - {"__version__"} <= named
