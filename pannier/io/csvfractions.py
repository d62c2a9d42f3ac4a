"""Values where fractions are asked for, of which pandas makes fractions only since it was asked.

That are truth values, of which it makes 1.0 and 0.0 where nothing else is in a chunk, and whole numbers of more than 64
bits among others with gaps, which lose digits.  Of a file as a whole it makes texts or objects.  So where a chunk has
only 1.0 and 0.0 its bytes are looked at for words of truth values, and where there are any, or numbers are that large, the
column is read as texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from pannier.io import csverrors
from pannier.io.blocks import Range
from pannier.io.csvblocks import Body, Opener
from pannier.io.csvoptions import CsvOptions
from pannier.io.csvtypes import LONG, Column, first_misfit, is_number


def first_no_fraction(
    opener: Opener,
    piece: Range,
    body: Body,
    columns: Sequence[Column],
    read: pd.DataFrame,
    *,
    in_chunks: bool,
) -> tuple[Column, pd.Series] | None:
    """The first of ``columns``, ``read`` as fractions by position, that has other values, and its texts; None if none has.

    ``in_chunks`` says that pandas had ``low_memory``.
    """
    options = opener.options
    looked = options.keywords.get("converters") or ()
    chunk = _chunk(len(body.layout.names)) if in_chunks else None
    words, held = None, False
    for position, column in enumerate(columns):
        if column.kind not in ("float64", "gapped") or column.name in looked:
            continue
        if column.kind == "gapped" and (read[position].abs() >= LONG).any():
            texts = csverrors.texts_alone(opener, piece, body, column)
            if (
                texts is not None
                and first_misfit(texts[: len(read)], column, options.truth_words) is not None
            ):
                return column, texts
        if not _may_be_truths(read[position], chunk):
            continue
        if words is None:
            words = _words(options)
            held = _holds_any(opener, piece, body, words)
        if not held:
            continue
        texts = csverrors.texts_alone(opener, piece, body, column)
        if texts is not None and texts[: len(read)].isin(words).any():
            return column, texts
    return None


def _chunk(columns: int) -> int:
    """How many records pandas takes as a chunk, of a file of so many ``columns``.

    >>> _chunk(5)
    131072
    """
    return 1 << max(0, (max(1, (1 << 20) // max(1, columns)) - 1).bit_length() - 1)


def _may_be_truths(values: pd.Series, chunk: int | None) -> bool:
    """Whether a chunk has only 1.0, 0.0 and gaps, and not these alone.

    >>> _may_be_truths(pd.Series([0.5, 2.0, 1.0]), 2)
    True
    """
    numbers: Any = values.to_numpy()
    size = chunk or max(1, len(numbers))
    return any(_is_like_truths(numbers[start : start + size]) for start in range(0, len(numbers), size))


def _is_like_truths(numbers: Any) -> bool:
    few = numbers[:64]  # which tell, mostly
    return all(map(_are_flags, (few, numbers))) and not np.isnan(numbers).all()


def _are_flags(numbers: Any) -> bool:
    return bool((np.isin(numbers, (0, 1)) | np.isnan(numbers)).all())


def _words(options: CsvOptions) -> list[str]:
    """The words for true and for false that are no numbers."""
    return [word for word in dict.fromkeys(sum(options.truth_words, ())) if not is_number(word)]


def _holds_any(opener: Opener, piece: Range, body: Body, words: Sequence[str]) -> bool:
    """Whether the bytes of ``body`` may hold one of ``words``."""
    options = opener.options
    if options.whole_because or options.keywords.get("escapechar") is not None:
        return True
    quote = options.keywords.get("quotechar") or '"'
    encoded = [word.replace(quote, 2 * quote).encode(options.encoding, "replace") for word in words]
    length = max(map(len, encoded))
    with opener.body(piece, body.layout if piece.length is not None else None) as again:
        assert again is not None, "it was there before"
        rest = b""
        for data in iter(lambda: again.stream.read(1 << 17), b""):
            held = rest + data
            if any(word in held for word in encoded):
                return True
            rest = held[-length:]
    return False
