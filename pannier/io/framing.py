r"""Where lines end in encoded bytes, so that a file can be cut anywhere without decoding it first.

A file is cut into blocks at offsets that come from arithmetic, so both neighbours of a cut must find
the same line end near it without knowing what comes before.  Two rules make that exact:

- *Universal newlines* (no delimiter given): a line ends after ``\n``, and after a ``\r`` that no
  ``\n`` follows.  Whether a position is a line end depends on the unit before and after it alone.
- *A delimiter*: lines end where a search from the file's start finds it.  A delimiter that can overlap
  itself (``\n\n`` in ``\n\n\n``) is ambiguous from the middle, so a block is cut only after an
  occurrence that no other one overlaps from the left: that one every search finds.

Bytes can be searched only where no character's bytes can be mistaken for a line end, and where text
can be decoded from a line's start.  UTF-8, UTF-16, UTF-32 and the single-byte encodings allow it for
any delimiter; the East Asian multi-byte ones for characters that are never a second byte; stateful
ones (utf-7, iso-2022, hz) never.  Undecodable bytes that an error handler drops still stand between a
``\r`` and a ``\n``: line ends are those of the bytes, as an editor shows them.
"""

from __future__ import annotations

import codecs
import functools
import importlib
import re
from collections.abc import Iterator
from encodings.aliases import aliases
from typing import Final

from pannier.errors import UsageError, near_matches
from pannier.frozen import frozen

