"""Records to bytes and back: pickle 5, marshal 2 and 4, and msgpack, in the pieces that a shuffle encodes.

Nanoseconds a record, to bytes and back, the fastest of some turns.  Marshal turns what it does not know as a buffer
(bytearray, array, numbers of numpy) into bytes, so it would need the "check" first: the types of everything in the
piece.  Msgpack is not exact at all, tuples come back as lists; it is there for comparison.

::

    python -m benchmarks.encodings
    python -m benchmarks.encodings --toy
"""

from __future__ import annotations

import argparse
import gc
import json
import marshal
import pickle
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

from benchmarks.measure import circumstances, markdown_table
from pannier.datasets import event_lines

CODECS: dict[str, tuple[Callable[[Any], bytes], Callable[[bytes], Any]]] = {
    "pickle 5": (lambda piece: pickle.dumps(piece, 5), pickle.loads),
    "marshal 2": (lambda piece: marshal.dumps(piece, 2), marshal.loads),
    "marshal 4": (lambda piece: marshal.dumps(piece, 4), marshal.loads),
    "msgpack": (msgspec.msgpack.Encoder().encode, msgspec.msgpack.Decoder().decode),
}
EXACT_SCALARS = frozenset({int, float, complex, str, bytes, bool, type(None)})
PIECES = 32, 1000
"""Records that are encoded together: those of one bucket in a window of a split, and a block that is full."""


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encodings", description="Time encodings.")
    parser.add_argument("--records", type=int, default=100_000, help="of each kind (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="turns (default: %(default)s)")
    parser.add_argument("--toy", action="store_true", help="few records, one turn")
    options = parser.parse_args(argv)
    n, repeat = (1000, 1) if options.toy else (options.records, options.repeat)
    print(circumstances("msgspec"))
    gc.disable()  # as workers nearly do
    print(markdown_table(["records", "a piece", "check", *CODECS], list(rows(n, repeat))))
    return 0


def rows(n: int, repeat: int) -> Iterator[list[str]]:
    """A row for each kind of records and each length of a piece."""
    for name, records in kinds(n).items():
        for length in PIECES:
            pieces = [records[i : i + length] for i in range(0, len(records), length)]

            def nanoseconds(func: Callable[[Any], Any], given: Sequence[Any]) -> str:
                return f"{best(func, given, repeat) / len(records) * 1e9:.0f}"  # noqa: B023  called at once

            cells = [nanoseconds(is_plain, pieces)]
            for encode, decode in CODECS.values():
                blobs = [encode(piece) for piece in pieces]
                cells.append(f"{nanoseconds(encode, pieces)} + {nanoseconds(decode, blobs)}")
            yield [name, str(length), *cells]


def kinds(n: int) -> dict[str, list[Any]]:
    """``n`` records of each kind, a tenth of that where they are large."""
    draw = random.Random(1)
    numbers = [draw.randrange(10**9) for _ in range(n)]
    floats = [draw.random() for _ in range(n)]
    words = [f"user{draw.randrange(10**5)}" for _ in range(n)]
    few = [f"user{i}" for i in range(100)]
    rows = list(zip(words, numbers, floats, strict=True))
    return {
        "ints": numbers,
        "floats": floats,
        "short texts": words,
        "100 short texts": draw.choices(few, k=n),
        "lines of 60 B": [f'{{"id": {i}, "name": "{name}", "x": {x:f}}}\n' for name, i, x in rows],
        "(int, text)": list(zip(numbers, words, strict=True)),
        "(text, int, float)": rows,
        "flat dicts of 4": [{"id": i, "name": name, "x": x, "ok": True} for name, i, x in rows],
        "nested JSON of 1 kB": [json.loads(line) for line in event_lines(max(1, n // 10))],
    }


def is_plain(records: list[Any]) -> bool:
    """Whether marshal would give back just these records: lists, tuples and dicts of scalars, all builtin."""
    level: Iterable[Any] = records
    while level:
        types = set(map(type, level))
        if types <= EXACT_SCALARS:
            return True
        if not types <= EXACT_SCALARS | {list, tuple, dict}:
            return False
        inner: list[Any] = []
        for each in level:
            if type(each) is dict:
                inner += chain.from_iterable(each.items())
            elif type(each) in (list, tuple):
                inner += each
        level = inner
    return True


def best(func: Callable[[Any], Any], given: Sequence[Any], repeat: int) -> float:
    """Seconds that ``func`` takes for all of ``given``, at best."""
    turns = []
    for _ in range(repeat):
        start = time.perf_counter()
        for each in given:
            func(each)
        turns.append(time.perf_counter() - start)
    return min(turns)


if __name__ == "__main__":
    raise SystemExit(main())
