import sys

import duckdb

from benchmarks.frame_answers import summary

query = f"select user_id, avg(value) as value from read_csv('{sys.argv[1]}') group by user_id"
means = duckdb.sql(query).fetchnumpy()
print(summary(means["user_id"], means["value"]))
