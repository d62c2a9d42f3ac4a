import json
import sys

import dask.bag as db

if __name__ == "__main__":
    top = (
        db.read_text(sys.argv[1])
        .map(json.loads)
        .pluck("name")
        .frequencies()
        .topk(10, key=lambda pair: pair[1])
        .compute()
    )
    print(json.dumps(top))
