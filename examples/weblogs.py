"""Which parts of a site fail most: a web server's log, from lines of text to one table.

Lines are taken apart as records of a bag, where they may look like anything; what could be read has columns, and is a
frame.  All answers come from one walk over the files.  The data is made up and removed at the end.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pannier as pn
from pannier.datasets import write_weblogs

LINE = re.compile(
    r"\S+ \S+ \S+ \[[^:]+:(?P<hour>\d\d)[^\]]*\]"  # host, who, when
    r' "\S+ /(?P<section>[^/? ]*)\S* [^"]*"'  # what
    r" (?P<status>\d+) (?P<size>\d+|-)"
)


def parse(line: str) -> dict[str, object]:
    match = LINE.match(line)
    if match is None:
        return {"unread": line}
    return {
        "section": "/" + match["section"],
        "hour": int(match["hour"]),
        "failed": match["status"].startswith("5"),
        "bytes": 0 if match["size"] == "-" else int(match["size"]),
    }


def questions(paths: str | list[str]) -> tuple[pn.DataFrame, pn.Series, pn.Bag]:
    """Failures of each section and of each hour, and what could not be read."""
    parsed = pn.read_text(paths).map(parse)
    unread = parsed.filter(lambda hit: "unread" in hit).pluck("unread")
    hits = parsed.remove(lambda hit: "unread" in hit).to_dataframe()

    totals = {"failed": ["mean", "sum"], "bytes": ["count", "mean"]}
    sections = hits.groupby("section").agg(totals)
    hours = hits[hits.failed].groupby("hour").failed.count()
    return sections, hours, unread


if __name__ == "__main__":  # for the sake of the page that draws the plan; workers do not need it
    with tempfile.TemporaryDirectory() as folder:
        write_weblogs(folder, files=4, records=40_000)
        Path(folder, "today.log").write_text('10.0.0.7 - - [10/Oct/2026:13:55:36 +0000] "GET /sear')
        sections, hours, lines = pn.compute(*questions([f"{folder}/*.log.gz", f"{folder}/*.log"]))

    sections.columns = ["share failed", "failed", "hits", "mean bytes"]
    print(sections.sort_values("share failed", ascending=False).round(4))
    print(f"most failures are between {hours.idxmax()} and {hours.idxmax() + 1} o'clock")
    print(f"lines that could not be read: {lines}")
