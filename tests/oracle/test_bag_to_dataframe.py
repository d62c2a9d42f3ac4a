"""Frames of bags: what is in any record, partition or file is there, in a column that holds it all."""

from __future__ import annotations

import datetime
import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pannier as pn
from pannier.collections.bag.bag import Bag
from pannier.computing import find_scheduler
from pannier.errors import InputError, UsageError
from pannier.io.sequence import SequenceReader
from pannier.plan.nodes import Source
from pannier.testing import no_compute
from tests.oracle.frame_strategies import quick

TEXT = pd.Series(["a"]).dtype
MOMENT = datetime.datetime(2015, 1, 2, 3, 4, 5)  # noqa: DTZ001  a time without a zone, on purpose
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from(
        [2**53, 2**53 + 1, -(2**63), 2**63, 0.5, -0.0, 1e300, float("nan"), "", "x", "5", "é", "\ud800"]
    ),
    st.lists(st.integers(0, 3), max_size=2),
    st.just(MOMENT),
)
COLUMN = st.one_of(
    *(
        st.sampled_from(some)
        for some in ([None, True], [1, 2, None], [0.5, 1, float("nan")], ["a", None, 1], [3])
    ),
    VALUES,
)
RECORDS = st.lists(st.dictionaries(st.sampled_from("abc"), COLUMN, max_size=3), max_size=12)


def bag_of(parts: list[list[Any]]) -> Bag:
    """The bag of these partitions."""
    return Bag(Source(verb="parts", reader=SequenceReader("parts"), parts=parts))


def cut(records: list[Any], places: list[int]) -> list[list[Any]]:
    """``records`` in partitions, cut at some places."""
    bounds = [0, *sorted(min(place, len(records)) for place in places), len(records)]
    return [records[a:b] for a, b in itertools.pairwise(bounds)]


def is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def expected_column(records: list[dict[str, Any]], name: str) -> pd.Series[Any]:
    """The column as the docstring has it, from all records at once."""
    values = [record.get(name, float("nan")) for record in records]
    there = [value for value in values if not is_missing(value)]
    types = {type(value) for value in there}
    gaps = len(there) < len(values)
    wide = [value for value in there if type(value) is int and abs(value) > 2**53]
    huge = [value for value in wide if not -(2**63) <= value < 2**63]
    if types == {datetime.datetime}:
        return pd.Series([pd.NaT if is_missing(value) else value for value in values])
    is_text = str in types and types <= {bool, int, float, str} and "\ud800" not in there
    if is_text:
        return pd.Series([None if is_missing(value) else str(value) for value in values], dtype=TEXT)
    is_object = not types <= {bool, int, float} or (types == {bool} and gaps) or bool(huge)
    if not there:
        is_object = not any(type(record.get(name)) is float for record in records)
    if is_object or (wide and (float in types or gaps)):
        return pd.Series(values, dtype=object)
    if types == {bool}:
        return pd.Series(values, dtype=bool)
    return pd.Series(values, dtype="float64" if float in types or gaps else "int64")


@quick
@given(RECORDS, st.lists(st.integers(0, 12), max_size=4))
def test_nothing_is_left_out_or_changed(records: list[dict[str, Any]], places: list[int]) -> None:
    """Columns, types and values are those of all records at once, however these are cut into partitions."""
    made = bag_of(cut(records, places)).to_dataframe().compute(scheduler="sync")
    names = list(dict.fromkeys(itertools.chain.from_iterable(records)))
    assert list(made.columns) == names
    assert len(made) == len(records)
    assert list(made.index) == list(range(len(records)))
    for name in names:
        expected = expected_column(records, name)
        assert made[name].dtype == expected.dtype, (made[name], expected)
        for value, right in zip(made[name].tolist(), expected.tolist(), strict=True):
            assert type(value) is type(right)
            assert value == right or (is_missing(value) and is_missing(right)) or value is pd.NaT


@quick
@given(
    st.lists(
        st.fixed_dictionaries(
            {"i": st.integers(-9, 9), "f": st.floats(), "s": st.sampled_from("xyz"), "b": st.booleans()}
        ),
        min_size=1,
        max_size=9,
    ),
    st.lists(st.integers(0, 9), max_size=4),
)
def test_fields_of_one_type_are_as_pandas_has_them(records: list[dict[str, Any]], places: list[int]) -> None:
    """Of records that are all alike, the frame is that of pandas; and what was seen at first is right."""
    lazy = bag_of(cut(records, places)).to_dataframe()
    expected = pd.DataFrame(records)
    pd.testing.assert_frame_equal(lazy.compute(scheduler="sync"), expected)
    assert list(lazy.dtypes) == list(expected.dtypes)