_UNIT_WIDTHS: Final = {"utf-8": 1, "utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}

STATELESS_MULTIBYTE: Final = frozenset(
    "big5 big5hkscs cp932 cp949 cp950 euc_jis_2004 euc_jisx0213 euc_jp euc_kr gb18030 gb2312 gbk johab"
    " shift_jis shift_jis_2004 shift_jisx0213".split()
)
"""Encodings of one or more bytes a character, ASCII among them, without shift states."""

_LOWEST_TRAIL_BYTE: Final = 0x30
"""Bytes below this are never the second or later byte of a character (gb18030 starts at 0x30)."""


@frozen
class Framing:
    """Finds line ends in bytes that start at a multiple of ``width`` in their file."""

    delimiter: bytes | None
    """What ends a line; None for universal newlines."""
    newline: bytes
    carriage_return: bytes
    width: int
    """Bytes a code unit; a match at any other alignment is none."""

    @property
    def pattern(self) -> re.Pattern[bytes]:
        """Matches one line end (``re`` keeps what it has compiled)."""
        if self.delimiter is not None:
            return re.compile(re.escape(self.delimiter))
        cr, lf = re.escape(self.carriage_return), re.escape(self.newline)
        return re.compile(b"%b(?:%b)?|%b" % (cr, lf, lf))

    @property
    def is_plain(self) -> bool:
        """Whether lines end as :class:`io.BytesIO` ends them, once lone and paired CRs are replaced."""
        return self.newline == b"\n" and self.delimiter in (None, b"\n")

    @property
    def context(self) -> int:
        """How many bytes before a position :meth:`first_cut` must see to judge it."""
        longest = self.width * 2 if self.delimiter is None else len(self.delimiter)
        return 2 * longest

    def ends(self, data: bytes) -> Iterator[int]:
        r"""Where each line in ``data``, which begins with a line, ends; not the last without its end.

        >>> list(framing("utf-8").ends(b"a\r\nb\rc\nd"))
        [3, 5, 7]
        """
        position, pattern = 0, self.pattern
        while match := pattern.search(data, position):
            if match.start() % self.width:
                position = match.start() + 1
            else:
                position = match.end()
                yield position

    def last_cut(self, data: bytes) -> int:
        r"""The end of the last line in ``data``, which begins with a line; 0 if none surely ends.

        >>> framing("utf-8").last_cut(b"ab\ncd\r"), framing("utf-8").last_cut(b"ab\r")
        (3, 0)
        """
        if self.delimiter is None:
            end = self._last(data, self.newline)
            # A CR at the very end may be half of a pair.
            return end or self._last(data[: -self.width], self.carriage_return)
        if _overlaps_itself(self.delimiter):
            if self.width == 1:
                return len(data) - len(data.split(self.delimiter)[-1])
            return max(self.ends(data), default=0)
        return self._last(data, self.delimiter)

    def _last(self, data: bytes, unit: bytes) -> int:
        found = data.rfind(unit)
        while found > 0 and found % self.width:
            found = data.rfind(unit, 0, found + len(unit) - 1)
        return found + len(unit) if found >= 0 else 0

    def first_cut(self, data: bytes, position: int, *, is_last: bool) -> int | None:
        r"""The first line end at or after ``position``, found alike from any ``data`` around it.

        ``data`` must begin with the file or :attr:`context` bytes before ``position``, and end with a
        whole unit or with the file, which ``is_last`` says.  None if no line surely ends in ``data``.

        >>> framing("utf-8").first_cut(b"a\nb\nc\n", 3, is_last=True)
        4
        """
        if self.delimiter is None:
            for end in self.ends(data):
                if end >= position:
                    # A CR is half of a pair if an LF follows, which may not be here yet.
                    is_cr = data.endswith(self.carriage_return, 0, end)
                    return None if is_cr and not is_last and end == len(data) else end
            return None
        length = len(self.delimiter)
        previous = -length
        for match in re.finditer(b"(?=%b)" % re.escape(self.delimiter), data):
            start = match.start()
            if start % self.width:
                continue
            if start - previous >= length and start + length >= position:
                return start + length
            previous = start
        return None


@functools.lru_cache(maxsize=64)
def framing(encoding: str, linedelimiter: str | None = None, errors: str = "strict") -> Framing | None:
    r"""How lines end in bytes of ``encoding``; None where only decoding from the start can tell.

    ``encoding`` must not be one that a byte order mark completes: see :func:`without_mark`.

    >>> framing("utf-16-le", "|").delimiter, framing("shift_jis", "|"), framing("utf-7")
    (b'|\x00', None, None)
    """
    name = codecs.lookup(encoding).name
    characters = "\r\n" if linedelimiter is None else linedelimiter
    if not _is_searchable(name, characters, errors):
        return None
    delimiter = None if linedelimiter is None else linedelimiter.encode(name)
    return Framing(delimiter, "\n".encode(name), "\r".encode(name), _UNIT_WIDTHS.get(name, 1))


def check_encoding(encoding: str, errors: str = "strict", linedelimiter: str | None = None) -> None:
    """Nothing, if text can be read with these.

    Raises :class:`~pannier.errors.UsageError` for an unknown encoding or error handler, and for a
    delimiter that is empty or that the encoding cannot write.
    """
    try:
        codecs.getincrementaldecoder(encoding)
        "".encode(encoding)
    except (LookupError, TypeError, UnicodeError) as error:
        raise UsageError(f"unknown encoding {encoding!r}{_near_encodings(encoding)}") from error
    try:
        codecs.lookup_error(errors)
    except (LookupError, TypeError) as error:
        raise UsageError(
            f"unknown errors={errors!r}; the usual ones are 'strict', 'replace', 'ignore',"
            " 'backslashreplace' and 'surrogateescape'"
        ) from error
    if linedelimiter is None:
        return
    try:
        if not linedelimiter.encode(encoding):
            raise UsageError("linedelimiter must have at least one character, or be None")
    except UnicodeEncodeError as error:
        raise UsageError(f"linedelimiter {linedelimiter!r} cannot be written in {encoding}") from error


def without_mark(encoding: str, head: bytes) -> tuple[str, int]:
    r"""The encoding that a file beginning with ``head`` has after its byte order mark, and the mark's length.

    Other than for utf-8-sig, utf-16 and utf-32 a mark is text, as it is for ``open``.

    >>> without_mark("utf-16", b"\xfe\xff\x00a"), without_mark("latin-1", b"\xfe\xff")
    (('utf-16-be', 2), ('iso8859-1', 0))
    """
    name = codecs.lookup(encoding).name
    if name == "utf-8-sig":
        return "utf-8", len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0
    if not needs_mark(name):
        return name, 0
    width = _UNIT_WIDTHS[f"{name}-le"]
    marks = {
        codecs.BOM_UTF16_LE: "utf-16-le",
        codecs.BOM_UTF16_BE: "utf-16-be",
        codecs.BOM_UTF32_LE: "utf-32-le",
        codecs.BOM_UTF32_BE: "utf-32-be",
    }
    if (found := marks.get(head[:width])) is not None:
        return found, width
    # The byte order of the machine, as bytes.decode has it (where `open` refuses).
    return name + ("-le" if codecs.BOM_UTF16 == codecs.BOM_UTF16_LE else "-be"), 0


def needs_mark(encoding: str) -> bool:
    """Whether only a file's first bytes can tell what its text is encoded in.

    >>> needs_mark("UTF-16"), needs_mark("utf-8-sig")
    (True, False)
    """
    return codecs.lookup(encoding).name in ("utf-16", "utf-32")


def _is_searchable(name: str, characters: str, errors: str) -> bool:
    if name in _UNIT_WIDTHS:
        return True
    if name in STATELESS_MULTIBYTE:
        # With a lenient error handler an invalid sequence may swallow the line end after it.
        return errors == "strict" and all(ord(c) < _LOWEST_TRAIL_BYTE for c in characters)
    if name in ("ascii", "iso8859-1"):
        return True
    try:
        table = getattr(
            importlib.import_module(f"encodings.{name.replace('-', '_')}"), "decoding_table", None
        )
    except ImportError:
        return False
    return isinstance(table, str) and all(table.count(character) == 1 for character in characters)


def _overlaps_itself(delimiter: bytes) -> bool:
    return any(delimiter.startswith(delimiter[k:]) for k in range(1, len(delimiter)))


def _near_encodings(encoding: object) -> str:
    return near_matches(encoding, sorted({*aliases, *aliases.values()}))
