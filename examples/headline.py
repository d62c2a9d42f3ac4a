"""The ten most frequent names in eight gzip files of JSON lines, counted on all cores.

``make demo`` runs it.  The data, about 100 MB of events, is made on the first run and kept in ``demo-data/``.
There is no ``if __name__ == "__main__"`` on purpose: pannier's workers never import the script that starts them.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import pannier as pn
from pannier.datasets import write_events
from pannier.diagnostics import ProgressBar

console = Console()
folder = Path(__file__).resolve().parent.parent / "demo-data"
files = 8

if len(list(folder.glob("2015-*-*.json.gz"))) < files:
    with console.status(f"making {files} files of events in {folder}"):
        write_events(folder, files=files, size="100 MB")

start = time.perf_counter()
with ProgressBar():
    top = (
        pn.read_text(f"{folder}/2015-*-*.json.gz")
        .map(json.loads)
        .pluck("name")
        .frequencies()
        .topk(10, key=lambda pair: pair[1])
        .compute()
    )
seconds = time.perf_counter() - start

table = Table(title=f"Busiest people ({seconds:.1f} s)")
table.add_column("", justify="right")
table.add_column("name")
table.add_column("events", justify="right")
for rank, (name, count) in enumerate(top, start=1):
    table.add_row(str(rank), name, f"{count:,}")
console.print(table)
