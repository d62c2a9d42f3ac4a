"""What passes make of plans over frames: what is read, how much of it, and in how many tasks."""

from __future__ import annotations

import dataclasses
import itertools
import operator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.collections.dataframe.base import wrap
from pannier.io.frames import FrameParts
from pannier.io.parquet import parquet_source
from pannier.kernels.frames.base import Call
from pannier.kernels.frames.program import Program
from pannier.kernels.kernel import Slot
from pannier.plan.nodes import Blockwise
from pannier.plan.passes import optimize
from pannier.plan.rewrite import topological
from pannier.plan.sampling import Listed

FRAME = pd.DataFrame({"x": [3, 1, 2, 5], "y": list("abab"), "z": [0.5, 1.5, 2.5, 3.5], "u": 1})


def lazy(npartitions: int = 2) -> Any:
    return pn.from_pandas(FRAME, npartitions=npartitions)


def readers(*frames: Any) -> list[Any]:
    """The readers that are left in the optimized plan of ``frames``."""
    found = []
    for node in topological(optimize([frame.node for frame in frames])):
        kernel = getattr(node, "kernel", None)
        if isinstance(kernel, Program):
            found += [step.kernel for step in kernel.steps if isinstance(step.kernel, FrameParts)]
    return found


def columns_read(*frames: Any) -> list[frozenset[Any] | None]:
    return [reader.columns for reader in readers(*frames)]


def tasks(frame: Any) -> int:
    graph, keys = frame.graph()
    return len(graph.ordered(keys).keys)


@pytest.mark.parametrize(
    ("steps", "columns"),
    [
        (lambda df: df.x, {"x"}),
        (lambda df: df[["z", "y"]], {"z", "y"}),
        (lambda df: df[df.x > 1].z, {"x", "z"}),
        (lambda df: df.assign(w=df.z * 2).w, {"z"}),
        (lambda df: df.assign(w=df.z * 2).x, {"x"}),
        (lambda df: df.rename(columns={"x": "m", "y": "x"}).x, {"y"}),
        (lambda df: (df[["x", "z"]] + 1).z, {"z"}),
        (lambda df: df.drop(columns="u")[["x"]], {"x"}),
        (lambda df: df.head(1, compute=False).y, {"y"}),
    ],
)
def test_only_columns_that_are_read_are_made(steps: Any, columns: set[str]) -> None:
    """The reader makes those columns, and the answer stays the same."""
    frame = steps(lazy())
    assert columns_read(frame) == [columns]
    computed = frame.compute(scheduler="sync")
    assert computed.equals(frame.compute(scheduler="sync", optimize_graph=False))


def test_a_step_that_is_left_out_had_blocks_of_its_own() -> None:
    """What reads it goes on with these, and not with all of its first input."""
    df = lazy().assign(w=lambda rows: rows.z * 2)
    places = tuple([((0, i), (1, i)) for i in (1, 0, 1)])
    chosen = wrap(dataclasses.replace(df.node, name="", blockmap=Listed(places)), df._meta)
    assert columns_read(chosen.x) == [{"x"}]
    assert chosen.x.compute(scheduler="sync").tolist() == [2, 5, 3, 1, 2, 5]


@pytest.mark.parametrize("names", [{"x": "y"}, {"x": "new", "z": "new"}])
def test_columns_of_one_name_are_all_made(names: dict[str, str]) -> None:
    """Those that are called so before, and all that are called so now."""
    (name,) = set(names.values())
    made = lazy().rename(columns=names)[[name]].compute(scheduler="sync")
    pd.testing.assert_frame_equal(made, FRAME.rename(columns=names)[[name]])


def test_all_columns_of_a_whole_frame_are_made() -> None:
    """What is computed as a whole is read as a whole."""
    df = lazy()
    assert columns_read(df[df.x > 1]) == [None]
    assert columns_read(df.x, df) == [None]


def test_two_answers_read_the_union_of_their_columns() -> None:
    """A shared source is read once, with what either wants."""
    df = lazy()
    assert columns_read(df.x + 1, df.z + 1) == [{"x", "z"}]


def test_a_step_without_traits_reads_all_and_is_named() -> None:
    """What may read any column stops the projection, and ``explain()`` says so."""
    df = lazy()
    opaque = df._blockwise("opaque", Call(lambda block: block, (Slot(0),), {}, "opaque"))
    assert columns_read(opaque.x) == [None]
    assert "all columns are read for opaque: it does not say which it needs" in opaque.x.explain()


def test_steps_of_a_partition_are_one_task() -> None:
    """A filter that reads its frame twice is one task a partition, and runs the reader once."""
    df = lazy()
    frame = df[df.x > 1].z + 1
    assert tasks(frame) == df.npartitions
    assert len(readers(frame)) == 1


