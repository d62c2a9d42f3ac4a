import json
import sys
from zlib import crc32

import dask.bag as db


def checksum(pair):
    sale, account = pair
    return crc32(f"{sale['sale']} {account['account']} {account['name']}".encode())


def pairs(group):
    _, records = group
    sales = [record for record in records if "sale" in record]
    accounts = [record for record in records if "sale" not in record]
    return [(sale, account) for sale in sales for account in accounts]


if __name__ == "__main__":
    both = db.concat([db.read_text(pattern).map(json.loads) for pattern in sys.argv[1:]])
    groups = both.groupby(lambda record: record["account"])
    print(groups.map(pairs).flatten().map(checksum).sum().compute())
