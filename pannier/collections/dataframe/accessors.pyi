"""The accessors ``.str``, ``.dt``, ``.cat`` and others: tables of their methods, and the classes made of them."""

# Made of the tables by `python -m pannier.collections.dataframe.stubs`.

from typing import Any

from pannier.collections.dataframe.accessor import Accessor
from pannier.collections.dataframe.categories import Categories
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.series import Series
from pannier.collections.dataframe.texts import Texts
from pannier.collections.dataframe.times import Times

class StringAccessor(Texts):
    """Methods of strings, ``.str``: the result for each, missing where it is missing."""

    def capitalize(self) -> Series:
        """The strings with their first character in upper case and others in lower case."""

    def casefold(self) -> Series:
        """The strings for comparison without regard to case."""

    def center(self, width: Any, fillchar: Any = " ") -> Series:
        """The strings in the middle of ``width`` characters."""

    def contains(
        self,
        pat: Any,
        case: Any = True,
        flags: Any = 0,
        na: Any = ...,
        regex: Any = True,
    ) -> Series:
        """Whether the pattern ``pat``, or with ``regex=False`` the text, is found in each string."""

    def count(self, pat: Any, flags: Any = 0) -> Series:
        """How often the pattern is found in each string."""

    def decode(self, encoding: Any, errors: Any = "strict", dtype: Any = None) -> Series:
        """The strings that bytes stand for."""

    def encode(self, encoding: Any, errors: Any = "strict") -> Series:
        """The bytes that stand for the strings."""

    def endswith(self, pat: Any, na: Any = ...) -> Series:
        """Whether each string ends with ``pat``, or with one of a tuple."""

    def extractall(self, pat: Any, flags: Any = 0) -> DataFrame:
        """A row for each match of the pattern, a column for each of its groups."""

    def find(self, sub: Any, start: Any = 0, end: Any = None) -> Series:
        """Where ``sub`` is first found in each string; -1 where it is not."""

    def findall(self, pat: Any, flags: Any = 0) -> Series:
        """The list of all matches of the pattern, for each string."""

    def fullmatch(self, pat: Any, case: Any = True, flags: Any = 0, na: Any = ...) -> Series:
        """Whether the pattern matches the whole of each string."""

    def get(self, i: Any) -> Series:
        """Element ``i`` of each string, list or dict; missing where there is none."""

    def index(self, sub: Any, start: Any = 0, end: Any = None) -> Series:
        """Where ``sub`` is first found in each string; ValueError where it is not."""

    def isalnum(self) -> Series:
        """Whether all characters are letters or digits."""

    def isalpha(self) -> Series:
        """Whether all characters are letters."""

    def isascii(self) -> Series:
        """Whether all characters are ASCII."""

    def isdecimal(self) -> Series:
        """Whether all characters are decimal digits."""

    def isdigit(self) -> Series:
        """Whether all characters are digits."""

    def islower(self) -> Series:
        """Whether all letters are in lower case."""

    def isnumeric(self) -> Series:
        """Whether all characters are numeric."""

    def isspace(self) -> Series:
        """Whether all characters are white space."""

    def istitle(self) -> Series:
        """Whether words start in upper case."""

    def isupper(self) -> Series:
        """Whether all letters are in upper case."""

    def join(self, sep: Any) -> Series:
        """The elements of each list, with ``sep`` between them."""

    def len(self) -> Series:
        """The length of each string, list or dict."""

    def ljust(self, width: Any, fillchar: Any = " ") -> Series:
        """The strings at the left of ``width`` characters."""

    def lower(self) -> Series:
        """The strings in lower case."""

    def lstrip(self, to_strip: Any = None) -> Series:
        """The strings without white space, or some characters, at their start."""

    def match(self, pat: Any, case: Any = True, flags: Any = 0, na: Any = ...) -> Series:
        """Whether the pattern matches at the start of each string."""

    def normalize(self, form: Any) -> Series:
        """The strings in a Unicode normal form."""

    def pad(self, width: Any, side: Any = "left", fillchar: Any = " ") -> Series:
        """The strings, filled up to ``width`` characters."""

    def removeprefix(self, prefix: Any) -> Series:
        """The strings without ``prefix`` at their start."""

    def removesuffix(self, suffix: Any) -> Series:
        """The strings without ``suffix`` at their end."""

    def repeat(self, repeats: Any) -> Series:
        """The strings, each ``repeats`` times."""

    def replace(
        self,
        pat: Any,
        repl: Any = None,
        n: Any = -1,
        case: Any = None,
        flags: Any = 0,
        regex: Any = False,
    ) -> Series:
        """The strings with ``repl`` for each ``pat``, a text, or with ``regex=True`` a pattern; or for each key of a dict."""

    def rfind(self, sub: Any, start: Any = 0, end: Any = None) -> Series:
        """Where ``sub`` is last found in each string; -1 where it is not."""

    def rindex(self, sub: Any, start: Any = 0, end: Any = None) -> Series:
        """Where ``sub`` is last found in each string; ValueError where it is not."""

    def rjust(self, width: Any, fillchar: Any = " ") -> Series:
        """The strings at the right of ``width`` characters."""

    def rstrip(self, to_strip: Any = None) -> Series:
        """The strings without white space, or some characters, at their end."""

    def slice(self, start: Any = None, stop: Any = None, step: Any = None) -> Series:
        """The characters from ``start`` to ``stop`` of each string."""

    def slice_replace(self, start: Any = None, stop: Any = None, repl: Any = None) -> Series:
        """The strings with ``repl`` for a run of characters."""

    def startswith(self, pat: Any, na: Any = ...) -> Series:
        """Whether each string starts with ``pat``, or with one of a tuple."""

    def strip(self, to_strip: Any = None) -> Series:
        """The strings without white space, or some characters, at both ends."""

    def swapcase(self) -> Series:
        """The strings with upper for lower case, and lower for upper."""

    def title(self) -> Series:
        """The strings with each word starting in upper case."""

    def translate(self, table: Any) -> Series:
        """The strings with characters changed by a table of ``str.maketrans``."""

    def upper(self) -> Series:
        """The strings in upper case."""

    def wrap(self, width: Any, **kwargs: Any) -> Series:
        """The strings with line breaks, so that no line is longer than ``width``."""

    def zfill(self, width: Any) -> Series:
        """The strings, filled up to ``width`` characters with zeros behind a sign."""

