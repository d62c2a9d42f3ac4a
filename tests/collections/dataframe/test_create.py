"""Frames of what is in memory, of functions and of delayed values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import pannier as pn
import pannier.dataframe as pdf
from pannier.errors import UsageError
from pannier.testing import no_compute

FRAME = pd.DataFrame({"x": [1, 2, 3], "y": ["a", "b", "c"]})


def part(n: int, first: int = 0) -> pd.DataFrame:
    """Some rows of two columns."""
    return pd.DataFrame({"x": range(first, first + n), "y": 0.5})


@pytest.mark.parametrize(
    ("data", "options"),
    [
        ({"x": [1, 2, 3], "y": ["a", "b", "c"]}, {}),
        ({"r": [1, "a"], "s": [2, "b"]}, {"orient": "index", "columns": ["x", "y"]}),
        ({"x": [1, 2, 3]}, {"dtype": "float64"}),
    ],
)
def test_from_dict(data: Any, options: Any) -> None:
    """As pandas makes it, in partitions."""
    made = pn.from_dict(data, npartitions=2, **options)
    assert made.npartitions == 2
    pd.testing.assert_frame_equal(made.compute(scheduler="sync"), pd.DataFrame.from_dict(data, **options))


class Elsewhere:
    """An array that is read slice by slice."""

    def __init__(self, array: Any) -> None:
        self.array = array
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, rows: slice) -> Any:
        assert isinstance(rows, slice)
        return self.array[rows]


@pytest.mark.parametrize("where", [np.asarray, Elsewhere])
@pytest.mark.parametrize(
    ("array", "columns", "expected"),
    [
        (np.arange(5), None, pd.Series(range(5))),
        (np.arange(5), "n", pd.Series(range(5), name="n")),
        (
            np.arange(6.0).reshape(3, 2),
            ["a", "b"],
            pd.DataFrame({"a": [0.0, 2.0, 4.0], "b": [1.0, 3.0, 5.0]}),
        ),
        (np.arange(6).reshape(3, 2), None, pd.DataFrame({0: [0, 2, 4], 1: [1, 3, 5]})),
        (
            np.array([(1, 0.5), (2, 1.5)], dtype=[("i", "i8"), ("f", "f8")]),
            None,
            pd.DataFrame({"i": [1, 2], "f": [0.5, 1.5]}),
        ),
        (np.empty(0), None, pd.Series([], dtype="float64")),
    ],
)
def test_from_array(where: Any, array: Any, columns: Any, expected: Any) -> None:
    """Rows of arrays, wherever they are, numbered through, with divisions that are known."""
    made = pn.from_array(where(array), chunksize=2, columns=columns)
    found = made.compute(scheduler="sync")
    compare = pd.testing.assert_frame_equal if expected.ndim == 2 else pd.testing.assert_series_equal
    compare(found, expected, check_index_type=False)
    if len(array) > 2:
        assert made.known_divisions
        assert made.divisions[-1] == len(array) - 1


def test_from_array_as_declared() -> None:
    """Names and types may be given."""
    made = pn.from_array(np.arange(4).reshape(2, 2), meta={"a": "float64", "b": "int8"})
    pd.testing.assert_frame_equal(
        made.compute(scheduler="sync"),
        pd.DataFrame({"a": [0.0, 2.0], "b": np.array([1, 3], dtype="int8")}),
    )
    assert list(made.dtypes) == [np.dtype("float64"), np.dtype("int8")]


@pytest.mark.parametrize(
    ("array", "options", "why"),
    [
        (np.zeros((1, 1, 1)), {}, "one dimension, or two"),
        (np.float64(1), {}, "one dimension, or two"),
        (np.zeros((2, 2)), {"columns": ["a"]}, "2 columns, and names for 1"),
        (np.zeros(2), {"chunksize": 0}, "at least 1"),
    ],
)
def test_arrays_that_are_no_frames(array: Any, options: Any, why: str) -> None:
    """What has no rows and columns is refused at once."""
    with pytest.raises(UsageError, match=why):
        pn.from_array(array, **options)


@pytest.mark.parametrize("scheduler", ["sync", "threads", "processes"])
def test_from_map(scheduler: str) -> None:
    """Each partition is what the function makes of its inputs."""
    made = pn.from_map(lambda n, first, add: part(n, first + add), [1, 0, 2], [10, 20, 30], add=5)
    assert made.npartitions == 3
    assert made.x.compute(scheduler=scheduler).tolist() == [15, 35, 36]
    assert list(made.dtypes) == [np.dtype("int64"), np.dtype("float64")]


def test_from_map_tries_the_first_input_only() -> None:
    """Nothing else is made while building; with meta= nothing at all."""
    made: list[int] = []

    def func(n: int) -> pd.DataFrame:
        made.append(n)
        return part(n)

    df = pn.from_map(func, [1, 2, 3])
    assert made == [1]
    df.map_partitions(lambda block: block).x.map(abs)  # tried on the rows that are there already
    assert made == [1]
    pn.from_map(func, [1, 2, 3], meta={"x": "int64", "y": "float64"})
    assert made == [1]


def test_from_map_asks_for_columns_that_are_read() -> None:
    """A function of columns makes no others; of any other function what it makes is narrowed."""
    asked: list[Any] = []

    def func(n: int, columns: Any = None) -> pd.DataFrame:
        asked.append(columns)
        return part(n) if columns is None else part(n)[columns]

    df = pn.from_map(func, [1, 2])
    assert df.y.compute(scheduler="sync").tolist() == [0.5] * 3
    assert asked == [None, ["y"], ["y"]]
    chosen = pn.from_map(func, [1, 2], columns=["x"])
    assert list(chosen.columns) == ["x"]
    assert chosen.x.compute(scheduler="sync").tolist() == [0, 0, 1]
    assert pn.from_map(part, [1, 2]).y.compute(scheduler="sync").tolist() == [0.5] * 3


def test_from_map_reports_what_does_not_fit() -> None:
    """With enforce_metadata, a partition of other types is an error that names its input."""
    make = {"a": 1, "b": 0.5}
    made = pn.from_map(
        lambda key: pd.DataFrame({"x": [make[key]]}), ["a", "b"], meta={"x": "int64"}, enforce_metadata=True
    )
    with pytest.raises(UsageError, match=r"input 1: 'b', column 'x' of type float64, and int64"):
        made.compute(scheduler="sync")
    broken = pn.from_map(lambda key: pd.DataFrame({"x": [make[key]]}), ["a", "c"])
    with pytest.raises(KeyError) as caught:
        broken.compute(scheduler="sync")
    assert "input 1: 'c'" in "\n".join(caught.value.__notes__)


def test_from_map_reports_what_is_no_partition() -> None:
    """Also further on, and without being told to look at types."""
    made = pn.from_map(lambda n: part(n) if n else None, [1, 0])
    with pytest.raises(UsageError, match=r"made None of input 1: 0, and a partition is a pandas object"):
        made.compute(scheduler="sync")


@pytest.mark.parametrize(
    ("args", "options", "why"),
    [
        ((part,), {}, "same length"),
        ((part, []), {}, "same length"),
        ((part, [1], [1, 2]), {}, "same length"),
        ((1, [1]), {}, "needs a function"),
        ((lambda n: n, [1]), {}, "a partition is a pandas object"),
        ((part, [1, 2]), {"divisions": (0, 1)}, "one division more"),
        ((part, [1, 2]), {"divisions": (0, 3, 1)}, "in order"),
    ],
)
def test_from_map_refuses(args: Any, options: Any, why: str) -> None:
    """What cannot be meant is refused at once."""
    with pytest.raises(UsageError, match=why):
        pn.from_map(*args, **options)


def test_divisions_are_taken() -> None:
    """They are known where the user says them."""
    made = pn.from_map(lambda first: part(2, first).set_index("x"), [0, 2], divisions=(0, 2, 3))
    assert made.divisions == (0, 2, 3)
    delayed = [pn.delayed(part)(2), pn.delayed(part)(2, 2)]
    assert pdf.from_delayed(delayed, divisions=(0, 1, 2)).known_divisions


def test_from_delayed() -> None:
    """Partitions are delayed values; with meta= none is computed before."""
    delayed = [pn.delayed(part)(n) for n in (1, 2)]
    assert pdf.from_delayed(delayed).x.compute(scheduler="sync").tolist() == [0, 0, 1]
    with no_compute():
        made = pdf.from_delayed(delayed, meta=part(0), prefix="mine")
        made.map_partitions(len)
    assert made.node.verb == "mine"
    assert pdf.from_delayed(pn.delayed(part)(3), meta=part(0)).compute(scheduler="sync").equals(part(3))
    again = pdf.from_delayed(pn.from_pandas(FRAME, npartitions=2).to_delayed())
    pd.testing.assert_frame_equal(again.compute(scheduler="sync"), FRAME)


def test_from_delayed_reports_what_does_not_fit() -> None:
    """Other columns, or no frame at all, are an error that names the partition."""
    other = [pn.delayed(part)(1), pn.delayed(len)("abc")]
    with pytest.raises(UsageError, match="as partition 1 a int, and a DataFrame was expected"):
        pdf.from_delayed(other, meta=part(0)).compute(scheduler="sync")
    loose = pdf.from_delayed([pn.delayed(part)(1)], meta=part(0)[["x"]], verify_meta=False)
    assert list(loose.compute(scheduler="sync").columns) == ["x", "y"]


@pytest.mark.parametrize(("values", "why"), [([], "at least one"), ([FRAME], "delayed values")])
def test_from_delayed_refuses(values: Any, why: str) -> None:
    """What is not delayed is no partition."""
    with pytest.raises(UsageError, match=why):
        pdf.from_delayed(values)
    with pytest.raises(UsageError, match="a pandas object"):
        pdf.from_delayed(pn.delayed(len)("abc"))


def test_functions_of_bags_and_of_frames() -> None:
    """At the top of the package one name does for both, where it is clear which is meant."""
    both = pn.concat([pn.from_pandas(FRAME, npartitions=2), pn.from_pandas(FRAME, npartitions=1)])
    pd.testing.assert_frame_equal(both.compute(scheduler="sync"), pd.concat([FRAME, FRAME]))
    made = pn.from_delayed([pn.delayed(part)(1)], meta=part(0))
    assert made.x.compute(scheduler="sync").tolist() == [0]
    assert pn.concat([pn.from_sequence("a"), pn.from_sequence("b")]).compute(scheduler="sync") == ["a", "b"]


def test_frames_are_kept() -> None:
    """A persisted frame is not made again, and two answers that share work do it once."""
    made: list[int] = []

    def func(block: pd.DataFrame) -> pd.DataFrame:
        made.append(len(block))
        return block.assign(z=block.x * 2)

    df = pn.from_pandas(FRAME, npartitions=2).map_partitions(
        func, meta={"x": "int64", "y": "str", "z": "int64"}
    )
    both = pn.compute(df.z, df.x, scheduler="sync")
    assert [each.tolist() for each in both] == [[2, 4, 6], [1, 2, 3]]
    assert len(made) == 2
    kept = df.persist(scheduler="sync")
    assert len(made) == 4
    assert kept.divisions == df.divisions
    pd.testing.assert_frame_equal(kept.compute(scheduler="sync"), FRAME.assign(z=[2, 4, 6]))
    assert kept.map_partitions(lambda block: block[["z"]]).compute(scheduler="sync").z.tolist() == [2, 4, 6]
    assert len(made) == 4
    assert "from_pandas" in df.explain()


@pytest.mark.parametrize("sort", [True, False])
def test_from_pandas_takes_an_index_of_levels(sort: bool) -> None:
    """In order or not; divisions are not known."""
    levels = pd.MultiIndex.from_tuples([(1, "a"), (0, "b"), (2, "c")], names=["i", "s"])
    for whole in (pd.DataFrame({"x": [1, 2, 3]}, index=levels), pd.Series([1, 2, 3], levels).sort_index()):
        lazy = pn.from_pandas(whole, npartitions=2, sort=sort)
        assert lazy.npartitions == 2
        assert not lazy.known_divisions
        assert lazy.compute().equals(whole.sort_index() if sort else whole)
