"""Where records begin: found from the middle of a file, and the same as from its start."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pannier.io import csvrecords
from pannier.io.csvrecords import LONGEST, Records

TEXTS = st.text(st.sampled_from(list('ab,"\n\r\\# ')), max_size=60)


def reader(data: bytes):
    return lambda start, end: data[start:end]


def starts(records: Records, data: bytes) -> list[int]:
    """Where records begin, by walking from the start; with the end of the data."""
    automaton = csvrecords._automaton(records)
    found, states = [], frozenset({csvrecords.START})
    for offset in range(len(data)):
        (state,) = states
        is_pair = state == csvrecords.RETURN and data[offset : offset + 1] == b"\n"
        if state == csvrecords.START or (state == csvrecords.RETURN and not is_pair):
            found.append(offset)
        states = automaton.after(states, data[offset : offset + 1])
    return [*found, len(data)]


@pytest.fixture(params=["small windows", "usual windows"])
def windows(request, monkeypatch):
    if request.param == "small windows":
        monkeypatch.setattr(csvrecords, "_WINDOWS", (2, 5, 11))


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    "records",
    [
        Records(),
        Records(quote=b""),
        Records(escape=b"\\"),
        Records(comment=b"#"),
        Records(doublequote=False),
        Records(terminator=b"a"),
        Records(separators=b" \t"),
        Records(skips_blanks=True),
    ],
    ids=repr,
)
def test_a_start_found_from_the_middle_is_one_from_the_start(records):
    """At every offset of any text, the next record is the one that reading from the start finds."""

    @settings(max_examples=60, deadline=None)
    @given(TEXTS)
    def check(text):
        data = text.encode()
        right = starts(records, data)
        for offset in range(len(data) + 1):
            expected = next(start for start in right if start >= offset)
            assert records.start_at(reader(data), offset, 0) == expected

    check()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.sampled_from(list('ab,"\n')), max_size=6), min_size=2, max_size=3), max_size=8
    )
)
def test_records_are_those_of_a_csv_writer(rows):
    """What a writer quotes is cut between its rows and nowhere else."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    data = buffer.getvalue().encode()
    ends, lengths = [0], []
    for row in rows:
        one = io.StringIO()
        csv.writer(one, lineterminator="\n").writerow(row)
        lengths.append(len(one.getvalue().encode()))
        ends.append(sum(lengths))
    found = {Records().start_at(reader(data), offset, 0) for offset in range(len(data) + 1)}
    assert found == set(ends)


def test_little_is_read_of_a_file_with_quotes():
    """A quoted field near a place decides where the next record begins, however long the file is."""
    data = b'1,"some text",2\n' * 100_000
    asked = []

    def read(start: int, end: int) -> bytes:
        asked.append((start, end))
        return data[start:end]

    assert Records().start_at(read, 800_001, 0) == 800_016
    assert min(start for start, _ in asked) >= 790_000


def test_a_file_without_quotes_is_not_read_to_its_start():
    """Where there has been no quote for long, there is none open."""
    data = b"1,2,3\n" * 400_000
    asked = []

    def read(start: int, end: int) -> bytes:
        asked.append(start)
        return data[start:end]

    assert Records().start_at(read, len(data) - 5, 0) == len(data)
    assert min(asked) >= len(data) - 5 - LONGEST


def test_a_field_as_long_as_the_window_is_seen_through():
    """A quoted field of lines that is shorter than the limit is never cut in two."""
    field = b"line\n" * (LONGEST // 5 - 10)
    data = b'a,b\n1,"' + field + b'"\n2,c\n'
    assert Records().start_at(reader(data), len(data) - 20, 4) == len(data) - 4


def test_two_readings_are_judged_by_where_quotes_stand():
    """Where every quoted field ends with a newline, the reading in which quotes are as a writer puts them is taken."""
    row = b'1,"two, ""lines""\n\n",z\n'
    data = row * 20_000
    asked = []

    def read(start: int, end: int) -> bytes:
        asked.append(start)
        return data[start:end]

    for offset in range(300_000, 300_000 + len(row)):
        assert Records().start_at(read, offset, 0) == -(-offset // len(row)) * len(row)
    assert min(asked) >= 200_000


def test_lines_of_records_leave_blank_lines_out():
    """Records are counted as pandas counts rows: blank lines and comments are none, quoted newlines no ends."""
    data = b'a\n\n  \n"b\n\nc"\n#x\nd'
    pieces = [data[i : i + 3] for i in range(0, len(data), 3)]
    assert list(Records(comment=b"#").lines_of_records(pieces)) == [0, 3, 7]
