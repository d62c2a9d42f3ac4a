"""How often which word: real text, in files, and the distribution of words in them.

The text is the reference of the Python language, as it comes with every Python, one file for each of its topics.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from pydoc_data.topics import topics

import pannier as pn

WORD = re.compile(r"[a-z]+")


def words(line: str) -> list[str]:
    return WORD.findall(line.lower())


def questions(paths: str) -> tuple[pn.Bag, pn.Item, pn.Item, pn.Item]:
    """The most frequent words; how many there are, how many different ones, and how many of them only once."""
    found = pn.read_text(paths, encoding="utf-8", blocksize="64 KiB").map(words).flatten()
    counts = found.frequencies()
    once = counts.filter(lambda pair: pair[1] == 1).count()
    return counts.topk(7, key=1), found.count(), counts.count(), once


if __name__ == "__main__":  # for the sake of the page that draws the plan; workers do not need it
    with tempfile.TemporaryDirectory() as folder:
        for topic, text in topics.items():
            Path(folder, f"{topic}.txt").write_text(text, encoding="utf-8")
        top, total, distinct, once = pn.compute(*questions(f"{folder}/*.txt"))

    print(f"{total:,} words, {distinct:,} different ones, {once:,} of them only once")
    for word, count in top:
        print(f"{count:>6,}  {word}")
