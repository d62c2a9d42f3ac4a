"""Frames to bytes and back, in the pieces that a shuffle cuts them into: the codec, pickle of pandas, Arrow streams.

Milliseconds to cut a frame by a permutation into pieces of bytes, and to put all pieces together again, the fastest of
some turns.  An Arrow stream tells its schema with each piece, leaves out the index here, and cannot have all types.

::

    python -m benchmarks.frame_encodings
    python -m benchmarks.frame_encodings --toy
"""

from __future__ import annotations

import argparse
import io
import pickle
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.encodings import best
from benchmarks.measure import circumstances, markdown_table
from pannier.shuffle.frames_codec import decoded, packed
from pannier.shuffle.frames_joining import put_together

Cut = tuple[pd.DataFrame, "np.ndarray[Any, Any]", int]
"""A frame, the order of its rows, and the number of pieces."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.frame_encodings", description="Time encodings."
    )
    parser.add_argument("--rows", type=int, default=100_000, help="of each frame (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=5, help="turns (default: %(default)s)")
    parser.add_argument("--toy", action="store_true", help="few rows, one turn")
    options = parser.parse_args(argv)
    n, repeat = (1000, 1) if options.toy else (options.rows, options.repeat)
    print(circumstances("pandas", "pyarrow"))
    print(markdown_table(["columns", "pieces", *CODECS], list(rows(n, repeat))))
    return 0


def rows(n: int, repeat: int) -> Iterator[list[str]]:
    """A row for each kind of frame and each number of pieces."""
    order = np.random.default_rng(1).permutation(n)
    for name, frame in kinds(n).items():
        for pieces in (64, max(64, n // 100)):
            cells = []
            for encode, decode in CODECS.values():
                cut = frame, order, pieces
                try:
                    whole = encode(cut)
                except pa.ArrowException:
                    cells.append("cannot")
                    continue
                seconds = best(encode, [cut], repeat), best(decode, [whole], repeat)
                cells.append(" + ".join(f"{each * 1e3:.1f}" for each in seconds))
            yield [name, str(pieces), *cells]


def kinds(n: int) -> dict[str, pd.DataFrame]:
    """Frames of ``n`` rows."""
    draw = np.random.default_rng(0)
    x, numbers = draw.random(n), np.arange(n)
    names = pd.array([f"id{i % 500:03}" for i in range(n)], dtype="str")
    return {
        "4 of floats": pd.DataFrame({name: draw.random(n) for name in "abcd"}),
        "int, short text, float": pd.DataFrame({"id": numbers, "name": names, "x": x}),
        "category, time, float": pd.DataFrame(
            {"k": pd.Categorical(names), "t": pd.date_range("2015", periods=n, freq="s"), "x": x}
        ),
        "tuples, float": pd.DataFrame({"o": [(i, "a") for i in range(n)], "x": x}),
    }


def bounds(rows: int, pieces: int) -> Iterator[tuple[int, int]]:
    """Where each piece begins and ends."""
    return pairwise([rows * i // pieces for i in range(pieces + 1)])


def to_codec(cut: Cut) -> tuple[Any, list[bytes]]:
    frame, order, pieces = cut
    whole = packed(frame).taken(order)
    return whole.recipe, [whole.sliced(start, stop).encoded() for start, stop in bounds(len(frame), pieces)]


def from_codec(encoded: tuple[Any, list[bytes]]) -> Any:
    recipe, blobs = encoded
    return put_together([decoded(recipe, blob) for blob in blobs])


def to_pickles(cut: Cut) -> list[bytes]:
    frame, order, pieces = cut
    taken = frame.take(order)
    return [pickle.dumps(taken.iloc[start:stop], 5) for start, stop in bounds(len(frame), pieces)]


def from_pickles(encoded: list[bytes]) -> Any:
    return pd.concat([pickle.loads(each) for each in encoded])


def to_streams(cut: Cut) -> list[bytes]:
    frame, order, pieces = cut
    table = pa.Table.from_pandas(frame, preserve_index=False).take(pa.array(order)).combine_chunks()
    streams = []
    for start, stop in bounds(len(frame), pieces):
        stream = io.BytesIO()
        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table.slice(start, stop - start))
        streams.append(stream.getvalue())
    return streams


def from_streams(encoded: list[bytes]) -> Any:
    return pa.concat_tables([pa.ipc.open_stream(each).read_all() for each in encoded]).to_pandas()


CODECS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "codec": (to_codec, from_codec),
    "pickle 5": (to_pickles, from_pickles),
    "Arrow streams": (to_streams, from_streams),
}

if __name__ == "__main__":
    raise SystemExit(main())
