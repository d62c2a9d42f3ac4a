"""The keywords of the pandas readers: which are honoured and how, and which cannot be had over partitions."""

from __future__ import annotations

import codecs
import csv
import inspect
import io
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from pannier.errors import UsageError, near_matches
from pannier.frozen import frozen
from pannier.io.csvrecords import Records
from pannier.io.framing import STATELESS_MULTIBYTE, check_encoding, framing

VERBS: Final = ("read_csv", "read_table", "read_fwf")

_REFUSED: Final = {
    "iterator": "partitions are the pieces; walk over df.partitions or df.to_delayed(), and size them with blocksize=",
    "chunksize": "partitions are the chunks; size them with blocksize=",
    "filepath_or_buffer": "the file, pattern or list of files is the first argument",
}
"""Why a keyword of pandas cannot be had, and what can."""

_FIXED_WIDTH: Final = ("colspecs", "widths", "infer_nrows")

_LEFT_OUT: Final = frozenset({"low_memory", "memory_map", "iterator", "chunksize"})
"""Keywords that change how pandas reads but not what: these are decided here."""

_FILE_ONLY: Final = ("names", "skiprows", "skipfooter", "nrows")
"""What is said of a file, not of a block of its records."""


@frozen
class CsvOptions:
    """How records become rows: a reader of pandas and its keywords."""

    verb: str
    keywords: Mapping[str, Any]
    """As the user gave them, without those that pannier answers itself."""

    @property
    def records(self) -> Records | None:
        """How records are told apart; None where only reading a file from its start can tell."""
        given = self.keywords
        quoted = self.verb != "read_fwf" and given.get("quoting", csv.QUOTE_MINIMAL) != csv.QUOTE_NONE
        separators = b"" if self.verb == "read_fwf" else _separators(self.separator)
        if quoted and separators is None:
            return None
        quote, escape, comment, end = (
            _byte(given.get(name, default)) if is_used else b""
            for name, default, is_used in (
                ("quotechar", '"', quoted),
                ("escapechar", None, self.verb != "read_fwf"),
                ("comment", None, True),
                ("lineterminator", None, True),
            )
        )
        if quote is None or escape is None or comment is None or end is None:
            return None
        return Records(
            separators or b"",
            quote,
            bool(given.get("doublequote", True)),
            escape,
            comment,
            end,
            bool(given.get("skipinitialspace", False)),
        )

    @property
    def separator(self) -> Any:
        """What stands between fields."""
        given = self.keywords
        default = "\t" if self.verb == "read_table" else ","
        return given["sep"] if "sep" in given else given.get("delimiter") or default

    @property
    def whole_because(self) -> str:
        """Why files cannot be cut into blocks; empty if they can."""
        given = self.keywords
        encoding = self.encoding
        if not _is_transparent(encoding):
            return f"only decoding a file from its start shows where records end in {encoding}"
        if given.get("skipfooter"):
            return "skipfooter= counts from the end of a file"
        if callable(given.get("skiprows")):
            return "skiprows= is a function of line numbers"
        if isinstance(given.get("header"), (list, tuple)):
            return "columns have several levels"
        if given.get("engine") == "python" and self.verb != "read_fwf":
            return "the engine 'python' does not say when a quote is never closed"
        if callable(given.get("on_bad_lines")):
            return "on_bad_lines= is a function"
        if self.records is None:
            return "records can only be told apart from the start of a file with such a separator or quote"
        return ""

    @property
    def encoding(self) -> str:
        """The normalized name of the encoding."""
        return codecs.lookup(self.keywords.get("encoding") or "utf-8").name

    @property
    def undecodable(self) -> str:
        """What to say of bytes that are not of this encoding."""
        return f"is not {self.encoding}; pass the encoding= it is in, or encoding_errors='replace'"

    @property
    def is_lean(self) -> bool:
        """Whether blocks may be read column by column, as far as the keywords say."""
        given = self.keywords
        return (
            self.verb != "read_fwf"
            and not self.whole_because
            and given.get("engine") in (None, "c")
            and isinstance(self.separator, str)
            and len(self.separator.encode()) == 1
            and (given.get("index_col") is None or given.get("index_col") is False)
            and (not given.get("parse_dates") or self.dates != ())
            and not given.get("converters")
            and not (given.get("names") is not None and given.get("usecols") is not None)
        )

    @property
    def has_usual_gaps(self) -> bool:
        """Whether what is missing is what pandas takes for it by itself."""
        return self.keywords.keys().isdisjoint(("na_values", "keep_default_na", "na_filter"))

    @property
    def truth_words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The texts that are read as true, and as false."""
        yes, no = (tuple(self.keywords.get(name) or ()) for name in ("true_values", "false_values"))
        return ("True", "TRUE", "true", *yes), ("False", "FALSE", "false", *no)

    @property
    def dates(self) -> tuple[str, ...]:
        """The columns that are parsed as times; none where they are not simply named."""
        given = self.keywords.get("parse_dates")
        if not isinstance(given, (list, tuple)) or not all(isinstance(name, str) for name in given):
            return ()
        return tuple(given)

    def index_names(self, names: tuple[Hashable, ...]) -> list[Hashable]:
        """Those of ``names``, all columns of a file, that are its index, as far as ``index_col`` names or counts them."""
        given = self.keywords.get("index_col")
        if given is None or isinstance(given, bool):
            return []
        levels = given if isinstance(given, (list, tuple)) else [given]
        if all(isinstance(each, str) for each in levels):
            return list(levels)
        if not names or self.keywords.get("usecols") is not None:
            return []  # they are counted among the columns that are used
        return [each if each in names or not isinstance(each, int) else names[each] for each in levels]

    def dated(self, names: tuple[Hashable, ...]) -> list[Hashable]:
        """Those of ``names``, all columns of a file, that are parsed as times."""
        given = self.keywords.get("parse_dates")
        if given is True:
            return self.index_names(names)
        if not isinstance(given, (list, tuple)):
            return []
        known = (each for each in given if each in names or not isinstance(each, int) or each < len(names))
        return [each if each in names or not isinstance(each, int) else names[each] for each in known]

    def with_dates(self, dates: Sequence[Hashable], formats: Mapping[Hashable, str]) -> CsvOptions:
        """The same, with only the columns ``dates`` parsed as times, and in ``formats``."""
        return CsvOptions(
            self.verb, {**self.keywords, "parse_dates": list(dates), "date_format": dict(formats)}
        )

    def dtype_of(self, column: Hashable) -> Any:
        """The dtype that the user gives ``column``; None where it is to be found out."""
        dtype = self.keywords.get("dtype")
        if not isinstance(dtype, Mapping):
            return dtype
        factory = getattr(dtype, "default_factory", None)
        return dtype[column] if column in dtype else factory() if factory is not None else None

    def parse(self, data: Any, **others: Any) -> pd.DataFrame:
        """The frame that pandas reads from ``data``, with ``others`` among the keywords; those that are None are not given."""
        keywords = {**self.keywords, **others}
        if others.get("parse_dates", True) is None:
            keywords["date_format"] = None  # to pandas a format alone says that there are times in the index
        keywords = {
            name: value for name, value in keywords.items() if value is not None or name in _NONE_SAYS
        }
        if keywords.get("engine") != "python" and self.verb != "read_fwf" and not _needs_python(self):
            keywords.setdefault("low_memory", False)
        read: Any = getattr(pd, self.verb)
        frame: pd.DataFrame = read(data, **keywords)
        return frame

    def for_blocks(self, names: tuple[Hashable, ...]) -> dict[str, Any]:
        """The keywords that replace others where records are read without the head of their file."""
        given = self.keywords
        replaced: dict[str, Any] = {**dict.fromkeys(_FILE_ONLY), "header": None}
        replaced["names"] = list(names if given.get("names") is None else given["names"])
        if given.get("usecols") is not None and given.get("index_col") is None and self.verb != "read_fwf":
            replaced["index_col"] = False  # a first record with more fields than others has no index in them
        return replaced

    def fields(self, data: bytes) -> int:
        """How many fields the first record in ``data`` has; 0 if there is none."""
        plain = dict.fromkeys(
            (*_FILE_ONLY, "usecols", "index_col", "converters", "parse_dates", "dtype_backend")
        )
        try:
            return self.parse(io.BytesIO(data), **{**plain, "header": None, "nrows": 1, "dtype": str}).shape[
                1
            ]
        except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError):
            return 0

    @property
    def refuses_more_fields(self) -> bool:
        """Whether a record with more fields than there are columns is a bad line."""
        return self.verb != "read_fwf" and self.keywords.get("usecols") is None


def csv_options(verb: str, keywords: Mapping[str, Any]) -> CsvOptions:
    """The options that ``keywords`` of the pandas reader ``verb`` stand for.

    Raises :class:`~pannier.errors.UsageError` for what pandas does not know, and for what cannot be had over
    partitions, with what to do instead.

    >>> csv_options("read_csv", {"sep": ";"}).separator
    ';'
    """
    if verb not in VERBS:
        raise UsageError(f"there is no reader {verb!r}{near_matches(verb, VERBS)}")
    known = [*_DEFAULTS, *(_FIXED_WIDTH if verb == "read_fwf" else ())]
    for name, value in keywords.items():
        if name in _REFUSED and (value or name == "filepath_or_buffer"):
            raise UsageError(f"{verb}: {name}= cannot be had: {_REFUSED[name]}")
        if name not in known:
            raise UsageError(f"{verb} has no keyword {name!r}{near_matches(name, known)}")
    given = {
        name: value for name, value in keywords.items() if name not in _LEFT_OUT and value is not _NO_DEFAULT
    }
    if given.get("dialect") is not None:
        given = {**given, **_dialect(given["dialect"])}
    given.pop("dialect", None)
    if given.get("engine") == "pyarrow":
        raise UsageError(
            f"{verb}: engine='pyarrow' infers other types than the rest of pandas does; leave engine= out:"
            " blocks are parsed by many workers at once anyway"
        )
    _check_categories(verb, given.get("dtype"))
    check_encoding(given.get("encoding") or "utf-8")
    if given.get("nrows") is not None and not _is_count(given["nrows"]):
        raise UsageError(f"{verb}: nrows is a number of rows, 0 or more, not {given['nrows']!r}")
    return CsvOptions(verb, given)


def _check_categories(verb: str, dtype: Any) -> None:
    columns = dtype.items() if isinstance(dtype, Mapping) else [(None, dtype)]
    for column, each in columns:
        is_open = isinstance(each, pd.CategoricalDtype) and getattr(each, "categories", None) is None
        if is_open or (isinstance(each, str) and each == "category"):
            where = "" if column is None else f" of {column!r}"
            raise UsageError(
                f"{verb}: the dtype 'category'{where} does not say which categories there are, and each partition"
                " would find its own; give pd.CategoricalDtype([...]), or read texts and use astype('category')"
            )


def _dialect(dialect: Any) -> dict[str, Any]:
    found = csv.get_dialect(dialect) if isinstance(dialect, str) else dialect
    return {
        "sep": found.delimiter,
        "doublequote": found.doublequote,
        "escapechar": found.escapechar,
        "skipinitialspace": found.skipinitialspace,
        "quotechar": found.quotechar,
        "quoting": found.quoting,
    }


def _is_transparent(encoding: str) -> bool:
    """Whether bytes below 128 are ASCII characters and nothing else, wherever they stand."""
    if encoding in STATELESS_MULTIBYTE:
        return False
    lines = framing(encoding)
    return lines is not None and lines.width == 1 and bytes(range(128)).decode(encoding) == _ASCII


def _needs_python(options: CsvOptions) -> bool:
    separator, given = options.separator, options.keywords
    is_plain = isinstance(separator, str) and (len(separator.encode()) == 1 or separator == r"\s+")
    return bool(not is_plain or given.get("skipfooter") or callable(given.get("on_bad_lines")))


def _separators(separator: Any) -> bytes | None:
    if separator == r"\s+":
        return b" \t"
    return _byte(separator) or None


def _byte(text: Any) -> bytes | None:
    """The one byte that is ``text``, empty for None; None if it is more, or no text."""
    if text is None:
        return b""
    return text.encode() if isinstance(text, str) and len(text) == 1 and text.isascii() else None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_ASCII: Final = bytes(range(128)).decode("ascii")
_PARAMETERS: Final = inspect.signature(pd.read_csv).parameters
_NO_DEFAULT: Final = _PARAMETERS["sep"].default
_DEFAULTS: Final = {
    name: each.default for name, each in _PARAMETERS.items() if name not in ("compression", "storage_options")
}
_NONE_SAYS: Final = frozenset({"header", "sep"})
"""Keywords whose None is not their default."""
