import json
import sys
from zlib import crc32

from benchmarks.spark import context


def checksum(pair):
    sale, account = pair
    return crc32(f"{sale['sale']} {account['account']} {account['name']}".encode())


if __name__ == "__main__":
    with context() as spark:
        sales, accounts = (
            spark.textFile(pattern).map(json.loads).keyBy(lambda record: record["account"])
            for pattern in sys.argv[1:]
        )
        print(sales.join(accounts).values().map(checksum).sum())
