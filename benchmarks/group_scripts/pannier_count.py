import json
import sys

import pannier as pn
from benchmarks.answers import digest

events = pn.read_text(sys.argv[1]).map(json.loads)
print(digest(events.groupby(lambda event: event["name"]).count().compute()))
