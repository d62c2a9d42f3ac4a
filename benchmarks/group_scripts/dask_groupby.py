import json
import sys

import dask.bag as db

from benchmarks.answers import digest


def summary(group):
    name, events = group
    return name, len(events), max(event["repo"]["id"] for event in events)


if __name__ == "__main__":
    groups = db.read_text(sys.argv[1]).map(json.loads).groupby(lambda event: event["name"])
    print(digest(groups.map(summary).compute()))
