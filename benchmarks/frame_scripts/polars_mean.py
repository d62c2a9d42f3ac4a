import sys

import polars as pl

from benchmarks.frame_answers import summary

means = pl.scan_csv(sys.argv[1]).group_by("user_id").agg(pl.mean("value")).collect(engine="streaming")
print(summary(means["user_id"].to_numpy(), means["value"].to_numpy()))
