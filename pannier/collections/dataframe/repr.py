"""What a frame looks like before it is computed, and what is said of methods that it lacks."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

from pannier import plan
from pannier.errors import annotate, near_matches
from pannier.plan.nodes import Node

_SHOWN: Final = 20
"""Columns that are shown at most."""

INSTEAD: Final[dict[str, str]] = {
    "iat": "use iloc[row, column], which is lazy",
    "T": "rows cannot become columns before they are computed; use .compute().T",
    "transpose": "rows cannot become columns before they are computed; use .compute().transpose()",
    "plot": "it draws in this process; use .compute().plot, or of a sample(frac=...)",
    "hist": "it draws in this process; use .compute().hist(), or of a sample(frac=...)",
    "boxplot": "it draws in this process; use .compute().boxplot(), or of a sample(frac=...)",
    "style": "it is for what is shown; use .head().style",
    "unstack": "which columns there are would be known when all labels are; use .compute().unstack() of an answer about "
    "groups, or pivot_table(index=, columns=, values=, aggfunc=) of the frame, with a column of known categories",
    "interpolate": "use ffill() or bfill(), or map_overlap() with the method of pandas",
    "to_numpy": "use .compute().to_numpy(), or numpy.asarray(df)",
    "to_dict": "use .compute().to_dict(), or to_bag(format='dict')",
    "to_pickle": "use to_parquet(), which each partition writes by itself",
    "to_hdf": "an HDF5 file is written by one process at a time; use to_parquet(), which each partition writes by itself",
    "to_feather": "use to_parquet(), or pyarrow with the Arrow stream of the frame",
    "to_excel": "use .compute().to_excel()",
    "convert_dtypes": "what it would make of a column depends on all of its values; use astype({'x': 'Int64'})",
    "infer_objects": "what it would make of a column depends on all of its values; use astype()",
    "values": "use numpy.asarray(df), which computes, or .compute().values",
    "array": "use .compute().array",
    "tolist": "use list(...), which computes some partitions at a time, or .compute().tolist()",
    "to_list": "use list(...), which computes some partitions at a time, or .compute().to_list()",
    "item": "use .compute().item()",
    "take": "rows have no positions before those of the partitions before are counted; use .compute().take()",
    "argsort": "rows have no positions before those of the partitions before are counted; use sort_values()",
    "searchsorted": "rows have no positions before those of the partitions before are counted; use loc[start:stop]",
    "factorize": "use astype('category').cat.as_known().cat.codes",
    "equals": "use (a == b).all(), or compare what is computed",
    "compare": "use df[a != b]",
    "update": "use where(), mask() or combine_first()",
    "set_flags": "flags are not kept by steps",
    "asof": "use merge_asof()",
    "reindex": "use merge() or join() with a frame of the labels",
    "at": "use loc[label, column], which is lazy",
    "get": "whether there is a label is known when it is computed; use loc[label], or s[s.index == label]",
}
"""Names that pandas has and this package has not, why not, and what to use instead."""


def refusal(frame: Any, name: str) -> AttributeError:
    """The error for ``frame.name``, which does not exist, with what is near, or what to use instead."""
    kind = type(frame).__name__
    if hasattr(type(frame), name):  # an accessor that is not for these values: pandas says so
        getattr(frame._meta, name)
    if name in INSTEAD:
        return AttributeError(f"{kind}.{name} is not there: {INSTEAD[name]}")
    if name.startswith("_"):
        return AttributeError(f"{kind} has no attribute {name!r}")
    if hasattr(type(frame._meta), name):
        return AttributeError(
            f"{kind}.{name} of pandas is not there; where it works on each partition alone, use "
            f"map_partitions(lambda block: block.{name}(...)), else .compute().{name}"
        )
    columns = list(getattr(frame._meta, "columns", ()))
    known = [*columns, *(each for each in dir(type(frame)) if not each.startswith("_"))]
    error = AttributeError(f"{kind} has neither a column nor a method {name!r}{near_matches(name, known)}")
    hint = hint_at_later_columns(frame.node)
    return annotate(error, hint) if hint else error


def hint_at_later_columns(node: Node) -> str:
    """What to do where ``node`` is of records of which some may have fields that no first one has; else empty."""
    if not plan.schemas.has_open_schema(node):
        return ""
    return (
        "the columns are those of some first records; where there are others further on, name them in "
        "to_dataframe(columns=[...]), or with types in to_dataframe(meta={...})"
    )


def described(frame: Any) -> str:
    """Type, partitions, divisions, columns and what made it; nothing of the data.

    >>> import pandas as pd, pannier as pn
    >>> print(pn.from_pandas(pd.DataFrame({"x": [1], "y": ["a"]}), npartitions=1))
    DataFrame of 2 columns in 1 partition, 0 to 0, by from_pandas
      x    int64
      y      str
    nothing is computed: .head() shows rows, .compute() gives all
    """
    return "\n".join(
        [_title(frame), *_rows(frame), "nothing is computed: .head() shows rows, .compute() gives all"]
    )


def described_html(frame: Any) -> str:
    """The same for a notebook."""
    import html  # has a table of all entities, for the few who look at frames there

    rows = "".join(
        f"<tr><td>{html.escape(str(name))}</td><td>{html.escape(str(dtype))}</td></tr>"
        for name, dtype in _shown(frame)
    )
    return (
        f"<div><strong>{html.escape(_title(frame))}</strong>"
        f"<table><thead><tr><th>column</th><th>type</th></tr></thead><tbody>{rows}</tbody></table>"
        "<small>nothing is computed: <code>.head()</code> shows rows, <code>.compute()</code> gives all</small></div>"
    )


def _title(frame: Any) -> str:
    n = frame.npartitions
    columns = f" of {len(frame._meta.columns)} columns" if frame.ndim == 2 else ""
    ends = f"{frame.divisions[0]} to {frame.divisions[-1]}" if frame.known_divisions else "divisions unknown"
    return f"{type(frame).__name__}{columns} in {n} partition{'s' if n != 1 else ''}, {ends}, by {frame.node.verb}"


def _shown(frame: Any) -> list[tuple[Any, Any]]:
    meta = frame._meta
    if isinstance(meta, pd.DataFrame):
        pairs = list(zip(meta.columns, meta.dtypes, strict=True))
    else:
        pairs = [(meta.name, meta.dtype)]
    more = len(pairs) - _SHOWN
    return [*pairs[:_SHOWN], (f"and {more} more", "")] if more > 0 else pairs


def _rows(frame: Any) -> list[str]:
    pairs = [(str(name), str(dtype)) for name, dtype in _shown(frame)]
    wide = max((len(name) for name, _ in pairs), default=0)
    right = max((len(dtype) for _, dtype in pairs), default=0)
    return [f"  {name:<{wide}}  {dtype:>{right}}" for name, dtype in pairs]
