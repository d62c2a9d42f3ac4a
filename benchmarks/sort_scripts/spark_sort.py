import sys

from benchmarks.spark import context


def parse(line):
    number, _, text = line.rstrip("\n").partition("\t")
    return int(number), text


def spell(pair):
    return f"{pair[0]}\t{pair[1]}"


if __name__ == "__main__":
    pattern, folder = sys.argv[1:]
    with context() as spark:
        spark.textFile(pattern).map(parse).sortByKey().map(spell).saveAsTextFile(folder)
