"""A sample call of each method that is a row of a table: what is called on a frame, and the frame that it is called on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd

from tests.oracle.frame_strategies import Parted, series_of

Call = Callable[[Any], Any]
"""Of a frame with the columns i, f, s, b, t, c and n, lazy or not."""

_ADDED: Final = "add sub mul truediv floordiv mod pow subtract multiply div divide".split()
_REFLECTED: Final = "radd rsub rmul rtruediv rfloordiv rmod rpow rdiv".split()
_COMPARED: Final = "eq ne lt le gt ge".split()
_MISSING: Final = "isna isnull notna notnull".split()


def _leveled(name: str, *all_args: tuple[Any, ...]) -> list[Call]:
    """Calls on a frame with several levels of labels."""
    return [
        lambda df, args=args: getattr(df.groupby(["i", "b"])[["f", "n"]].sum(), name)(*args)
        for args in all_args
    ]


def _leveled_series(name: str, *all_args: tuple[Any, ...]) -> list[Call]:
    return [lambda df, args=args: getattr(df.groupby(["i", "b"]).f.sum(), name)(*args) for args in all_args]


_LEVELS: Final[dict[str, list[tuple[Any, ...]]]] = {
    "droplevel": [(0,), ("b",)],
    "swaplevel": [(), ("i", "b")],
    "reorder_levels": [([1, 0],), (["b", "i"],)],
}


def _arithmetic(name: str) -> list[Call]:
    calls: list[Call] = [
        lambda df: getattr(df[["i", "f"]], name)(2),
        lambda df: getattr(df[["i", "f"]], name)(df[["f", "i"]], fill_value=1),
        lambda df: getattr(df[["i", "f"]], name)(df.f, axis=0),
        lambda df: getattr(df[["i", "f"]], name)(pd.Series({"i": 2, "f": 3})),
    ]
    return calls


def _comparison(name: str) -> list[Call]:
    return [
        lambda df: getattr(df[["i", "f"]], name)(1),
        lambda df: getattr(df[["i", "f"]], name)(df[["f", "i"]]),
        lambda df: getattr(df[["i", "f"]], name)(df.i, axis="index"),
    ]


def _of_series(name: str) -> list[Call]:
    return [
        lambda df: getattr(df.i, name)(2),
        lambda df: getattr(df.f, name)(df.i, fill_value=1),
        lambda df: getattr(df.n, name)(df.i),
    ]


FRAME_CALLS: Final[dict[str, list[Call]]] = {
    **{name: _arithmetic(name) for name in (*_ADDED, *_REFLECTED)},
    **{name: _comparison(name) for name in _COMPARED},
    "abs": [lambda df: df[["i", "f", "n"]].abs()],
    **{name: [lambda df, name=name: getattr(df, name)()] for name in _MISSING},
    "round": [lambda df: df[["i", "f", "s", "n"]].round(1), lambda df: df[["i", "f", "s"]].round({"f": 0})],
    "clip": [
        lambda df: df[["i", "f"]].clip(-1, 1),
        lambda df: df[["i", "f"]].clip(lower=df.i, axis=0),
        lambda df: df[["i", "f"]].clip(upper=pd.Series({"i": 1, "f": 2.5}), axis=1),
    ],
    "fillna": [
        lambda df: df[["i", "f", "n"]].fillna(0),
        lambda df: df.fillna({"f": 1.0, "s": "none", "n": 3, "zz": 1}),
        lambda df: df[["f"]].fillna(df[["i"]].rename(columns={"i": "f"})),
    ],
    "replace": [
        lambda df: df[["i", "s"]].replace(1, 10),
        lambda df: df[["i", "f"]].replace([1, 1.5], 3),
        lambda df: df[["s"]].replace({"a": "x"}),
        lambda df: df[["s", "i"]].replace({"s": {"a": "x"}, "i": {1: 2}}),
        lambda df: df[["s"]].replace("^a", "z", regex=True),
    ],
    "where": [
        lambda df: df[["i", "f"]].where(df.b, 0),
        lambda df: df[["i", "f"]].where(df[["i", "f"]] > 0),
        lambda df: df[["i", "f"]].where(lambda block: block > 0, -1),
        lambda df: df[["f"]].where(df.b, df[["i"]].rename(columns={"i": "f"})),
    ],
    "mask": [lambda df: df[["i", "f"]].mask(df.b, 0), lambda df: df[["i", "s"]].mask(df.i == 1)],
    "isin": [
        lambda df: df.isin([1, "a", 1.5]),
        lambda df: df.isin({"i": [1], "zz": [2]}),
        lambda df: df.isin({"i": df.f}),
        lambda df: df[["i"]].isin(df.i),
    ],
    **{name: _leveled(name, *args) for name, args in _LEVELS.items()},
    "tz_convert": [],
    "tz_localize": [],
    "at_time": [],
    "between_time": [],
    "to_timestamp": [],
    "to_period": [],
}
"""Name of a method of DataFrame to calls; those that need instants as labels are tested by themselves."""

SERIES_CALLS: Final[dict[str, list[Call]]] = {
    **{name: _of_series(name) for name in (*_ADDED, *_REFLECTED, *_COMPARED)},
    "abs": [lambda df: df.i.abs(), lambda df: df.n.abs()],
    **{
        name: [lambda df, name=name, column=column: getattr(df[column], name)() for column in "sctfn"]
        for name in _MISSING
    },
    "round": [lambda df: df.f.round(1), lambda df: df.i.round()],
    "clip": [
        lambda df: df.f.clip(-1, 1),
        lambda df: df.i.clip(lower=df.f),
        lambda df: df.i.clip(upper=df.i.max() - 1),
    ],
    "fillna": [lambda df: df.f.fillna(0), lambda df: df.f.fillna(df.i), lambda df: df.c.fillna("x")],
    "replace": [
        lambda df: df.i.replace(1, 10),
        lambda df: df.s.replace({"a": "x", "b": "y"}),
        lambda df: df.f.replace([1.5, -2.25], [1, 2]),
        lambda df: df.i.replace({1: 1.5}),
    ],
    "where": [
        lambda df: df.i.where(df.b),
        lambda df: df.i.where(df.i > 0, df.f),
        lambda df: df.s.where(df.b, "none"),
        lambda df: df.b.where(df.b, False),
    ],
    "mask": [lambda df: df.f.mask(df.b, 1.5), lambda df: df.n.mask(df.b), lambda df: df.i.mask(df.b, 0.5)],
    "isin": [
        lambda df: df.i.isin(df.f),
        lambda df: df.s.isin(df.s[df.b]),
        lambda df: df.s.isin(["a", "b"]),
        lambda df: df.i.isin({1, 2}),
        lambda df: df.c.isin(["x"]),
    ],
    "combine_first": [lambda df: df.f.combine_first(df.i)],
    **{name: _leveled_series(name, *args) for name, args in _LEVELS.items()},
    "combine": [lambda df: df.i.combine(df.i * 2, max)],
    "between": [lambda df: df.i.between(0, 2), lambda df: df.f.between(df.i, 3, inclusive="left")],
    "case_when": [lambda df: df.i.case_when([(df.i > 1, 10), (df.b, df.i * 2)])],
    "dropna": [lambda df: df.f.dropna(), lambda df: df.s.dropna()],
    "explode": [lambda df: df.s.str.split("b").explode()],
    "to_frame": [lambda df: df.i.to_frame(), lambda df: df.i.to_frame("k")],
    "repeat": [lambda df: df.i.repeat(2)],
    "add_prefix": [lambda df: df.i.add_prefix("row ")],
    "add_suffix": [lambda df: df.i.add_suffix("!")],
    "tz_convert": [],
    "tz_localize": [],
    "at_time": [],
    "between_time": [],
    "to_timestamp": [],
    "to_period": [],
}
"""Name of a method of Series to calls."""

DATED_CALLS: Final[dict[str, list[Call]]] = {
    "tz_localize": [lambda df: df.tz_localize("UTC"), lambda df: df.tz_localize("Europe/Berlin")],
    "tz_convert": [lambda df: df.tz_localize("UTC").tz_convert("Asia/Tokyo")],
    "at_time": [lambda df: df.at_time("10:00")],
    "between_time": [lambda df: df.between_time("09:00", "11:00")],
    "to_period": [lambda df: df.to_period("M")],
    "to_timestamp": [lambda df: df.to_period("M").to_timestamp()],
}
"""The same for rows with instants as labels, on a frame or on a series."""

INDEX_CALLS: Final[dict[str, list[Call]]] = {
    **{name: [lambda index, name=name: getattr(index, name)()] for name in _MISSING},
    "isin": [lambda index: index.isin([1, 3])],
    "fillna": [lambda index: index.fillna(0)],
    "where": [lambda index: index.where(index > 2, 0)],
    "putmask": [lambda index: index.putmask(index > 2, 0)],
    "repeat": [lambda index: index.repeat(2)],
    "dropna": [lambda index: index.dropna()],
    "rename": [lambda index: index.rename("k")],
    "set_names": [lambda index: index.set_names("k")],
    "to_series": [lambda index: index.to_series(), lambda index: index.to_series(name="k")],
    "get_level_values": [lambda index: index.get_level_values(0)],
}
"""Name of a method of Index to calls on an index of whole numbers."""


def _column(name: str, *values: Any) -> pd.Series[Any]:
    return series_of(name, list(values))


def hard_frame() -> Parted:
    """Partitions with rows, without any, and with missing values alone; labels are repeated and in no order."""
    missing = np.nan
    whole = pd.DataFrame(
        {
            "i": _column("i", 3, -1, 1, 2, 0, 1, 4),
            "f": _column("f", 1.5, missing, 2.0, missing, missing, 3.0, -2.25),
            "s": _column("s", "a", "b b", "", None, None, "ab", "é1"),
            "b": _column("b", True, False, True, False, True, True, False),
            "t": _column("t", *map(pd.Timestamp, ["2015-01-01", "2016-02-29 12:30", "2016-12-31"]), None, None,
                         *map(pd.Timestamp, ["2015-04-01 00:00:01", "2017-07-09"])),
            "c": _column("c", "x", "y", "x", None, None, "x", "y"),
            "n": _column("n", 1, None, 2, None, None, -3, 5),
        }
    )  # fmt: skip
    whole.index = pd.Index([5, 1, 1, 3, 2, 9, 0])
    return Parted([whole[:3], whole[:0], whole[3:5], whole[5:]])


STR_CALLS: Final[dict[str, list[Call]]] = {
    **{
        name: [lambda s, name=name: getattr(s.str, name)()]
        for name in "capitalize casefold isalnum isalpha isascii isdecimal isdigit islower isnumeric isspace istitle "
        "isupper len lower lstrip rstrip strip swapcase title upper".split()
    },
    **{
        name: [
            lambda s, name=name: getattr(s.str, name)(5),
            lambda s, name=name: getattr(s.str, name)(5, "*"),
        ]
        for name in ("center", "ljust", "rjust")
    },
    "contains": [
        lambda s: s.str.contains("b"),
        lambda s: s.str.contains("A", case=False, na=False),
        lambda s: s.str.contains(".", regex=False),
    ],
    "count": [lambda s: s.str.count("b")],
    "decode": [lambda s: s.str.encode("utf-8").str.decode("utf-8")],
    "encode": [lambda s: s.str.encode("utf-8")],
    "endswith": [lambda s: s.str.endswith("b"), lambda s: s.str.endswith(("a", "1"))],
    "extractall": [lambda s: s.str.extractall("(b)(.)?")],
    "find": [lambda s: s.str.find("b")],
    "findall": [lambda s: s.str.findall("b")],
    "fullmatch": [lambda s: s.str.fullmatch("a.?")],
    "get": [lambda s: s.str.get(0), lambda s: s.str.split(" ").str.get(1)],
    "index": [lambda s: s.str.index("")],
    "join": [lambda s: s.str.join("-"), lambda s: s.str.split(" ").str.join("+")],
    "match": [lambda s: s.str.match("a"), lambda s: s.str.match("A", case=False)],
    "normalize": [lambda s: s.str.normalize("NFD")],
    "pad": [lambda s: s.str.pad(4, side="both")],
    "removeprefix": [lambda s: s.str.removeprefix("a")],
    "removesuffix": [lambda s: s.str.removesuffix("b")],
    "repeat": [lambda s: s.str.repeat(2)],
    "replace": [
        lambda s: s.str.replace("b", "<b>"),
        lambda s: s.str.replace("(b)", lambda found: found[0].upper(), regex=True),
        lambda s: s.str.replace({"a": "x", "b": "y"}),
    ],
    "rfind": [lambda s: s.str.rfind("b")],
    "rindex": [lambda s: s.str.rindex("")],
    "slice": [lambda s: s.str.slice(0, 1), lambda s: s.str[:1], lambda s: s.str[0]],
    "slice_replace": [lambda s: s.str.slice_replace(0, 1, "z")],
    "startswith": [lambda s: s.str.startswith("a"), lambda s: s.str.startswith("a", na=False)],
    "translate": [lambda s: s.str.translate(str.maketrans("ab", "xy"))],
    "wrap": [lambda s: s.str.wrap(1)],
    "zfill": [lambda s: s.str.zfill(3)],
}
"""Name of a method of ``.str`` to calls on a series of strings."""

MORE_STR_CALLS: Final[dict[str, list[Call]]] = {
    "split": [lambda s: s.str.split(), lambda s: s.str.split("b", n=1)],
    "rsplit": [lambda s: s.str.rsplit("b", n=1)],
    "partition": [lambda s: s.str.partition("b"), lambda s: s.str.partition("b", expand=False)],
    "rpartition": [lambda s: s.str.rpartition("b")],
    "extract": [
        lambda s: s.str.extract("(?P<first>a)(b)?"),
        lambda s: s.str.extract("(b)", expand=False),
    ],
    "cat": [
        lambda s: s.str.cat(s, sep="-"),
        lambda s: s.str.cat([s.str.upper(), s.str[:1]], na_rep="?"),
    ],
}
"""The same for those that are no rows of a table."""

INSTANT_CALLS: Final[dict[str, list[Call]]] = {
    **{
        name: [lambda t, name=name: getattr(t.dt, name)]
        for name in "year month day hour minute second microsecond nanosecond date time timetz quarter weekday dayofweek "
        "day_of_week dayofyear day_of_year days_in_month daysinmonth is_leap_year is_month_start is_month_end "
        "is_quarter_start is_quarter_end is_year_start is_year_end".split()
    },
    **{name: [lambda t, name=name: getattr(t.dt, name)("h")] for name in ("ceil", "floor", "round")},
    **{
        name: [lambda t, name=name: getattr(t.dt, name)()]
        for name in "normalize day_name month_name isocalendar to_pydatetime".split()
    },
    "strftime": [lambda t: t.dt.strftime("%Y/%m")],
    "to_period": [lambda t: t.dt.to_period("M")],
    "tz_localize": [lambda t: t.dt.tz_localize("UTC")],
    "tz_convert": [lambda t: t.dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")],
    "as_unit": [lambda t: t.dt.as_unit("s")],
}
"""Name of a method or property of ``.dt`` to calls on a series of instants."""

PERIOD_CALLS: Final[dict[str, list[Call]]] = {
    "asfreq": [lambda t: t.dt.to_period("M").dt.asfreq("D")],
    "to_timestamp": [lambda t: t.dt.to_period("M").dt.to_timestamp()],
    **{
        name: [lambda t, name=name: getattr(t.dt.to_period("Q").dt, name)]
        for name in ("start_time", "end_time", "qyear", "week", "weekofyear")
    },
}
"""The same for periods."""

SPAN_CALLS: Final[dict[str, list[Call]]] = {
    name: [lambda t, name=name: getattr((t - pd.Timestamp("2015-01-01")).dt, name)]
    for name in ("days", "seconds", "microseconds", "nanoseconds", "components")
} | {
    name: [lambda t, name=name: getattr((t - pd.Timestamp("2015-01-01")).dt, name)()]
    for name in ("total_seconds", "to_pytimedelta")
}
"""The same for spans of time."""

CAT_CALLS: Final[dict[str, list[Call]]] = {
    "as_ordered": [lambda c: c.cat.as_ordered()],
    "as_unordered": [lambda c: c.cat.as_ordered().cat.as_unordered()],
    "add_categories": [lambda c: c.cat.add_categories(["w"])],
    "remove_categories": [lambda c: c.cat.remove_categories(["x"])],
    "rename_categories": [
        lambda c: c.cat.rename_categories(str.upper),
        lambda c: c.cat.rename_categories({"x": "q"}),
    ],
    "reorder_categories": [lambda c: c.cat.reorder_categories(["x", "y", "z"], ordered=True)],
    "set_categories": [lambda c: c.cat.set_categories(["y", "q"])],
    "codes": [lambda c: c.cat.codes],
}
"""Name of a method or property of ``.cat`` to calls on a series of categories."""
