"""``explain()``: the plan as written, as optimized and as tasks, and what was declined."""

from __future__ import annotations

import json

import pannier as pn
from pannier.testing.assertions import no_compute
from tests.plan.plans import numbers


def test_a_plan_at_every_stage() -> None:
    """The headline example as a reader sees it; nothing is computed for it."""
    lines = pn.from_sequence(['{"name": "a"}'] * 12, npartitions=12)
    plan = lines.map(json.loads).pluck("name").frequencies().topk(10, key=1)
    with no_compute():
        text = plan.explain()
    assert text == (
        "as written:\n"
        "  1. from_sequence  [12 partitions]\n"
        "  2. map(json.loads)  [12 partitions]\n"
        "  3. pluck('name'), reads ['name']  [12 partitions]\n"
        "  4. frequencies  [1 partition]\n"
        "  5. topk(10)  [1 partition]\n"
        "as optimized:\n"
        "  1. from_sequence | map(json.loads) | pluck('name') | frequencies  [12 partitions]\n"
        "  2. combine frequencies, 8 at a time  [1 partition]\n"
        "  3. topk(10)  [1 partition]\n"
        "  4. combine topk(10), 8 at a time  [1 partition]\n"
        "as tasks:\n"
        "  12 x from_sequence-map-pluck-frequencies\n"
        "  2 x frequencies-combine\n"
        "  1 x frequencies\n"
        "  2 x topk\n"
        "  17 tasks"
    )


def test_what_is_declined_says_why() -> None:
    """Once for each reason."""
    texts = numbers().map(str)
    text = pn.explain(texts.count(), texts.max(), texts._partitions([0]))
    title, *reasons = text[text.index("not optimized:") :].splitlines()
    assert title == "not optimized:"
    assert reasons == [
        "  partitions reads all of map: others read it too",
        "  count is not fused with range-map: its result is read 3 times",
        "  max is not fused with range-map: its result is read 3 times",
    ]


def test_a_plan_without_regrets_has_no_such_section() -> None:
    """There is nothing to say."""
    assert "not optimized" not in numbers().map(str).count().explain()


def test_lines_name_their_inputs_where_they_are_not_the_line_before() -> None:
    """A reader can follow every edge."""
    text = (numbers().sum() / numbers().count()).explain()
    assert "  3. count  [1 partition]  <- 1\n" in text
    assert "  4. operator.truediv  [1 partition]  <- 2, 3\n" in text


def test_several_collections_are_one_plan() -> None:
    """Shared steps appear once."""
    text = pn.explain(numbers().map(str).max(), numbers().map(str).min())
    assert text.partition("as optimized")[0].count("map(str)") == 1


def test_a_long_chain_explains() -> None:
    """Depth is no recursion here either."""
    bag = numbers(2)
    for _ in range(2000):
        bag = bag.map(abs)
    assert bag.explain().count("map(abs)") == 2000 + 2000
