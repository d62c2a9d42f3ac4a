"""What the made-up events promise: sameness, shape, dirt."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from pannier.datasets import event_lines
from pannier.errors import UsageError

PAYLOAD_FIELDS = {
    "PushEvent": {"push_id", "size", "distinct_size", "ref", "head", "before", "commits"},
    "CreateEvent": {"ref", "ref_type", "master_branch", "description", "pusher_type"},
    "WatchEvent": {"action"},
    "IssueCommentEvent": {"action", "issue", "comment"},
    "IssuesEvent": {"action", "issue"},
    "PullRequestEvent": {"action", "number", "pull_request"},
    "ForkEvent": {"forkee"},
    "DeleteEvent": {"ref", "ref_type", "pusher_type"},
    "PullRequestReviewCommentEvent": {"action", "comment", "pull_request"},
    "ReleaseEvent": {"action", "release"},
}


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    return [json.loads(line) for line in event_lines(20_000, seed=1)]


def digest(lines: list[str]) -> str:
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def is_clean(line: str) -> bool:
    """Whether ``line`` is what a strict reader of events accepts."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        event = json.loads(line, parse_constant=refuse)
    except ValueError:
        return False
    return isinstance(event, dict) and isinstance(event.get("name"), str)


def test_lines_never_change() -> None:
    """The data of a seed is pinned: figures measured on it can be compared across versions."""
    pinned = "8920aaed3ea0b6f6fa4eb7b104298e567e13ff77c842b6f964eeceeb902825fc"
    assert digest(list(event_lines(2_000, seed=0, dirty=0.01))) == pinned


def test_brief_lines_never_change() -> None:
    """Brief events are pinned too."""
    pinned = "e83e5812c7dfa5910cab5747bd48a41096b2702097e7f1e70b85fef40cfe5389"
    assert digest(list(event_lines(2_000, seed=0, dirty=0.01, brief=True))) == pinned


def test_brief_events() -> None:
    """About 380 bytes a line; the members of every event, without urls, in a payload that is always the same."""
    lines = list(event_lines(5_000, brief=True))
    assert all(map(is_clean, lines))
    assert 370 < sum(len(line.encode()) for line in lines) / len(lines) < 390
    events = [json.loads(line) for line in lines]
    assert {event["type"] for event in events} == set(PAYLOAD_FIELDS)
    for event in events:
        assert list(event) == ["id", "type", "name", "actor", "repo", "payload", "public", "created_at"]
        assert set(event["actor"]) == {"id", "login"}
        assert set(event["repo"]) == {"id", "name"}
        assert set(event["payload"]) == {"size", "ref", "head", "before"}


