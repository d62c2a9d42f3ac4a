"""Ways in which a line of JSON arrives broken."""

from __future__ import annotations

from typing import Final

from pannier.datasets.draws import Draws

_NAME: Final = '"name":"'
_WRONG_NAMES: Final = ('"name":null,"was":"', '"name":-17,"was":"', '"name":["Ada"],"was":"', '"was":"')


def soiled(line: str, draws: Draws) -> str:
    r"""``line``, a JSON object with a text under ``name`` and a line end, spoiled in one of five ways.

    Cut short, blank, or with an escape that JSON does not know: ``json.loads`` raises.  With a NaN: it does not,
    though stricter parsers do.  With a ``name`` of a wrong type or without one, or in a list of its own: every
    parser is content and it is what comes next that fails.

    >>> sorted({soiled('{"id":"1","name":"Ada"}\n', Draws(n)) for n in range(50)})[0]
    '\n'
    """
    way = draws.below(5)
    if way == 0:
        return line[: 1 + draws.below(len(line) - 3)] + "\n"
    if way == 1:
        return "\n"
    if way == 2:
        return line.replace(_NAME, _NAME + "\\x", 1)
    if way == 3:
        return '{"score":NaN,' + line[1:]
    if draws.share() < 0.2:
        return f"[{line[:-1]}]\n"
    return line.replace(_NAME, draws.one(_WRONG_NAMES), 1)
