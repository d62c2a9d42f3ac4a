"""A user's exception keeps its type and says where: file, line, step and record, on every scheduler."""

from __future__ import annotations

import gzip
import json
import operator
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier.testing.assertions import no_compute

SCHEDULERS = pytest.mark.parametrize("scheduler", ["sync", "threads"])


class Refused(Exception):
    """What the user's functions raise."""


def refuse(x: Any, y: Any = None) -> Any:
    """``x``; raises for the third line of the file."""
    if "three" in (x, y) or "three\n" in (x, y):
        raise Refused("no three")
    return x if y is None else y


def refuse_all(records: Iterator[str]) -> Iterator[str]:
    return map(refuse, records)


def as_list(line: str) -> Any:
    return [line] if line == "three\n" else line


@pytest.fixture
def lines(tmp_path: Path) -> pn.Bag:
    """Five lines in one file."""
    path = tmp_path / "in.txt"
    path.write_text("one\ntwo\nthree\nfour\nfive\n")
    return pn.read_text(str(path))  # type: ignore[no-any-return]


def failure(collection: Any, scheduler: str, error: type[BaseException] = Refused) -> tuple[str, str, str]:
    """Step, address and record as the note has them; the second note names the task."""
    with pytest.raises(error) as caught:
        collection.compute(scheduler=scheduler)
    *_, where, task = caught.value.__notes__  # before them, what to do next
    assert task.startswith("in task (")
    step, _, rest = where.removeprefix("in ").partition(", at ")
    address, _, record = rest.partition("\nrecord: ")
    return step, address, record


VERBS: list[tuple[Callable[[pn.Bag], Any], str, str]] = [
    (lambda b: b.map(refuse), "map(refuse)", "'three\\n'"),
    (lambda b: b.map(str.strip).map(refuse), "map(refuse)", "'three'"),
    (lambda b: b.map(refuse, y="x"), "map(refuse)", "'three\\n'"),
    (lambda b: b.map(refuse, pn.range(3, 1).count()), "map(refuse)", "'three\\n'"),
    (lambda b: b.filter(refuse), "filter(refuse)", "'three\\n'"),
    (lambda b: b.remove(refuse), "remove(refuse)", "'three\\n'"),
    (lambda b: b.flat_map(refuse), "map(refuse)", "'three\\n'"),
    (lambda b: b.map(lambda x: (x, x)).starmap(refuse), "starmap(refuse)", "('three\\n', 'three\\n')"),
    (lambda b: b.key_by(refuse), "key_by(refuse)", "'three\\n'"),
    (lambda b: b.map(lambda x: (1, x)).map_values(refuse), "map_values(refuse)", "(1, 'three\\n')"),
    (lambda b: b.map_partitions(refuse_all), "map_partitions(refuse_all)", "'three\\n'"),
    (lambda b: b.join(["x"], refuse), "join(refuse)", "'three\\n'"),
    (lambda b: b.fold(refuse), "fold(refuse)", "'three\\n'"),
    (lambda b: b.foldby(refuse, operator.add), "foldby(refuse, operator.add)", "'three\\n'"),
    (lambda b: b.foldby(len, refuse, "", refuse), "foldby(len, refuse)", "'three\\n'"),
    (lambda b: b.topk(2, refuse), "topk(2)", "'three\\n'"),
    (lambda b: b.take_ordered(1, refuse), "take_ordered(1)", "'three\\n'"),
    (lambda b: b.max(refuse), "max", "'three\\n'"),
    (lambda b: b.distinct(refuse), "distinct", "'three\\n'"),
    (
        lambda b: b.reduction(lambda part: list(map(refuse, iter(part))), list),
        "reduction(<lambda>, list)",
        "'three\\n'",
    ),
]


