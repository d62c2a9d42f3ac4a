"""Groups and every verb by key: what plain dicts give, in any partitioning and any number of output partitions."""

from __future__ import annotations

import datetime
import enum
import functools
import json
import math
import operator
import statistics
import subprocess
import sys
from collections import Counter, namedtuple
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import toolz
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.errors import EmptyError, UsageError
from pannier.testing import no_compute
from tests.oracle.strategies import WAYS, Parted, bags, dicts, ints, pairs, quick

ROOT = Path(__file__).parent.parent.parent
SCHEDULERS = ["sync", "threads", "processes"]
npartitions = st.sampled_from([None, 1, 2, 3, 5, 7])

KEY = operator.itemgetter(0)
Pair = namedtuple("Pair", ["a", "b"])  # noqa: PYI024


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Size(enum.IntEnum):
    ONE = 1
    TWO = 2


class Name(str, enum.Enum):  # noqa: UP042  the older way
    A = "a"


@dataclass(frozen=True)
class Point:
    x: float
    y: Any


class Loose:
    """Compares by the last digit alone."""

    def __repr__(self) -> str:
        return f"Loose({self.number})"

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Loose) and self.number % 10 == other.number % 10

    def __hash__(self) -> int:
        return hash(self.number % 10)


MOMENT = datetime.datetime(2020, 10, 25, 1, 30, tzinfo=datetime.UTC)
NAIVE = datetime.datetime(2020, 10, 25, 2, 30)  # noqa: DTZ001
KEYS: list[Any] = [
    *(1, 1.0, True, Fraction(1), np.int64(1), np.float32(1), Size.ONE, complex(1)),
    *(0.5, Decimal("0.5")),  # not 1, which numpy's whole numbers cannot be compared with: no dict takes both
    *(0, 0.0, -0.0, False, 2, Size.TWO, 2.5, Fraction(5, 2), 10**30, math.inf),
    *("a", Name.A, np.str_("a"), "", "\ud800", "1", b"a", b"1", None, Color.RED, Color.BLUE),
    *((1, "a"), (1.0, "a"), Pair(True, "a"), ((), ("b",)), frozenset([1, 2]), frozenset([2.0, True])),
    *(MOMENT, MOMENT.astimezone(datetime.timezone(datetime.timedelta(hours=3))), pd.Timestamp(MOMENT)),
    *(NAIVE, NAIVE.replace(fold=1), pd.Timestamp(NAIVE), NAIVE.date(), pd.NaT),
    *(datetime.timedelta(1), pd.Timedelta(1, "D"), np.timedelta64(1, "D"), NAIVE.time()),
    *(Point(1, 2), Point(1.0, True + 1), Point(1, "2"), Loose(3), Loose(13), Loose(4), range(3)),
]
keys = st.sampled_from(KEYS)
NAN = math.nan
with_nan = st.sampled_from([1, None, "a"]) | st.builds(
    lambda make, kind: make(kind("nan")),
    st.sampled_from([lambda nan: nan, lambda nan: (1, nan), lambda nan: frozenset([nan])]),
    st.sampled_from([float, np.float64, Decimal]),
)


