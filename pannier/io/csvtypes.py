"""What a column's texts are read as: found out from samples, and held to by every block.

The samples' types meet where pandas would have met them in one file: whole numbers and fractions are fractions,
whole numbers and gaps too, truth values and gaps are objects, and anything else is text.  Whole numbers that do not
fit into 64 bits are objects or texts, which samples cannot always say: digits are never lost, it is an error.  A block
of its own may look narrower than that, and is widened; one that is wider cannot be had, since other blocks are read
already, and is an error.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from pannier.frozen import frozen

_NUMBERS: Final = frozenset({"int64", "uint64", "float64", "gapped"})
_WIDENED: Final = {("i", "u"), ("i", "f"), ("u", "f")}
"""Kinds of numbers of other backends, and those that hold them, where they hold the values."""

_WHOLE: Final = frozenset({"int64", "uint64", "gapped", "digits", "ints"})
_WITHOUT_GAPS: Final = frozenset({np.dtype(bool), np.dtype("int64"), np.dtype("uint64")})
_OBJECTS: Final = {"boolean": "flags", "integer": "ints", "string": "text", "mixed": "text"}

LONG: Final = 2**63
"""The least whole number that needs more than 64 bits with a sign."""
_LIMITS: Final = {"digits": (-LONG, 2**64 - 1), "uint64": (0, 2**64 - 1)}
"""The least and the greatest whole number of a kind; of others they are those of 64 bits with a sign."""
_MISSING: Final = frozenset(
    (
        ",#N/A,#N/A N/A,#NA,-1.#IND,-1.#QNAN,-NaN,-nan,1.#IND,1.#QNAN,<NA>,N/A,NA,NULL,NaN,None,n/a,nan,null"
    ).split(",")
)
"""What pandas takes for missing by itself."""
WORDS_FOR_GAPS: Final = sorted(word for word in _MISSING if not word.startswith(("-", "1")))
"""Those of them that do not begin as numbers do."""


@frozen
class Column:
    """A column of a frame that is read."""

    name: Hashable
    dtype: Any
    kind: str
    """``bool``, ``int64``, ``uint64``, ``float64`` and ``text`` are what they say; ``flags`` are truth values with
    gaps, ``truths`` such as an index has, ``gapped`` whole numbers with gaps, which are fractions, ``ints`` whole
    numbers beyond 64 bits, ``digits`` texts of those for which 64 bits would do without the sign, of some, or the gaps,
    ``missing`` gaps alone, ``given`` what the user asked for, and ``other`` what pandas makes of dates, by converters or
    with other backends."""

    @property
    def asked(self) -> Any:
        """The dtype to ask pandas for, so that a narrower block comes out right; None to let it look."""
        if self.kind in ("ints", "truths", "digits"):
            return str
        if self.kind == "other":
            return self.dtype if _is_extension_text(self.dtype) else None
        if self.kind == "missing" and self.dtype == np.dtype(float):
            return None  # asked for floats, pandas makes 1.0 of a truth value
        return self.dtype if self.kind in ("text", "float64", "gapped", "missing") else None


def common_column(name: Hashable, samples: Sequence[pd.Series]) -> Column:
    """The column whose values are like those of all ``samples``.

    >>> common_column("a", [pd.Series([1, 2]), pd.Series([0.5])]).dtype
    dtype('float64')
    """
    samples = [each for each in samples if len(each)] or list(samples[:1])
    kinds = {_kind(each) for each in samples} - {"missing"}
    gaps = any(each.dtype not in _WITHOUT_GAPS and pd.isna(each.array).any() for each in samples)
    if not kinds:
        return Column(name, samples[0].dtype, "missing")
    kind = _common_kind(kinds, samples, gaps=gaps)
    if kind == "other":
        return _common_other(name, samples)
    return Column(name, _dtype(kind), kind)


def _common_kind(kinds: set[str], samples: Sequence[pd.Series], *, gaps: bool) -> str:
    if kinds <= {"bool", "flags"}:
        return "flags" if gaps else "bool"
    if kinds <= _WHOLE:
        if kinds <= {"int64", "gapped"}:
            return "gapped" if gaps else "int64"
        if "ints" in kinds:
            return "ints"
        is_signed = any(each.dtype == "int64" and (each < 0).any() for each in samples)
        return "digits" if gaps or is_signed or "digits" in kinds else "uint64"
    if kinds <= _NUMBERS | {"ints"}:
        return "float64"
    return "other" if kinds == {"other"} else "text"


def _kind(series: pd.Series) -> str:
    dtype = series.dtype
    if dtype in _WITHOUT_GAPS:
        return str(dtype)
    is_object = _is_object(dtype)
    is_text = is_default_text(dtype)
    if (is_text or is_object or dtype == np.dtype(float)) and pd.isna(series.array).all():
        return "missing"
    if is_text:
        return "digits" if _are_digits(series) else "text"
    if dtype == np.dtype(float):
        return "gapped" if _are_gapped(series) else "float64"
    if not is_object:
        return "other"
    return _OBJECTS.get(pd.api.types.infer_dtype(series, skipna=True), "other")


def _are_gapped(numbers: pd.Series) -> bool:
    """Whether fractions may be whole numbers with gaps, since some are missing and no others have a part after the point."""
    present = numbers[numbers.notna()]
    return len(present) < len(numbers) and bool((present.abs() < LONG).all() and (present % 1 == 0).all())


def _are_digits(texts: pd.Series) -> bool:
    """Whether pandas left numbers as texts, since the whole ones need 64 bits and there are signs, gaps or fractions, too.

    >>> _are_digits(pd.Series([str(2**63), "", "-1"])), _are_digits(pd.Series(["1", "a"]))
    (True, False)
    """
    first = texts.iloc[:8].tolist()  # which tell, mostly
    if not all(is_number(text) or text.strip() in _MISSING for text in first):
        return False
    others = texts[pd.to_numeric(texts, errors="coerce").isna() & texts.notna()].str.strip()
    return bool(others.isin(_MISSING).all()) and any(value >= LONG for value in _whole_in(texts).dropna())


def is_number(text: Any) -> bool:
    """Whether Python reads ``text`` as a number, which a missing one is, too."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _whole_in(texts: pd.Series) -> pd.Series:
    """The whole numbers that are said by ``texts``, as objects; None for others."""
    is_whole = texts.str.strip().str.fullmatch(r"[+-]?\d+", na=False).astype(bool)
    values = [int(text) if fits else None for text, fits in zip(texts, is_whole, strict=True)]
    return pd.Series(values, index=texts.index, dtype=object)


