"""Tables in CSV: one row a moment, with a number that is counted, a name and two measurements."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

from pannier.datasets import vocabulary
from pannier.datasets.draws import Draws
from pannier.datasets.files import Compression, Kind, Part, day_clock, write_files

_DAY_MS: Final = 86_400_000


def _rows(part: Part) -> Iterator[str]:
    draws = Draws("timeseries", part.seed, part.number)
    share, below, one = draws.share, draws.below, draws.one
    names = [name.partition(" ")[0] for name in vocabulary.people()[:26]]
    y = 0.0
    for number in count():
        ms = min(_DAY_MS - 1, number * _DAY_MS // part.records)
        # Bell-shaped around 1000 from three even draws; y wanders and is drawn back to 0.
        ident = 900 + below(67) + below(67) + below(68)
        y = 0.99 * y + 0.2 * (share() - 0.5)
        yield (
            f"{part.day}T{day_clock(ms // 1000)}.{ms % 1000:03},{ident},{one(names)},"
            f"{2 * share() - 1:.6f},{y:.6f}\n"
        )


_KIND: Final = Kind(suffix=".csv", line_bytes=53, lines=_rows, header="timestamp,id,name,x,y\n")


def timeseries_lines(n: int, *, seed: int = 0) -> Iterator[str]:
    r"""A header and ``n`` rows of CSV, line ends included, about 55 bytes each.

    The columns: ``timestamp`` (ISO 8601 to the millisecond, advancing evenly through one day), ``id`` (integers
    around 1000), ``name`` (one of 26), ``x`` (even in [-1, 1]), ``y`` (a walk that stays near 0).

    >>> header, row = timeseries_lines(1)
    >>> header, row.split(",")[0]
    ('timestamp,id,name,x,y\n', '2015-01-01T00:00:00.000')
    """
    return _KIND.take(Part(seed, 0, n))


def write_timeseries(
    folder: str | os.PathLike[str],
    *,
    files: int = 8,
    records: int | None = None,
    size: str | int | None = None,
    seed: int = 0,
    compression: Compression = None,
    only: Iterable[int] | None = None,
) -> list[str]:
    """Paths of the CSV files written to ``folder``: ``2015-01-01.csv``, ``2015-01-02.csv``...

    Each has the header; ``records`` does not count it.  Files are plain, so that they can be read in blocks,
    unless ``compression="gz"``.  Other options and errors are those of :func:`~pannier.datasets.write_events`.
    """
    return write_files(
        _KIND,
        folder,
        files=files,
        records=records,
        size=size,
        seed=seed,
        compression=compression,
        only=only,
    )