@SCHEDULERS
@pytest.mark.parametrize(
    ("verb", "step", "record"), VERBS, ids=[f"{i} {step}" for i, (_, step, _) in enumerate(VERBS)]
)
def test_every_verb_says_where(
    lines: pn.Bag, tmp_path: Path, scheduler: str, verb: Callable[[pn.Bag], Any], step: str, record: str
) -> None:
    """The step by its name, the line in the file, the record that the step was given."""
    step = step.replace("refuse", f"{__name__}.refuse")
    assert failure(verb(lines), scheduler) == (step, f"{tmp_path}/in.txt, line 3", record)


@SCHEDULERS
def test_errors_of_python_itself(lines: pn.Bag, tmp_path: Path, scheduler: str) -> None:
    """Missing keys, unhashable records, things that cannot be walked or compared."""
    at = f"{tmp_path}/in.txt, line 3"
    odd = lines.map(as_list)
    parsed = lines.map(lambda line: {} if line == "three\n" else {"name": line})
    assert failure(odd.frequencies(), scheduler, TypeError) == ("frequencies", at, "['three\\n']")
    assert failure(odd.max(), scheduler, TypeError) == ("max", at, "['three\\n']")
    assert failure(parsed.pluck("name"), scheduler, KeyError) == ("pluck('name')", at, "{}")
    assert failure(parsed.pluck("name", None).flatten(), scheduler, TypeError) == ("flatten", at, "None")
    assert failure(parsed.topk(2, "name"), scheduler, KeyError) == ("topk(2)", at, "{}")
    assert failure(lines.str.strip().map(lambda x: {"three": "x"}.get(x, 1)).var(), scheduler, TypeError) == (
        "var",
        at,
        "'x'",
    )


@SCHEDULERS
def test_bad_json(tmp_path: Path, scheduler: str) -> None:
    """The decoder's own exception, with its position in the document and ours in the file."""
    path = tmp_path / "events.json.gz"
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps({"id": i}) + "\n" if i != 700 else "{'id': 1}\n" for i in range(1000))
    bag = pn.read_text(str(path)).map(json.loads).pluck("id").frequencies()
    step, address, record = failure(bag, scheduler, json.JSONDecodeError)
    assert (step, address, record) == ("map(json.loads)", f"{path}, line 701", "\"{'id': 1}\\n\"")


@SCHEDULERS
def test_the_line_is_the_original_one(tmp_path: Path, scheduler: str) -> None:
    """After filters, after records were multiplied, in any block of a file and in any file."""
    for name in "ab":
        (tmp_path / f"{name}.txt").write_text("".join(f"{name}{i}\n" for i in range(1, 3001)))

    def refuse_line(line: str) -> str:
        if line == "b2345":
            raise Refused
        return line

    bag = pn.read_text(str(tmp_path / "*.txt"), blocksize=2000)
    assert bag.npartitions > 10
    words = bag.map(str.strip).filter(lambda line: line[-1] in "135").flat_map(lambda line: [line, "x", "y"])
    for plan in (
        words.map(refuse_line).count(),
        words.topk(3, refuse_line),
        words.map_partitions(lambda part: map(refuse_line, part)),
    ):
        _, address, record = failure(plan, scheduler)
        assert (address, record) == (f"{tmp_path}/b.txt, line 2345", "'b2345'")


@SCHEDULERS
def test_records_that_came_with_their_path(lines: pn.Bag, tmp_path: Path, scheduler: str) -> None:
    """``include_path`` and other readers' options change the record, not the address."""
    path = f"{tmp_path}/in.txt"
    bag = pn.read_text(path, include_path=True).starmap(lambda line, path: refuse(line))
    assert failure(bag, scheduler) == ("starmap(<lambda>)", f"{path}, line 3", f"('three\\n', '{path}')")
    bag = pn.read_text(path, linedelimiter="e\n").map(lambda x: refuse("three" if "two" in x else x))
    assert failure(bag, scheduler)[1] == f"{path}, line 2"


@SCHEDULERS
def test_records_in_memory(scheduler: str) -> None:
    """There is no file: the number of the record in its partition, and the partition in the task."""
    bag = pn.from_sequence(["one", "two", "three", "four"], npartitions=2).map(refuse)
    assert failure(bag, scheduler)[1:] == ("record 0 of the partition", "'three'")
    with pytest.raises(Refused) as caught:
        bag.compute(scheduler=scheduler)
    assert caught.value.__notes__[1].endswith(", 1)")


