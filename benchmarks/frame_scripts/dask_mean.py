import sys

import dask.dataframe as dd

from benchmarks.frame_answers import summary

if __name__ == "__main__":
    df = dd.read_csv(sys.argv[1])
    means = df.groupby(df.user_id).value.mean().compute()
    print(summary(means.index, means))
