import sys

import pannier as pn
from benchmarks.frame_answers import summary

df = pn.read_csv(sys.argv[1])
means = df.groupby(df.user_id).value.mean().compute()
print(summary(means.index, means))
