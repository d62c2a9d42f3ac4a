"""Quantiles of columns: exact ones from sorted runs, approximate ones from sketches.

The exact value of a rank is found among the runs of all partitions without putting them together: each is sorted,
so a few of its values say which part of it can be left out.  Large runs lie in files.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from pannier import host
from pannier.frozen import frozen
from pannier.kernels.frames.blocks import emptied, of_all_types
from pannier.kernels.frames.moments import present
from pannier.kernels.frames.reductions import FrameReduction, columns_of, reduced_dtype

Array = npt.NDArray[Any]

RANK_ERROR: Final = 0.005
"""How far, as a share of all values, the rank of an approximate quantile may be from what was asked for."""
_IN_MEMORY: Final = 1 << 17
"""Values of a run that are kept in memory; of what is left of runs before it is sorted, too."""
_BETWEEN: Final = ("linear", "midpoint")
"""Interpolations that make values of their own, which not all types have."""
_PROBES: Final = 64
"""Values of each run that are looked at at a time."""


@frozen
class Run:
    """Sorted values, each once with how many there are up to it; or, without ``ends``, each as often as it is."""

    listed: Array | str
    """A path where they are in a file."""
    ends: npt.NDArray[np.int64] | None = None

    def opened(self) -> Run:
        """The same, values at hand."""
        return Run(np.load(self.listed, mmap_mode="r"), self.ends) if isinstance(self.listed, str) else self

    def place(self, value: Any, side: Any) -> int:
        """How many of the listed values are below ``value`` (left), or not above it (right)."""
        return int(np.searchsorted(self.listed, value, side))

    def before(self, place: int) -> int:
        """How many values there are, repeated ones counted, before ``place``."""
        return place if self.ends is None else int(self.ends[place - 1]) if place else 0


def run_of(values: Array) -> Run:
    """The run of ``values``, in a file if there are many and the task has a place for it.

    >>> run_of(np.array([2, 1, 2, 2])).listed.tolist()
    [1, 2]
    """
    values = np.sort(values)
    last = (
        np.flatnonzero(np.append(values[1:] != values[:-1], True)) if len(values) else np.array([], np.int64)
    )
    if 2 * len(last) <= len(values):
        return Run(values[last], last + 1)
    here = host.current()
    if len(values) <= _IN_MEMORY or here is None or values.dtype.hasobject:
        return Run(values)
    path = here.new_path("quantiles") + ".npy"
    np.save(path, values)
    here.written += values.nbytes
    return Run(path)


def joined(runs: list[Run]) -> list[Run]:
    """``runs``, small ones of repeated values as one.

    >>> one, two = run_of(np.array([1, 1, 2, 2])), run_of(np.array([2, 2]))
    >>> joined([one, two])[0].ends.tolist()
    [2, 6]
    """
    small = [run for run in runs if run.ends is not None and len(run.listed) <= _IN_MEMORY]
    if len(small) < 2:
        return runs
    values, codes = np.unique(np.concatenate([run.listed for run in small]), return_inverse=True)
    counts = np.zeros(len(values), np.int64)
    np.add.at(
        counts, codes, np.concatenate([np.diff(run.ends, prepend=0) for run in small if run.ends is not None])
    )
    return [Run(values, np.cumsum(counts)), *[run for run in runs if not any(run is each for each in small)]]


def value_at(runs: Sequence[Run], rank: int) -> Any:
    """The value that stands at ``rank``, from 0, in what ``runs`` hold together, sorted.

    >>> int(value_at([run_of(np.array([5, 1, 3])), run_of(np.array([2, 2]))], 3))
    3
    """
    windows = [(0, len(run.listed)) for run in runs]
    while sum([end - start for start, end in windows]) > _IN_MEMORY:
        probes = np.unique(
            np.concatenate([_probes(run, *window) for run, window in zip(runs, windows, strict=True)])
        )
        low, high = (
            0,
            len(probes) - 1,
        )  # as many values as rank are not below the first, and more not above the last
        while low < high:
            middle = (low + high + 1) // 2
            if sum([run.before(run.place(probes[middle], "left")) for run in runs]) <= rank:
                low = middle
            else:
                high = middle - 1
        if sum([run.before(run.place(probes[low], "right")) for run in runs]) > rank:
            return probes[low]
        after = [probes[low + 1]] if low + 1 < len(probes) else []
        windows = [
            (
                max(start, run.place(probes[low], "right")),
                min([end, *[run.place(each, "left") for each in after]]),
            )
            for run, (start, end) in zip(runs, windows, strict=True)
        ]
    values = np.concatenate([run.listed[start:end] for run, (start, end) in zip(runs, windows, strict=True)])
    counts = np.concatenate([_counts(run, *window) for run, window in zip(runs, windows, strict=True)])
    order = np.argsort(values, kind="stable")
    before = sum([run.before(start) for run, (start, _) in zip(runs, windows, strict=True)])
    place = np.searchsorted(np.cumsum(counts[order]), rank - before, "right")
    return values[order[place]]


def _probes(run: Run, start: int, end: int) -> Array:
    """Some values of a part of a run, its ends among them."""
    places = np.unique(np.linspace(start, end - 1, _PROBES if end > start else 0).astype(np.int64))
    return run.listed[places]  # type: ignore[return-value]


def _counts(run: Run, start: int, end: int) -> npt.NDArray[np.int64]:
    """How often each value of a part of a run is there."""
    if run.ends is None:
        return np.ones(end - start, np.int64)
    return np.diff(run.ends[start:end], prepend=run.before(start))


class Found(NamedTuple):
    """What is known of each column: of its values, and whether some are missing."""

    like: Any
    columns: list[Any]
    gaps: list[bool]


@frozen
class QuantileReduction(FrameReduction):
    """Values of which a share ``q`` is not larger: of a frame a series of them, for several ``q`` one a row."""

    q: float | tuple[float, ...]
    interpolation: str = "linear"
    method: ClassVar[str] = "quantile"
    """That of pandas, which knows the types it is for."""

    def chunk(self, records: Any) -> Found:
        columns, gaps = [], []
        for column in columns_of(records):
            if self.interpolation in _BETWEEN:
                reduced_dtype(self.method, column.dtype)  # raises what pandas has against the type
            is_category = isinstance(column.dtype, pd.CategoricalDtype)  # in the order of their codes
            values = present(column.cat.codes[column.notna()] if is_category else column)
            columns.append(self._known(values))
            gaps.append(len(values) < len(column))
        return Found(emptied(records), columns, gaps)

    def combine(self, partials: list[Found]) -> Found:
        columns = zip(*[partial.columns for partial in partials], strict=True)
        gaps = zip(*[partial.gaps for partial in partials], strict=True)
        like = of_all_types([partial.like for partial in partials])
        return Found(like, [self._together(known) for known in columns], list(map(any, gaps)))

    def finish(self, partial: Found) -> Any:
        like = partial.like
        shares = self.q if isinstance(self.q, tuple) else (self.q,)
        index = pd.Index(shares, dtype="float64")
        found = zip(columns_of(like), partial.columns, partial.gaps, strict=True)
        columns = {i: self._column(*each, shares) for i, each in enumerate(found)}
        if not isinstance(like, pd.DataFrame):
            answer = columns[0].set_axis(index).rename(like.name)
            return answer if isinstance(self.q, tuple) else answer.iloc[0]
        frame = pd.DataFrame(columns, index=None if columns else pd.RangeIndex(len(shares))).set_axis(index)
        frame.columns = like.columns
        if isinstance(self.q, tuple):
            return frame
        if not columns:
            return pd.Series([], index=like.columns, name=self.q, dtype="float64")
        return frame.iloc[0].rename(self.q)

    def _column(self, like: Any, known: Any, has_gaps: bool, shares: Sequence[float]) -> Any:
        """The quantiles of one column, as pandas gives them for the two values that are next to each.

        Its types depend on whether something is missing.
        """
        is_category = isinstance(like.dtype, pd.CategoricalDtype)
        gap = [-1 if is_category else None] if has_gaps else []
        answers = []
        for q in shares or (0.5,):
            neighbours, share = self._neighbours(known, q)
            held: Any = [*neighbours, *gap]
            if is_category:
                held = pd.Categorical.from_codes(np.array(held, np.int64), dtype=like.dtype)
            pair = pd.Series(held, dtype=like.dtype)
            answers.append(pair.quantile([share] if shares else [], interpolation=self.interpolation))
        return pd.concat(answers, ignore_index=True)

    @abstractmethod
    def _known(self, values: Array) -> Any:
        """What is to be known of values."""

    @abstractmethod
    def _together(self, known: Iterable[Any]) -> Any:
        """The same of several lots of values."""

    @abstractmethod
    def _neighbours(self, known: Any, q: float) -> tuple[list[Any], float]:
        """The values, one or two or, where there are none, none, between which the quantile is, and how far between."""

    @property
    def label(self) -> str:
        return f"quantile({self.q!r})"


@frozen
class Quantiles(QuantileReduction):
    """Exact quantiles.

    >>> median = Quantiles(0.5)
    >>> parts = [pd.Series([3, 1]), pd.Series([2, 9])]
    >>> float(median.finish(median.combine([median.chunk(part) for part in parts])))
    2.5
    """

    def _known(self, values: Array) -> list[Run]:
        return [run_of(values)]

    def _together(self, known: Iterable[list[Run]]) -> list[Run]:
        return joined([run for runs in known for run in runs])

    def _neighbours(self, known: list[Run], q: float) -> tuple[list[Any], float]:
        runs = [run for run in [each.opened() for each in known] if len(run.listed)]
        n = sum([run.before(len(run.listed)) for run in runs])
        if not n:
            return [], q
        place = q * (n - 1)
        if self.interpolation == "nearest":
            return [value_at(runs, round(place))], 0.0
        below = math.floor(place)
        first = value_at(runs, below)
        # numpy reckons with the next value even where its share is none, which an infinite one makes no number.
        return [first, value_at(runs, below + 1)] if below < n - 1 else [first], place - below


@frozen
class Median(Quantiles):
    """The value in the middle, or the mean of the two that are."""

    skipna: bool = True
    method: ClassVar[str] = "median"

    def finish(self, partial: Found) -> Any:
        answer = QuantileReduction.finish(self, partial)
        return answer.rename(None) if isinstance(partial.like, pd.DataFrame) else answer

    def _column(self, like: Any, known: list[Run], has_gaps: bool, shares: Sequence[float]) -> Any:
        neighbours, share = self._neighbours(known, 0.5)
        if has_gaps and not (neighbours and self.skipna):
            neighbours = [None]
        elif not share:
            neighbours = neighbours[:1]
        return pd.Series(neighbours, dtype=like.dtype).to_frame().median(skipna=self.skipna)

    @property
    def label(self) -> str:
        return "median"


@frozen
class ApproximateQuantiles(QuantileReduction):
    """Quantiles whose ranks are right within :data:`RANK_ERROR`, from a sketch of some kilobytes a column.

    See Karnin, Lang and Liberty, "Optimal quantile approximation in streams", 2016.
    """

    def _known(self, values: Array) -> bytes:
        sketch = _sketch()
        sketch.update(values.astype(np.float64))
        return bytes(sketch.serialize())

    def _together(self, known: Iterable[bytes]) -> bytes:
        sketch = _sketch()
        for each in known:
            sketch.merge(sketch.deserialize(each))
        return bytes(sketch.serialize())

    def _neighbours(self, known: bytes, q: float) -> tuple[list[Any], float]:
        sketch = _sketch().deserialize(known)
        if sketch.is_empty():
            return [], q
        ends = {0.0: sketch.get_min_value, 1.0: sketch.get_max_value}  # exact, as no others are
        value = ends[q]() if q in ends else sketch.get_quantile(q, inclusive=True)
        return [int(value) if float(value).is_integer() else value], 0.0


def _sketch() -> Any:
    """An empty sketch; the constants are those of its ``get_normalized_rank_error``."""
    import datasketches

    return datasketches.kll_doubles_sketch(math.ceil((2.296 / RANK_ERROR) ** (1 / 0.9723)))
