"""Scripts that each answer the same questions: in turns, with the seconds of every question, and a check of answers."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.contest import why_not
from benchmarks.measure import markdown_table, run


@dataclass(slots=True)
class Answers:
    """What each script said to each question, and how long it took."""

    seconds: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    """For each script, a dict by question for each turn."""
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each script the answers of its last turn, by question."""

    def median(self, script: str, question: str) -> float | None:
        """The median seconds of ``question``; None where ``script`` was not asked it."""
        found = [turn[question] for turn in self.seconds[script] if question in turn]
        return statistics.median(found) if found else None

    def wrong(self) -> int:
        """How many answers are not those of the first script; each is named on stderr."""
        first = next(iter(self.said))
        count = 0
        for script, answers in self.said.items():
            for question, answer in answers.items():
                if answer != self.said[first].get(question):
                    count += 1
                    print(
                        f"wrong answer to {question}: {script} says {answer}, not {self.said[first].get(question)}",
                        file=sys.stderr,
                    )
        return count


def inquire(
    scripts: Mapping[str, Sequence[str]], asked: Mapping[str, Sequence[str]], *, repeat: int
) -> Answers:
    """Answers of ``scripts``, run ``repeat`` times in turns, to the questions they are ``asked``: all unless named.

    The arguments of a script are followed by the path of the file to which it writes its seconds, and by questions.
    """
    answers = Answers()
    for turn in range(repeat):
        for name, script in scripts.items():
            if reason := why_not(name):
                print(f"{name} is left out: {reason}", file=sys.stderr)
                continue
            with tempfile.TemporaryDirectory(prefix="pannier-benchmark-") as folder:
                times = Path(folder, "times.json")
                each = run([sys.executable, *script, str(times), *asked.get(name, ())])
                seconds = json.loads(times.read_text(encoding="utf-8"))
            answers.seconds.setdefault(name, []).append(seconds)
            answers.said[name] = dict(line.split(" ", 1) for line in each.output.splitlines())
            print(f"{turn + 1}/{repeat} {name}: {sum(seconds.values()):.2f} s", file=sys.stderr)
    return answers


def question_table(answers: Answers, questions: Sequence[str]) -> str:
    """A row a question, and one of the total: seconds of each script, medians over turns.

    The total of a script that was not asked all is of those that it was asked; the first script's for these is beside.
    """
    scripts = list(answers.seconds)
    rows = []
    for question in questions:
        medians = [answers.median(script, question) for script in scripts]
        rows.append([question, *("" if each is None else f"{each:.2f}" for each in medians)])
    totals = {script: _total(answers, script, questions) for script in scripts}
    rows.append(["total", *(f"{totals[script]:.2f}" for script in scripts)])
    rows.append(
        [
            f"by that of {scripts[0]}",
            *(
                f"{totals[script] / _total(answers, scripts[0], _asked(answers, script, questions)):.2f}"
                for script in scripts
            ),
        ]
    )
    return markdown_table(["question", *scripts], rows)


def _asked(answers: Answers, script: str, questions: Sequence[str]) -> list[str]:
    return [question for question in questions if answers.median(script, question) is not None]


def _total(answers: Answers, script: str, questions: Sequence[str]) -> float:
    return sum(answers.median(script, question) or 0.0 for question in questions)