def grouped(records: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    """What a loop over a dict gives, all NaN being one."""

    def one_nan(value: Any) -> Any:
        if isinstance(value, (tuple, frozenset)):
            parts = list(map(one_nan, value))
            return Pair(*parts) if type(value) is Pair else type(value)(parts)
        return NAN if isinstance(value, (float, Decimal)) and value != value else value  # noqa: PLR0124

    groups: dict[Any, list[Any]] = {}
    for record in records:
        groups.setdefault(one_nan(key(record)), []).append(record)
    return groups


def as_dict(bag: Any, n: int | None, **options: Any) -> dict[Any, Any]:
    """The records ``(key, answer)`` of ``bag``, which has one for each key and ``n`` partitions, if that is said."""
    assert n is None or bag.npartitions == n
    records = bag.compute(**options)
    assert all(type(record) is tuple and len(record) == 2 for record in records)
    made = dict(records)
    assert len(made) == len(records)
    return made


@quick
@given(bags(keys, max_records=12), npartitions)
def test_groups_of_any_keys(case: Parted, n: int | None) -> None:
    """Equal keys are one group, which goes by the first of them and keeps its records' order."""
    tagged = case.bag.map(lambda key: (key, repr(key)))
    made = as_dict(tagged.groupby(0, npartitions=n).map_values(lambda group: [tag for _, tag in group]), n)
    expected = grouped(case.records, lambda key: key)
    assert made == {key: list(map(repr, group)) for key, group in expected.items()}
    assert sorted(map(repr, made)) == sorted(map(repr, expected))


@quick
@given(bags(with_nan, max_records=12), npartitions, st.randoms())
def test_all_nan_are_one_key(case: Parted, n: int | None, draw: Any) -> None:
    """However many objects they are, and wherever they have been; their records keep their order."""
    expected = grouped(case.records, lambda key: key)
    numbered = case.bag.map(lambda key: (key, repr(key)))
    made = numbered.groupby(0, npartitions=n).map_values(lambda group: [tag for _, tag in group]).compute()
    assert sorted(tags for _, tags in made) == sorted(list(map(repr, group)) for group in expected.values())
    counts = sorted(map(len, expected.values()))
    for bag in (
        case.bag.groupby(lambda key: key, npartitions=n).count(),
        case.bag.frequencies(npartitions=n),
        case.bag.map(lambda key: (key, 1)).reduce_by_key(operator.add, npartitions=n),
        case.bag.foldby(lambda key: key, lambda total, _: total + 1, 0, operator.add, npartitions=n),
        case.bag.map(lambda key: (key, key)).group_by_key(n).size(),
    ):
        assert sorted(count for _, count in bag.compute()) == counts
    joined = case.bag.map(lambda key: (key, [repr(key)])).reduce_by_key(operator.add, npartitions=n)
    assert sorted(tags for _, tags in joined.compute()) == sorted(
        list(map(repr, g)) for g in expected.values()
    )
    assert len(case.bag.distinct(npartitions=n).compute()) == len(expected)


@quick
@given(bags(pairs, max_records=12), npartitions)
def test_verbs_by_key(case: Parted, n: int | None) -> None:
    """functools.reduce over the values of each key, in their order."""
    groups = {key: [value for _, value in group] for key, group in toolz.groupby(0, case.records).items()}

    def each(func: Callable[[list[int]], Any]) -> dict[Any, Any]:
        return toolz.valmap(func, groups)

    bag = case.bag
    listed = bag.map_values(lambda value: [value])
    assert as_dict(bag.group_by_key(n), n) == groups
    assert as_dict(bag.reduce_by_key(operator.add, n), n) == each(sum)
    assert as_dict(listed.reduce_by_key(operator.add, n), n) == groups
    assert as_dict(bag.fold_by_key(100, operator.add, n), n) == each(lambda values: sum(values) + 100)
    assert as_dict(listed.fold_by_key([0], operator.add, n), n) == each(lambda values: [0, *values])
    assert as_dict(bag.aggregate_by_key([], _append, operator.iadd, n), n) == groups
    combined = bag.combine_by_key(lambda value: [value], _append, operator.iadd, n)
    assert as_dict(combined, n) == groups
    assert bag.count_by_key().compute() == each(len)


def _append(total: list[Any], value: Any) -> list[Any]:
    total.append(value)
    return total


def _first_of(a: int, b: int) -> int:
    """Associative, and another answer where the order is lost."""
    return a


ANSWERS: dict[str, tuple[Callable[[Any], Any], Callable[[list[int]], Any]]] = {
    "count": (lambda g: g.count(), len),
    "size": (lambda g: g.size(), len),
    "sum": (lambda g: g.sum(), sum),
    "mean": (lambda g: g.mean(), statistics.mean),
    "var": (lambda g: g.var(), statistics.pvariance),
    "std": (lambda g: g.std(), statistics.pstdev),
    "min": (lambda g: g.min(), min),
    "max": (lambda g: g.max(), max),
    "max by key": (lambda g: g.max(abs), lambda group: max(group, key=abs)),
    "min by key": (lambda g: g.min(key=lambda x: x * x), lambda group: min(group, key=abs)),
    "any": (lambda g: g.any(), any),
    "all": (lambda g: g.all(), all),
    "first": (lambda g: g.first(), lambda group: group[0]),
    "last": (lambda g: g.last(), lambda group: group[-1]),
    "topk": (lambda g: g.topk(2), lambda group: sorted(group, reverse=True)[:2]),
    "topk by key": (lambda g: g.topk(3, key=abs), lambda group: sorted(group, key=abs, reverse=True)[:3]),
    "frequencies": (lambda g: g.frequencies(), lambda group: list(Counter(group).items())),
    "frequencies sorted": (lambda g: g.frequencies(sort=True), lambda group: Counter(group).most_common()),
    "distinct": (lambda g: g.distinct(), lambda group: list(dict.fromkeys(group))),
    "distinct by key": (lambda g: g.distinct(abs), lambda group: list(toolz.unique(group, key=abs))),
    "nunique": (lambda g: g.nunique(), lambda group: len(set(group))),
    "reduce": (lambda g: g.reduce(_first_of), lambda group: functools.reduce(_first_of, group)),
    "fold": (lambda g: g.fold(operator.add, initial=7), lambda group: 7 + sum(group)),
    "fold with combine": (lambda g: g.fold(_append, operator.iadd, []), list),
    **{
        f"map_values({func.__name__})": (lambda g, func=func: g.map_values(func), func)
        for func in (len, sum, min, max, any, all)
    },
    "map_values of a lambda": (lambda g: g.map_values(lambda group: group[::-1]), lambda group: group[::-1]),
}


@quick
@given(bags(ints, max_records=12), npartitions)
@pytest.mark.parametrize("answer", ANSWERS)
def test_answers_of_groups(answer: str, case: Parted, n: int | None) -> None:
    """Each group's answer is that of Python on the list; whether groups are made first or not."""
    build, plain = ANSWERS[answer]
    groups = case.bag.groupby(lambda x: x % 3, npartitions=n)
    with no_compute():
        asked = build(groups)
    expected = {key: plain(group) for key, group in toolz.groupby(lambda x: x % 3, case.records).items()}
    approximately = pytest.approx(expected) if answer in {"var", "std", "mean"} else expected
    assert as_dict(asked, n) == approximately
    both = pn.compute(asked, groups)
    assert dict(both[0]) == approximately
    assert dict(both[1]) == toolz.groupby(lambda x: x % 3, case.records)


@pytest.mark.parametrize("answer", [name for name in ANSWERS if "lambda" not in name])
def test_answers_are_combined_before_records_are_shuffled(answer: str) -> None:
    """No task makes groups, and explain() says that they are reduced where partitions are made."""
    build, _ = ANSWERS[answer]
    text = build(pn.range(9, npartitions=3).groupby(lambda x: x % 3)).explain()
    _, _, optimized = text.partition("as optimized:")
    assert "| groupby(<lambda>) | groupby." in optimized
    assert "not optimized" not in optimized
    tasks = optimized.partition("as tasks:")[2]
    assert tasks.split()[-2] == "7"


def test_groups_that_others_read_are_made() -> None:
    """And explain() says why their counts were not combined first."""
    groups = pn.range(9, npartitions=3).groupby(lambda x: x % 3)
    both = pn.concat([groups.count(), groups.map(lambda group: group)])
    assert "count reads whole groups: others read them too" in both.explain()
    assert "not optimized" in pn.concat([groups.map(str), groups.sum()]).explain()


@quick
@given(bags(dicts), npartitions)
def test_grouping_by_what_to_look_up(case: Parted, n: int | None) -> None:
    """By a field, as by a function."""
    made = as_dict(case.bag.groupby("name", npartitions=n), n)
    assert made == toolz.groupby(lambda record: record["name"], case.records)


@quick
@given(bags(ints | st.sampled_from(["a", None, 1.0, True]), max_records=12), npartitions)
def test_frequencies_and_foldby_in_partitions(case: Parted, n: int | None) -> None:
    """The same as in one partition; that one is in the order of first appearance."""
    counts = Counter(case.records)
    assert as_dict(case.bag.frequencies(npartitions=n), n or 1) == counts
    folded = case.bag.foldby(lambda x: x, lambda total, _: total + 1, 0, operator.add, npartitions=n)
    assert as_dict(folded, n or 1) == counts
    assert case.bag.frequencies().compute() == list(counts.items())


records = st.one_of(
    dicts, ints, st.lists(ints, max_size=2), st.sets(ints, max_size=2), st.sampled_from([None, "a"])
)


@quick
@given(bags(records, max_records=12), npartitions)
def test_distinct(case: Parted, n: int | None) -> None:
    """The first of equals itself, whether it can be hashed or not."""
    expected: list[Any] = []
    for record in case.records:
        if record not in expected:
            expected.append(record)
    bag = case.bag.distinct(npartitions=n)
    assert bag.npartitions == (n or case.bag.npartitions)
    assert sorted(map(repr, bag.compute())) == sorted(map(repr, expected))
    assert list(map(repr, case.bag.distinct(npartitions=1).compute())) == list(map(repr, expected))


@quick
@given(bags(dicts), npartitions)
def test_distinct_by_key(case: Parted, n: int | None) -> None:
    """By a field, or by a function whose answers cannot be hashed."""
    by_name = list(toolz.unique(case.records, key=lambda record: record["name"]))
    made = case.bag.distinct("name", npartitions=n).compute()
    assert sorted(map(repr, made)) == sorted(map(repr, by_name))
    by_tags = list(toolz.unique(case.records, key=lambda record: repr(record.get("tags"))))
    made = case.bag.distinct(lambda record: record.get("tags"), npartitions=n).compute()
    assert sorted(map(repr, made)) == sorted(map(repr, by_tags))


@quick
@given(bags(pairs, max_records=12), npartitions)
def test_repartition_by(case: Parted, n: int | None) -> None:
    """All records are there, those of a key in one partition, next to each other and in order."""
    bag = case.bag.repartition_by(0, n)
    assert bag.npartitions == (n or case.bag.npartitions)
    partitions = bag.glom().compute()
    groups = toolz.groupby(0, case.records)
    assert [len({key for key, _ in part}) for part in partitions] == [
        len(list(toolz.partitionby(KEY, part))) for part in partitions
    ]
    made = [run for part in partitions for run in map(list, toolz.partitionby(KEY, part))]
    assert sorted(made) == sorted(groups.values())


def test_what_follows_repartition_by_is_not_taken_for_a_group() -> None:
    """Records that are pairs stay records."""
    bag = pn.from_sequence([("a", [1, 2]), ("a", [3])], npartitions=2).repartition_by(0).map_values(len)
    assert sorted(bag.compute()) == [("a", 1), ("a", 2)]


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_any_keys_on_every_scheduler(scheduler: str) -> None:
    """Keys of all kinds, that meet from several partitions and processes, in several numbers of partitions."""
    several = [*KEYS, *KEYS[::-1]]
    expected = grouped(several, lambda key: key)
    for n in (None, 1, 7):
        groups = pn.from_sequence(several, npartitions=5).groupby(lambda key: key, npartitions=n)
        counts, made = pn.compute(groups.count(), groups, scheduler=scheduler)
        assert dict(counts) == {key: len(group) for key, group in expected.items()}
        assert {key: list(map(repr, group)) for key, group in made} == {
            key: list(map(repr, group)) for key, group in expected.items()
        }


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_verbs_on_other_schedulers(scheduler: str) -> None:
    """Of partitions made in several ways, some of them empty."""
    partitions = [[("b", 3), ("a", 1)], [], [("a", 4)], [("b", 1), ("c", 5), ("a", 9)], []]
    for way in WAYS.values():
        bag = way(partitions)
        by_key = bag.map_values(lambda value: [value]).reduce_by_key(operator.add)
        assert dict(by_key.compute(scheduler=scheduler)) == {"a": [1, 4, 9], "b": [3, 1], "c": [5]}
        assert dict(bag.groupby(0).last().compute(scheduler=scheduler)) == {
            "a": ("a", 9),
            "b": ("b", 1),
            "c": ("c", 5),
        }
        assert sorted(bag.keys().distinct().compute(scheduler=scheduler)) == ["a", "b", "c"]


SCRIPT = """
import pannier as pn

class Key:
    def __init__(self, text):
        self.text = text
    def __eq__(self, other):
        return isinstance(other, Key) and self.text.lower() == other.text.lower()
    def __hash__(self):
        return hash(self.text.lower())

words = pn.from_sequence(["fig", "nut", "Fig", "FIG", "Nut", "plum"], npartitions=3)
for n in (None, 1, 4):
    groups = words.groupby(Key, npartitions=n).compute()
    print(sorted(group for _, group in groups))
    counts = words.map(lambda word: (Key(word), 1)).reduce_by_key(lambda a, b: a + b, npartitions=n).compute()
    print(sorted((key.text, count) for key, count in counts))
    print(len(words.map(Key).distinct(npartitions=n).compute()))
assert isinstance(groups[0][0], Key)
"""


def test_keys_of_a_class_of_the_script(tmp_path: Path) -> None:
    """On processes, which do not import the script: its own equality decides."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    printed = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    ).stdout
    groups = "[['fig', 'Fig', 'FIG'], ['nut', 'Nut'], ['plum']]\n[('fig', 3), ('nut', 2), ('plum', 1)]\n3\n"
    assert printed == 3 * groups


@pytest.fixture
def lines(tmp_path: Path) -> Any:
    """A file of which line 3 has a list where a key is asked for."""
    path = tmp_path / "in.json"
    tags = ["x", "y", ["z"], "x"]
    path.write_text("".join(json.dumps({"tag": tag}) + "\n" for tag in tags))
    return pn.read_text(str(path)).map(json.loads)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize(
    ("build", "step"),
    [
        (lambda bag: bag.groupby("tag"), "groupby"),
        (lambda bag: bag.groupby("tag").count(), "groupby.count"),
        (lambda bag: bag.groupby("tag").first(), "groupby.first"),
        (
            lambda bag: bag.map(lambda r: (r["tag"], 1)).reduce_by_key(operator.add),
            "reduce_by_key(operator.add)",
        ),
        (lambda bag: bag.map(lambda r: (r["tag"], 1)).group_by_key(), "group_by_key"),
        (lambda bag: bag.foldby("tag", max, npartitions=2), "foldby(str, max)"),
        (lambda bag: bag.pluck("tag").frequencies(npartitions=2), "frequencies"),
        (lambda bag: bag.repartition_by("tag"), "repartition_by"),
    ],
)
def test_keys_that_cannot_be_hashed(
    lines: Any, tmp_path: Path, scheduler: str, build: Any, step: str
) -> None:
    """TypeError with step, file, line, record, and what to do."""
    with pytest.raises(TypeError, match="unhashable") as caught:
        build(lines).compute(scheduler=scheduler)
    hint, where, _ = caught.value.__notes__
    assert "make a tuple of a list" in hint
    address, _, record = where.partition("\nrecord: ")
    assert address.endswith(f", at {tmp_path}/in.json, line 3")
    assert "['z']" in record
    assert address.startswith("in foldby" if "foldby" in step else f"in {step}, at")


@pytest.mark.parametrize(
    "build",
    [
        lambda pairs: pairs.reduce_by_key(operator.add),
        lambda pairs: pairs.aggregate_by_key("", operator.add, operator.add),
        lambda pairs: pairs.map_values(lambda tag: len(tag) if tag == ["z"] else tag).group_by_key().max(),
        lambda pairs: pairs.map_values(lambda tag: tag if tag == ["z"] else 1).group_by_key().sum(),
        lambda pairs: pairs.map_values(lambda tag: tag if tag == ["z"] else 1).group_by_key().mean(),
    ],
)
def test_a_failing_total_has_its_record(lines: Any, build: Callable[[Any], Any]) -> None:
    """Totals are made record by record, so the one is named that could not be taken in."""
    with pytest.raises(TypeError) as caught:
        build(lines.map(lambda record: (1, record["tag"]))).compute(scheduler="sync")
    assert "in.json, line 3\n" in caught.value.__notes__[0]


def test_a_failing_answer_has_its_group(lines: Any) -> None:
    """Where records are gathered before they are reduced, the group is named."""
    bag = lines.map(lambda record: ("k", record["tag"])).group_by_key()
    for failing in (bag.topk(2), bag.var(), bag.max(lambda tag: tag)):
        with pytest.raises(TypeError) as caught:
            failing.compute(scheduler="sync")
        assert "in the group of 'k'" in caught.value.__notes__[0]
    with pytest.raises(EmptyError) as empty:
        pn.from_sequence([("a", 1)]).group_by_key().var(ddof=1).compute(scheduler="sync")
    assert "in the group of 'a'" in empty.value.__notes__[0]


@pytest.mark.parametrize(
    "build",
    [
        lambda bag: bag.frequencies(sort=True, npartitions=2),
        lambda bag: bag.frequencies(split_every=2, npartitions=2),
        lambda bag: bag.foldby(abs, max, split_every=2, npartitions=2),
        lambda bag: bag.distinct(npartitions=0),
        lambda bag: bag.key_by(abs).reduce_by_key(max, npartitions=0),
        lambda bag: bag.groupby(abs).topk(-1),
    ],
)
def test_calls_that_make_no_sense(build: Callable[[Any], Any]) -> None:
    """Are errors when they are made."""
    with pytest.raises(UsageError):
        build(pn.range(5, npartitions=2))


def test_records_are_left_as_they_are() -> None:
    """A total that is changed in place starts from a copy."""
    zero: list[int] = []
    pairs_ = [("a", [1]), ("a", [2]), ("b", [3])]
    bag = pn.from_sequence(pairs_, npartitions=2)
    for _ in range(2):
        made = bag.aggregate_by_key(zero, operator.iadd, operator.iadd).compute(scheduler="sync")
        assert sorted(made) == [("a", [1, 2]), ("b", [3])]
    assert zero == []
    assert pairs_ == [("a", [1]), ("a", [2]), ("b", [3])]
