"""The benchmark of a join, at toy size."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import joins

PEERS = ["--leave-out", "PySpark", "dask"]


def records(pattern: str) -> list[dict[str, int]]:
    folder, name = Path(pattern).parent, Path(pattern).name
    return [
        json.loads(line)
        for path in folder.glob(name)
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]


def test_every_sale_has_one_account(tmp_path: Path) -> None:
    """Sales and accounts are numbered through; data is made once."""
    patterns = joins.make_data(tmp_path, 300, 50)
    sales, accounts = map(records, patterns)
    assert sorted(sale["sale"] for sale in sales) == list(range(300))
    assert sorted(account["account"] for account in accounts) == list(range(50))
    assert {sale["account"] for sale in sales} <= set(range(50))
    assert max(Counter(sale["account"] for sale in sales).values()) > 1
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.gz")}
    assert joins.make_data(tmp_path, 300, 50) == patterns
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.gz")} == before


def test_toy_joins(capsys: pytest.CaptureFixture[str]) -> None:
    """The script of pannier runs and has its row."""
    assert joins.main(["--toy", *PEERS]) == 0
    assert "| pannier join " in capsys.readouterr().out
