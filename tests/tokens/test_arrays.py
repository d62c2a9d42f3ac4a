"""Tokens of numpy's arrays: by dtype, shape, layout and values, wherever these lie in memory."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nst

from pannier.tokens import tokenize

dtypes = (
    nst.boolean_dtypes()
    | nst.integer_dtypes(endianness="?")
    | nst.floating_dtypes(endianness="?", sizes=(16, 32, 64))
    | nst.complex_number_dtypes(endianness="?", sizes=(64, 128))
    | nst.datetime64_dtypes(endianness="?")
    | nst.timedelta64_dtypes(endianness="?")
    | nst.byte_string_dtypes(max_len=3)
    | nst.unicode_string_dtypes(endianness="?", max_len=3)
)
arrays = nst.arrays(dtypes, nst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))


def content(array: np.ndarray[Any, Any]) -> tuple[object, ...]:
    """What makes two arrays the same: bit by bit, so that NaN counts by its payload."""
    return array.dtype.str, array.shape, array.tobytes()


@given(arrays, arrays)
def test_equal_arrays_and_no_others(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> None:
    """Two arrays in the order of C share a token exactly if dtype, shape and bits are the same."""
    assert (tokenize(a) == tokenize(b)) == (content(a) == content(b))
    assert tokenize(a) == tokenize(a.copy(order="C"))


@given(arrays.filter(lambda array: array.size > 0), st.data())
def test_one_changed_bit_is_another_array(array: np.ndarray[Any, Any], data: st.DataObject) -> None:
    """Whichever byte changes, the token does."""
    octets = bytearray(array.tobytes())
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= 1
    changed = np.frombuffer(bytes(octets), array.dtype).reshape(array.shape)
    assert tokenize(changed) != tokenize(array)


@given(
    nst.arrays(np.int16, nst.array_shapes(max_dims=3, max_side=5), unique=True),
    st.data(),
)
def test_views_count_by_what_they_show(base: np.ndarray[Any, Any], data: st.DataObject) -> None:
    """A view has the token of its copy in the same layout: with gaps, backwards, or of one place many times."""
    view = base[data.draw(nst.basic_indices(base.shape, allow_ellipsis=True, allow_newaxis=True))]
    if not isinstance(view, np.ndarray):
        return
    assert tokenize(view) == tokenize(view.copy(order="C"))
    wide = np.broadcast_to(view, (2, *view.shape))
    assert tokenize(wide) == tokenize(wide.copy(order="C"))


def test_views_larger_than_a_block() -> None:
    """Gaps are closed a block at a time, and nothing is lost between two."""
    base = np.arange(4_000_000).reshape(2000, 2000)
    for view in (base[:, ::3], base[::-1, 1:], base.T[::2, 5:], base[:3, ::2], base.reshape(-1)[::7]):
        assert tokenize(view) == tokenize(view.copy(order="K"))
        changed = view.copy(order="K")
        changed[(-1,) * view.ndim] += 1
        assert tokenize(changed) != tokenize(view)


def test_layout_is_content() -> None:
    """An array in the order of Fortran is another one: ``ravel(order="K")`` can tell."""
    array = np.arange(6).reshape(2, 3)
    fortran = np.asfortranarray(array)
    assert tokenize(fortran) != tokenize(array)
    assert tokenize(fortran) == tokenize(array.T.copy().T) == tokenize(pickle.loads(pickle.dumps(fortran)))
    assert tokenize(array.T) != tokenize(array.T.copy())
    assert tokenize(array.T) != tokenize(array)


ALIKE = [
    np.zeros(2),
    np.array([0.0, -0.0]),
    np.array([np.nan, np.nan]),
    np.array([0x7FF8000000000001] * 2, "u8").view("f8"),
    np.zeros(2, ">f8"),
    np.zeros(2, "i8"),
    np.zeros(2, "M8[s]"),
    np.zeros(2, "M8[ns]"),
    np.zeros(2, "m8[s]"),
    np.zeros((2, 1)),
    np.zeros((1, 2)),
    np.zeros(1, "c16"),
    np.zeros(2, np.dtype("f8", metadata={"unit": "m"})),
    np.zeros(2, [("a", "f8")]),
    np.zeros(2, [("b", "f8")]),
    np.zeros(1, [("a", "f8", (2,))]),
    np.ma.array(np.zeros(2), mask=[False, False]),
    np.ma.array(np.zeros(2), mask=[False, True]),
    np.ma.array(np.zeros(2), mask=[False, True], fill_value=7),
    np.zeros(2).view(np.recarray),
    np.array([0.0, 0.0], dtype=object),
    np.array([0, 0.0], dtype=object),
    np.array([[0.0], [0.0]], dtype=object),
    np.array([None, 0.0], dtype=object),
    np.array([(0.0, 0.0), None], dtype=object)[:1],
    np.array(["", ""]),
    np.array(["", ""], dtype=object),
    np.array(["", ""], dtype=np.dtypes.StringDType()),
    np.array(["", ""], dtype=np.dtypes.StringDType(na_object=None)),
    np.array(["", "a"], dtype=np.dtypes.StringDType()),
    np.array(["", "a"]),
    np.array([b"", b"a"]),
    np.zeros(0),
    np.zeros((0, 2)),
    np.array(0.0),
    np.float64(0),
    np.float64(-0.0),
    np.float32(0),
    np.datetime64(0, "s"),
    np.datetime64(0, "ms"),
    np.bool_(False),
    np.bytes_(b""),
    np.str_(""),
    np.dtype("f8"),
    np.dtype(">f8"),
    np.dtype(("f8", (2,))),
    np.dtype(("f8", (3,))),
    np.dtype([("a", "f8")]),
    np.dtype([("a", "f8")], align=True),
    np.dtype("O"),
    np.dtype("V8"),
    np.add,
    np.subtract,
]


def test_what_looks_alike_is_told_apart() -> None:
    """Dtype, byte order, unit, shape, mask, metadata, field names, missing values and the kind of array all count."""
    found = [tokenize(each) for each in ALIKE]
    assert len(set(found)) == len(ALIKE)
    assert [tokenize(copy.deepcopy(each)) for each in ALIKE] == found
    assert [tokenize(each, ensure_deterministic=True) for each in ALIKE] == found


@pytest.mark.parametrize(
    "values", [["ab", "c"], ["a", "bc"], ["a", "b", "c"], [b"a", b"bc"], ["a-b", "c"], ["a", "b-c"]]
)
def test_objects_are_not_run_together(values: list[Any]) -> None:
    """Texts in an array of objects keep their ends."""
    others = [["ab", "c"], ["a", "bc"], ["a", "b", "c"], [b"a", b"bc"], ["a-b", "c"], ["a", "b-c"]]
    same = [
        other for other in others if tokenize(np.array(other, object)) == tokenize(np.array(values, object))
    ]
    assert same == [values]


def test_a_mapped_file_counts_by_content(tmp_path: Path) -> None:
    """Two maps of equal files share a token, and a changed file has another."""
    tokens = []
    for name, last in (("a", 1.0), ("b", 1.0), ("c", 2.0)):
        array = np.lib.format.open_memmap(tmp_path / name, "w+", float, (3,))
        array[:] = [0.0, 0.0, last]
        tokens.append(tokenize(array))
    assert tokens[0] == tokens[1] != tokens[2]


def test_an_array_that_holds_itself() -> None:
    """A cycle through an array of objects ends."""
    array = np.array([None, 1], dtype=object)
    array[0] = array
    assert len(tokenize(array)) == 32
