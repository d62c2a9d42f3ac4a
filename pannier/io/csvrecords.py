r"""Where records of delimited text begin, found from anywhere in a file, quoted newlines among them.

A newline ends a record unless it is quoted, and whether it is quoted depends on everything before it.  Reading
everything before every block would cost as much as reading the file, so a block's start is found from a little:

- The tokenizer of pandas is a small automaton.  Started in *every* state some bytes before a place, it is in one
  and the same state there as soon as these bytes decide it.  That is a proof, whatever the file holds: quotes that
  open nothing because they stand inside a field among them.  A quoted field, or half of one, usually decides; so
  4 KiB are looked at first, then more, up to the file's start, from where there is one state only.
- Bytes without a quote never decide.  Where there is none in :data:`LONGEST` bytes, the place is taken to be
  outside of quotes.
- Where quotes do not decide (each field that is quoted ends with a newline, say), two readings are left, and the
  one is taken in which fewer quotes stand where no writer puts them: inside a field, or before more text.

What is taken without proof is verified.  A place depends on the file alone, so one block ends where the next one
begins, and always after a newline; if that newline is quoted, the block before it, which began at a record, ends
inside a quoted field, and parsing it is an error.  No row is read wrongly unnoticed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from pannier.frozen import frozen

LONGEST: Final = 1 << 20
"""Bytes without any quote that show that a place is not inside one."""

_WINDOWS: Final = (1 << 12, 1 << 16, LONGEST)
"""Bytes to look at before a place, first, then, and then; after that 16 times as many each time."""

_LIKELY: Final = 1 << 16
"""Bytes with quotes that are enough to judge by how they are written."""

_PIECE: Final = 1 << 16

State: TypeAlias = int

# Just after a newline; at the start of a field; in one without quotes; in quotes; after a quote in quotes; after an
# escape without and with quotes; after a carriage return that may have a line feed; in a comment.
START, FIELD, TEXT, QUOTED, CLOSING, ESCAPED, QUOTED_ESCAPED, RETURN, COMMENT = range(9)
_EVERY: Final = frozenset(range(9))
_INSIDE: Final = frozenset({QUOTED, QUOTED_ESCAPED, CLOSING})

Read: TypeAlias = Callable[[int, int], bytes]
"""The bytes of a file from one offset to another, fewer where it ends."""


@frozen
class Records:
    """What ends records, and what keeps newlines from doing it; each a byte, or empty for nothing."""

    separators: bytes = b","
    quote: bytes = b'"'
    doublequote: bool = True
    escape: bytes = b""
    comment: bytes = b""
    terminator: bytes = b""
    """In place of line feed and carriage return."""
    skips_blanks: bool = False
    """Whether blanks before a field, and before its quote, are dropped."""

    def start_at(self, read: Read, offset: int, first: int) -> int:
        r"""Where the first record at or after ``offset`` begins; the end of the file if none does.

        ``first`` is where the first of all records begins.

        >>> data = b'a,"b\nc"\nd,e\n'
        >>> [
        ...     Records().start_at(lambda start, end: data[start:end], offset, 0)
        ...     for offset in (0, 1, 8, 9)
        ... ]
        [0, 8, 8, 12]
        """
        if offset <= first:
            return first
        if not read(offset, offset + 1):  # at the end of the file, as half of all that is asked for
            return offset
        return self._next_start(read, offset, self._state_at(read, offset, first))

    def first_in(self, data: bytes) -> bytes:
        r"""The first record in ``data``, with its line end.

        >>> Records().first_in(b'a,"b\nc"\nd')
        b'a,"b\nc"\n'
        """
        state = self._automaton().steps[START, data[:1] if data[:1] in self._automaton().special else b""]
        return data[: self._next_start(lambda start, end: data[start:end], 1, state)]

    def _state_at(self, read: Read, offset: int, first: int) -> State:
        rest = self._automaton()
        for window in _widths():
            low = max(first, offset - window)
            data = read(low, offset)
            if low == first:
                (state,) = rest.after({START}, data)
                return state
            states = rest.after(rest.every, data)
            if len(states) > 1 and window >= _LIKELY:
                states = self._likely_states(data, window, states)
            if len(states) == 1:
                return next(iter(states))
        raise AssertionError("the last window begins where the file does")

    def _likely_states(self, data: bytes, window: int, states: frozenset[State]) -> frozenset[State]:
        """Of the ``states`` there may be after ``data``, those that are likelier than others."""
        rest = self._automaton()
        if not rest.has_toggles(data):
            return rest.after(rest.every - _INSIDE, data) if window >= LONGEST else states
        judged = sorted(rest.oddities(state, data) for state in rest.every)
        best = judged[0][0]
        return frozenset([after for odd, after in judged if odd == best])

    def _next_start(self, read: Read, offset: int, state: State) -> int:
        rest = self._automaton()
        while True:
            data = read(offset, offset + _PIECE)
            if not data:
                return offset
            ends, state = rest.first_start(data, state)
            if ends is not None:
                return offset + ends
            offset += len(data)

    def lines_of_records(self, pieces: Iterable[bytes], *, skip_blank_lines: bool = True) -> Iterator[int]:
        r"""For each record that ``pieces`` begin with, how many lines come before it.

        >>> list(Records().lines_of_records([b'a\n\n"b\n', b'b"\nc']))
        [0, 2, 4]
        """
        rest = self._automaton()
        state, begins = START, True
        for line, text in enumerate(_lines(pieces, self.terminator or b"\n")):
            if begins and not (skip_blank_lines and self.says_nothing(text)):
                yield line
            (state,) = rest.after({state}, text)
            begins = state in (START, RETURN)

    def says_nothing(self, line: bytes) -> bool:
        """Whether ``line`` is blank or a comment."""
        text = line.strip(b" \r\n" if b"\t" in self.separators and len(self.separators) == 1 else b" \t\r\n")
        return not text.removesuffix(self.terminator) or (
            self.comment != b"" and text.startswith(self.comment)
        )

    def _automaton(self) -> _Automaton:
        return _automaton(self)


@frozen
class _Automaton:
    every: frozenset[State]
    """The states there can be."""
    steps: dict[tuple[State, bytes], State]
    """The state after a byte; the empty one stands for all that mean nothing."""
    tokens: re.Pattern[bytes]
    """A byte that means something, or several that do not."""
    toggles: re.Pattern[bytes]
    """A quote or an escape."""
    toggling: tuple[bytes, ...]
    """These, as bytes."""
    ends: bytes
    """What ends lines."""
    special: bytes
    """All bytes that mean something."""

    def after(self, states: Iterable[State], data: bytes) -> frozenset[State]:
        """The states after ``data`` that begin in one of ``states``."""
        current = frozenset(states)
        position = 0
        for match in self.toggles.finditer(data) if self.has_toggles(data) else ():
            current = self._plain(current, data, position, match.start())
            current = frozenset([self.steps[state, match.group()] for state in current])
            position = match.end()
        return self._plain(current, data, position, len(data))

    def has_toggles(self, data: bytes) -> bool:
        """Whether a quote or an escape is in ``data``; found out ten times as fast as where the first one is."""
        return any(toggle in data for toggle in self.toggling)

    def _plain(self, states: frozenset[State], data: bytes, start: int, end: int) -> frozenset[State]:
        """The states after ``data[start:end]``, in which there is no quote and no escape."""
        if start == end:
            return states
        states = self._walk(states, data, start, start + 1)
        last = max(data.rfind(self.ends[i : i + 1], start + 1, end) for i in range(len(self.ends)))
        if last < 0:
            return self._walk(states, data, start + 1, end)
        # What is not in quotes is at the start of a line there, whatever came before.
        kept = states & {QUOTED}
        if states == kept:
            return kept
        opened = frozenset([self.steps[TEXT, data[last : last + 1]]])
        return kept | self._walk(opened, data, last + 1, end)

    def _walk(self, states: frozenset[State], data: bytes, start: int, end: int) -> frozenset[State]:
        steps = self.steps
        for match in self.tokens.finditer(data, start, end):
            states = frozenset([steps[state, match.group(1) or b""] for state in states])
        return states

    def oddities(self, state: State, data: bytes) -> tuple[int, State]:
        """How many quotes in ``data``, read from ``state`` on, stand where no writer puts them; the state after."""
        odd = 0
        for match in self.tokens.finditer(data):
            token = match.group(1) or b""
            after = self.steps[state, token]
            odd += after == TEXT and (
                state == CLOSING or (state == TEXT and self.toggles.match(token) is not None)
            )
            state = after
        return odd, state

    def first_start(self, data: bytes, state: State) -> tuple[int | None, State]:
        """Where in ``data`` the first record begins, if one does, and the state at its end otherwise."""
        position = 0
        while position < len(data):
            if state == START:
                return position, state
            if state == RETURN:
                return position + (data[position : position + 1] == b"\n"), state
            if state == QUOTED:
                match = self.toggles.search(data, position)
                if match is None:
                    return None, state
            else:
                match = self.tokens.match(data, position)
                assert match is not None, "every byte is a token or part of one"
            state = self.steps[state, match.group(1) or b""]
            position = match.end()
        return None, state


def _widths() -> Iterator[int]:
    yield from _WINDOWS
    window = LONGEST
    while True:
        window *= 16
        yield window


def _lines(pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    escaped = re.escape(end)
    pattern = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)" if end == b"\n" else b"[^%b]*%b" % (escaped, escaped))
    held = b""
    for piece in pieces:
        held += piece
        position = 0
        for match in pattern.finditer(held):
            if match.end() == len(held):
                break  # a line feed may follow a carriage return
            yield match.group()
            position = match.end()
        held = held[position:]
    position = 0
    for match in pattern.finditer(held):
        yield match.group()
        position = match.end()
    if position < len(held):
        yield held[position:]


@functools.lru_cache(maxsize=16)
def _automaton(records: Records) -> _Automaton:
    ends = records.terminator or b"\n\r"
    blanks = b" " if records.skips_blanks and b" " not in records.separators else b""
    special = records.separators + records.quote + records.escape + records.comment + ends + blanks
    toggles = records.quote + records.escape
    inner = b"".join(re.escape(special[i : i + 1]) for i in range(len(special)))
    toggle = (
        b"([%b])" % b"".join(re.escape(toggles[i : i + 1]) for i in range(len(toggles)))
        if toggles
        else b"(?!)()"
    )
    steps = {
        (state, byte): _step(records, state, byte, blanks)
        for state in _EVERY
        for byte in [b"", *(special[i : i + 1] for i in range(len(special)))]
    }
    every = set(_EVERY)
    for name, of_it in (
        (records.quote, _INSIDE),
        (records.escape, {ESCAPED, QUOTED_ESCAPED}),
        (records.comment, {COMMENT}),
    ):
        every -= set() if name else of_it
    tokens = re.compile(b"([%b])|[^%b]+" % (inner, inner))
    toggling = tuple([toggles[i : i + 1] for i in range(len(toggles))])
    return _Automaton(frozenset(every), steps, tokens, re.compile(toggle), toggling, ends, special)


def _step(records: Records, state: State, byte: bytes, blanks: bytes) -> State:
    """The state after ``byte``; the empty one stands for any that means nothing."""
    is_quote, is_escape = (byte != b"" and byte == each for each in (records.quote, records.escape))
    if state == QUOTED:
        after_quote = CLOSING if records.doublequote else TEXT
        return after_quote if is_quote else QUOTED_ESCAPED if is_escape else QUOTED
    if state in (ESCAPED, QUOTED_ESCAPED):
        return TEXT if state == ESCAPED else QUOTED
    if byte == b"\r" and not records.terminator:
        return RETURN
    if byte and byte in (records.terminator or b"\n"):
        return START
    if state == COMMENT:
        return COMMENT
    if byte and byte in records.separators:
        return FIELD
    if state == CLOSING:
        return QUOTED if is_quote else TEXT
    return _step_in_field(records, state, byte, blanks)


def _step_in_field(records: Records, state: State, byte: bytes, blanks: bytes) -> State:
    if byte and byte == records.comment:
        return COMMENT
    if byte and byte == records.escape:
        return ESCAPED
    if state == TEXT:
        return TEXT
    if byte and byte == records.quote:
        return QUOTED
    return FIELD if byte and byte in blanks else TEXT
