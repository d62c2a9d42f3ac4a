"""Times in delimited text: one format for all blocks, that of the first value, as in pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn

SWAPPED = ["13/01/2020", "01/02/2020", "03/04/2020", "05/06/2021"]
"""Days before months, which only the first one says."""


def written(folder: Path, texts: list[str]) -> str:
    lines = [f"{text},{i}\n" for i, text in enumerate(texts)]
    (folder / "a.csv").write_text("a,b\n" + "".join(lines))
    return str(folder / "a.csv")


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("texts", "options"),
    [
        (SWAPPED, {}),
        (SWAPPED, {"parse_dates": [0]}),
        (SWAPPED, {"parse_dates": True, "index_col": "a"}),
        (SWAPPED, {"parse_dates": True, "index_col": 0}),
        (SWAPPED, {"date_format": "%d/%m/%Y"}),
        (SWAPPED, {"date_format": {"a": "%d/%m/%Y"}}),
        (["01/02/2020", "13/01/2020"], {}),
        (["01/02/2020", "02/01/2020"], {"dayfirst": True}),
        (["01.02.2020", "13.01.2020"], {"dayfirst": True}),
        (["2020-01-02", "2020-01-03"], {"parse_dates": ["a", "b"]}),
        (["2020-01-02T10:00:00", "2020-01-03T00:00:00"], {}),
        (["2020-01-02T10:00:00Z", "2020-01-03T00:00:00Z"], {}),
        (["2020-01-02T10:00:00+01:00", "2020-01-03T00:00:00+02:00"], {}),
        (["", "2020-01-02", "", "x"], {}),
        (["", "2020-01-02", "", ""], {}),
        (["", ""], {}),
        (["", "2020-01-02", "", "2020-01-02 10:00:00"], {"na_filter": False}),
        (["2020-01-02", "2020-01-03"], {"index_col": False, "parse_dates": [0]}),
        (["2020-01-02", "2020-01-03"], {"index_col": False}),
        (["20200102", "20200103"], {}),
        (["2nd Jan 2020", "13/01/2020", "1.2.2020"], {}),
    ],
    ids=str,
)
def test_times_are_those_of_the_whole_file(tmp_path: Path, texts: list[str], options: dict[str, Any]) -> None:
    """Also where a block alone would be read in another format, or as times where the whole is text."""
    path = written(tmp_path, texts * 4)
    keywords = {"parse_dates": ["a"], **options}
    found = pn.read_csv(path, blocksize=24, **keywords)
    assert found.npartitions > 1
    pd.testing.assert_frame_equal(found.compute(scheduler="sync"), pd.read_csv(path, **keywords))


def test_a_time_in_another_format_further_on_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path, ["01/02/2020"] * 40 + ["13/01/2020"])
    frame = pn.read_csv(path, blocksize=100, sample=100, sample_rows=2, parse_dates=["a"])
    with pytest.raises(pn.errors.InputError, match=r"a\.csv"):
        frame.compute(scheduler="sync")
