"""The demo, on a little data of its own."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from pannier.datasets import write_events

ROOT = Path(__file__).resolve().parent.parent.parent


def test_demo_prints_the_ten_most_frequent_names(tmp_path: Path) -> None:
    """A plain script without a main guard counts, on worker processes, what one process counts alone."""
    (tmp_path / "examples").mkdir()
    script = shutil.copy(ROOT / "examples" / "headline.py", tmp_path / "examples")
    paths = write_events(tmp_path / "demo-data", files=8, records=8_000)
    before = {path: Path(path).stat().st_mtime_ns for path in paths}
    env = dict(os.environ, PYTHONPATH=str(ROOT), COLUMNS="100", PYTHONIOENCODING="utf-8")
    printed = subprocess.run(
        [sys.executable, script], env=env, capture_output=True, encoding="utf-8", check=True, timeout=60
    ).stdout
    names = Counter(
        json.loads(line)["name"]
        for path in paths
        for line in gzip.decompress(Path(path).read_bytes()).splitlines()
    )
    for name, count in names.most_common(9):
        assert any(name in row and f" {count:,} " in row for row in printed.splitlines())
    assert {path: Path(path).stat().st_mtime_ns for path in paths} == before
