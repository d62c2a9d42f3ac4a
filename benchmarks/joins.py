"""A join of 1.6 million records with 200,000, neither of them small enough to be everywhere, as whole scripts.

Sales name the account they were charged to, any of 200,000 equally likely; each account is there once. All sales are
joined to their accounts, and of each pair a checksum is summed up. Both are JSON lines in 8 gzip files. pannier's ``join``
without broadcast and the ``join`` of PySpark's RDD are beside what ``dask.bag``, which joins with small sides only,
takes for the same by ``groupby`` of both. See ``join_scripts/``.

::

    python -m benchmarks.joins --folder ~/sales
    python -m benchmarks.joins --toy
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.contest import DASK, PYSPARK, compete, options, parser, table, wrong_answers
from benchmarks.measure import circumstances
from pannier.datasets import vocabulary
from pannier.datasets.draws import Draws

FILES = 8
SCRIPTS = Path(__file__).parent / "join_scripts"
JOINED = {
    "pannier join": "pannier_join.py",
    f"{PYSPARK} join": "spark_join.py",
    f"{DASK} groupby": "dask_groupby.py",
}


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parser("joins", "Time a join.")
    arguments.add_argument("--sales", type=int, default=1_600_000, help="default: %(default)s")
    arguments.add_argument("--accounts", type=int, default=200_000, help="default: %(default)s")
    parsed = arguments.parse_args(argv)
    sales, accounts = (8_000, 1_000) if parsed.toy else (parsed.sales, parsed.accounts)
    with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as scratch:
        patterns = make_data(parsed.folder or Path(scratch), sales, accounts)
        print(f"{sales:,} sales, {accounts:,} accounts. {circumstances('dask', 'pyspark')}\n")
        commands = {name: [str(SCRIPTS / file), *patterns] for name, file in JOINED.items()}
        runs = compete(commands, options(parsed))
    print(table(runs))
    return 1 if wrong_answers(runs) else 0


def make_data(folder: Path, sales: int, accounts: int) -> list[str]:
    """Patterns of the files of sales and of accounts in ``folder``, made unless they are there."""
    folder /= f"sales-{sales}-{accounts}"
    if not folder.exists():
        print(f"making {sales:,} sales and {accounts:,} accounts in {folder}", file=sys.stderr)
        aside = folder.with_name(f"{folder.name}.part")
        aside.mkdir(parents=True)
        # Elsewhere, because what this process holds is a floor under every peak it reports.
        with multiprocessing.get_context("spawn").Pool() as pool:
            pool.starmap(write_part, [(aside, number, sales, accounts) for number in range(FILES)])
        aside.rename(folder)
    return [str(folder / f"{kind}-*.json.gz") for kind in ("sales", "accounts")]


def write_part(folder: Path, number: int, sales: int, accounts: int) -> None:
    """File ``number`` of each kind."""
    kinds = {"sales": sales_of(number, sales, accounts), "accounts": accounts_of(number, accounts)}
    for kind, records in kinds.items():
        with gzip.open(folder / f"{kind}-{number}.json.gz", "wt", 1, encoding="utf-8") as file:
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def sales_of(number: int, sales: int, accounts: int) -> Iterator[dict[str, object]]:
    draws = Draws("sales", number)
    for sale in range(number, sales, FILES):
        yield {
            "sale": sale,
            "account": draws.below(accounts),
            "amount": draws.below(100_000) / 100,
            "item": {"id": draws.below(5_000), "name": draws.one(vocabulary.WORDS)},
            "note": vocabulary.title(draws),
        }


def accounts_of(number: int, accounts: int) -> Iterator[dict[str, object]]:
    draws = Draws("accounts", number)
    for account in range(number, accounts, FILES):
        yield {
            "account": account,
            "name": draws.one(vocabulary.people()),
            "since": 1990 + draws.below(35),
            "motto": vocabulary.title(draws),
        }


if __name__ == "__main__":
    sys.exit(main())
