"""Prints, log records and warnings of tasks, as the user of the parent sees them."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Any, NoReturn

import pytest

from pannier.schedulers.multiprocessing import get


def say(i: int) -> int:
    print("task", i)  # noqa: T201
    print("error of task", i, file=sys.stderr)  # noqa: T201
    return i


def say_unfinished(i: int) -> int:
    print("no line end", end="")  # noqa: T201
    return i


def test_prints_reach_the_streams_of_the_parent(capsys: pytest.CaptureFixture[str]) -> None:
    """Lines arrive whole, at ``sys.stdout`` and ``sys.stderr`` as they are in the parent, before ``get`` ends."""
    get({("say", i): (say, i) for i in range(20)}, [("say", i) for i in range(20)], num_workers=2)
    out, err = capsys.readouterr()
    assert sorted(out.splitlines()) == sorted(f"task {i}" for i in range(20))
    assert sorted(err.splitlines()) == sorted(f"error of task {i}" for i in range(20))


def test_text_without_a_line_end_arrives_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What a task prints without ending the line is shown when the task is done."""
    get({"say": (say_unfinished, 1)}, "say")
    assert capsys.readouterr().out == "no line end"


def log(i: int) -> int:
    logger = logging.getLogger("tests.of.logging")
    logger.debug("too fine %s", i)
    logger.info("fine %s", i)
    try:
        {}[i]
    except KeyError:
        logger.exception("caught %s", object, extra={"extra_field": lambda: 1})
    return i


def test_log_records_reach_the_loggers_of_the_parent(caplog: pytest.LogCaptureFixture) -> None:
    """Records go to the parent's logger of the same name, at its level, with their tracebacks as text."""
    with caplog.at_level(logging.INFO, logger="tests.of.logging"):
        get({"log": (log, 7)}, "log")
    assert [(record.name, record.levelname) for record in caplog.records] == [
        ("tests.of.logging", "INFO"),
        ("tests.of.logging", "ERROR"),
    ]
    assert caplog.messages[0] == "fine 7"
    assert "caught <class 'object'>" in caplog.text
    assert "KeyError: 7" in caplog.text


def test_a_warm_worker_follows_the_levels(caplog: pytest.LogCaptureFixture) -> None:
    """A level set or taken back between two runs holds for the second."""
    for level, n in ((logging.ERROR, 1), (logging.DEBUG, 3), (logging.ERROR, 1)):
        caplog.clear()
        with caplog.at_level(level, logger="tests.of.logging"):
            get({"log": (log, 7)}, "log")
        assert len(caplog.records) == n
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        get({"log": (log, 7)}, "log")
    assert len(caplog.records) == 3


class StrangeWarning(UserWarning):
    pass


def warn(i: int) -> int:
    warnings.warn("strange input", StrangeWarning, stacklevel=1)
    return i


def test_a_warning_is_shown_once_for_all_workers() -> None:
    """The default filter shows a warning of one place once, however many tasks and workers meet it."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        get({("w", i): (warn, i) for i in range(20)}, [("w", i) for i in range(20)], num_workers=2)
    (warning,) = seen
    assert warning.category is StrangeWarning
    assert str(warning.message) == "strange input"
    assert warning.filename == __file__


def test_an_ignored_warning_stays_unseen() -> None:
    """A filter of the parent by category holds in the workers."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", StrangeWarning)
        get({"w": (warn, 1)}, "w")
    assert seen == []


def test_a_warning_made_an_error_is_raised_in_the_task() -> None:
    """Under the filter ``error`` a task fails with its warning, named like any exception."""
    with pytest.raises(StrangeWarning) as caught:
        get({"w": (warn, 1)}, "w")
    assert caught.value.__notes__ == ["in task 'w'"]


def write_bytes(_: Any) -> NoReturn:
    sys.stdout.write(b"bytes")  # type: ignore[arg-type]
    raise AssertionError


def test_stdout_refuses_what_is_no_text() -> None:
    """A worker's stdout is a text stream like any other."""
    with pytest.raises(TypeError, match="must be str, not bytes"):
        get({"w": (write_bytes, 1)}, "w")
