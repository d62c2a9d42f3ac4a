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


with tempfile.TemporaryDirectory() as folder:
    for topic, text in topics.items():
        Path(folder, f"{topic}.txt").write_text(text, encoding="utf-8")

    found = pn.read_text(f"{folder}/*.txt", encoding="utf-8", blocksize="64 KiB").map(words).flatten()
    counts = found.frequencies()
    top, total, distinct, once = pn.compute(
        counts.topk(7, key=1),
        found.count(),
        counts.count(),
        counts.filter(lambda pair: pair[1] == 1).count(),
    )

print(f"{total:,} words, {distinct:,} different ones, {once:,} of them only once")
for word, count in top:
    print(f"{count:>6,}  {word}")
