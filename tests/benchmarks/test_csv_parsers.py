"""The benchmark of parsers of CSV has them read the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.csv_parsers import CASES, main, parsers
from benchmarks.tables import made


@pytest.mark.parametrize(
    ("kind", "name", "columns"), [(kind, name, columns) for kind, _, name, columns in CASES]
)
def test_parsers_read_the_same(tmp_path: Path, kind: str, name: str, columns: tuple[str, ...]) -> None:
    """Those columns that are wanted, with the same values."""
    path = made(kind, tmp_path, 1000) / name
    expected = pd.read_csv(path, usecols=list(columns) or None)
    for parser, parse, given in parsers(str(path), columns):
        found = parse(given)
        frame = found if isinstance(found, pd.DataFrame) else found.to_pandas()
        pd.testing.assert_frame_equal(
            frame[expected.columns], expected, obj=parser, check_dtype=parser != "Polars"
        )


def test_toy(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints a row for each file."""
    assert main(["--toy"]) == 0
    assert capsys.readouterr().out.count("\n| ") > len(CASES)
