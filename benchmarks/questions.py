"""Several questions asked one after the other in one script, each timed: what the scripts of a db-benchmark share."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.frame_answers import summary


def ask(questions: Mapping[str, Callable[[], Any]], columns: Callable[[Any], list[Any]], times: str) -> None:
    """Print a line a question: its answer, of whose columns ``columns`` gives those of numbers; seconds go to ``times``.

    The time of a question is from building it to having its answer in memory.  Those whose name is not among the
    last arguments of the command line are left out, if there are any.
    """
    asked = sys.argv[4:] or list(questions)
    seconds = {}
    for name in asked:
        start = time.perf_counter()
        answer = questions[name]()
        seconds[name] = time.perf_counter() - start
        print(name, summary(*columns(answer)), flush=True)
        del answer
    Path(times).write_text(json.dumps(seconds), encoding="utf-8")
