import json
import sys

from benchmarks.answers import digest
from benchmarks.spark import context


def summary(group):
    name, events = group
    return name, len(events), max(event["repo"]["id"] for event in events)


if __name__ == "__main__":
    with context() as spark:
        events = spark.textFile(sys.argv[1]).map(json.loads)
        groups = events.map(lambda event: (event["name"], event)).groupByKey()
        print(digest(groups.map(summary).collect()))
