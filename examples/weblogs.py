"""Which pages fail most: a web server's log, taken apart by a regular expression.

Two answers come from one walk over the files.  The data is made up and removed at the end.
"""

from __future__ import annotations

import re
import tempfile

import pannier as pn
from pannier.datasets import write_weblogs

LINE = re.compile(
    r'(?P<host>\S+) \S+ (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<method>\S+) (?P<url>\S+) [^"]*" (?P<status>\d+)'
)


def parse(line: str) -> dict[str, str]:
    match = LINE.match(line)
    assert match is not None, "no line of a log"
    return match.groupdict()


with tempfile.TemporaryDirectory() as folder:
    write_weblogs(folder, files=4, records=40_000)
    hits = pn.read_text(f"{folder}/*.log.gz").map(parse)
    statuses = hits.pluck("status").frequencies(sort=True)
    failing = (
        hits.filter(lambda hit: hit["status"].startswith("5"))
        .map(lambda hit: hit["url"].partition("?")[0])
        .frequencies()
        .topk(5, key=1)
    )
    by_status, by_page = pn.compute(statuses, failing)

print("replies by status")
for status, count in by_status:
    print(f"{count:>8,}  {status}")
print("pages that fail most")
for page, count in by_page:
    print(f"{count:>8,}  {page}")
