import sys

import dask.dataframe as dd

from benchmarks.questions import ask

form, folder, times = sys.argv[1:4]


def x():
    return (dd.read_csv if form == "csv" else dd.read_parquet)(f"{folder}/*.{form}")


def by(keys, aggregations, **options):
    return x().groupby(keys, sort=False, observed=True, dropna=False).agg(aggregations, **options).compute()


def range_of(keys):
    found = by(keys, {"v1": "max", "v2": "min"})
    return found.assign(range_v1_v2=found.v1 - found.v2)[["range_v1_v2"]]


def largest_two():
    df = x()[["id6", "v3"]]
    df = df[~df.v3.isna()]
    groups = df.groupby("id6", sort=False)
    return groups.apply(lambda group: group.nlargest(2, "v3"), meta={"v3": "float64"}).compute()


def regression():
    groups = x()[["id2", "id4", "v1", "v2"]].groupby(["id2", "id4"], sort=False)
    return (
        groups.apply(lambda group: group.v1.corr(group.v2) ** 2, meta=("r2", "float64"))
        .compute()
        .to_frame("r2")
    )


def counted(keys):
    found = by(keys, {"v3": "sum", "v1": "count"}, split_out=8)
    return found[["v3", "v1"]]


if __name__ == "__main__":
    ask(
        {
            "1": lambda: by("id1", {"v1": "sum"}),
            "2": lambda: by(["id1", "id2"], {"v1": "sum"}),
            "3": lambda: by("id3", {"v1": "sum", "v3": "mean"}),
            "4": lambda: by("id4", {"v1": "mean", "v2": "mean", "v3": "mean"}),
            "5": lambda: by("id6", {"v1": "sum", "v2": "sum", "v3": "sum"}),
            "6": lambda: by(["id4", "id5"], {"v3": ["median", "std"]}, shuffle_method="tasks"),
            "7": lambda: range_of("id3"),
            "8": largest_two,
            "9": regression,
            "10": lambda: counted(["id1", "id2", "id3", "id4", "id5", "id6"]),
        },
        lambda frame: [frame[name] for name in frame.columns if not str(name).startswith(("id", "('id"))],
        times,
    )