@SCHEDULERS
def test_after_the_records_left_their_task(lines: pn.Bag, scheduler: str) -> None:
    """What is shared, zipped or scanned has been made whole: records are numbered in their partition."""
    for bag, record in [
        (lines.accumulate(refuse), "'three\\n'"),
        (lines.map(refuse, lines.map(str.upper)), "('three\\n', 'THREE\\n')"),
        (lines.repartition(2).map(refuse), "'three\\n'"),
        (lines.persist(scheduler="sync").map(refuse), "'three\\n'"),
    ]:
        assert failure(bag, scheduler)[2] == record


@SCHEDULERS
def test_the_exception_is_the_users_own(lines: pn.Bag, scheduler: str) -> None:
    """Its type, arguments, cause and traceback, down to the line that raised it."""
    cause = ValueError("deeper")

    class Special(LookupError):
        def __init__(self, code: int, text: str) -> None:
            super().__init__(text)
            self.code = code

    def fail(line: str) -> None:
        raise Special(7, line) from cause

    with pytest.raises(Special) as caught:
        lines.map(fail).compute(scheduler=scheduler)
    assert (caught.value.code, str(caught.value), caught.value.__cause__) == (7, "one\n", cause)
    assert caught.traceback[-1].name == "fail"


@SCHEDULERS
def test_stop_iteration(lines: pn.Bag, tmp_path: Path, scheduler: str) -> None:
    """A function that raises it by mistake would end a lazy iterator; no record is lost in silence."""
    empty: Iterator[str] = iter(())
    for last in ("three\n", "five\n"):

        def first_of_nothing(x: str, y: str = "", last: str = last) -> str:
            return next(empty) if last in (x, y) else x + y

        line = {"three\n": 3, "five\n": 5}[last]
        at = f"{tmp_path}/in.txt, line {line}"
        assert failure(lines.map(first_of_nothing), scheduler, RuntimeError)[1] == at
        assert failure(lines.filter(first_of_nothing), scheduler, RuntimeError)[1] == at
        assert failure(lines.topk(2, first_of_nothing), scheduler, StopIteration)[1] == at
        assert failure(lines.fold(first_of_nothing), scheduler, StopIteration)[1] == at
        assert failure(lines.accumulate(first_of_nothing), scheduler, RuntimeError)[2] == repr(last)
        with pytest.raises(RuntimeError):
            list(lines.map(first_of_nothing))


@SCHEDULERS
def test_an_error_in_combining(scheduler: str) -> None:
    """There is no record to name; the task says whose combining it was."""

    def refuse_to_add(a: int, b: int) -> int:
        raise Refused

    bag = pn.range(4, 4)
    for plan, verb in [
        (bag.fold(max, refuse_to_add, 0), "fold"),
        (bag.reduction(max, lambda parts: refuse_to_add(parts, parts)), "reduction"),
        (bag.count().apply(lambda n: refuse_to_add(n, n)), "apply"),
    ]:
        with pytest.raises(Refused) as caught:
            plan.compute(scheduler=scheduler)
        (note,) = caught.value.__notes__
        assert note.startswith(f"in task ('{verb}-")


def test_an_error_while_walking_a_bag(lines: pn.Bag, tmp_path: Path) -> None:
    """``take`` and iteration raise what computing raises."""
    for walk in (list, lambda bag: bag.take(5), lambda bag: bag.first()):
        with pytest.raises(Refused) as caught:
            walk(lines.map(str.strip).filter(lambda x: x > "p").map(refuse))  # type: ignore[operator]
        assert f"{tmp_path}/in.txt, line 3" in caught.value.__notes__[0]


def test_building_with_bad_functions_is_no_error(lines: pn.Bag) -> None:
    """What is wrong with a function shows when it runs."""
    with no_compute():
        lines.map(len, 1, 2, 3).filter(None).topk(2, refuse)  # type: ignore[arg-type]
