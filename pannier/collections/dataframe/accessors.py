"""The accessors ``.str``, ``.dt``, ``.cat`` and others: tables of their methods, and the classes made of them.

Their types are in the stub beside this file, which is made of the tables.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from pannier.collections.dataframe.accessor import Accessor, AccessorOf
from pannier.collections.dataframe.categories import Categories
from pannier.collections.dataframe.instants import FIELDS, INSTANTS, PERIODS, SPANS
from pannier.collections.dataframe.methods import Rows, Verb, verbs
from pannier.collections.dataframe.texts import Texts
from pannier.collections.dataframe.times import Times

STR: Final = (
    Verb("capitalize()", "The strings with their first character in upper case and others in lower case."),
    Verb("casefold()", "The strings for comparison without regard to case."),
    Verb("center(width, fillchar=' ')", "The strings in the middle of ``width`` characters."),
    Verb(
        "contains(pat, case=True, flags=0, na=..., regex=True)",
        "Whether the pattern ``pat``, or with ``regex=False`` the text, is found in each string.",
    ),
    Verb("count(pat, flags=0)", "How often the pattern is found in each string."),
    Verb("decode(encoding, errors='strict', dtype=None)", "The strings that bytes stand for."),
    Verb("encode(encoding, errors='strict')", "The bytes that stand for the strings."),
    Verb("endswith(pat, na=...)", "Whether each string ends with ``pat``, or with one of a tuple."),
    Verb("extractall(pat, flags=0)", "A row for each match of the pattern, a column for each of its groups.", "DataFrame", Rows.RELABELLED),
    Verb("find(sub, start=0, end=None)", "Where ``sub`` is first found in each string; -1 where it is not."),
    Verb("findall(pat, flags=0)", "The list of all matches of the pattern, for each string."),
    Verb("fullmatch(pat, case=True, flags=0, na=...)", "Whether the pattern matches the whole of each string."),
    Verb("get(i)", "Element ``i`` of each string, list or dict; missing where there is none."),
    Verb("index(sub, start=0, end=None)", "Where ``sub`` is first found in each string; ValueError where it is not."),
    Verb("isalnum()", "Whether all characters are letters or digits."),
    Verb("isalpha()", "Whether all characters are letters."),
    Verb("isascii()", "Whether all characters are ASCII."),
    Verb("isdecimal()", "Whether all characters are decimal digits."),
    Verb("isdigit()", "Whether all characters are digits."),
    Verb("islower()", "Whether all letters are in lower case."),
    Verb("isnumeric()", "Whether all characters are numeric."),
    Verb("isspace()", "Whether all characters are white space."),
    Verb("istitle()", "Whether words start in upper case."),
    Verb("isupper()", "Whether all letters are in upper case."),
    Verb("join(sep)", "The elements of each list, with ``sep`` between them."),
    Verb("len()", "The length of each string, list or dict."),
    Verb("ljust(width, fillchar=' ')", "The strings at the left of ``width`` characters."),
    Verb("lower()", "The strings in lower case."),
    Verb("lstrip(to_strip=None)", "The strings without white space, or some characters, at their start."),
    Verb("match(pat, case=True, flags=0, na=...)", "Whether the pattern matches at the start of each string."),
    Verb("normalize(form)", "The strings in a Unicode normal form."),
    Verb("pad(width, side='left', fillchar=' ')", "The strings, filled up to ``width`` characters."),
    Verb("removeprefix(prefix)", "The strings without ``prefix`` at their start."),
    Verb("removesuffix(suffix)", "The strings without ``suffix`` at their end."),
    Verb("repeat(repeats)", "The strings, each ``repeats`` times."),
    Verb(
        "replace(pat, repl=None, n=-1, case=None, flags=0, regex=False)",
        "The strings with ``repl`` for each ``pat``, a text, or with ``regex=True`` a pattern; or for each key of a dict.",
    ),
    Verb("rfind(sub, start=0, end=None)", "Where ``sub`` is last found in each string; -1 where it is not."),
    Verb("rindex(sub, start=0, end=None)", "Where ``sub`` is last found in each string; ValueError where it is not."),
    Verb("rjust(width, fillchar=' ')", "The strings at the right of ``width`` characters."),
    Verb("rstrip(to_strip=None)", "The strings without white space, or some characters, at their end."),
    Verb("slice(start=None, stop=None, step=None)", "The characters from ``start`` to ``stop`` of each string."),
    Verb("slice_replace(start=None, stop=None, repl=None)", "The strings with ``repl`` for a run of characters."),
    Verb("startswith(pat, na=...)", "Whether each string starts with ``pat``, or with one of a tuple."),
    Verb("strip(to_strip=None)", "The strings without white space, or some characters, at both ends."),
    Verb("swapcase()", "The strings with upper for lower case, and lower for upper."),
    Verb("title()", "The strings with each word starting in upper case."),
    Verb("translate(table)", "The strings with characters changed by a table of ``str.maketrans``."),
    Verb("upper()", "The strings in upper case."),
    Verb("wrap(width, **kwargs)", "The strings with line breaks, so that no line is longer than ``width``."),
    Verb("zfill(width)", "The strings, filled up to ``width`` characters with zeros behind a sign."),
)  # fmt: skip

DT: Final = (*FIELDS, *INSTANTS, *PERIODS, *SPANS)

CAT: Final = (
    Verb("as_ordered()", "The values with categories that are in order."),
    Verb("as_unordered()", "The values with categories that are in no order."),
    Verb("add_categories(new_categories)", "The values with more categories."),
    Verb("remove_categories(removals)", "The values with fewer categories; missing where theirs is removed."),
    Verb("rename_categories(new_categories)", "The values with other names of categories."),
    Verb(
        "reorder_categories(new_categories, ordered=None)",
        "The values with the same categories in another order.",
    ),
    Verb(
        "set_categories(new_categories, ordered=None, rename=False)",
        "The values with exactly these categories.",
    ),
    Verb("codes", "The number of each value's category, from 0; -1 where it is missing."),
)

LIST: Final = (
    Verb("len()", "How many elements each list has."),
    Verb(
        "flatten()", "The elements of all lists, one a row, with the label of their list.", rows=Rows.PICKED
    ),
)
STRUCT: Final = (
    Verb(
        "field(name_or_index)",
        "The values of one field, by name or position, or by a list of names from outer to inner.",
    ),
    Verb("explode()", "A frame with a column for each field.", "DataFrame"),
)


@verbs("Series.str", STR)
class StringAccessor(Texts):
    """Methods of strings, ``.str``: the result for each, missing where it is missing.

    >>> import pandas as pd, pannier as pn
    >>> names = pn.from_pandas(pd.Series(["ada", "bob"]), npartitions=2)
    >>> names.str.upper().compute(scheduler="sync").tolist()
    ['ADA', 'BOB']
    """

    __slots__ = ()
    name: ClassVar[str] = "str"


@verbs("Series.dt", DT)
class DatetimeAccessor(Times):
    """Fields and methods of instants, periods and spans of time, ``.dt``.

    >>> import pandas as pd, pannier as pn
    >>> days = pn.from_pandas(
    ...     pd.Series(pd.to_datetime(["2015-01-31", "2016-02-01"])), npartitions=2
    ... )
    >>> days.dt.month.compute(scheduler="sync").tolist()
    [1, 2]
    """

    __slots__ = ()
    name: ClassVar[str] = "dt"


@verbs("Series.cat", CAT)
class CategoricalAccessor(Categories):
    """Methods of categories, ``.cat``.

    >>> import pandas as pd, pannier as pn
    >>> kinds = pn.from_pandas(pd.Series(["a", "b", "a"], dtype="category"), npartitions=2)
    >>> kinds.cat.codes.compute(scheduler="sync").tolist()
    [0, 1, 0]
    """

    __slots__ = ()
    name: ClassVar[str] = "cat"


@verbs("Series.list", LIST)
class ListAccessor(Accessor):
    """Methods of lists of Arrow, ``.list``.

    >>> import pandas as pd, pyarrow as pa, pannier as pn
    >>> lists = pd.Series([[1, 2], [3]], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    >>> pn.from_pandas(lists, npartitions=2).list.len().compute(scheduler="sync").tolist()
    [2, 1]
    """

    __slots__ = ()
    name: ClassVar[str] = "list"

    def __getitem__(self, key: Any) -> Any:
        """Element or slice ``key`` of each list."""
        return self._frame._method("__getitem__", (key,), {}, accessor="list")


@verbs("Series.struct", STRUCT)
class StructAccessor(Accessor):
    """Methods of structs of Arrow, ``.struct``.

    >>> import pandas as pd, pyarrow as pa, pannier as pn
    >>> dtype = pd.ArrowDtype(pa.struct([("x", pa.int64())]))
    >>> points = pn.from_pandas(pd.Series([{"x": 1}, {"x": 2}], dtype=dtype), npartitions=2)
    >>> points.struct.field("x").compute(scheduler="sync").tolist()
    [1, 2]
    """

    __slots__ = ()
    name: ClassVar[str] = "struct"


class SeriesAccessors:
    """The accessors that a series has."""

    __slots__ = ()

    str = AccessorOf(StringAccessor)
    dt = AccessorOf(DatetimeAccessor)
    cat = AccessorOf(CategoricalAccessor)
    list = AccessorOf(ListAccessor)
    struct = AccessorOf(StructAccessor)


class IndexAccessors:
    """The accessors that an index has."""

    __slots__ = ()

    str = AccessorOf(StringAccessor)
