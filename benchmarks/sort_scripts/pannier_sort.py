import sys

import pannier as pn


def parse(line):
    number, _, text = line.rstrip("\n").partition("\t")
    return int(number), text


def spell(pair):
    return f"{pair[0]}\t{pair[1]}"


pattern, folder = sys.argv[1:]
pn.read_text(pattern).map(parse).sort_by_key().map(spell).to_textfiles(
    f"{folder}/part-*.txt", last_endline=True
)
