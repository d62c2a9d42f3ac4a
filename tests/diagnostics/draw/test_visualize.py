"""Pictures of tasks and plans, as a user asks for them."""

from __future__ import annotations

import itertools
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.diagnostics import Profiler
from pannier.errors import GraphError, UsageError
from pannier.schedulers.events import observe

SVG = "{http://www.w3.org/2000/svg}"
ENGINES = [
    pytest.param(
        "dot", marks=pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
    ),
    "layered",
]


def load(name: str) -> str:
    return name


def clean(text: str) -> str:
    return text


def total(texts: list[str]) -> int:
    return len(texts)


def pipeline(files: int) -> dict[Any, Any]:
    graph: dict[Any, Any] = {f"load-{i}": (load, f"{i}.data") for i in range(files)}
    graph |= {f"clean-{i}": (clean, f"load-{i}") for i in range(files)}
    return graph | {"total": (total, [f"clean-{i}" for i in range(files)])}


def boxes(picture: Any) -> list[list[str]]:
    """The texts of each box."""
    root = ET.fromstring(picture.svg)
    groups = [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").startswith("box")]
    return [[text.text or "" for text in group.iter(f"{SVG}text")] for group in groups]


def arrows(picture: Any) -> int:
    return picture.svg.count('<path class="arrow"')


def rectangles(picture: Any) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of every box of tasks."""
    found = []
    for group in ET.fromstring(picture.svg).iter(f"{SVG}g"):
        if (group.get("class") or "").startswith("box"):
            *_, last = group.iter(f"{SVG}rect")
            x, y, width, height = (float(last.get(name) or 0) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_a_graph_by_hand(engine: str) -> None:
    """Every task with its function and key, every value, and an arrow for all that is read."""
    picture = pn.visualize({**pipeline(3), "limit": 10, "most": (min, "limit", "total")}, engine=engine)
    assert picture.title == "8 tasks, 1 value"
    assert sorted(boxes(picture)) == sorted(
        [[name, f"{name}-{i}"] for name in ("load", "clean") for i in range(3)]
        + [["total"], ["limit"], ["min", "most"]]
    )
    assert arrows(picture) == 3 + 3 + 2


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("rankdir", ["TB", "BT", "LR", "RL"])
def test_directions(engine: str, rankdir: str) -> None:
    """Arrows go where they are told to."""
    picture = pn.visualize({"a": (load, "x"), "b": (clean, "a")}, engine=engine, rankdir=rankdir)
    a, b = rectangles(picture)
    goes = {"LR": a[2] < b[0], "RL": b[2] < a[0], "TB": a[3] < b[1], "BT": b[3] < a[1]}
    assert [word for word, is_so in goes.items() if is_so] == [rankdir]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: pipeline(7), id="pipeline"),
        pytest.param(lambda: pipeline(100), id="hundreds"),
        pytest.param(lambda: pn.range(1000, 64).map(str).map(len).sum(), id="tree"),
        pytest.param(lambda: pn.range(1000, 12).groupby(str), id="shuffle"),
        pytest.param(lambda: pn.range(9000, 3000).groupby(str).map(len).sum(), id="thousands"),
        pytest.param(lambda: {f"t{i}": (max, *(f"t{j}" for j in (i // 2, i - 1) if j < i)) for i in range(60)}, id="knot"),
        pytest.param(lambda: {f"t{i}": (max, i) for i in range(300)}, id="apart"),
    ],
)  # fmt: skip
def test_boxes_do_not_overlap(engine: str, make: Any) -> None:
    """No box covers another one, and all are inside the picture."""
    picture = pn.visualize(make(), engine=engine)
    places = sorted(rectangles(picture))
    assert places
    width, height = picture.size
    assert all(x >= 0 and y >= 0 and right <= width and bottom <= height for x, y, right, bottom in places)
    for one, other in itertools.combinations(places, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)


@pytest.mark.parametrize("engine", ENGINES)
def test_hundreds_of_tasks_are_readable(engine: str) -> None:
    """All 301 are shown, each told from the others, in letters of at least 9 pixels on a page of 1,200."""
    fan = pn.delayed(total)([pn.delayed(load)(str(i)) for i in range(300)])
    for work in (fan, pipeline(150)):
        picture = pn.visualize(work, engine=engine)
        texts = boxes(picture)
        assert len(texts) == len({tuple(each) for each in texts}) == 301
        letters = min(map(float, re.findall(r'font-size="([\d.]+)"', picture.svg)))
        assert letters * min(1, 1200 / picture.size[0]) >= 9


@pytest.mark.parametrize("engine", ENGINES)
def test_thousands_of_tasks_are_summarized(engine: str) -> None:
    """Some of each stage are shown, the others are counted, and none is lost."""
    picture = pn.visualize(pipeline(2500), engine=engine)
    texts = boxes(picture)
    assert len(texts) < 100
    hidden = [int(match[1].replace(",", "")) for match in re.finditer(r"… ([\d,]+) more<", picture.svg)]
    assert len(hidden) == 2
    assert sum(hidden) + len(texts) - len(hidden) == 5001
    assert picture.size[0] <= 1500


def test_long_chains_are_summarized() -> None:
    """A chain of 5,000 steps shows its start and its end."""
    graph: dict[Any, Any] = {"t-0": 0} | {f"t-{i}": (abs, f"t-{i - 1}") for i in range(1, 5001)}
    picture = pn.visualize(graph)
    assert len(boxes(picture)) < 30
    assert "levels" in picture.svg


@pytest.mark.parametrize("engine", ENGINES)
def test_arrows_past_hundreds_of_levels_are_summarized(engine: str) -> None:
    """A value that each task of a long chain reads: engines would take minutes for its arrows."""
    graph: dict[Any, Any] = {f"t-{i}": (max, f"t-{i - 1}", "limit") for i in range(1, 301)}
    picture = pn.visualize({"limit": 1, "t-0": 0, **graph}, engine=engine)
    assert len(boxes(picture)) < 30


def test_partitions_are_counted_as_people_do() -> None:
    """From left to right, 2 before 10, whichever runs first; and the names of keys do not matter."""
    graph = pipeline(12)
    picture = pn.visualize({**graph, "most": (max, "total")}, rankdir="LR")
    placed = sorted(
        (place[1], texts) for place, texts in zip(rectangles(picture), boxes(picture), strict=True)
    )
    assert [texts[1] for _, texts in placed if texts[0] == "load"] == [f"load-{i}" for i in range(12)]


def test_an_empty_graph() -> None:
    """Is a picture of nothing."""
    assert pn.visualize({}).title == "0 tasks"
    assert pn.visualize({"x": 1}, color="order").title == "1 value"


def test_all_tasks_on_request() -> None:
    """``max_tasks=None`` leaves nothing out."""
    assert len(boxes(pn.visualize(pipeline(300), max_tasks=None))) == 601


def test_a_plan() -> None:
    """Its steps as the user wrote them, or as they will run, and how many partitions each has."""
    bag = pn.range(100, 4).map(str).filter(str.isdigit)
    assert boxes(bag.visualize(tasks=False)) == [["range", "map(str)", "filter(str.isdigit)", "4 partitions"]]
    written = boxes(bag.visualize(tasks=False, optimize_graph=False))
    assert written == [
        ["range", "4 partitions"],
        ["map(str)", "4 partitions"],
        ["filter(str.isdigit)", "4 partitions"],
    ]


def test_what_each_collection_draws() -> None:
    """Of frames it is the plan, of others the tasks, as it is with Dask; both are to be had of each."""
    frame = pn.from_pandas(pd.DataFrame({"x": [1, 2, 3]}), npartitions=3)
    assert frame.visualize().title == "1 step"
    assert frame.visualize(tasks=True).title == "3 tasks"
    assert pn.range(3, 3).visualize().title == "3 tasks"
    assert pn.range(3, 3).sum().visualize().title == "4 tasks"
    assert pn.delayed(load)("x").visualize().title == "1 task"


def test_what_is_shared_is_drawn_once() -> None:
    """Several collections, in containers too, are one picture; what is asked for has a double frame."""
    loaded = pn.delayed(load)("x")
    one, other = pn.delayed(clean)(loaded), pn.delayed(total)([loaded])
    picture = pn.visualize(one, {"other": [other]})
    assert picture.title == "3 tasks"
    assert (
        sum(
            1
            for group in re.findall(r'<g class="box task">(.*?)</g>', picture.svg, re.DOTALL)
            if group.count("<rect") == 2
        )
        == 2
    )


def test_optimization_is_shown_or_not() -> None:
    """What runs by default; what was written with ``optimize_graph=False``."""
    bag = pn.range(10, 2).map(str).map(len)
    assert bag.visualize().title == "2 tasks"
    assert bag.visualize(optimize_graph=False).title == "6 tasks"


def test_colors_by_order() -> None:
    """From first to last, with the place of each task in its box."""
    picture = pn.visualize(pipeline(2), color="order")
    texts = boxes(picture)
    assert sorted(each[-1] for each in texts) == ["#1", "#2", "#3", "#4", "#5"]
    assert [each[0] for each in texts if each[-1] == "#5"] == ["total"]
    assert "runs: first" in picture.svg


@pytest.mark.parametrize("how", ["profiler", "color", "events", "dict"])
def test_colors_by_time(how: str) -> None:
    """Of a profiler, of scheduler events, of a dict: how long each task took stands in its box."""
    graph, events = pipeline(2), []
    with Profiler() as profiler, observe(events.append):
        pn.get(graph, "total", scheduler="sync")
    options: dict[str, Any] = {
        "profiler": {"color": "time", "profile": profiler},
        "color": {"color": profiler},
        "events": {"color": "time", "profile": events},
        "dict": {"color": "time", "profile": dict.fromkeys(graph, 1.5)},
    }[how]
    texts = boxes(pn.visualize(graph, **options))
    assert all(re.fullmatch(r"[\d.]+ (us|ms|s)", each[-1]) for each in texts), texts


def test_a_plan_by_time() -> None:
    """All tasks of a step add up, those of its reduction too."""
    bag = pn.range(100, 10).map(str).map(len).sum()
    with Profiler() as profiler:
        bag.compute(scheduler="sync")
    texts = boxes(bag.visualize(tasks=False, color=profiler))
    assert len(texts) == 2
    assert all(re.fullmatch(r"[\d.]+ (us|ms|s)", each[-1]) for each in texts), texts


def test_times_of_something_else() -> None:
    """A profile that knows none of the tasks is an error, and so is none at all."""
    with pytest.raises(UsageError, match="no time of anything that is drawn"):
        pn.visualize(pipeline(2), color="time", profile={"other": 1.0})
    with pytest.raises(UsageError, match="Profiler"):
        pn.visualize(pipeline(2), color="time")
    with pytest.raises(UsageError, match="a profile is a dict"):
        pn.visualize(pipeline(2), color=7)


def test_values_are_told_from_tasks() -> None:
    """They have another shape, and say what they are."""
    picture = pn.visualize({"x": [1, 2], "y": (sum, "x")})
    assert picture.svg.count('class="box value"') == picture.svg.count('class="box task"') == 1
    assert "[1, 2]" in picture.svg


def test_persisted_partitions_are_values() -> None:
    """What is computed already is no task."""
    kept = pn.range(4, 2).persist(scheduler="sync")
    assert kept.map(str).visualize().title == "2 tasks, 2 values"
    assert kept.visualize().title == "2 values"


def test_any_text_is_drawn() -> None:
    """Keys and values with characters that mean something in XML, and a value whose repr fails."""

    class Rude:
        def __repr__(self) -> str:
            raise RuntimeError

    strange = {"\x1b[2J\x00": (len, "\ud800")}
    picture = pn.visualize({"<&>": Rude(), 'a"b': (load, "<&>"), "読む-1": (len, "<script>"), **strange})
    assert {"<&>", "load", 'a"b', "�[2J�"} <= set(itertools.chain.from_iterable(boxes(picture)))
    assert picture.html().encode()
    assert "<script>" not in picture.html().replace("<script>\n", "")
    assert "Rude instance" in picture.svg


def test_what_cannot_be_drawn() -> None:
    """Errors say what is expected, and near words."""
    with pytest.raises(UsageError, match="nothing to draw"):
        pn.visualize()
    with pytest.raises(UsageError, match="not int"):
        pn.visualize(7)
    with pytest.raises(UsageError, match="did you mean 'order'"):
        pn.visualize(pipeline(1), color="ordr")
    with pytest.raises(UsageError, match="rankdir is 'TB'"):
        pn.visualize(pipeline(1), rankdir="up")
    with pytest.raises(UsageError, match="no engine is named 'neato'"):
        pn.visualize(pipeline(1), engine="neato")
    with pytest.raises(UsageError, match="has no plan"):
        pn.visualize(pipeline(1), tasks=False)
    with pytest.raises(GraphError, match="cycle"):
        pn.visualize({"a": (max, "b"), "b": (max, "a"), "c": (max, 1)})


def test_a_page_is_whole_in_itself() -> None:
    """It holds the picture, and asks no other host or file for anything."""
    picture = pn.visualize(pipeline(2))
    page = picture.html()
    assert picture.svg in page
    assert "{{" not in page
    assert re.findall(r'(?:src|href)="[^"]*"|url\(|@import|https?://(?!www\.w3\.org/2000/svg)', page) == []


def test_every_box_tells_of_itself() -> None:
    """The whole key, the call, and when it runs, for those who point at it."""
    root = ET.fromstring(pn.visualize(pipeline(2)).svg)
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert "task 'load-1'\nload\n" in "\n\n".join(titles)
    assert any("load('1.data')" in title for title in titles)
    assert any("clean(<load-1>)" in title for title in titles)
    assert any("number 5 in the order to run" in title for title in titles)


def test_files(tmp_path: Path) -> None:
    """The format is that of the suffix, else the one that is named, else SVG; nothing is written unasked."""
    graph = pipeline(2)
    before = set(tmp_path.iterdir())
    pn.visualize(graph)
    assert set(tmp_path.iterdir()) == before
    pn.visualize(graph, filename=tmp_path / "a.svg")
    pn.visualize(graph, filename=str(tmp_path / "b"))
    pn.visualize(graph, filename=tmp_path / "c", format="html")
    pn.delayed(load)("x").visualize(tmp_path / "d.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.svg", "b.svg", "c.html", "d.html"]
    assert ET.parse(tmp_path / "a.svg").getroot().tag == f"{SVG}svg"
    assert (tmp_path / "c.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(UsageError, match="did you mean 'png'"):
        pn.visualize(graph, filename=tmp_path / "e.pmg")


def test_png(tmp_path: Path) -> None:
    """Twice as many pixels as the picture has, and not all of them white."""
    pillow = pytest.importorskip("PIL.Image")
    try:
        picture = pn.visualize(pipeline(2), filename=tmp_path / "a.png")
    except UsageError as error:
        if "font" not in str(error):
            raise
        pytest.skip("no monospaced font is installed")
    image = pillow.open(tmp_path / "a.png")
    assert image.size == (2 * picture.size[0], 2 * picture.size[1])
    assert len(image.convert("RGB").getcolors(1_000_000)) > 10


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a renderer there is no PNG, and without an engine no picture: the error names what to install."""
    picture = pn.visualize(pipeline(1))
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(UsageError, match=r"pannier\[draw\]"):
        picture.png()
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("pannier.diagnostics.draw.layout.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pannier\[draw\].*Graphviz"):
        pn.visualize(pipeline(1))


def test_a_font_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A PNG is not drawn without its letters."""
    import resvg_py

    monkeypatch.setattr(resvg_py, "svg_to_bytes", partial(resvg_py.svg_to_bytes, skip_system_fonts=True))
    with pytest.raises(UsageError, match="monospaced font"):
        pn.visualize(pipeline(1)).png()


def test_notebooks_show_it() -> None:
    """As SVG; and at a prompt it says what it is."""
    picture = pn.visualize(pipeline(1))
    assert picture._repr_svg_() == picture.svg
    assert repr(picture).startswith("<Picture of 3 tasks, ")


def test_drawing_computes_nothing() -> None:
    """No run starts."""
    events: list[Any] = []
    with observe(events.append):
        pn.delayed(pytest.fail)("ran").visualize(color="order")
    assert events == []
