import sys

import pannier as pn

pattern, folder, limit = sys.argv[1:]
pn.config.set(memory_limit=limit)
paths = pn.read_csv(pattern).set_index("user_id").to_parquet(folder)
print(len(paths))
