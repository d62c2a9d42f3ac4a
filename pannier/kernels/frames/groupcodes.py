"""Which group each row of a block is in: keys as small numbers.

A key column becomes numbers by the cheapest way there is for it: the codes of a categorical, the dictionary of texts,
the distance from the least for whole numbers and times that lie close, a hash table for the rest.  Several columns
become one number, as digits do.  From there on, whatever is computed of groups is an array addressed by these.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier.kernels.frames.fixedtexts import of_one_width
from pannier.kernels.frames.keyhash import hash_rows

_FEW: Final = 1 << 16
"""Numbers that may be addressed directly however few rows there are."""
_MOST_SLOTS: Final = 1 << 62
_SAMPLE: Final = 1 << 16
"""Rows from which it is estimated how many groups there are."""
_DIGIT: Final = 16
"""Bits that numpy sorts by counting."""
_PAYS: Final = 0.5
"""Groups a row, up to which it pays to reduce a block before it goes on."""
_SPREAD: Final = 1 << 12
"""Rows, of all parts of a block, in which keys that are not rare come again."""

Codes = npt.NDArray[Any]


class Groups:
    """The groups of some rows, numbered from 0: ``codes`` has for each row the number of its group, below ``n``.

    ``key`` is that of each group, where it is known without looking at rows.
    """

    def __init__(self, codes: Codes, n: int, key: Codes | None = None) -> None:
        self.codes = codes
        self.n = n
        self.key = key

    @cached_property
    def first(self) -> Codes:
        """For each group the position of its first row."""
        return _first_rows(self.codes, self.n)

    @cached_property
    def sizes(self) -> Codes:
        """For each group how many rows it has."""
        return np.bincount(self.codes, minlength=self.n)

    @property
    def is_each_row(self) -> bool:
        """Whether row i is known to be group i, and its only row."""
        return self.__dict__.get("first") is self.codes

    @classmethod
    def of_each_row(cls, rows: int) -> Groups:
        """Every row by itself."""
        groups = cls(np.arange(rows), rows)
        groups.first = groups.codes
        return groups

    def by_appearance(self) -> Groups:
        """The same groups, numbered in the order in which their first rows come.

        >>> Groups(np.array([1, 0]), 2).by_appearance().codes.tolist()
        [0, 1]
        """
        if self.is_each_row:
            return self
        order = np.argsort(self.first, kind="stable")
        return Groups(_rank(order)[self.codes], self.n, None if self.key is None else self.key[order])


def groups_of(keys: Sequence[pd.Series[Any]], sort: bool = True) -> Groups:
    """The groups of equal keys, all missing values of a column being equal.

    With ``sort`` they are numbered in the order of their keys, missing ones last.

    >>> groups_of([pd.Series(["b", "a", "b"])]).codes.tolist()
    [1, 0, 1]
    """
    slots, size = _slots(keys, sort)
    return _dense(slots, size, sort)


def addressed_groups(keys: Sequence[pd.Series[Any]]) -> Groups | None:
    """The same groups, where keys are addresses or nearly so; None where it takes a hash table to tell them apart.

    Of one column of whole numbers the keys of groups are known, too.

    >>> addressed_groups([pd.Series([7, 5, 7])]).codes.tolist()
    [1, 0, 1]
    """
    rows, size = len(keys[0]), 1
    slots: Codes = np.zeros(rows, dtype=np.intp)
    for key in keys:
        addresses = _addresses(key)
        if addresses is None:
            return None
        codes, n = _without_gaps(*addresses)
        slots, size = (codes if size == 1 else slots.astype(np.int64, copy=False) * n + codes), size * n
        if size > direct(rows):
            return None
    dtype = keys[0].dtype
    is_number = len(keys) == 1 and isinstance(dtype, np.dtype) and dtype.kind in "iu"
    return _dense(slots, size, sort=False, numbers=keys[0].to_numpy() if is_number else None)


def is_reducible(keys: Sequence[pd.Series[Any]], groups: Groups | None = None) -> bool:
    """Whether there are far fewer ``groups`` of equal keys than rows; as far as the first rows tell, if they are not known."""
    rows = len(keys[0])
    if rows <= 2 * _SAMPLE:
        return True
    n = _expected_groups([key.iloc[:_SAMPLE] for key in keys], rows) if groups is None else groups.n
    return n <= _PAYS * rows


def are_distinct(keys: Sequence[pd.Series[Any]]) -> bool:
    """Whether all rows are known to have different keys, since their hashes differ; those of objects are not asked.

    To find that out takes a fraction of the time in which groups are found.

    >>> are_distinct([pd.Series([1, 1]), pd.Series([1, 2])]), are_distinct([pd.Series([1, 1])])
    (True, False)
    """
    if any(key.dtype == object for key in keys):
        return False
    step = len(keys[0]) // _SPREAD
    if step > 1:
        # Not at equal distances: partials, one after the other, have their keys at such.
        some = np.arange(_SPREAD) * step + np.random.default_rng(0).integers(0, step, _SPREAD)
        if not are_alone(hash_rows([key.iloc[some] for key in keys])).all():
            return False
    return bool(are_alone(hash_rows(keys)).all())


def are_alone(hashes: Codes) -> npt.NDArray[np.bool_]:
    """Which rows are known to be the only ones of their keys, having a hash that no other row has.

    Where most rows have others of their kind, all are taken for such: to tell them apart would save nothing.

    >>> are_alone(np.array([7, 5, 9, 7, 8])).tolist()
    [False, True, True, False, True]
    """
    ordered = np.sort(hashes)
    again = np.count_nonzero(ordered[1:] == ordered[:-1])
    if 2 * again > len(hashes) or not again:
        return np.full(len(hashes), not again)
    order = np.argsort(hashes)
    ordered = hashes[order]
    is_same = ordered[1:] == ordered[:-1]
    alone = np.ones(len(hashes), dtype=np.bool_)
    alone[order[1:][is_same]] = False
    alone[order[:-1][is_same]] = False
    return alone


def order_of(keys: Sequence[pd.Series[Any]]) -> Codes:
    """The positions of rows in the order of their keys, missing ones last, those of equal keys in their order.

    >>> order_of([pd.Series([2, 1, 2]), pd.Series(["b", "b", "a"])]).tolist()
    [1, 2, 0]
    """
    return order_by_code(*_slots(keys, sort=True))


def order_by_code(codes: Codes, n: int) -> Codes:
    """The positions of ``codes``, which are below ``n``, by code, those of one code in their order.

    >>> order_by_code(np.array([1, 0, 1]), 2).tolist()
    [1, 0, 2]
    """
    order = np.argsort(codes.astype(np.uint16), kind="stable")  # by the last digit, then by those before it
    shift = _DIGIT
    while n > 1 << shift:
        order = order[np.argsort((codes[order] >> shift).astype(np.uint16), kind="stable")]
        shift += _DIGIT
    return order


def comparable(key: pd.Series[Any], dtype: Any) -> pd.Series[Any]:
    """Values that are ordered as those of ``key`` are, in every block of a frame where they are of type ``dtype``.

    Different ones may be as one, equal ones never differ.  Categories are in the order in which ``dtype`` has them;
    where it has none, blocks have their own, and the order is that of their values.  Of objects only texts have an order.

    >>> comparable(pd.Series(["a", 1, 2], dtype=object), np.dtype(object)).tolist()
    ['a', nan, nan]
    """
    if isinstance(key.dtype, pd.CategoricalDtype):
        known = dtype.categories if isinstance(dtype, pd.CategoricalDtype) else None
        if known is not None and len(known):
            return key.astype(pd.CategoricalDtype(known, ordered=True))
        key = key.astype(key.dtype.categories.dtype)
    if key.dtype == object:
        is_text = np.fromiter((isinstance(value, str) for value in key), np.bool_, len(key))
        return pd.Series(key.where(is_text, None), dtype="str")
    return key


def is_complete(keys: Sequence[pd.Series[Any]]) -> npt.NDArray[np.bool_] | None:
    """Which rows have all their keys; None when all have."""
    complete = None
    for key in keys:
        if key.dtype.kind in "biu" and isinstance(key.dtype, np.dtype):
            continue
        missing = key.isna().to_numpy()
        if missing.any():
            complete = ~missing if complete is None else complete & ~missing
    return complete


def direct(rows: int) -> int:
    """How many slots ``rows`` rows may be spread over before a hash table is cheaper."""
    return max(2 * rows, _FEW)


def _slots(keys: Sequence[pd.Series[Any]], sort: bool) -> tuple[Codes, int]:
    """For each row a number below the second result, equal for equal keys."""
    slots, size = _column(keys[0], sort)
    for key in keys[1:]:
        codes, n = _column(key, sort)
        if size * n >= _MOST_SLOTS:
            dense = _dense(slots, size, sort)
            slots, size = dense.codes, dense.n
        slots = slots.astype(np.int64, copy=False) * n + codes
        size *= n
    return slots, max(size, 1)


def _dense(slots: Codes, size: int, sort: bool, numbers: Codes | None = None) -> Groups:
    """Groups by slot, those without rows left out; ``numbers`` are keys of which slots are the distances from the least."""
    rows = len(slots)
    if size > direct(rows):
        codes, uniques = pd.factorize(slots)
        groups = Groups(_rank(np.argsort(uniques))[codes] if sort else codes, len(uniques))
    else:
        slots = slots.astype(np.intp, copy=False)
        sizes = np.bincount(slots, minlength=size)
        used = sizes > 0
        n = int(np.count_nonzero(used))
        groups = Groups(slots if n == size else (np.cumsum(used) - 1)[slots], n)
        groups.sizes = sizes if n == size else sizes[used]
        if numbers is not None and rows:
            groups.key = numbers[0] + (np.flatnonzero(used) - slots[0]).astype(numbers.dtype)
    return Groups.of_each_row(rows) if groups.n == rows and not sort else groups


def _first_rows(codes: Codes, n: int) -> Codes:
    """The position of the first row of each of ``n`` groups, none of which is empty."""
    first = np.full(n, -1, dtype=np.intp)
    head = min(len(codes), 4 * n)  # has the most of them
    first[codes[:head][::-1]] = np.arange(head - 1, -1, -1)  # what is written last stays
    late = first < 0
    if late.any():
        rest = np.flatnonzero(late[codes[head:]])[::-1] + head
        first[codes[rest]] = rest
    return first


def _rank(order: Codes) -> Codes:
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank


def _expected_groups(sample: Sequence[pd.Series[Any]], rows: int) -> float:
    """How many groups ``rows`` rows have, judged by how often keys come again among the first ones."""
    n = len(sample[0])
    again = n - groups_of(sample, sort=False).n
    if not again:
        return float(rows)
    alike = n**2 / (2 * again)  # as many keys, if all were as frequent: the birthday paradox
    return float(alike * -np.expm1(-rows / alike))


def _column(key: pd.Series[Any], sort: bool) -> tuple[Codes, int]:
    """Codes of the values of ``key`` and how many codes there may be; missing ones have the last code."""
    return _without_gaps(*_coded(key, sort))


def _without_gaps(codes: Codes, size: int) -> tuple[Codes, int]:
    """``codes`` in which those below 0 are one more, the last."""
    if size and len(codes) and codes.min() < 0:
        codes, size = np.where(codes < 0, size, codes), size + 1
    elif not size:
        codes, size = np.zeros(len(codes), dtype=np.intp), 1  # all are missing, or there are no rows
    return codes, size


def _coded(key: pd.Series[Any], sort: bool) -> tuple[Codes, int]:
    """Codes of the values of ``key`` and how many codes there may be; missing ones are below 0."""
    if isinstance(key.dtype, pd.StringDtype):
        return _texts(key, sort)
    addresses = _addresses(key)
    if addresses is not None:
        return addresses
    codes, uniques = pd.factorize(key, sort=sort)
    return codes, len(uniques)


def _addresses(key: pd.Series[Any]) -> tuple[Codes, int] | None:
    """The same, where values are small numbers as they are kept, in the order of the values; None elsewhere."""
    dtype = key.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return key.cat.codes.to_numpy(), len(dtype.categories)
    if not isinstance(dtype, np.dtype):
        return None
    if dtype.kind == "b":
        return key.to_numpy().view(np.uint8), 2
    if dtype.kind in "iumM":
        values = key.to_numpy()
        return _close(values.view(np.int64) if dtype.kind in "mM" else values)
    return None


def _close(values: Codes) -> tuple[Codes, int] | None:
    """Whole numbers as their distances from the least, where these are few enough to be addresses."""
    least, size = reach(values)
    if not 0 < size <= direct(len(values)):
        return None
    if values.dtype.itemsize < np.dtype(np.int64).itemsize:
        values = values.astype(np.int64)
    distances = values - values.dtype.type(least) if least else values
    return distances.astype(np.int64, copy=False), size


def reach(values: Codes) -> tuple[int, int]:
    """The least of some whole numbers, and how many there are from there to the largest; 0 where NaT is among them.

    >>> reach(np.array([7, 5, 9]))
    (5, 5)
    """
    if not len(values):
        return 0, 0
    least, most = int(values.min()), int(values.max())
    has_gaps = least == np.iinfo(np.int64).min  # which is how NaT is kept
    return least, 0 if has_gaps else most - least + 1


def _texts(key: pd.Series[Any], sort: bool) -> tuple[Codes, int]:
    """Texts as places in their dictionary."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = key.array.__arrow_array__()
    if isinstance(texts, pa.Array):
        texts = pa.chunked_array([texts])
    fixed = of_one_width(texts)
    encoded = (texts if fixed is None else fixed).dictionary_encode()
    if not encoded.num_chunks:
        return np.zeros(0, dtype=np.intp), 0
    dictionary = encoded.chunk(encoded.num_chunks - 1).dictionary  # one for all of them
    indices = [chunk.indices for chunk in encoded.chunks]
    codes = np.concatenate(
        [(each.fill_null(-1) if each.null_count else each).to_numpy(zero_copy_only=False) for each in indices]
    )
    if sort:
        rank = _rank(pc.array_sort_indices(dictionary).to_numpy())
        codes = np.append(rank, -1)[codes]
    return codes, len(dictionary)
