import sys

import duckdb

from benchmarks.questions import ask

form, folder, times = sys.argv[1:4]
table = f"read_csv('{folder}/*.csv')" if form == "csv" else f"read_parquet('{folder}/*.parquet')"


def by(keys, aggregations):
    return duckdb.sql(f"select {keys}, {aggregations} from {table} group by {keys}").to_arrow_table()


def largest_two():
    ranked = f"select id6, v3, row_number() over (partition by id6 order by v3 desc) as place from {table}"
    return duckdb.sql(
        f"select id6, v3 from ({ranked} where v3 is not null) where place <= 2"
    ).to_arrow_table()


ask(
    {
        "1": lambda: by("id1", "sum(v1)::bigint as v1"),
        "2": lambda: by("id1, id2", "sum(v1)::bigint as v1"),
        "3": lambda: by("id3", "sum(v1)::bigint as v1, avg(v3) as v3"),
        "4": lambda: by("id4", "avg(v1) as v1, avg(v2) as v2, avg(v3) as v3"),
        "5": lambda: by("id6", "sum(v1)::bigint as v1, sum(v2)::bigint as v2, sum(v3) as v3"),
        "6": lambda: by("id4, id5", "quantile_cont(v3, 0.5) as median, stddev(v3) as std"),
        "7": lambda: by("id3", "max(v1) - min(v2) as range_v1_v2"),
        "8": largest_two,
        "9": lambda: by("id2, id4", "pow(corr(v1, v2), 2) as r2"),
        "10": lambda: by("id1, id2, id3, id4, id5, id6", "sum(v3) as v3, count(*) as v1"),
    },
    lambda frame: [frame[name].to_numpy() for name in frame.column_names if not name.startswith("id")],
    times,
)
