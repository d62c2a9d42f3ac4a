"""``python -m pannier.datasets events FOLDER --size "600 MB"`` writes files and prints their paths."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from pannier.datasets import write_events, write_timeseries, write_weblogs
from pannier.errors import UsageError

_WRITERS: Final = {"events": write_events, "weblogs": write_weblogs, "timeseries": write_timeseries}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pannier.datasets", description="Write made-up data.")
    parser.add_argument("kind", choices=_WRITERS)
    parser.add_argument("folder", help="where to; made if missing")
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--size", help="bytes in all files together, before compression, like '600 MB'")
    amount.add_argument("--records", type=int, help="records in all files together")
    parser.add_argument(
        "--files", type=int, default=8, help="number of files, one a day (default: %(default)s)"
    )
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="write these files only, from 0")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    parser.add_argument("--dirty", type=float, default=0.0, help="share of spoiled lines (events only)")
    parser.add_argument("--brief", action="store_true", help="380 bytes a record, not 1 kB (events only)")
    parser.add_argument("--compression", choices=("gz", "none"), help="default: none for timeseries, else gz")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0, or 2 after a message when the arguments make no sense."""
    parser = _parser()
    options = vars(parser.parse_args(argv))
    write = _WRITERS[options.pop("kind")]
    for name in ("dirty", "brief"):
        if not options[name]:
            del options[name]
        elif write is not write_events:
            parser.error(f"--{name} is for events")
    compression = options.pop("compression")
    if compression is not None:
        options["compression"] = None if compression == "none" else compression
    try:
        paths = write(**options)
    except UsageError as error:
        parser.error(str(error))
    print(*paths, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
