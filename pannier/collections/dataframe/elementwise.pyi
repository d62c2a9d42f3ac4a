"""Methods of frames, series and indices that treat each row alone: tables, and the classes made of them."""

# Made of the tables by `python -m pannier.collections.dataframe.stubs`.

from typing import Any

from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.index import Index
from pannier.collections.dataframe.operators import Operators
from pannier.collections.dataframe.series import Series

class _Verbs(Operators):
    """What applies a row of a table to this."""

class ElementwiseFrame(_Verbs):
    """Methods of a frame that treat each row alone."""

    def abs(self) -> DataFrame:
        """The values without their signs."""

    def isna(self) -> DataFrame:
        """Whether each value is missing."""

    def isnull(self) -> DataFrame:
        """Whether each value is missing."""

    def notna(self) -> DataFrame:
        """Whether each value is there, not missing."""

    def notnull(self) -> DataFrame:
        """Whether each value is there, not missing."""

    def round(self, decimals: Any = 0, *args: Any, **kwargs: Any) -> DataFrame:
        """The values rounded to a number of decimals, that of a frame may be a dict by column."""

    def clip(self, lower: Any = None, upper: Any = None, *, axis: Any = None) -> DataFrame:
        """The values, with ``lower`` for those below it and ``upper`` for those above it."""

    def fillna(self, value: Any, *, axis: Any = None) -> DataFrame:
        """The values, with ``value`` for those that are missing: one, a series, or a dict by column or label.  Rows of another type of numbers, or of objects among truth values, are all read first, for ``head()`` too: they decide the type."""

    def replace(self, to_replace: Any = None, value: Any = ..., *, regex: Any = False) -> DataFrame:
        """The values, with others for some of them: one by one, by list, by dict or by pattern."""

    def where(self, cond: Any, other: Any = ..., *, axis: Any = None, level: Any = None) -> DataFrame:
        """The values where ``cond`` is true, and ``other`` (by default: missing) elsewhere.  Rows of another type of numbers, or of objects among truth values, are all read first, for ``head()`` too: they decide the type."""

    def mask(self, cond: Any, other: Any = ..., *, axis: Any = None, level: Any = None) -> DataFrame:
        """The values where ``cond`` is false, and ``other`` (by default: missing) elsewhere.  Rows of another type of numbers, or of objects among truth values, are all read first, for ``head()`` too: they decide the type."""

    def isin(self, values: Any) -> DataFrame:
        """Whether each value is one of ``values``."""

    def tz_convert(self, tz: Any, axis: Any = 0, level: Any = None) -> DataFrame:
        """The same rows, with the instants of the index in time zone ``tz``."""

    def tz_localize(
        self,
        tz: Any,
        axis: Any = 0,
        level: Any = None,
        *,
        ambiguous: Any = "raise",
        nonexistent: Any = "raise",
    ) -> DataFrame:
        """The same rows, with the wall times of the index as instants in time zone ``tz``."""

    def at_time(self, time: Any, asof: Any = False, axis: Any = None) -> DataFrame:
        """The rows whose label is at one time of the day."""

    def between_time(
        self,
        start_time: Any,
        end_time: Any,
        inclusive: Any = "both",
        axis: Any = None,
    ) -> DataFrame:
        """The rows whose label is between two times of the day."""

    def droplevel(self, level: Any, axis: Any = 0) -> DataFrame:
        """The same rows, without one or several levels of their labels."""

    def swaplevel(self, i: Any = -2, j: Any = -1, axis: Any = 0) -> DataFrame:
        """The same rows, with levels ``i`` and ``j`` of their labels in each other's place."""

    def reorder_levels(self, order: Any, axis: Any = 0) -> DataFrame:
        """The same rows, with the levels of their labels in another order."""

    def to_timestamp(self, freq: Any = None, how: Any = "start", axis: Any = 0) -> DataFrame:
        """The same rows, with an instant for each period of the index."""

    def to_period(self, freq: Any = None, axis: Any = 0) -> DataFrame:
        """The same rows, with a period for each instant of the index."""

    def add(self, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None) -> DataFrame:
        """The sums of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def sub(self, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None) -> DataFrame:
        """The values less ``other``; ``fill_value`` stands for what is missing on one side."""

    def mul(self, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None) -> DataFrame:
        """The products of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def truediv(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The values divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def floordiv(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The whole quotients of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def mod(self, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None) -> DataFrame:
        """What is left when values are divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def pow(self, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None) -> DataFrame:
        """The values to the power of ``other``; ``fill_value`` stands for what is missing on one side."""

    def radd(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The sums of ``other`` and values; ``fill_value`` stands for what is missing on one side."""

    def rsub(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """What ``other`` is less the values; ``fill_value`` stands for what is missing on one side."""

    def rmul(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The products of ``other`` and values; ``fill_value`` stands for what is missing on one side."""

    def rtruediv(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """What ``other`` is, divided by the values; ``fill_value`` stands for what is missing on one side."""

    def rfloordiv(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The whole quotients of ``other`` and values; ``fill_value`` stands for what is missing on one side."""

    def rmod(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """What is left when ``other`` is divided by the values; ``fill_value`` stands for what is missing on one side."""

    def rpow(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """``other`` to the power of the values; ``fill_value`` stands for what is missing on one side."""

    def subtract(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The values less ``other``; ``fill_value`` stands for what is missing on one side."""

    def multiply(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The products of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def div(self, other: Any, axis: Any = "columns", level: Any = None, fill_value: Any = None) -> DataFrame:
        """The values divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def divide(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """The values divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def rdiv(
        self,
        other: Any,
        axis: Any = "columns",
        level: Any = None,
        fill_value: Any = None,
    ) -> DataFrame:
        """What ``other`` is, divided by the values; ``fill_value`` stands for what is missing on one side."""

    def eq(self, other: Any, axis: Any = "columns", level: Any = None) -> DataFrame:
        """Whether values equal ``other``."""

    def ne(self, other: Any, axis: Any = "columns", level: Any = None) -> DataFrame:
        """Whether values differ from ``other``."""

    def lt(self, other: Any, axis: Any = "columns", level: Any = None) -> DataFrame:
        """Whether values are less than ``other``."""

    def le(self, other: Any, axis: Any = "columns", level: Any = None) -> DataFrame:
        """Whether values are at most ``other``."""

    def gt(self, other: Any, axis: Any = "columns", level: Any = None) -> DataFrame:
        """Whether values are greater than ``other``."""

    def ge(self, other: Any, axis: Any = "columns", level: Any = None) -> DataFrame:
        """Whether values are at least ``other``."""

class ElementwiseSeries(_Verbs):
    """Methods of a series that treat each row alone."""

    def abs(self) -> Series:
        """The values without their signs."""

    def isna(self) -> Series:
        """Whether each value is missing."""

    def isnull(self) -> Series:
        """Whether each value is missing."""

    def notna(self) -> Series:
        """Whether each value is there, not missing."""

    def notnull(self) -> Series:
        """Whether each value is there, not missing."""

    def round(self, decimals: Any = 0, *args: Any, **kwargs: Any) -> Series:
        """The values rounded to a number of decimals, that of a frame may be a dict by column."""

    def clip(self, lower: Any = None, upper: Any = None, *, axis: Any = None) -> Series:
        """The values, with ``lower`` for those below it and ``upper`` for those above it."""

    def fillna(self, value: Any, *, axis: Any = None) -> Series:
        """The values, with ``value`` for those that are missing: one, a series, or a dict by column or label.  Rows of another type of numbers, or of objects among truth values, are all read first, for ``head()`` too: they decide the type."""

    def replace(self, to_replace: Any = None, value: Any = ..., *, regex: Any = False) -> Series:
        """The values, with others for some of them: one by one, by list, by dict or by pattern."""

    def where(self, cond: Any, other: Any = ..., *, axis: Any = None, level: Any = None) -> Series:
        """The values where ``cond`` is true, and ``other`` (by default: missing) elsewhere.  Rows of another type of numbers, or of objects among truth values, are all read first, for ``head()`` too: they decide the type."""

    def mask(self, cond: Any, other: Any = ..., *, axis: Any = None, level: Any = None) -> Series:
        """The values where ``cond`` is false, and ``other`` (by default: missing) elsewhere.  Rows of another type of numbers, or of objects among truth values, are all read first, for ``head()`` too: they decide the type."""

    def isin(self, values: Any) -> Series:
        """Whether each value is one of ``values``."""

    def tz_convert(self, tz: Any, axis: Any = 0, level: Any = None) -> Series:
        """The same rows, with the instants of the index in time zone ``tz``."""

    def tz_localize(
        self,
        tz: Any,
        axis: Any = 0,
        level: Any = None,
        *,
        ambiguous: Any = "raise",
        nonexistent: Any = "raise",
    ) -> Series:
        """The same rows, with the wall times of the index as instants in time zone ``tz``."""

    def at_time(self, time: Any, asof: Any = False, axis: Any = None) -> Series:
        """The rows whose label is at one time of the day."""

    def between_time(
        self,
        start_time: Any,
        end_time: Any,
        inclusive: Any = "both",
        axis: Any = None,
    ) -> Series:
        """The rows whose label is between two times of the day."""

    def droplevel(self, level: Any, axis: Any = 0) -> Series:
        """The same rows, without one or several levels of their labels."""

    def swaplevel(self, i: Any = -2, j: Any = -1) -> Series:
        """The same rows, with levels ``i`` and ``j`` of their labels in each other's place."""

    def reorder_levels(self, order: Any) -> Series:
        """The same rows, with the levels of their labels in another order."""

    def between(self, left: Any, right: Any, inclusive: Any = "both") -> Series:
        """Whether each value is between ``left`` and ``right``; ``inclusive`` says which ends count."""

    def case_when(self, caselist: Any) -> Series:
        """For each row the value of the first condition of ``caselist``, a list of pairs, that is true; else its own."""

    def combine_first(self, other: Any) -> Series:
        """The values, with those of ``other`` for what is missing."""

    def combine(self, other: Any, func: Any, fill_value: Any = None) -> Series:
        """What ``func`` makes of pairs of values, of this series and of ``other``."""

    def dropna(self, *, axis: Any = 0, how: Any = None) -> Series:
        """The values that are not missing."""

    def explode(self) -> Series:
        """The elements of the lists among the values, one a row, with their label."""

    def repeat(self, repeats: Any) -> Series:
        """Each value some times, with its label."""

    def to_frame(self, name: Any = ...) -> DataFrame:
        """A frame of this one column."""

    def to_timestamp(self, freq: Any = None, how: Any = "start") -> Series:
        """The same rows, with an instant for each period of the index."""

    def to_period(self, freq: Any = None) -> Series:
        """The same rows, with a period for each instant of the index."""

    def add_prefix(self, prefix: Any) -> Series:
        """The same rows, with ``prefix`` before each label."""

    def add_suffix(self, suffix: Any) -> Series:
        """The same rows, with ``suffix`` behind each label."""

    def add(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The sums of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def sub(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The values less ``other``; ``fill_value`` stands for what is missing on one side."""

    def mul(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The products of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def truediv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The values divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def floordiv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The whole quotients of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def mod(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """What is left when values are divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def pow(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The values to the power of ``other``; ``fill_value`` stands for what is missing on one side."""

    def radd(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The sums of ``other`` and values; ``fill_value`` stands for what is missing on one side."""

    def rsub(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """What ``other`` is less the values; ``fill_value`` stands for what is missing on one side."""

    def rmul(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The products of ``other`` and values; ``fill_value`` stands for what is missing on one side."""

    def rtruediv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """What ``other`` is, divided by the values; ``fill_value`` stands for what is missing on one side."""

    def rfloordiv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The whole quotients of ``other`` and values; ``fill_value`` stands for what is missing on one side."""

    def rmod(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """What is left when ``other`` is divided by the values; ``fill_value`` stands for what is missing on one side."""

    def rpow(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """``other`` to the power of the values; ``fill_value`` stands for what is missing on one side."""

    def subtract(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The values less ``other``; ``fill_value`` stands for what is missing on one side."""

    def multiply(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The products of values and ``other``; ``fill_value`` stands for what is missing on one side."""

    def div(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The values divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def divide(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """The values divided by ``other``; ``fill_value`` stands for what is missing on one side."""

    def rdiv(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """What ``other`` is, divided by the values; ``fill_value`` stands for what is missing on one side."""

    def eq(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """Whether values equal ``other``; ``fill_value`` stands for what is missing on one side."""

    def ne(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """Whether values differ from ``other``; ``fill_value`` stands for what is missing on one side."""

    def lt(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """Whether values are less than ``other``; ``fill_value`` stands for what is missing on one side."""

    def le(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """Whether values are at most ``other``; ``fill_value`` stands for what is missing on one side."""

    def gt(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """Whether values are greater than ``other``; ``fill_value`` stands for what is missing on one side."""

    def ge(self, other: Any, level: Any = None, fill_value: Any = None, axis: Any = 0) -> Series:
        """Whether values are at least ``other``; ``fill_value`` stands for what is missing on one side."""

class ElementwiseIndex(_Verbs):
    """Methods of an index that treat each label alone."""

    def isna(self) -> Index:
        """Whether each value is missing."""

    def isnull(self) -> Index:
        """Whether each value is missing."""

    def notna(self) -> Index:
        """Whether each value is there, not missing."""

    def notnull(self) -> Index:
        """Whether each value is there, not missing."""

    def isin(self, values: Any, level: Any = None) -> Index:
        """Whether each label is one of ``values``."""

    def fillna(self, value: Any) -> Index:
        """The labels, with ``value`` for those that are missing."""

    def where(self, cond: Any, other: Any = None) -> Index:
        """The labels where ``cond`` is true, and ``other`` elsewhere."""

    def putmask(self, mask: Any, value: Any) -> Index:
        """The labels where ``mask`` is false, and ``value`` elsewhere."""

    def dropna(self, how: Any = "any") -> Index:
        """The labels that are not missing."""

    def repeat(self, repeats: Any) -> Index:
        """Each label some times."""

    def rename(self, name: Any) -> Index:
        """The same labels, with ``name`` as the name of the index."""

    def set_names(self, names: Any, *, level: Any = None) -> Index:
        """The same labels, with other names of levels."""

    def to_series(self, *, name: Any = None) -> Series:
        """A series of the labels, with themselves as its labels."""

    def get_level_values(self, level: Any) -> Index:
        """The labels of one level."""

    @property
    def year(self) -> Index:
        """The year."""

    @property
    def month(self) -> Index:
        """The month, from 1."""

    @property
    def day(self) -> Index:
        """The day of the month, from 1."""

    @property
    def hour(self) -> Index:
        """The hour."""

    @property
    def minute(self) -> Index:
        """The minute."""

    @property
    def second(self) -> Index:
        """The second."""

    @property
    def microsecond(self) -> Index:
        """The microseconds of the second."""

    @property
    def nanosecond(self) -> Index:
        """The nanoseconds of the microsecond."""

    @property
    def date(self) -> Index:
        """The date, as an object of the standard library."""

    @property
    def time(self) -> Index:
        """The time of day, as an object of the standard library."""

    @property
    def timetz(self) -> Index:
        """The time of day with its zone, as an object of the standard library."""

    @property
    def quarter(self) -> Index:
        """The quarter of the year, from 1."""

    @property
    def weekday(self) -> Index:
        """The day of the week; Monday is 0."""

    @property
    def dayofweek(self) -> Index:
        """The day of the week; Monday is 0."""

    @property
    def day_of_week(self) -> Index:
        """The day of the week; Monday is 0."""

    @property
    def dayofyear(self) -> Index:
        """The day of the year, from 1."""

    @property
    def day_of_year(self) -> Index:
        """The day of the year, from 1."""

    @property
    def days_in_month(self) -> Index:
        """How many days the month has."""

    @property
    def daysinmonth(self) -> Index:
        """How many days the month has."""

    @property
    def is_leap_year(self) -> Index:
        """Whether the year has a 29th of February."""

    @property
    def is_month_start(self) -> Index:
        """Whether it is the first day of a month."""

    @property
    def is_month_end(self) -> Index:
        """Whether it is the last day of a month."""

    @property
    def is_quarter_start(self) -> Index:
        """Whether it is the first day of a quarter."""

    @property
    def is_quarter_end(self) -> Index:
        """Whether it is the last day of a quarter."""

    @property
    def is_year_start(self) -> Index:
        """Whether it is the first day of a year."""

    @property
    def is_year_end(self) -> Index:
        """Whether it is the last day of a year."""

    def ceil(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Index:
        """The values rounded up to a frequency."""

    def floor(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Index:
        """The values rounded down to a frequency."""

    def round(self, freq: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Index:
        """The values rounded to a frequency."""

    def normalize(self) -> Index:
        """The midnights at which their days start."""

    def day_name(self, locale: Any = None) -> Index:
        """The name of the day of the week."""

    def month_name(self, locale: Any = None) -> Index:
        """The name of the month."""

    def strftime(self, date_format: Any) -> Index:
        """The values as text."""

    def isocalendar(self) -> DataFrame:
        """A frame of ISO year, week and day."""

    def to_period(self, freq: Any = None) -> Index:
        """The periods that they are in."""

    def to_pydatetime(self) -> Index:
        """The values as objects of the standard library."""

    def tz_convert(self, tz: Any) -> Index:
        """The same instants in another time zone."""

    def tz_localize(self, tz: Any, ambiguous: Any = "raise", nonexistent: Any = "raise") -> Index:
        """The instants at which clocks in time zone ``tz`` show the values."""

    def as_unit(self, unit: Any) -> Index:
        """The values with another resolution."""