@quick
@given(RECORDS, st.lists(st.integers(0, 12), max_size=4), st.permutations("abcd"))
def test_columns_are_chosen_by_name(
    records: list[dict[str, Any]], places: list[int], names: list[str]
) -> None:
    """With columns= there are these, in this order, whether or not records have them."""
    lazy = bag_of(cut(records, places)).to_dataframe(columns=names)
    assert list(lazy.columns) == names
    made = lazy.compute(scheduler="sync")
    whole = bag_of([records]).to_dataframe().compute(scheduler="sync")
    assert list(made.columns) == names
    for name in names:
        if name in whole.columns:
            pd.testing.assert_series_equal(made[name], whole[name])
        else:
            assert made[name].isna().all()


@pytest.mark.parametrize(
    ("records", "columns", "expected"),
    [
        ([(1, "a"), (2, "b")], None, pd.DataFrame({0: [1, 2], 1: ["a", "b"]})),
        ([[1, "a"], [2]], ["x", "y"], pd.DataFrame({"x": [1, 2], "y": ["a", None]})),
        ([3, 4], ["n"], pd.DataFrame({"n": [3, 4]})),
        (["a", None], None, pd.DataFrame({0: ["a", None]})),
        ([{1: "a"}, {2.5: "b"}], None, pd.DataFrame({1: ["a", None], 2.5: [None, "b"]})),
    ],
)
def test_shapes_of_records(records: list[Any], columns: Any, expected: pd.DataFrame) -> None:
    """Tuples, lists and single values make columns too."""
    made = bag_of([[], *[[record] for record in records]]).to_dataframe(columns=columns)
    pd.testing.assert_frame_equal(made.compute(scheduler="sync"), expected)


def test_named_tuples_name_their_columns() -> None:
    """The fields of a named tuple are columns."""
    records = list(pd.DataFrame({"x": [1, 2], "y": [0.5, 1.5]}).itertuples(index=False))
    made = bag_of([records]).to_dataframe().compute(scheduler="sync")
    pd.testing.assert_frame_equal(made, pd.DataFrame({"x": [1, 2], "y": [0.5, 1.5]}))


@pytest.fixture
def drifting(tmp_path: Path) -> str:
    """Files of JSON lines: a field that comes late, one that changes its type, one that goes."""
    for file in range(3):
        with (tmp_path / f"{file}.json").open("w") as out:
            for i in range(1000):
                record: dict[str, Any] = {"id": i, "value": i if file < 2 else f"n/a {i}", "gone": 0.5}
                if file == 1 and i > 900:
                    record["late"] = i
                if file == 2:
                    del record["gone"]
                out.write(json.dumps(record) + "\n")
    return f"{tmp_path}/*.json"


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_drift_over_files(drifting: str, scheduler: str) -> None:
    """A field that comes late is there in every partition, and one that changes its type is wide enough in all."""
    made = pn.read_text(drifting).map(json.loads).to_dataframe()
    whole = made.compute(scheduler=scheduler)
    assert list(whole.columns) == ["id", "value", "gone", "late"]
    assert whole.dtypes.astype(str).tolist() == ["int64", str(TEXT), "float64", "float64"]
    assert whole.value[0] == "0"
    assert whole.value.iloc[-1] == "n/a 999"
    assert whole.late.notna().sum() == 99
    for block in made.to_delayed():
        assert list(block.compute(scheduler="sync").columns) == list(whole.columns)


def test_what_is_done_with_such_frames(drifting: str) -> None:
    """Columns that were not seen at first travel along, through filters, too; named, they can be asked for."""
    made = pn.read_text(drifting).map(json.loads).to_dataframe(columns=["id", "late", "value"])
    kept = made[made.id >= 995]
    assert kept.compute(scheduler="sync").late.tolist()[5:10] == [995.0, 996.0, 997.0, 998.0, 999.0]
    assert made.late.max().compute(scheduler="sync") == 999.0
    assert made.head(3, scheduler="sync").id.tolist() == [0, 1, 2]


def test_unseen_columns_are_hinted_at(drifting: str) -> None:
    """Asking for a column that first records have not says how to declare it."""
    made = pn.read_text(drifting).map(json.loads).to_dataframe()
    with pytest.raises(KeyError) as caught:
        made["late"]
    assert "to_dataframe(columns=[...])" in "\n".join(caught.value.__notes__)
    with pytest.raises(AttributeError) as missing:
        made.late  # noqa: B018  it is the asking that raises
    assert "to_dataframe(columns=[...])" in "\n".join(missing.value.__notes__)


def test_head_reads_no_more_than_it_shows() -> None:
    """The first rows need no walk over all partitions."""

    def refuse(record: int) -> dict[str, int]:
        if record >= 6000:
            raise AssertionError("a record far from the first was read")
        return {"n": record}

    made = pn.from_sequence(range(10_000), npartitions=2).map(refuse).to_dataframe(columns=["n"])
    assert made.head(3, scheduler="sync").n.tolist() == [0, 1, 2]


