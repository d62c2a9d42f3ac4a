"""The page of profiles."""

from __future__ import annotations

import html
import itertools
import json
import re
import webbrowser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pannier.diagnostics import CacheProfiler, Profiler, ResourceProfiler, visualize
from pannier.diagnostics.profile.cache import CacheData
from pannier.diagnostics.profile.curves import MOST_POINTS, alive, sampled, scale, thinned
from pannier.diagnostics.profile.recorder import RunData
from pannier.diagnostics.profile.resources import ResourceData
from pannier.diagnostics.profile.tasks import TaskData
from pannier.errors import UsageError
from pannier.schedulers import sync

RUN = RunData(1, 10.0, 20.0, 2, None)


def profiled(tasks: list[TaskData]) -> Profiler:
    profile = Profiler()
    profile.results, profile.runs = tasks, [RUN]
    return profile


def pictures(page: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def test_bars_stand_where_tasks_ran() -> None:
    """As wide as they took, on the lane of their worker, in the colour of their stage."""
    tasks = [
        TaskData("load-1", "load", 11.0, 15.0, 0, None, 1),
        TaskData("add", "add", 15.0, 20.0, 1, 1536, 1),
    ]
    page = visualize(profiled(tasks), filename=None).html
    (picture,) = pictures(page)
    groups = {group.get("data-stage"): group for group in picture.iter("g") if group.get("data-stage")}
    assert groups.keys() == {"load", "add"}
    (load,), (add,) = groups["load"], groups["add"]
    assert (load.get("x"), load.get("width")) == ("100000", "400000")
    assert (add.get("x"), add.get("width")) == ("500000", "500000")
    assert float(load.get("y", "")) < float(add.get("y", ""))
    assert groups["add"].get("style") != groups["load"].get("style")
    assert add.get("data-t") == "'add'\n5 s, from 5 s\nresult 1.5 KiB"


def test_the_page_needs_nothing_else() -> None:
    """No address is in it, and names of the user cannot become markup or script."""
    evil = '</script><script>alert(1)</script>"{{title}}'
    page = visualize(profiled([TaskData(evil, evil, 11.0, 12.0, 0, None, 1)]), filename=None).html
    assert not re.search(r"(?:src|href)\s*=|https?://|@import|url\(", page)
    assert page.count("</script>") == 1
    assert html.escape(evil) in page


def test_a_large_run_is_a_small_page() -> None:
    """100,000 tasks take less than a megabyte, their results and samples among them."""
    n = 100_000
    tasks, results, samples = Profiler(), CacheProfiler(), ResourceProfiler()
    at = [10 + 10 * i / n for i in range(n + 1)]
    tasks.results = [TaskData(("x", i), "x" * 100, at[i], at[i + 1], i % 2, i, 1) for i in range(n)]
    results.results = [CacheData(("x", i), "x", i % 977, at[i], at[i + 1], 1) for i in range(n)]
    samples.results = [ResourceData(at[i + 1], i, i % 200, 10 / n) for i in range(n)]
    for each in (tasks, results, samples):
        each.runs = [RUN]
    page = visualize([tasks, samples, results], filename=None).html
    assert len(page) < 1_000_000
    assert len(pictures(page)) == 4
    assert "100,000 tasks in 10 s" in page
    peaks = [
        max(value or 0 for _, value in json.loads(points))
        for points in re.findall(r'data-points="(.*?)"', page)
    ]
    assert peaks == [199, n - 1, 976]


def test_curves() -> None:
    """Samples hold for the time before them, with nothing between runs; living results add up."""
    samples = [
        ResourceData(1.0, 5, 50.0, 1.0),
        ResourceData(2.0, 6, 60.0, 1.0),
        ResourceData(9.0, 7, 70.0, 1.0),
    ]
    values = [sample.cpu for sample in samples]
    assert sampled(samples, values) == [(0.0, 50.0), (1.0, 60.0), (2.0, None), (8.0, 70.0), (9.0, None)]
    lives = [
        CacheData("a", "a", 2, 1.0, 3.0, 1),
        CacheData("b", "b", 5, 2.0, 4.0, 1),
        CacheData("c", "c", 1, 3.0, 4.0, 1),
    ]
    assert alive(lives, 0.0) == [(0.0, 0.0), (1.0, 2), (2.0, 7), (3.0, 6), (4.0, 0)]


def test_thinned_curves_keep_their_extremes() -> None:
    """A peak of one point among 100,000 is still there, and so are gaps."""
    points: list[tuple[float, float | None]] = [(float(i), 1.0) for i in range(100_000)]
    points[54_321] = (54_321.0, 99.0)
    points[70_000] = (70_000.0, None)
    kept = thinned(points)
    assert len(kept) <= MOST_POINTS
    assert (54_321.0, 99.0) in kept
    assert (70_000.0, None) in kept
    assert kept == sorted(kept, key=lambda point: point[0])
    assert (kept[0], kept[-1]) == (points[0], points[-1])


@pytest.mark.parametrize("unit", ["percent", "bytes", ""])
@pytest.mark.parametrize("top", [0.0, 0.3, 1.0, 99.0, 401.0, 1e6, 3.7e10])
def test_marks_hold_what_is_drawn(unit: str, top: float) -> None:
    """From 0 to the largest value or more, few, at equal distances."""
    marks = scale(top, unit)
    assert marks[0] == 0
    assert marks[-1] >= top
    assert 2 <= len(marks) <= 6
    assert {round((b - a) / marks[1], 6) for a, b in itertools.pairwise(marks)} == {1.0}


def test_files_and_browsers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is written where it was asked for, and opened where there is a screen and nobody refused."""
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")
    with Profiler() as profile:
        sync.get({"x": (int, "1")}, "x")
    path = tmp_path / "a page.html"
    page = profile.visualize(path)
    assert path.read_text(encoding="utf-8") == page.html
    assert opened == [path.as_uri()]
    profile.visualize(path, show=False)
    profile.visualize(None)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    profile.visualize(path)
    assert len(opened) == 1
    assert repr(page) == f"<Page of {page.title}, in {str(path)!r}; notebooks show it>"


def test_a_notebook_shows_the_page_apart() -> None:
    """In a frame of its own, so that its styles and the notebook's do not meet."""
    with Profiler() as profile:
        sync.get({"x": (int, "1")}, "x")
    page = profile.visualize(None)
    shown = page._repr_html_()
    assert html.unescape(shown.partition('srcdoc="')[2].partition('"')[0]) == page.html


@pytest.mark.parametrize(
    ("profilers", "said"),
    [
        (Profiler(), "nothing was recorded"),
        ([], "nothing was recorded"),
        (["profile"], "not 'profile'"),
        (7, "not 7"),
    ],
)
def test_nothing_to_show(profilers: Any, said: str) -> None:
    """A profiler that recorded no run, and what is none, are refused in words."""
    with pytest.raises(UsageError, match=said):
        visualize(profilers, filename=None)


def test_each_profiler_alone() -> None:
    """Any one of them has a page of its own."""
    for kind in (Profiler, ResourceProfiler, CacheProfiler):
        with kind() as profile:
            sync.get({"x": (int, "1")}, "x")
        assert pictures(profile.visualize(None).html)


def test_a_run_without_tasks() -> None:
    """Has a page, too."""
    with Profiler() as tasks, CacheProfiler() as results:
        sync.get({"x": 1}, "x")
    assert visualize([tasks, results], filename=None).title.startswith("0 tasks in")
