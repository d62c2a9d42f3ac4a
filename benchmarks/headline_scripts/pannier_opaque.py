import json
import sys

import pannier as pn


def parse(line):
    return json.loads(line)


top = (
    pn.read_text(sys.argv[1])
    .map(parse)
    .pluck("name")
    .frequencies()
    .topk(10, key=lambda pair: pair[1])
    .compute()
)
print(json.dumps(top))
