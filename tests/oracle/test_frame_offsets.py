"""Times of texts with offsets from UTC, beside pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn
import pannier.dataframe as pdf

TEXTS = ["2024-03-31T00:30:00+02:00", None, "2024-03-31T04:30:00+02:00", None, "2024-04-01T00:00:00+02:00"]
WRITTEN: list[dict[str, Any]] = [{}, {"format": "%Y-%m-%dT%H:%M:%S%z"}, {"format": "ISO8601"}, {"utc": True}]
SYNC = {"scheduler": "sync"}


@pytest.mark.parametrize("kwargs", WRITTEN)
@pytest.mark.parametrize("npartitions", [1, 3, 5])
@pytest.mark.parametrize("of", [pd.Series, pd.Index])
def test_one_offset(kwargs: dict[str, Any], npartitions: int, of: Any) -> None:
    """Partitions without any value have it, too."""
    lazy = pn.from_pandas(pd.Series(TEXTS, name="x"), npartitions=npartitions)
    if of is pd.Series:
        made, expected = pdf.to_datetime(lazy, **kwargs), pd.to_datetime(pd.Series(TEXTS, name="x"), **kwargs)
        pd.testing.assert_series_equal(made.compute(scheduler="sync"), expected)
        return
    labels = lazy.to_frame().map_partitions(pd.DataFrame.set_index, "x").index
    found = pdf.to_datetime(labels, **kwargs).compute(scheduler="sync")
    pd.testing.assert_index_equal(found, pd.to_datetime(pd.Index(TEXTS, name="x"), **kwargs))


@pytest.mark.parametrize("kwargs", WRITTEN)
@pytest.mark.parametrize("other", ["2024-04-02T00:00:00+00:00", "2024-04-02T00:00:00-05:00"])
@pytest.mark.parametrize("npartitions", [1, 3, 6])
def test_several_offsets(kwargs: dict[str, Any], other: str, npartitions: int) -> None:
    """Are an error, in one partition or in several, that says what makes them one type."""
    whole = pd.Series([*TEXTS, other])
    made = pdf.to_datetime(pn.from_pandas(whole, npartitions=npartitions), **kwargs)
    if kwargs.get("utc"):
        pd.testing.assert_series_equal(made.compute(scheduler="sync"), pd.to_datetime(whole, **kwargs))
        return
    with pytest.raises(ValueError, match="utc=True"):
        pd.to_datetime(whole, **kwargs)
    with pytest.raises(ValueError, match="utc=True"):
        made.compute(scheduler="sync")


@pytest.mark.parametrize("kind", ["parquet", "orc"])
@pytest.mark.parametrize("npartitions", [1, 3, 5])
def test_files_keep_that_times_have_a_zone(tmp_path: Path, kind: str, npartitions: int) -> None:
    """Though nothing is known of it before."""
    whole = pd.DataFrame({"t": TEXTS})
    lazy = pn.from_pandas(whole, npartitions=npartitions)
    lazy = lazy.assign(t=pdf.to_datetime(lazy.t))
    getattr(lazy, f"to_{kind}")(tmp_path / "out", compute_kwargs=SYNC)
    found = getattr(pn, f"read_{kind}")(tmp_path / "out").t.compute(scheduler="sync")
    expected = pd.to_datetime(whole.t).dt.tz_convert("UTC")
    pd.testing.assert_series_equal(found.dt.tz_convert("UTC").astype(expected.dtype), expected)


def test_methods_of_times_with_a_zone_follow_a_format() -> None:
    """The type is known then before it is computed."""
    lazy = pdf.to_datetime(pn.from_pandas(pd.Series(TEXTS), npartitions=3), format="%Y-%m-%dT%H:%M:%S%z")
    expected = pd.to_datetime(pd.Series(TEXTS)).dt.tz_convert("Asia/Tokyo").dt.hour
    pd.testing.assert_series_equal(
        lazy.dt.tz_convert("Asia/Tokyo").dt.hour.compute(scheduler="sync"), expected
    )
