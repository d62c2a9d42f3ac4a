import json
import sys
from zlib import crc32

import pannier as pn


def checksum(pair):
    account, sale = pair
    return crc32(f"{sale['sale']} {account['account']} {account['name']}".encode())


sales, accounts = (pn.read_text(pattern).map(json.loads) for pattern in sys.argv[1:])
joined = sales.join(accounts, on_self=lambda record: record["account"], how="inner", broadcast=False)
print(joined.map(checksum).sum().compute())