def _is_beyond(whole: pd.Series, kind: str) -> pd.Series:
    """Which of some whole numbers are not among those of ``kind``."""
    low, high = _LIMITS.get(kind, (-LONG, LONG - 1))
    return pd.Series([value is not None and not low <= value <= high for value in whole], whole.index, bool)


def _common_other(name: Hashable, samples: Sequence[pd.Series]) -> Column:
    dtypes = {each.dtype for each in samples if not each.isna().all()}
    texts = [dtype for dtype in dtypes if _is_extension_text(dtype)]
    if texts or len(dtypes) == 1:
        return Column(name, (texts or [*dtypes])[0], "other")
    return Column(name, pd.concat(samples, ignore_index=True).dtype, "other")


def _is_object(dtype: Any) -> bool:
    return bool(dtype == np.dtype(object))


def _dtype(kind: str) -> Any:
    if kind in ("text", "digits"):
        return pd.Index(["a"]).dtype
    if kind == "gapped":
        return np.dtype(float)
    return np.dtype(object if kind in ("flags", "ints") else kind)


def is_default_text(dtype: Any) -> bool:
    """Whether pandas makes texts of this type, and it is no mere object."""
    return isinstance(dtype, pd.StringDtype) and bool(dtype == _dtype("text"))


def _is_extension_text(dtype: Any) -> bool:
    """Whether pandas makes texts of this type where it is asked for another backend than numpy."""
    arrow = str(getattr(dtype, "pyarrow_dtype", ""))
    return arrow in ("string", "large_string") or isinstance(dtype, pd.StringDtype)


