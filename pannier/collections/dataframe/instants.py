"""Tables of what instants, periods and spans of time have: as values of a series, or as labels."""

from __future__ import annotations

from typing import Final

from pannier.collections.dataframe.methods import Verb

_ROUNDED: Final = "(freq, ambiguous='raise', nonexistent='raise')"

FIELDS: Final = (
    Verb("year", "The year."),
    Verb("month", "The month, from 1."),
    Verb("day", "The day of the month, from 1."),
    Verb("hour", "The hour."),
    Verb("minute", "The minute."),
    Verb("second", "The second."),
    Verb("microsecond", "The microseconds of the second."),
    Verb("nanosecond", "The nanoseconds of the microsecond."),
    Verb("date", "The date, as an object of the standard library."),
    Verb("time", "The time of day, as an object of the standard library."),
    Verb("timetz", "The time of day with its zone, as an object of the standard library."),
    Verb("quarter", "The quarter of the year, from 1."),
    Verb("weekday", "The day of the week; Monday is 0."),
    Verb("dayofweek", "The day of the week; Monday is 0."),
    Verb("day_of_week", "The day of the week; Monday is 0."),
    Verb("dayofyear", "The day of the year, from 1."),
    Verb("day_of_year", "The day of the year, from 1."),
    Verb("days_in_month", "How many days the month has."),
    Verb("daysinmonth", "How many days the month has."),
    Verb("is_leap_year", "Whether the year has a 29th of February."),
    Verb("is_month_start", "Whether it is the first day of a month."),
    Verb("is_month_end", "Whether it is the last day of a month."),
    Verb("is_quarter_start", "Whether it is the first day of a quarter."),
    Verb("is_quarter_end", "Whether it is the last day of a quarter."),
    Verb("is_year_start", "Whether it is the first day of a year."),
    Verb("is_year_end", "Whether it is the last day of a year."),
)
"""Fields of instants, and of periods."""
INSTANTS: Final = (
    Verb(f"ceil{_ROUNDED}", "The values rounded up to a frequency."),
    Verb(f"floor{_ROUNDED}", "The values rounded down to a frequency."),
    Verb(f"round{_ROUNDED}", "The values rounded to a frequency."),
    Verb("normalize()", "The midnights at which their days start."),
    Verb("day_name(locale=None)", "The name of the day of the week."),
    Verb("month_name(locale=None)", "The name of the month."),
    Verb("strftime(date_format)", "The values as text."),
    Verb("isocalendar()", "A frame of ISO year, week and day.", "DataFrame"),
    Verb("to_period(freq=None)", "The periods that they are in."),
    Verb("to_pydatetime()", "The values as objects of the standard library."),
    Verb("tz_convert(tz)", "The same instants in another time zone."),
    Verb(
        "tz_localize(tz, ambiguous='raise', nonexistent='raise')",
        "The instants at which clocks in time zone ``tz`` show the values.",
    ),
    Verb("as_unit(unit)", "The values with another resolution."),
)
"""Methods of instants, and of spans of time where they have them."""
PERIODS: Final = (
    Verb("asfreq(freq=None, how='E')", "Of periods, those of another frequency at their start or end."),
    Verb("to_timestamp(freq=None, how='start')", "Of periods, the instant at which they start, or end."),
    Verb("start_time", "Of periods, the instant at which they start."),
    Verb("end_time", "Of periods, the last instant."),
    Verb("qyear", "Of periods, the fiscal year."),
    Verb("week", "Of periods, the ISO week."),
    Verb("weekofyear", "Of periods, the ISO week."),
)
"""What only periods have."""
SPANS: Final = (
    Verb("total_seconds()", "Of spans of time, their length in seconds."),
    Verb("to_pytimedelta()", "Of spans of time, objects of the standard library."),
    Verb("days", "Of spans of time, the whole days."),
    Verb("seconds", "Of spans of time, the seconds beside the days."),
    Verb("microseconds", "Of spans of time, the microseconds beside the seconds."),
    Verb("nanoseconds", "Of spans of time, the nanoseconds beside the microseconds."),
    Verb("components", "Of spans of time, a frame of days, hours, minutes and so on.", "DataFrame"),
)
"""What only spans of time have."""
