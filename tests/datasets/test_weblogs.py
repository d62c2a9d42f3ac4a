"""What the made-up server logs promise."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from pannier.datasets import weblog_lines

COMBINED = re.compile(
    r"(?P<host>\d+\.\d+\.\d+\.\d+) - (?P<user>\S+) "
    r"\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000)\] "
    r'"(?P<method>[A-Z]+) (?P<path>/\S*) HTTP/1\.1" (?P<status>\d{3}) (?P<size>\d+|-) '
    r'"(?P<referer>[^"]*)" "(?P<agent>(?:[^"\\]|\\.)*)"\n'
)


def test_lines_never_change() -> None:
    """The data of a seed is pinned."""
    pinned = "3671fa18e90febc53dd39f6f93bf054dd551515bef9b4cbad67a8dd99fdfc907"
    assert hashlib.sha256("".join(weblog_lines(2_000)).encode()).hexdigest() == pinned


def test_seeds_differ() -> None:
    """Another seed makes other lines."""
    assert list(weblog_lines(100, seed=1)) != list(weblog_lines(100, seed=2))


def test_every_line_is_in_the_combined_format() -> None:
    """Each line has the nine fields; replies without a body have no size; hosts come back."""
    matches = [COMBINED.fullmatch(line) for line in weblog_lines(5_000)]
    rows = [match.groupdict() for match in matches if match is not None]
    assert len(rows) == 5_000
    assert all((row["size"] == "-") == (row["status"] == "304") for row in rows)
    assert {row["status"] for row in rows} >= {"200", "304", "404", "500"}
    times = [row["time"] for row in rows]
    assert times == sorted(times)
    (_, first), (_, second) = Counter(row["host"] for row in rows).most_common(2)
    assert 1.5 < first / second < 3
