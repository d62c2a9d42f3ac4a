"""Bytes to lines of text, as iterating a text file gives them.

Of the ways to do it in C, ``map(bytes.decode, io.BytesIO(chunk))`` is the fastest for 1 kB lines by
a factor of two or more over :class:`io.TextIOWrapper` and more over ``splitlines``, ``str.split`` and
:class:`io.StringIO`: a line's bytes are still in the cache when they are decoded, and one wide
character does not widen its neighbours' lines.
"""

from __future__ import annotations

import codecs
import io
import itertools
from collections.abc import Iterable, Iterator
from itertools import repeat

from pannier.errors import annotate
from pannier.io.framing import STATELESS_MULTIBYTE, Framing


def decode_lines(
    data: bytes, framing: Framing, encoding: str, errors: str, linedelimiter: str | None
) -> list[str]:
    r"""The lines of ``data``, which begins with a line, each with its end.

    With universal newlines every end comes out as ``\n``.  Raises UnicodeDecodeError.

    >>> from pannier.io.framing import framing
    >>> decode_lines(b"a\r\nb\x0bc\rd", framing("utf-8"), "utf-8", "strict", None)
    ['a\n', 'b\x0bc\n', 'd']
    """
    if not framing.is_plain:
        return split_lines(data.decode(encoding, errors), linedelimiter)
    if linedelimiter is None and b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if encoding == "utf-8" and errors == "strict":
        return list(map(bytes.decode, io.BytesIO(data)))
    lines = list(map(bytes.decode, io.BytesIO(data), repeat(encoding), repeat(errors)))
    if lines and not lines[-1]:
        lines.pop()  # nothing is left of it once its errors are ignored
    return lines


def count_lines(data: bytes, framing: Framing) -> int:
    r"""How many lines :func:`decode_lines` would give.

    >>> from pannier.io.framing import framing
    >>> count_lines(b"a\r\nb\rc", framing("utf-8"))
    3
    """
    if framing.is_plain and (framing.delimiter is not None or b"\r" not in data):
        return data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    ends = list(framing.ends(data))
    return len(ends) + (data != b"" and (not ends or ends[-1] < len(data)))


def split_lines(text: str, linedelimiter: str | None) -> list[str]:
    """The lines of ``text``, each with its end.

    >>> split_lines("a--b--", "--"), split_lines("a--b", "--")
    (['a--', 'b--'], ['a--', 'b'])
    """
    if linedelimiter is None:
        return list(io.StringIO(text, newline=None))
    *ended, last = text.split(linedelimiter)
    lines = [line + linedelimiter for line in ended]
    return [*lines, last] if last else lines


def decode_stream(
    pieces: Iterable[bytes], encoding: str, errors: str, linedelimiter: str | None, path: str
) -> Iterator[list[str]]:
    r"""Lines decoded from a file's start, some at a time: for encodings that cannot be cut as bytes.

    Raises UnicodeDecodeError with a note that names ``path``, line and offset.

    >>> list(decode_stream([b"+AOQ-\r", b"\nb"], "utf-7", "strict", None, "a.txt"))
    [['ä\n'], ['b']]
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    end = "\n" if linedelimiter is None else linedelimiter
    newlines = io.IncrementalNewlineDecoder(None, translate=linedelimiter is None)
    held = ""
    fresh: list[str] = []
    size = lines = offset = 0
    for piece in itertools.chain(pieces, (b"",)):
        state = decoder.getstate()
        try:
            text = decoder.decode(piece) if piece else _last_text(decoder, encoding, errors)
        except UnicodeDecodeError as error:
            decoder.setstate(state)
            text, index, narrow = _decode_to_error(decoder, piece, error)
            line = lines + "".join((held, *fresh, newlines.decode(text))).count(end) + 1
            raise undecodable(narrow, f"{path}, line {line}", offset + index) from None
        if linedelimiter is None:
            text = newlines.decode(text, final=not piece)
        offset += len(piece)
        fresh.append(text)
        size += len(text)
        if piece and size < len(held):
            continue  # a long line is gathered in linear time
        held = "".join((held, *fresh))
        fresh, size = [], 0
        *ended, held = held.split(end)
        if ended:
            lines += len(ended)
            yield [line + end for line in ended]
    if held:
        yield [held]


def _last_text(decoder: codecs.IncrementalDecoder, encoding: str, errors: str) -> str:
    """What the decoder still holds at the end of the file.

    The decoders of CPython for East Asian encodings lose here what follows an undecodable byte.
    """
    if errors != "strict" and codecs.lookup(encoding).name in STATELESS_MULTIBYTE:
        return decoder.getstate()[0].decode(encoding, errors)
    return decoder.decode(b"", final=True)


def _decode_to_error(
    decoder: codecs.IncrementalDecoder, piece: bytes, error: UnicodeDecodeError
) -> tuple[str, int, UnicodeDecodeError]:
    """What decodes of ``piece``, where the error comes up, and the error with no more bytes than that."""
    text = ""
    for index in range(len(piece)):
        try:
            text += decoder.decode(piece[index : index + 1])
        except UnicodeDecodeError as narrow:
            return text, index, narrow
    return text, len(piece), error


def undecodable(error: UnicodeDecodeError, where: str, offset: int) -> UnicodeDecodeError:
    """``error`` with a note that says where in which file, and what may help."""
    hint = "the encoding= it is in"
    if offset == 0 and error.object.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        hint = "encoding='utf-16', whose byte order mark it begins with"
    return annotate(
        error,
        f"in {where} (byte {offset:,} of the file): this is not {error.encoding} text;"
        f" pass {hint}, or errors='replace' to read on",
    )