def test_same_in_another_process() -> None:
    """A process with other hash seeds makes the same lines."""
    script = (
        "import sys; from pannier.datasets import event_lines; "
        "sys.stdout.buffer.write(''.join(event_lines(300, seed=7)).encode())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert outputs == {"".join(event_lines(300, seed=7)).encode()}


def test_seeds_differ() -> None:
    """Two seeds share no line."""
    assert not set(event_lines(500, seed=1)) & set(event_lines(500, seed=2))


def test_a_line_is_one_document_of_about_1_kb() -> None:
    """Every line ends in one line end, parses, and the mean is about a kilobyte."""
    lines = list(event_lines(5_000))
    assert len(lines) == 5_000
    assert all(line.endswith("}\n") and line.count("\n") == 1 for line in lines)
    assert all(map(is_clean, lines))
    assert 1_000 < sum(len(line.encode()) for line in lines) / len(lines) < 1_300


def test_fields_by_type(events: list[dict[str, Any]]) -> None:
    """All ten types turn up, each with the members of its payload; ``org`` is there for some."""
    common = {"id", "type", "name", "actor", "repo", "payload", "public", "created_at"}
    assert {event["type"] for event in events} == set(PAYLOAD_FIELDS)
    for event in events:
        assert common <= set(event) <= common | {"org"}
        assert set(event["payload"]) == PAYLOAD_FIELDS[event["type"]]
        assert set(event["actor"]) == {"id", "login", "gravatar_id", "url", "avatar_url"}
        assert set(event["repo"]) == {"id", "name", "url"}
    assert 0.1 < sum("org" in event for event in events) / len(events) < 0.6


def test_a_push_lists_its_commits(events: list[dict[str, Any]]) -> None:
    """Commits are nested objects with texts of their own, as many as ``size`` says."""
    pushes = [event["payload"] for event in events if event["type"] == "PushEvent"]
    assert all(len(push["commits"]) == push["size"] for push in pushes)
    assert {push["size"] for push in pushes} >= {1, 2, 20}
    assert all(set(commit["author"]) == {"email", "name"} for push in pushes for commit in push["commits"])


def test_types_have_the_frequencies_of_the_archive(events: list[dict[str, Any]]) -> None:
    """About half of the events are pushes, an eighth creations, a tenth stars."""
    share = {kind: n / len(events) for kind, n in Counter(event["type"] for event in events).items()}
    assert share["PushEvent"] == pytest.approx(0.51, abs=0.02)
    assert share["CreateEvent"] == pytest.approx(0.125, abs=0.02)
    assert share["WatchEvent"] == pytest.approx(0.1, abs=0.02)


def test_names_follow_zipf(events: list[dict[str, Any]]) -> None:
    """The k-th name turns up about 1/k times as often as the first; thousands of names turn up."""
    names = Counter(event["name"] for event in events)
    first, *_ = counts = [n for _, n in names.most_common()]
    assert 3_000 < len(names) < 20_000
    assert first / len(events) == pytest.approx(0.0954, rel=0.1)
    for rank in (2, 4, 10, 50):
        assert counts[rank - 1] == pytest.approx(first / rank, rel=0.25)


def test_a_name_belongs_to_one_actor(events: list[dict[str, Any]]) -> None:
    """The name at the top and the actor's account say the same."""
    assert len({(event["name"], event["actor"]["id"]) for event in events}) == len(
        {event["name"] for event in events}
    )


def test_times_advance_through_one_day(events: list[dict[str, Any]]) -> None:
    """Times never go back and cover the day; ids grow one by one."""
    times = [event["created_at"] for event in events]
    assert times == sorted(times)
    assert times[0] == "2015-01-01T00:00:00Z"
    assert "2015-01-01T23:59:00Z" < times[-1] <= "2015-01-01T23:59:59Z"
    assert all(int(b["id"]) - int(a["id"]) == 1 for a, b in pairwise(events))


def test_unicode_comes_raw_and_escaped() -> None:
    """Some text is not ASCII, in both of the ways JSON can spell it."""
    lines = list(event_lines(2_000))
    assert any(not line.isascii() for line in lines)
    assert any("\\ud83c\\udf89" in line for line in lines)
    assert any("🎉" in line for line in lines)


@pytest.mark.parametrize("dirty", [0.01, 0.2])
def test_share_of_dirty_lines(dirty: float) -> None:
    """As many lines are spoiled as asked for, and every spoiled line is seen by a strict reader."""
    clean, mixed = list(event_lines(10_000)), list(event_lines(10_000, dirty=dirty))
    spoiled = [new for old, new in zip(clean, mixed, strict=True) if new != old]
    assert len(spoiled) / len(mixed) == pytest.approx(dirty, rel=0.25)
    assert not any(map(is_clean, spoiled))


def test_dirt_of_every_kind() -> None:
    """Blank lines, NaN, unknown escapes, lines cut short, names of wrong types, none, and lists."""
    seen = Counter[str]()
    for line in event_lines(3_000, dirty=1):
        assert line.endswith("\n")
        assert line.count("\n") == 1
        try:
            event = json.loads(line)
        except json.JSONDecodeError as error:
            seen["blank" if line == "\n" else error.msg.split(":")[0]] += 1
            continue
        if isinstance(event, list):
            seen["list"] += 1
        elif math.isnan(event.get("score", 0)):
            seen["NaN"] += 1
        else:
            seen[type(event["name"]).__name__ if "name" in event else "no name"] += 1
    assert {"blank", "Invalid \\escape", "NaN", "list", "NoneType", "int", "no name"} <= set(seen)
    # What follows a cut within a text is the line end, which no text may hold.
    assert any(kind.startswith("Invalid control character") for kind in seen)
    assert "str" not in seen


@pytest.mark.parametrize("dirty", [-0.1, 1.5, float("nan")])
def test_a_share_is_between_0_and_1(dirty: float) -> None:
    """Any other share of dirt is refused at the call."""
    with pytest.raises(UsageError, match="between 0 and 1"):
        event_lines(1, dirty=dirty)


def test_no_lines() -> None:
    """Nothing is a size too."""
    assert list(event_lines(0)) == []
