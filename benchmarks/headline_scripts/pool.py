import gzip
import json
import sys
from collections import Counter
from glob import glob
from multiprocessing import Pool
from operator import itemgetter


def count(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return Counter(map(itemgetter("name"), map(json.loads, lines)))


if __name__ == "__main__":
    total = Counter()
    with Pool() as pool:
        for counts in pool.imap_unordered(count, sorted(glob(sys.argv[1]))):
            total.update(counts)
    print(json.dumps(total.most_common(10)))