def conformed(series: pd.Series, column: Column) -> pd.Series | None:
    """``series`` as ``column`` is declared; None where that cannot be without loss.

    >>> conformed(pd.Series([1]), Column("a", np.dtype(float), "float64")).tolist()
    [1.0]
    >>> conformed(pd.Series([0.5]), Column("a", np.dtype("int64"), "int64"))
    """
    dtype = column.dtype
    if column.kind == "ints":
        return _whole_numbers(series)
    if column.kind == "digits" and first_misfit(series, column, ((), ())) is not None:
        return None
    if series.dtype == dtype:
        is_mixed = column.kind in ("flags", "text") and _is_object(dtype)
        return None if is_mixed and _kind(series) not in (column.kind, "missing") else series
    if len(series) == 0 or (series.isna().all() and column.kind not in ("bool", "int64", "uint64")):
        return _cast(series, dtype)
    kind = _kind(series)
    if column.kind == "flags":
        return series.astype(object) if kind == "bool" else None
    if column.kind == "uint64":
        return series.astype(dtype) if kind == "int64" and (series >= 0).all() else None
    if column.kind in ("gapped", "missing") and (
        kind == "ints" or (kind == "uint64" and (series >= LONG).any())
    ):
        return None
    if column.kind in ("float64", "gapped", "missing"):
        return series.astype(dtype) if kind in _NUMBERS | {"ints"} else None
    if column.kind in ("given", "other"):
        return _lossless(series, dtype)
    return None


def looks_true_or_false(samples: Sequence[pd.Series]) -> bool:
    """Whether levels of an index may be of truth values with gaps, of which pandas makes numbers.

    >>> looks_true_or_false([pd.Series([1.0, None]), pd.Series([True])])
    True
    """
    kinds = {_kind(each) for each in samples if len(each)} - {"missing"}
    return (
        bool(kinds - {"bool"})
        and kinds <= {"bool", "float64", "gapped"}
        and all(each.dropna().isin([0, 1]).all() for each in samples)
    )


def truths(texts: pd.Series, words: tuple[Sequence[str], Sequence[str]]) -> pd.Series | None:
    """1.0, 0.0 and NaN for texts that are among the ``words`` for true, those for false, or missing; None for others.

    >>> truths(pd.Series(["yes", None]), (["yes"], ["no"])).tolist()
    [1.0, nan]
    """
    numbers = {**dict.fromkeys(words[0], 1.0), **dict.fromkeys(words[1], 0.0)}
    if not (texts.isna() | texts.isin(list(numbers))).all():
        return None
    return texts.map(numbers).astype(float)


def _whole_numbers(texts: pd.Series) -> pd.Series | None:
    """Objects that are the whole numbers ``texts`` say, of any size, as pandas reads these."""
    try:
        values = [value if pd.isna(value) else int(value) for value in texts]
    except (TypeError, ValueError):
        return None
    return pd.Series(values, index=texts.index, dtype=object)


def _lossless(series: pd.Series, dtype: Any) -> pd.Series | None:
    """``series`` as ``dtype`` where both are of one family: dates of another resolution, another width, or numbers."""
    kinds = series.dtype.kind, dtype.kind
    if kinds[0] != kinds[1] and (kinds not in _WIDENED or (kinds[1] == "u" and (series < 0).any())):
        return None
    cast = _cast(series, dtype)
    if cast is None:
        return None
    back = _cast(cast, series.dtype)
    return cast if back is not None and back.equals(series) else None


def _cast(series: pd.Series, dtype: Any) -> pd.Series | None:
    try:
        return series.astype(dtype)
    except (TypeError, ValueError):
        return None


def first_misfit(texts: pd.Series, column: Column, words: tuple[Sequence[str], Sequence[str]]) -> int | None:
    """The position of the first of ``texts`` that ``column`` cannot hold; None if it holds all.

    ``words`` are the texts for true and for false.
    """
    missing = texts.isna()
    if column.kind in ("int64", "uint64", "ints", "digits"):
        whole = _whole_in(texts)
        bad = whole.isna()
        if column.kind != "ints":
            bad |= _is_beyond(whole, column.kind)
    elif column.kind in ("bool", "flags", "truths"):
        known = {word.lower() for word in (*words[0], *words[1])}
        bad = ~texts.str.lower().isin(known) & ~(missing & (column.kind != "bool"))
    elif column.kind in ("float64", "gapped", "missing"):
        bad = pd.to_numeric(texts, errors="coerce").isna() & ~missing
        if column.kind != "float64":
            bad |= _is_beyond(_whole_in(texts), column.kind)
    else:
        return None
    positions = np.flatnonzero(bad.to_numpy())
    return int(positions[0]) if len(positions) else None


def holding(column: Column, series: pd.Series) -> str:
    """The dtype, as the user would write it, that holds ``column`` and also ``series``."""
    kind = _kind(series)
    if column.kind in ("int64", "float64") and kind in _NUMBERS - {"uint64"} | {"missing"}:
        return "float64"
    if column.kind == "uint64" and kind == "missing":
        return "UInt64"
    if column.kind == "bool" and kind in ("bool", "flags", "missing"):
        return "boolean"
    return "str"