def test_what_two_answers_share_is_made_once() -> None:
    """Their tasks read it; without the sharing each would read the file."""
    df = lazy()
    positive = df[df.x > 1]
    graph, keys = pn.computing.to_graph([positive.x, positive.z])
    assert len(graph.ordered(keys[0] + keys[1]).keys) == 3 * df.npartitions


def test_a_head_reads_its_rows_alone() -> None:
    """Through steps that keep rows the reader learns how many are wanted, and only the first part is read."""
    df = lazy()
    first = df.assign(w=df.x + 1)._heads(1, [0])
    (reader,) = readers(first)
    assert reader.rows == 1
    assert tasks(first) == 1
    assert first.compute(scheduler="sync").equals(FRAME.assign(w=FRAME.x + 1).head(1))


def test_a_head_behind_a_filter_reads_on() -> None:
    """Where a step leaves rows out, the first rows of a file may not be the first that are wanted."""
    df = lazy()
    (reader,) = readers(df[df.x > 1]._heads(1, [0]))
    assert reader.rows is None


def parquet(folder: Path) -> Any:
    frame = pd.DataFrame({"x": range(100), "y": range(100, 200), "s": [f"{i:03}" for i in range(100)]})
    frame.to_parquet(folder / "a.parquet", row_group_size=10)
    source, meta, divisions = parquet_source(str(folder / "a.parquet"))
    return wrap(source, meta, divisions)


def hints(frame: Any) -> Any:
    for node in topological(optimize([frame.node])):
        kernel = getattr(node, "kernel", None)
        if isinstance(node, Blockwise) and isinstance(kernel, Program):
            for step in kernel.steps:
                if hasattr(step.kernel, "hints"):
                    return step.kernel.hints
    return None


@pytest.mark.parametrize(
    ("condition", "pushed"),
    [
        (lambda df: df.x > 95, ((("x", ">", 95),),)),
        (lambda df: df.x >= 95, ((("x", ">=", 95),),)),
        (lambda df: (df.x < 3) | (df.x > 97), ((("x", "<", 3),), (("x", ">", 97),))),
        (lambda df: (df.x < 30) & (df.s > "027") & (df.y % 2 == 0), ((("x", "<", 30), ("s", ">", "027")),)),
        (lambda df: (df.x < 3) | (df.y % 2 == 0), None),
        (lambda df: df.x + 1 > 95, None),
    ],
)
def test_filters_reach_the_reader(tmp_path: Path, condition: Any, pushed: Any) -> None:
    """What can be told by statistics is not read, and the rows are those of pandas, labels and all."""
    df = parquet(tmp_path)
    kept = df[condition(df)]
    assert hints(kept) == pushed
    whole = df.compute(scheduler="sync")
    assert kept.compute(scheduler="sync").equals(whole[condition(whole)])


@pytest.mark.parametrize("values", [[0], [0.0, 5], [-0.0]])
def test_both_zeros_are_in_a_list_with_zero(tmp_path: Path, values: Any) -> None:
    """Where rows that are few are found in the file's values."""
    frame = pd.DataFrame({"x": [0.0, -0.0, *range(1, 31)]})
    frame.to_parquet(tmp_path / "a.parquet")
    kept = pn.read_parquet(tmp_path).pipe(lambda df: df[df.x.isin(values)])
    pd.testing.assert_frame_equal(kept.compute(scheduler="sync"), frame[frame.x.isin(values)])


@pytest.mark.parametrize("value", ["x", "y", "w"])
def test_ordered_categories_are_compared_by_their_places(tmp_path: Path, value: str) -> None:
    """Of which statistics of a file, which are of texts, say nothing."""
    kind = pd.CategoricalDtype(["y", "x", "w"], ordered=True)
    frame = pd.DataFrame({"c": pd.Series(list("xyxwyx"), dtype=kind), "i": range(6)})
    frame.to_parquet(tmp_path / "a.parquet", row_group_size=1)
    df = pn.read_parquet(tmp_path, split_row_groups=True)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
        kept = df[compare(df.c, value)].compute(scheduler="sync")
        pd.testing.assert_frame_equal(kept, frame[compare(frame.c, value)])
    assert hints(df[(df.c < value) & (df.i > 1)]) == ((("i", ">", 1),),)
    assert hints(df[(df.c < value) | (df.i > 1)]) is None
    assert hints(df[df.c == value]) == ((("c", "==", value),),)


def test_filters_one_after_the_other_reach_the_reader_together(tmp_path: Path) -> None:
    """Conditions of a chain of filters all hold."""
    df = parquet(tmp_path)
    kept = df[df.x > 20]
    kept = kept[kept.y < 130].rename(columns={"x": "m"})
    kept = kept[kept.m < 29]
    assert hints(kept) == ((("x", ">", 20), ("y", "<", 130), ("x", "<", 29)),)
    assert len(kept.compute(scheduler="sync")) == 8


