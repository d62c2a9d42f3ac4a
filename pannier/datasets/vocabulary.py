"""The words the made-up data is spelled with: names of people and things, and texts.

Nothing here depends on a caller's seed, so the same people and repositories turn up in every file of every
data set, as they do in real logs.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from pannier.datasets.draws import Draws

PEOPLE: Final = 20_000
"""Number of different names of people."""

_GIVEN: Final = """
Ada Aisha Alan Alice Amir Ana Anders André Anika Anton Arjun Astrid Barbara Bea Björn Bo Carlos Carmen Chen
Chloé Clara Daniel David Dmitri Edsger Elif Emma Erik Eva Fatima Felix Fernando Frances Freya Gabriel Giulia
Grace Hana Hannah Hiro Hugo Ida Igor Inga Ingrid Isaac Jakob Jan Jana João Jonas José Julia Karin Kenji Lars
Laura Layla Lea Leila Lena Liam Linus Lucía Luis Łukasz Magda Mara Marek María Mei Mina Mohamed Naomi Niklas
Nina Noah Nora Olga Oskar Otto Paul Pilar Priya Raj Rosa Ruth Sven Søren Tariq Tomás Uma Vera Viktor Wei
Yuki Yusuf Zoë Žofia Юлия
""".split()

_FAMILY: Final = """
Abe Adams Ahmed Alvarez Andersen Anderson Araújo Arslan Bach Baker Banerjee Bauer Becker Bell Berg Bernard
Bianchi Blanc Böhm Brown Bruno Campbell Carter Castro Çelik Chang Chen Clark Cohen Collins Cooper Costa Cruz
Dahl Das Davies Davis Demir Desai Diallo Díaz Dijkstra Dubois Edwards Eriksson Esposito Evans Fernández
Ferrari Fischer Flores Foster Fournier Fujita García Gauss Gómez González Green Gupta Haas Hall Hansen Harris
Hashimoto Hayashi Hernández Hill Hoffmann Hopper Horváth Hughes Ibrahim Ito Ivanova Jackson Jansen Jensen
Jiménez Johansson Johnson Jones Kato Kaya Keller Khan Kim King Kobayashi Kovač Kovalenko Kowalski Kumar
Lambert Larsen Lee Lefèvre Lewis Li Lima Lin Liu López Lovelace Martin Martínez Mehta Meier Mendoza Meyer
Miller Moore Morales Moreau Moreno Morgan Mori Müller Murphy Nagy Nakamura Nelson Nguyễn Nielsen Novák Núñez
O'Brien Olsen Ortiz Özdemir Park Patel Pereira Pérez Petrov Phillips Popescu Quispe Ramírez Rao Ricci Rivera
Roberts Rodríguez Romano Rossi Roux Ruiz Saito Sánchez Santos Sato Schmidt Schneider Schulz Scott Sharma
Silva Singh Smith Sokolov Sousa Suzuki Svensson Takahashi Tanaka Taylor Thomas Thompson Torres Tóth Turing
Turner Vargas Virtanen Vogel Wagner Walker Wang Ward Watanabe Weber White Williams Wilson Wójcik Wolf Wright
Wu Yamada Yang Yılmaz Young Zhang Zhao Zimmermann 王 李 佐藤 김
""".split()

WORDS: Final = """
add align allow argument array async atomic avoid backend badge balance batch behaviour benchmark binary bind
block boundary branch broken buffer build bump byte cache callback cancel change check class clean client clock
close cluster code column commit compare compile compose config connect constant context copy core correct count
crash create cursor data deadlock debug decode default delay delete depend deploy detect diff digest disable
docs document drop duplicate edge empty encode endpoint error escape event example except export extend fail
fast feature fetch field file filter fix flag flaky flatten float flush format frame function garbage graph
group guard handle hash header hidden hook import improve index infer inline input insert install integer
invalid iterate join key label latency layout lazy leak length level library limit line link list load local
lock log loop main map match memory merge message method metric migrate minor missing mock module move name
nested network node none null number object offset open operator option order output package page parallel
parse partition patch path pattern pipeline plan pointer pool port prefix print process profile project
protocol proxy pull push query queue race raise random range raw read rebase record reduce refactor reference
regression release remote remove rename repair replace request reset resolve response restore result retry
return revert review rewrite rollback route row run runtime sample scan schedule schema scope script search
seed select server session setting shape share shuffle signal simplify skip slow socket sort source split stack
stale state static stream string struct style suffix support swap sync syntax table tag target task template
test text thread timeout timezone token tool trace tree trim tuple type typo unicode union unit unused update
upgrade upload url user validate value vector verify version view wait warning worker wrap write yield zone
""".split()

_ASIDES: Final = (
    "`None`",
    "`{'key': [1, 2, 3]}`",
    'the "other" case',
    "#1742",
    "café naïve über",
    "see https://example.org/docs?page=2&lang=en",
    "C:\\temp\\new",
    "日本語のファイル名",
    "✓",
    "🎉",
    "50% → 75%",
    "\tindented",
)
"""What makes a text hard to read for a careless parser: quotes, braces, backslashes, tabs, unicode."""


@cache
def people() -> tuple[str, ...]:
    """20,000 different names of people, a few of them not in ASCII, in no telling order.

    >>> len(set(people())), people()[0]
    (20000, 'Ada Abe')
    """
    # A step without a common divisor visits every pair once and mixes both halves.
    steps = (number * 7919 % PEOPLE for number in range(PEOPLE))
    return tuple(f"{_GIVEN[step // 200]} {_FAMILY[step % 200]}" for step in steps)


@cache
def slugs(count: int, topic: str) -> tuple[str, ...]:
    """``count`` different names in lower case ASCII, such as repositories and accounts have."""
    draws = Draws("slugs", topic)
    return tuple(f"{draws.one(WORDS)}-{draws.one(WORDS)}{number}" for number in range(count))


def title(draws: Draws) -> str:
    """A line of 2 to 9 words, like the first line of a commit message."""
    words = [draws.one(WORDS) for _ in range(2 + draws.below(8))]
    if draws.share() < 0.1:
        words.append(draws.one(_ASIDES))
    return " ".join(words).capitalize()


def prose(draws: Draws) -> str:
    """One to eight sentences in paragraphs, about 250 characters."""
    text = title(draws)
    for _ in range(draws.below(8)):
        text += draws.one((". ", ". ", ", ", ".\n\n", ".\r\n\r\n")) + title(draws)
    return text + "."
