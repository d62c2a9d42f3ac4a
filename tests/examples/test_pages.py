"""The worked examples: every script runs, and prints what its page shows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from pydoc_data.topics import topics

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "docs" / "examples"


def printed(script: str) -> list[str]:
    """The lines that the script of this name prints."""
    command = [sys.executable, ROOT / "examples" / script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=100)
    return [line.rstrip() for line in done.stdout.splitlines()]


def shown(page: str) -> list[str]:
    """The lines of the block of text in the page."""
    (block,) = re.findall(r"```text\n(.*?)\n```", (PAGES / page).read_text(encoding="utf-8"), re.DOTALL)
    return [line.rstrip() for line in block.splitlines()]


@pytest.mark.parametrize(
    ("script", "page"),
    [
        ("pipeline.py", "pipeline.md"),
        ("cross_validation.py", "cross-validation.md"),
        ("weblogs.py", "weblogs.md"),
        ("grid.py", "../custom-collections.md"),
    ],
)
def test_a_page_shows_what_is_printed(script: str, page: str) -> None:
    """To the letter."""
    assert printed(script) == shown(page)


def test_words() -> None:
    """The counts are those of one Counter over all the text, which differs between versions of Python."""
    counts = Counter(re.findall("[a-z]+", "\n".join(topics.values()).lower()))
    first, *rest = printed("words.py")
    once = sum(1 for count in counts.values() if count == 1)
    assert first == f"{counts.total():,} words, {len(counts):,} different ones, {once:,} of them only once"
    assert rest == [f"{count:>6,}  {word}" for word, count in counts.most_common(7)]
    if sys.version_info[:3] == (3, 11, 7):
        assert [first, *rest] == shown("words.md")


def test_every_example_is_told_of() -> None:
    """The page of examples names each script, or has a page of its own for it."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES.glob("*.md"))
    assert [each.name for each in (ROOT / "examples").glob("*.py") if each.name not in text] == []


def test_a_scheduler_of_ones_own() -> None:
    """Waits for fifty answers at a time."""
    assert printed("scheduler.py") == ["50 stations were asked at once; 30 degrees at station 22"]


def test_a_sweep_stops_early() -> None:
    """At a setting that is as good as was asked for, before all are tried."""
    best, tried = printed("sweep.py")
    found = re.fullmatch(r"(.*)% right with C=.* and gamma=.*", best)
    assert found is not None
    assert float(found[1]) >= 92
    counts = re.fullmatch(r"(\d+) of 156 settings were tried", tried)
    assert counts is not None
    assert 4 <= int(counts[1]) < 156
