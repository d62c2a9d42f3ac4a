import json
import operator
import sys

import pannier as pn
from benchmarks.answers import digest

events = pn.read_text(sys.argv[1]).map(json.loads)
ones = events.map(lambda event: (event["name"], 1))
print(digest(ones.reduce_by_key(operator.add).compute()))
