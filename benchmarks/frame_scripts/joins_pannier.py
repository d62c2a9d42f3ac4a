import sys

from benchmarks.questions import ask
from pannier.dataframe import read_csv

folder, times = sys.argv[2:4]


def joined(right, **options):
    x, other = (read_csv(f"{folder}/{name}-*.csv") for name in ("x", right))
    return x.merge(other, **options).compute()


if __name__ == "__main__":
    ask(
        {
            "1": lambda: joined("small", on="id1"),
            "2": lambda: joined("medium", on="id2"),
            "3": lambda: joined("medium", on="id2", how="left"),
            "4": lambda: joined("medium", on="id5"),
            "5": lambda: joined("big", on="id3"),
        },
        lambda frame: [frame.v1, frame.v2],
        times,
    )