class DatetimeAccessor(Times):
    """Fields and methods of instants, periods and spans of time, ``.dt``."""

    @property
    def year(self) -> Series:
        """The year."""

    @property
    def month(self) -> Series:
        """The month, from 1."""

    @property
    def day(self) -> Series:
        """The day of the month, from 1."""

    @property
    def hour(self) -> Series:
        """The hour."""

    @property
    def minute(self) -> Series:
        """The minute."""

    @property
    def second(self) -> Series:
        """The second."""

    @property
    def microsecond(self) -> Series:
        """The microseconds of the second."""

    @property
    def nanosecond(self) -> Series:
        """The nanoseconds of the microsecond."""

    @property
    def date(self) -> Series:
        """The date, as an object of the standard library."""

    @property
    def time(self) -> Series:
        """The time of day, as an object of the standard library."""

    @property
    def timetz(self) -> Series:
        """The time of day with its zone, as an object of the standard library."""

    @property
    def quarter(self) -> Series:
        """The quarter of the year, from 1."""

    @property
    def weekday(self) -> Series:
        """The day of the week; Monday is 0."""

    @property
    def dayofweek(self) -> Series:
        """The day of the week; Monday is 0."""

    @property
    def day_of_week(self) -> Series:
        """The day of the week; Monday is 0."""

    @property
    def dayofyear(self) -> Series:
        """The day of the year, from 1."""

    @property
    def day_of_year(self) -> Series:
        """The day of the year, from 1."""

    @property
    def days_in_month(self) -> Series:
        """How many days the month has."""

    @property
    def daysinmonth(self) -> Series:
        """How many days the month has."""

    @property
    def is_leap_year(self) -> Series:
        """Whether the year has a 29th of February."""

    @property
    def is_month_start(self) -> Series:
        """Whether it is the first day of a month."""

    @property
    def is_month_end(self) -> Series:
        """Whether it is the last day of a month."""

    @property
    def is_quarter_start(self) -> Series:
        """Whether it is the first day of a quarter."""

    @property
    def is_quarter_end(self) -> Series:
        """Whether it is the last day of a quarter."""

    @property
    def is_year_start(self) -> Series:
        """Whether it is the first day of a year."""

    @property
    def is_year_end(self) -> Series:
        """Whether it is the last day of a year."""

    def ceil(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Series:
        """The values rounded up to a frequency."""

    def floor(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Series:
        """The values rounded down to a frequency."""

    def round(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Series:
        """The values rounded to a frequency."""

    def normalize(self) -> Series:
        """The midnights at which their days start."""

    def day_name(self, locale: Any = None) -> Series:
        """The name of the day of the week."""

    def month_name(self, locale: Any = None) -> Series:
        """The name of the month."""

    def strftime(self, date_format: Any) -> Series:
        """The values as text."""

    def isocalendar(self) -> DataFrame:
        """A frame of ISO year, week and day."""

    def to_period(self, freq: Any = None) -> Series:
        """The periods that they are in."""

    def to_pydatetime(self) -> Series:
        """The values as objects of the standard library."""

    def tz_convert(self, tz: Any) -> Series:
        """The same instants in another time zone."""

    def tz_localize(self, tz: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Series:
        """The instants at which clocks in time zone ``tz`` show the values."""

    def as_unit(self, unit: Any) -> Series:
        """The values with another resolution."""

    def asfreq(self, freq: Any = None, how: Any = "E") -> Series:
        """Of periods, those of another frequency at their start or end."""

    def to_timestamp(self, freq: Any = None, how: Any = "start") -> Series:
        """Of periods, the instant at which they start, or end."""

    @property
    def start_time(self) -> Series:
        """Of periods, the instant at which they start."""

    @property
    def end_time(self) -> Series:
        """Of periods, the last instant."""

    @property
    def qyear(self) -> Series:
        """Of periods, the fiscal year."""

    @property
    def week(self) -> Series:
        """Of periods, the ISO week."""

    @property
    def weekofyear(self) -> Series:
        """Of periods, the ISO week."""

    def total_seconds(self) -> Series:
        """Of spans of time, their length in seconds."""

    def to_pytimedelta(self) -> Series:
        """Of spans of time, objects of the standard library."""

    @property
    def days(self) -> Series:
        """Of spans of time, the whole days."""

    @property
    def seconds(self) -> Series:
        """Of spans of time, the seconds beside the days."""

    @property
    def microseconds(self) -> Series:
        """Of spans of time, the microseconds beside the seconds."""

    @property
    def nanoseconds(self) -> Series:
        """Of spans of time, the nanoseconds beside the microseconds."""

    @property
    def components(self) -> DataFrame:
        """Of spans of time, a frame of days, hours, minutes and so on."""

class CategoricalAccessor(Categories):
    """Methods of categories, ``.cat``."""

    def as_ordered(self) -> Series:
        """The values with categories that are in order."""

    def as_unordered(self) -> Series:
        """The values with categories that are in no order."""

    def add_categories(self, new_categories: Any) -> Series:
        """The values with more categories."""

    def remove_categories(self, removals: Any) -> Series:
        """The values with fewer categories; missing where theirs is removed."""

    def rename_categories(self, new_categories: Any) -> Series:
        """The values with other names of categories."""

    def reorder_categories(self, new_categories: Any, ordered: Any = None) -> Series:
        """The values with the same categories in another order."""

    def set_categories(self, new_categories: Any, ordered: Any = None, rename: Any = False) -> Series:
        """The values with exactly these categories."""

    @property
    def codes(self) -> Series:
        """The number of each value's category, from 0; -1 where it is missing."""

class ListAccessor(Accessor):
    """Methods of lists of Arrow, ``.list``."""

    def len(self) -> Series:
        """How many elements each list has."""

    def flatten(self) -> Series:
        """The elements of all lists, one a row, with the label of their list."""

class StructAccessor(Accessor):
    """Methods of structs of Arrow, ``.struct``."""

    def field(self, name_or_index: Any) -> Series:
        """The values of one field, by name or position, or by a list of names from outer to inner."""

    def explode(self) -> DataFrame:
        """A frame with a column for each field."""

class SeriesAccessors:
    """The accessors that a series has."""

    str: StringAccessor

    dt: DatetimeAccessor

    cat: CategoricalAccessor

    list: ListAccessor

    struct: StructAccessor

class IndexAccessors:
    """The accessors that an index has."""

    str: StringAccessor
