import sys
from glob import glob
from operator import itemgetter
from pathlib import Path


def parse(line):
    number, _, text = line.rstrip("\n").partition("\t")
    return int(number), text


def spell(pair):
    return f"{pair[0]}\t{pair[1]}\n"


pattern, folder = sys.argv[1:]
pairs = []
for path in sorted(glob(pattern)):
    with open(path, encoding="utf-8") as lines:
        pairs += map(parse, lines)
Path(folder).mkdir()
with open(f"{folder}/part-0.txt", "w", encoding="utf-8") as file:
    file.writelines(map(spell, sorted(pairs, key=itemgetter(0))))
