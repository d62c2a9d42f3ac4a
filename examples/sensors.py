"""From many CSV files to one clean table and its answers: readings of sensors, hour by hour.

Frames have the methods of pandas.  The data is made up and removed at the end.
"""

from __future__ import annotations

import tempfile

import pannier as pn
from pannier.datasets import write_timeseries

with tempfile.TemporaryDirectory() as folder:
    write_timeseries(f"{folder}/raw", files=8, records=80_000)
    readings = pn.read_csv(f"{folder}/raw/*.csv", parse_dates=["timestamp"])

    clean = readings[readings.x.between(-0.95, 0.95)]
    clean = clean.assign(hour=clean.timestamp.dt.hour, energy=clean.x**2 + clean.y**2)
    files = clean.to_parquet(f"{folder}/clean")

    stored = pn.read_parquet(f"{folder}/clean")
    hours, calmest, rows = pn.compute(
        stored.groupby("hour").energy.agg(["mean", "std", "count"]),
        stored.groupby("name").energy.median().nsmallest(3),
        stored.x.count(),
    )

print(f"{rows:,} readings in {len(files)} files")
print(hours.round(3).head(4))
print("the calmest sensors")
for name, energy in calmest.items():
    print(f"{energy:>8.3f}  {name}")
