"""Keep the good lines of dirty files, and the bad ones apart with the reason why.

``json.loads`` raises on a bad line, which would end the run.  Here a function says instead what became of
each line, and two bags are made of that.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pannier as pn
from pannier.datasets import write_events


def check(event: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(event["name"], str):
        raise TypeError(f"the name is a {type(event['name']).__name__}")
    return event


def parse(line_and_path: tuple[str, str]) -> dict[str, Any]:
    line, path = line_and_path
    try:
        event = check(json.loads(line))
    except (ValueError, TypeError, KeyError) as error:
        return {"file": Path(path).name, "line": line.strip(), "reason": type(error).__name__}
    return {"event": event}


with tempfile.TemporaryDirectory() as folder:
    write_events(f"{folder}/raw", files=4, records=4000, dirty=0.02)
    parsed = pn.read_text(f"{folder}/raw/*.json.gz", include_path=True).map(parse)
    good = parsed.filter(lambda each: "event" in each).pluck("event").map(json.dumps)
    bad = parsed.remove(lambda each: "event" in each)

    good_files, bad_files, reasons = pn.compute(
        good.to_textfiles(f"{folder}/good/*.json.gz", compute=False),
        bad.map(json.dumps).to_textfiles(f"{folder}/bad/*.json", compute=False),
        bad.pluck("reason").frequencies(sort=True),
    )
    lines = pn.read_text(good_files).count().compute()
    bad_lines = pn.read_text(bad_files).count().compute()

print(f"{lines:,} good lines in {len(good_files)} files, {bad_lines} bad ones in {len(bad_files)}")
for reason, count in reasons:
    print(f"{count:>8,}  {reason}")