def test_meta_is_taken_for_what_it_says(drifting: str) -> None:
    """With declared types nothing is read while building, and only these columns are made, as these types."""
    meta = {"late": "float64", "id": "int32", "value": "str"}
    with no_compute():
        made = pn.read_text(drifting.replace("*", "[01]")).map(json.loads).to_dataframe(meta=meta)
    whole = made.compute(scheduler="sync")
    assert list(whole.columns) == list(meta)
    assert whole.dtypes.astype(str).tolist() == ["float64", "int32", str(TEXT)]
    assert whole.id.tolist() == [*range(1000), *range(1000)]


@pytest.mark.parametrize(
    ("dtype", "why"),
    [
        ("int64", "'n/a 0'; str would hold it"),
        ("float64", "'n/a 0'"),
        ("Int64", "'n/a 0'"),
        ("bool", "here it is 0"),
    ],
)
def test_values_that_do_not_fit_have_an_address(drifting: str, dtype: str, why: str) -> None:
    """Column, value, file and line are in the error."""
    made = pn.read_text(drifting).map(json.loads).to_dataframe(meta={"value": dtype})
    with pytest.raises(InputError, match=f"column 'value' was declared to be {dtype}.*{why}") as caught:
        made.compute(scheduler="sync")
    assert ".json, line 1" in "\n".join(caught.value.__notes__)


def test_what_is_missing_needs_a_type_with_gaps(drifting: str) -> None:
    """A whole number that is not there is an error, with the record."""
    made = pn.read_text(drifting).map(json.loads).to_dataframe(meta={"gone": "float64", "late": "int64"})
    with pytest.raises(InputError, match="'late' was declared to be int64, and here it is missing; float64"):
        made.compute(scheduler="sync")


@pytest.mark.parametrize("other", [[1], "text", None])
def test_records_of_another_shape_are_named(other: Any) -> None:
    """One record that is no dict among dicts is an error with its place, not a gap."""
    with pytest.raises(InputError, match="of one shape") as caught:
        bag_of([[{"a": 1}] * 300, [{"a": 1}, other]]).to_dataframe().compute(scheduler="sync")
    assert "record 1 of" in "\n".join(caught.value.__notes__)


def test_partitions_of_other_shapes() -> None:
    """Dicts in one partition, tuples in another."""
    bag = bag_of([[{"a": 1}], [(1,)]])
    with pytest.raises(InputError, match="of one shape"):
        bag.to_dataframe(columns=["a"]).compute(scheduler="sync")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"columns": "ab"}, "list of names"),
        ({"columns": ["a", "a"]}, "two columns"),
        ({"meta": {"a": "int64"}, "columns": ["b"]}, "contradict"),
        ({"meta": ("a", "int64")}, "names and types of columns"),
        ({"meta": {"a": "no type"}}, "names and types"),
    ],
)
def test_bad_options(options: dict[str, Any], why: str) -> None:
    """What cannot be meant is refused at once."""
    with pytest.raises(UsageError, match=why):
        pn.from_sequence([{"a": 1}]).to_dataframe(**options)


def test_frames_of_shuffled_and_computed_bags() -> None:
    """The first records are found behind groups and reductions, too."""
    words = pn.from_sequence(["fig", "kiwi", "plum", "nut"] * 50, npartitions=4)
    counts = words.frequencies().to_dataframe(columns=["word", "n"])
    assert counts.dtypes.astype(str).tolist() == [str(TEXT), "int64"]
    assert counts.compute(scheduler="sync").n.tolist() == [50, 50, 50, 50]
    groups = words.groupby(len).map(lambda pair: {"length": pair[0], "words": len(pair[1])}).to_dataframe()
    assert list(groups.columns) == ["length", "words"]
    assert groups.compute(scheduler="sync").sort_values("length").words.tolist() == [100, 100]


def test_delayed_partitions_are_not_computed_for_their_types() -> None:
    """Columns are unknown until then, and all there in the answer."""
    with no_compute():
        made = pn.from_delayed([pn.delayed(list)([{"a": 1}])]).to_dataframe()
    assert list(made.columns) == []
    pd.testing.assert_frame_equal(made.compute(scheduler="sync"), pd.DataFrame({"a": [1]}))


def test_processes_make_frames_of_bags() -> None:
    """Python's own steps run beside each other, unless told otherwise; frames of frames stay on threads."""
    made = pn.from_sequence([{"a": 1}]).to_dataframe()
    plain = pn.from_pandas(pd.DataFrame({"a": [1]}), npartitions=1)
    with pn.config.set(scheduler=None):
        assert find_scheduler(None, [made.a + 1]) is find_scheduler("processes")
        assert find_scheduler(None, [made.a.sum()]) is find_scheduler("processes")
        assert find_scheduler(None, [plain]) is find_scheduler("threads")


def test_arrays_in_records_are_objects() -> None:
    """Values that are no plain ones stay as they are."""
    array = np.arange(3)
    made = bag_of([[{"a": array}], [{"a": 1}]]).to_dataframe().compute(scheduler="sync")
    assert made.a[0] is not None
    assert (made.a[0] == array).all()
    assert made.a[1] == 1