def test_filters_stay_where_others_read_the_rows(tmp_path: Path) -> None:
    """A source that another answer reads whole is read whole."""
    df = parquet(tmp_path)
    kept, count = pn.compute(df[df.x > 95], df.y.index, scheduler="sync")
    assert (len(kept), len(count)) == (4, 100)


def test_a_changed_column_is_not_taken_for_that_of_the_file(tmp_path: Path) -> None:
    """A condition on what a step has made of a column says nothing about the file."""
    df = parquet(tmp_path)
    changed = df.assign(x=df.x * 2)
    kept = changed[changed.x > 190]
    assert hints(kept) is None
    assert kept.compute(scheduler="sync").x.tolist() == [192, 194, 196, 198]


def test_rows_are_counted_by_metadata(tmp_path: Path) -> None:
    """The length of a file whose footer says it, through steps that keep rows, runs no task."""
    df = parquet(tmp_path)
    rows = df.assign(z=1).shape[0]
    graph, keys = rows.graph()
    assert not graph.ordered(keys).keys
    assert rows.compute(scheduler="sync") == len(df) == 100
    assert df[df.x > 95].shape[0].compute(scheduler="sync") == 4


def test_programs_name_the_step_and_the_part_of_a_failure(tmp_path: Path) -> None:
    """An error keeps its type and says which step, and of which bytes of which file."""
    df = parquet(tmp_path)
    failing = df._blockwise("divide", Call(lambda block: 1 / 0, (Slot(0),), {}, "divide"), meta=df._meta)
    with pytest.raises(ZeroDivisionError) as caught:
        failing.compute(scheduler="sync")
    assert any("in divide, of" in note and "a.parquet" in note for note in caught.value.__notes__)


def test_parts_are_fields_of_frozen_readers() -> None:
    """A reader that is told to read less is another one: plans share the first."""
    reader = FrameParts("parts")
    assert reader.with_columns(frozenset("x")) == dataclasses.replace(reader, columns=frozenset("x"))
    assert reader.columns is None


_AROUND: dict[str, Any] = {
    "cumsum": lambda x: x.cumsum(),
    "shift": lambda x: x.shift(-1),
    "diff": lambda x: x.diff(),
    "diff back": lambda x: x.diff(-1),
    "bfill": lambda x: x.bfill(),
    "rolling": lambda x: x.rolling(2).sum(),
    "rolling around": lambda x: x.rolling(3, center=True).sum(),
    "expanding": lambda x: x.expanding().sum(),
    "expanding std": lambda x: x.expanding().std(),
    "ewm": lambda x: x.ewm(alpha=0.5).mean(),
    "rank": lambda x: x.rank(),
    "duplicated": lambda x: x.duplicated(),
}
_OF_ONE_PARTITION: dict[str, Any] = {
    "combine": lambda x: x.to_frame().combine(x.to_frame(), lambda one, other: one + other.max()).x,
    "eval": lambda x: x.to_frame().eval("x.cumsum() + x.shift(-1)"),
}


@pytest.mark.parametrize(
    ("name", "npartitions"),
    [*itertools.product(_AROUND, [1, 3]), *itertools.product(_OF_ONE_PARTITION, [1])],
)
def test_rows_made_of_others_keep_these(tmp_path: Path, name: str, npartitions: int) -> None:
    """Whatever is read of what they make: neither a head nor a filter leaves out rows that they look at."""
    whole = pd.DataFrame({"x": [3.0, 1.0, 4.0, 2.0, 2.0, 9.0], "y": list("bbaaca")})
    whole.to_parquet(tmp_path / "a.parquet", row_group_size=2)
    whole.to_csv(tmp_path / "a.csv", index=False)
    steps = (_AROUND | _OF_ONE_PARTITION)[name]

    def made(df: Any) -> Any:
        return df.assign(made=steps(df.x))

    expected = made(whole)
    for lazy in (
        pn.read_parquet(tmp_path / "a.parquet", split_row_groups=npartitions > 1),
        pn.read_csv(tmp_path / "a.csv", blocksize=20 if npartitions > 1 else None),
    ):
        assert (lazy.npartitions > 1) == (npartitions > 1)
        found = made(lazy)
        pd.testing.assert_frame_equal(found.head(1), expected.head(1))
        answer = found[found.y == "a"].compute(scheduler="sync")
        pd.testing.assert_frame_equal(
            answer.reset_index(drop=True), expected[expected.y == "a"].reset_index(drop=True)
        )
