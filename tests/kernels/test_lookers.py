"""Functions that only look, and those that may do more."""

from __future__ import annotations

import copy
import operator
from typing import Any

import pytest

from pannier.kernels.lookers import only_looks

OUTER = {"a": 1}

LOOKING = [
    operator.itemgetter("a"),
    lambda r: r["a"],
    lambda r: r["a"]["b"][0],
    lambda r: r.get("a"),
    lambda r: r.get("a", "none"),
    lambda r: (r["a"], r["n"]),
    lambda r: r["t"].lower().strip(),
    lambda r: r["t"][:2],
    lambda r: r["n"] > 3 and "a" in r,
    lambda r: "x" if not r["n"] else f"{r['n']}-{r['t']!r}",
    lambda r: r["t"].split("-")[0],
    lambda r: r is None or -r["n"],
]

TOUCHING = [
    lambda r: r.pop("a"),
    lambda r: r.setdefault("z", 1),
    lambda r: r["l"].append(1),
    lambda r: r["l"].sort(),
    lambda r: r.update(OUTER),
    lambda r: operator.setitem(r, "a", 2),
    lambda r: [x for x in r["l"]],  # noqa: C416
    lambda r, s=OUTER: r["a"],
    lambda *r: r[0]["a"],
    len,
    str,
]


def changing(r: dict[str, Any]) -> Any:
    r["a"] = 5
    return r["a"]


def adding(r: dict[str, Any]) -> Any:
    r["l"] += [1]
    return r["n"]


def dropping(r: dict[str, Any]) -> Any:
    del r["a"]
    return r["n"]


RECORD = {"a": {"b": [1]}, "n": 4, "t": "ab-C ", "l": [3, 1]}


@pytest.mark.parametrize("func", LOOKING)
def test_what_only_looks_is_known(func: Any) -> None:
    """And leaves the record as it was."""
    record = copy.deepcopy(RECORD)
    func(record)
    assert only_looks(func)
    assert record == RECORD


@pytest.mark.parametrize("func", [*TOUCHING, changing, adding, dropping])
def test_what_may_change_a_record_is_not_trusted(func: Any) -> None:
    """Nor is what cannot be looked into, even if it does no harm."""
    assert not only_looks(func)
