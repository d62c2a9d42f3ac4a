"""Lines of a web server's log in the combined format
(https://httpd.apache.org/docs/current/logs.html#combined).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Final

from pannier.datasets import vocabulary
from pannier.datasets.draws import Draws, Weighted, zipf
from pannier.datasets.files import Compression, Kind, Part, day_clock, write_files

_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
"""Spelled out, because ``strftime("%b")`` speaks the language of the process."""
_METHODS: Final = Weighted(("GET", "POST", "HEAD", "PUT", "DELETE"), (900, 70, 20, 7, 3))
_STATUSES: Final = Weighted((200, 304, 404, 301, 302, 206, 403, 500, 503), (780, 90, 50, 30, 20, 10, 8, 8, 4))
_BROWSERS: Final = Weighted(
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/39.0.2171.95",
        "Mozilla/5.0 (Windows NT 6.3; WOW64; rv:34.0) Gecko/20100101 Firefox/34.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 8_1_2 like Mac OS X) AppleWebKit/600.1.4 Mobile/12B440",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "curl/7.35.0",
        'odd \\"quoted\\" agent/0.1',
        "-",
    ),
    (430, 240, 180, 80, 40, 10, 20),
)
_REFERERS: Final = Weighted(
    ("-", "https://www.google.com/", "https://example.org/", "https://news.example.com/item?id=8814"),
    (500, 200, 250, 50),
)


@dataclass(frozen=True, slots=True)
class _Site:
    """Who visits and what there is to visit; the same for every seed."""

    visitors: Weighted[tuple[str, str]]
    """What a visitor's lines begin with (address, identity, user) and end with (browser)."""
    pages: Weighted[str]


@cache
def _site() -> _Site:
    draws = Draws("site")
    visitors = []
    for login in vocabulary.slugs(5_000, "visitors"):
        host = f"{1 + draws.below(223)}.{draws.below(256)}.{draws.below(256)}.{draws.below(256)}"
        user = login if draws.share() < 0.03 else "-"
        visitors.append((f"{host} - {user} [", f'"{draws.pick(_BROWSERS)}"\n'))
    pages = []
    for slug in vocabulary.slugs(2_000, "pages"):
        query = f"?q={draws.one(vocabulary.WORDS)}&page={draws.below(20)}" if draws.share() < 0.15 else ""
        pages.append(f"/{draws.one(('docs', 'blog', 'static', 'api/v1', 'search'))}/{slug}{query}")
    return _Site(zipf(visitors), zipf(["/", "/favicon.ico", "/robots.txt", *pages]))


def _lines(part: Part) -> Iterator[str]:
    draws, site = Draws("weblogs", part.seed, part.number), _site()
    pick = draws.pick
    day = f"{part.day.day:02}/{_MONTHS[part.day.month - 1]}/{part.day.year}"
    for number in count():
        visitor, browser = pick(site.visitors)
        status = pick(_STATUSES)
        # A reply without a body has no length; sizes are small more often than large.
        size = "-" if status == 304 else f"{200 + int(draws.share() * draws.share() * 60_000)}"
        yield (
            f"{visitor}{day}:{day_clock(part.second(number))} +0000] "
            f'"{pick(_METHODS)} {pick(site.pages)} HTTP/1.1" {status} {size} "{pick(_REFERERS)}" {browser}'
        )


_KIND: Final = Kind(suffix=".log", line_bytes=200, lines=_lines)


def weblog_lines(n: int, *, seed: int = 0) -> Iterator[str]:
    """``n`` lines of a web server's log, line ends included, about 190 bytes each; times advance through a day.

    >>> line = next(weblog_lines(1))
    >>> line[line.index("[") : line.index("]") + 1]
    '[01/Jan/2015:00:00:00 +0000]'
    """
    return _KIND.take(Part(seed, 0, n))


def write_weblogs(
    folder: str | os.PathLike[str],
    *,
    files: int = 8,
    records: int | None = None,
    size: str | int | None = None,
    seed: int = 0,
    compression: Compression = "gz",
    only: Iterable[int] | None = None,
) -> list[str]:
    """Paths of the log files written to ``folder``: ``2015-01-01.log.gz``, ``2015-01-02.log.gz``...

    Options and errors are those of :func:`~pannier.datasets.write_events`.
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
