"""The pages for users name all there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pannier as pn

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


def test_verbs_are_explained() -> None:
    """docs/bags.md mentions every public name of a bag."""
    words = set(re.findall(r"\w+", (DOCS / "bags.md").read_text(encoding="utf-8")))
    internal = {"node", "finish", "rebuild", "default_scheduler", "graph"}
    assert public_names(pn.Bag) - internal - words == set()


def test_top_level_reference() -> None:
    """The reference has every public name of the package that is no module."""
    text = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    named = set(re.findall(r"auto(?:function|class):: ([A-Za-z]\w*)\n", text))
    modules = {"bag", "config", "datasets", "diagnostics", "errors", "schedulers", "testing"}
    assert set(pn.__all__) - modules - {"__version__"} <= named
