"""Random pipelines of frames: no pass may change what they answer.

Verbs are held to pandas elsewhere, one by one.  Here steps are put together, over frames in memory and over files that
columns and filters are pushed into, and the answers of the optimized plan are those of the plan as it was written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.api import types

import pannier as pn
import pannier.dataframe as pdf
from tests.oracle.frame_strategies import Parted, frames, same


class Names:
    """Columns of a frame that a step may take, chosen by a number."""

    def __init__(self, frame: Any, n: int) -> None:
        self.n, self.types = n, frame._meta.dtypes

    def _of(self, is_right: Callable[[Any], bool], i: int = 0) -> Any:
        found = [name for name, dtype in self.types.items() if is_right(dtype)]
        if not found:
            raise KeyError("no such column")
        return found[(self.n + i) % len(found)]

    @property
    def number(self) -> Any:
        return self._of(_is_number)

    @property
    def other_number(self) -> Any:
        return self._of(_is_number, 1)

    @property
    def text(self) -> Any:
        return self._of(lambda dtype: isinstance(dtype, pd.StringDtype))

    @property
    def any(self) -> Any:
        return self._of(lambda dtype: True)

    @property
    def other(self) -> Any:
        return self._of(lambda dtype: True, 1)

    @property
    def numbers(self) -> list[Any]:
        return [name for name, dtype in self.types.items() if _is_number(dtype)]


def _is_number(dtype: Any) -> bool:
    return types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype)


def _doubled(part: pd.DataFrame, name: Any) -> pd.DataFrame:
    return part.assign(doubled=part[name] * 2)


def _listed(part: pd.DataFrame, name: Any) -> pd.DataFrame:
    return part.assign(listed=[[value] * (i % 3) for i, value in enumerate(part[name])])


Step = Callable[[Any, Any, Names], Any]
STEPS: dict[str, Step] = {
    "columns": lambda df, _, c: df[list(dict.fromkeys([c.other, c.any]))],
    "drop": lambda df, _, c: df.drop(columns=[c.any]),
    "rename": lambda df, _, c: df.rename(columns={c.any: c.other}),
    "swap": lambda df, _, c: df.rename(columns={c.any: c.other, c.other: c.any}),
    "assign": lambda df, _, c: df.assign(v=df[c.number] * 2 + df[c.other_number]),
    "assign over": lambda df, _, c: df.assign(**{c.number: df[c.other_number] - 1}),
    "assign a reduction": lambda df, _, c: df.assign(m=df[c.number] - df[c.other_number].max()),
    "numbers": lambda df, _, c: df[c.numbers].sub(df[c.number], axis=0),
    "fillna": lambda df, _, c: df.fillna({c.number: c.n}),
    "astype": lambda df, _, c: df.astype({c.number: "float64"}),
    "where": lambda df, _, c: df[c.numbers].where(df[c.number] > 0, -1),
    "texts": lambda df, _, c: df.assign(upper=df[c.text].str.upper()),
    "map": lambda df, _, c: df.assign(mapped=df[c.number].map(lambda v: v * 2)),
    "map by a dict": lambda df, _, c: df.assign(named=df[c.any].map({0: "x", 1: "y", "a": "z"})),
    "share of the most": lambda df, _, c: df[c.numbers] / df[c.numbers].max(),
    "more than the mean": lambda df, _, c: df[c.numbers] > df[c.numbers].mean(),
    "sum of a row": lambda df, _, c: df.assign(r=df[c.numbers].sum(axis=1)),
    "map_partitions": lambda df, _, c: df.map_partitions(_doubled, c.number),
    "repartition": lambda df, _, c: df.repartition(npartitions=c.n % 4 + 1),
    "partitions": lambda df, _, c: df.partitions[c.n % df.npartitions :],
    "cumsum": lambda df, _, c: df.assign(total=df[c.number].cumsum()),
    "shift": lambda df, _, c: df.assign(before=df[c.any].shift(-1)),
    "rolling": lambda df, _, c: df.assign(window=df[c.number].rolling(2).sum()),
    "ffill": lambda df, _, c: df.ffill(),
    "filter": lambda df, _, c: df[df[c.number] > c.n - 2],
    "filter by two": lambda df, _, c: df[(df[c.number] > -2) & (df[c.other_number] < 3)],
    "filter by either": lambda df, _, c: df[(df[c.number] > 1) | (df[c.text] == "a")],
    "filter by texts": lambda df, _, c: df[df[c.text] >= "ab"],
    "filter by others": lambda df, _, c: df[df[c.any] != 1],
    "filter by gaps": lambda df, _, c: df[df[c.any].isna()],
    "filter by a mean": lambda df, _, c: df[df[c.number] >= df[c.other_number].mean()],
    "filter by what is before": lambda df, _, c: df[df[c.number].shift() != df[c.number]],
    "filter by sizes of groups": lambda df, _, c: df[df.groupby(c.any)[c.number].transform("size") > 1],
    "query": lambda df, _, c: df.query(f"`{c.number}` > 0 or `{c.other_number}` <= -1"),
    "isin": lambda df, _, c: df[df[c.number].isin([0, 1, c.n])],
    "loc": lambda df, _, c: df.loc[df[c.number] < 2, [c.any]],
    "dropna": lambda df, _, c: df.dropna(subset=[c.any]),
    "head": lambda df, _, c: df.head(c.n, compute=False),
    "sort_values": lambda df, _, c: df.sort_values([c.number, c.other], ascending=[False, True]),
    "set_index": lambda df, _, c: df.set_index(c.number),
    "reset_index": lambda df, _, c: df.reset_index(drop=c.n % 2 == 0),
    "drop_duplicates": lambda df, _, c: df.drop_duplicates([c.any]),
    "explode": lambda df, _, c: df.assign(x=df[c.text].str.split("b")).explode("x"),
    "explode lists": lambda df, _, c: df.map_partitions(_listed, c.any).explode("listed"),
    "melt": lambda df, _, c: df.melt([c.any], [c.other]),
    "transform": lambda df, _, c: df.assign(t=df.groupby(c.any)[c.number].transform("sum")),
    "groups": lambda df, _, c: df.groupby(c.any, as_index=False).agg({c.number: "sum"}),
    "groups with keys": lambda df, _, c: df.groupby(c.any, as_index=False)[c.numbers].sum(),
    "heads of groups": lambda df, _, c: df.groupby(c.any).head(2),
    "merge a small one": lambda df, _, c: df.merge(pd.DataFrame({"i": [1, 2, 2], "w": list("abc")}), on="i"),
    "merge": lambda df, other, c: df.merge(other, "left", on="i", broadcast=c.n % 2 == 0),
    "merge groups": lambda df, _, c: df.merge(df.groupby("i").size().rename("n").reset_index(), on="i"),
    "concat": lambda df, other, _: pdf.concat([df, other], join="inner"),
}
"""From a frame, an earlier one of the same pipeline, and names of columns."""
ENDS: dict[str, Step] = {
    "frame": lambda df, _, c: df,
    "column": lambda df, _, c: df[c.any],
    "size": lambda df, _, c: df.size,
    "count": lambda df, _, c: df.count(),
    "sums": lambda df, _, c: df[c.numbers].sum(),
    "two aggregations": lambda df, _, c: df[c.numbers].agg(["sum", "max"]),
    "mean": lambda df, _, c: df[c.number].mean(),
    "nunique": lambda df, _, c: df[c.any].nunique(),
    "value_counts": lambda df, _, c: df[c.any].value_counts(),
    "difference": lambda df, _, c: df[c.number].max() - df[c.other_number].count(),
    "group sums": lambda df, _, c: df.groupby(c.any)[c.number].sum(),
    "group sizes": lambda df, _, c: df.groupby([c.any, c.other]).size(),
}
CHOICES = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 5), st.integers(0, 5))
ENDINGS = st.tuples(st.sampled_from(sorted(ENDS)), st.integers(0, 5))
SOURCES = st.sampled_from(["memory", "csv", "parquet", "row groups"])


def opened(source: str, parted: Parted, folder: Path) -> Any:
    """The rows of ``parted`` in memory, or in files of some rows."""
    if source == "memory":
        return parted.lazy
    if source == "csv":
        parted.whole.to_csv(folder / "a.csv", index=False)
        kinds = {"i": "int64", "f": "float64", "s": "str"}
        return pn.read_csv(folder / "a.csv", dtype=kinds, blocksize=20)
    if source == "parquet":
        for i, part in enumerate(parted.parts):
            part.to_parquet(folder / f"{i}.parquet")
        return pn.read_parquet(folder)
    parted.whole.to_parquet(folder / "a.parquet", row_group_size=2)
    return pn.read_parquet(folder, split_row_groups=True)


def grown(source: Any, steps: list[tuple[str, int, int]]) -> list[Any]:
    """The frames after each of those steps that can be taken."""
    stages = [source]
    for name, back, n in steps:
        frame = stages[-1]
        try:
            made = STEPS[name](frame, stages[-1 - back % len(stages)], Names(frame, n))
        except Exception:  # noqa: BLE001  a step that pandas or the frame refuses while the plan is made
            continue
        stages.append(made)
    return stages


def in_any_order(answer: Any) -> Any:
    """``answer`` sorted by what is in its rows, without labels that are numbers: the order of a shuffle depends on sizes."""
    if not isinstance(answer, (pd.DataFrame, pd.Series)):
        return answer
    frame = answer.to_frame() if isinstance(answer, pd.Series) else answer
    is_numbered = frame.index.dtype == "int64" and frame.index.name is None
    texts = list(map(repr, frame.itertuples(index=not is_numbered, name=None)))
    made = answer.iloc[sorted(range(len(texts)), key=texts.__getitem__)]
    return made.reset_index(drop=True) if is_numbered else made


@settings(max_examples=150)
@given(
    source=SOURCES,
    parted=frames("ifs"),
    steps=st.lists(CHOICES, min_size=2, max_size=6),
    endings=st.lists(ENDINGS, min_size=1, max_size=2),
)
def test_passes_change_no_answer(
    source: str, parted: Parted, steps: list[tuple[str, int, int]], endings: list[tuple[str, int]]
) -> None:
    """Of one frame, or of two at a time."""
    with tempfile.TemporaryDirectory() as folder:
        stages = grown(opened(source, parted, Path(folder)), steps)
        asked = []
        for back, (name, n) in enumerate(endings):
            frame = stages[-1 - back * n % len(stages)]
            try:
                asked.append(ENDS[name](frame, None, Names(frame, n)))
            except Exception:  # noqa: BLE001  refused while the plan is made
                asked.append(frame)
        try:
            written = [each.compute(optimize_graph=False) for each in asked]
        except Exception:  # noqa: BLE001  it may be in columns that an optimized plan does not make
            return
        for actual, expected in zip(pn.compute(*asked), written, strict=True):
            same(in_any_order(actual), in_any_order(expected))
