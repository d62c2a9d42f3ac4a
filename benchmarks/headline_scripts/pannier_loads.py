import json
import sys

import pannier as pn

top = (
    pn.read_text(sys.argv[1])
    .map(json.loads)
    .pluck("name")
    .frequencies()
    .topk(10, key=lambda pair: pair[1])
    .compute()
)
print(json.dumps(top))
