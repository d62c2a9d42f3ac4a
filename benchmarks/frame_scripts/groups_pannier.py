import sys

from benchmarks.questions import ask
from pannier.dataframe import read_csv, read_parquet

form, folder, times = sys.argv[1:4]


def x():
    return (read_csv if form == "csv" else read_parquet)(f"{folder}/*.{form}")


def by(keys, aggregations):
    return (
        x().groupby(keys, as_index=False, sort=False, observed=True, dropna=False).agg(aggregations).compute()
    )


def range_of(keys):
    found = by(keys, {"v1": "max", "v2": "min"})
    return found.assign(range_v1_v2=found.v1 - found.v2)[["range_v1_v2"]]


def largest_two():
    df = x()[["id6", "v3"]]
    return df[~df.v3.isna()].groupby("id6", sort=False).v3.nlargest(2).compute().reset_index(0)


def regression():
    found = x().groupby(["id2", "id4"], sort=False)[["v1", "v2"]].corr().compute()
    r = found["v2"].xs("v1", level=-1)
    return (r**2).to_frame("r2")


ask(
    {
        "1": lambda: by("id1", {"v1": "sum"}),
        "2": lambda: by(["id1", "id2"], {"v1": "sum"}),
        "3": lambda: by("id3", {"v1": "sum", "v3": "mean"}),
        "4": lambda: by("id4", {"v1": "mean", "v2": "mean", "v3": "mean"}),
        "5": lambda: by("id6", {"v1": "sum", "v2": "sum", "v3": "sum"}),
        "6": lambda: by(["id4", "id5"], {"v3": ["median", "std"]}),
        "7": lambda: range_of("id3"),
        "8": largest_two,
        "9": regression,
        "10": lambda: by(["id1", "id2", "id3", "id4", "id5", "id6"], {"v3": "sum", "v1": "size"}),
    },
    lambda frame: [frame[name] for name in frame.columns if not str(name).startswith(("id", "('id"))],
    times,
)
