import sys

import polars as pl

from benchmarks.questions import ask

form, folder, times = sys.argv[1:4]


def x():
    return (pl.scan_csv if form == "csv" else pl.scan_parquet)(f"{folder}/*.{form}")


def by(keys, *aggregations):
    return x().group_by(keys).agg(*aggregations).collect(engine="streaming")


def largest_two():
    largest = pl.col("v3").top_k(2)
    return x().drop_nulls("v3").group_by("id6").agg(largest).explode("v3").collect(engine="streaming")


ask(
    {
        "1": lambda: by("id1", pl.sum("v1")),
        "2": lambda: by(["id1", "id2"], pl.sum("v1")),
        "3": lambda: by("id3", pl.sum("v1"), pl.mean("v3")),
        "4": lambda: by("id4", pl.mean("v1", "v2", "v3")),
        "5": lambda: by("id6", pl.sum("v1", "v2", "v3")),
        "6": lambda: by(["id4", "id5"], pl.median("v3").alias("median"), pl.std("v3").alias("std")),
        "7": lambda: by("id3", (pl.max("v1") - pl.min("v2")).alias("range_v1_v2")),
        "8": largest_two,
        "9": lambda: by(["id2", "id4"], (pl.corr("v1", "v2") ** 2).alias("r2")),
        "10": lambda: by(["id1", "id2", "id3", "id4", "id5", "id6"], pl.sum("v3"), pl.len().alias("v1")),
    },
    lambda frame: [frame[name].to_numpy() for name in frame.columns if not name.startswith("id")],
    times,
)
