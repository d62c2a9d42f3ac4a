import json
import sys

import pannier as pn
from benchmarks.answers import digest


def summary(group):
    key, events = group
    return key, len(events), sum(int(event["id"]) for event in events)


pattern, limit = sys.argv[1:]
groups = pn.read_text(pattern).map(json.loads).groupby(lambda event: event["id"][-4:])
print(digest(groups.map(summary).compute(memory_limit=limit)))
