import json
import sys
from itertools import pairwise

import pannier as pn


def outline(events):
    """First key, last key, length and sum of a partition; None if it is empty; an error if it is not in order."""
    first = last = None
    count = total = 0
    for event in events:
        key = event["id"][::-1]
        if last is not None and key < last:
            raise ValueError(f"{key} comes after {last}")
        first = key if first is None else first
        last = key
        count += 1
        total += int(event["id"])
    return [(first, last, count, total)] if count else []


pattern, limit = sys.argv[1:]
events = pn.read_text(pattern).map(json.loads).sort_by(lambda event: event["id"][::-1])
outlines = events.map_partitions(outline).compute(memory_limit=limit)
for (_, last, *_), (first, *_) in pairwise(outlines):
    if first < last:
        raise ValueError(f"a partition begins with {first} after one that ends with {last}")
print(sum(count for *_, count, _ in outlines), sum(total for *_, total in outlines))
