import json
import sys

import pannier as pn
from benchmarks.answers import digest

names = pn.read_text(sys.argv[1]).map(json.loads).pluck("name")
print(digest(names.frequencies().compute()))
