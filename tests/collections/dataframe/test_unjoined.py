"""A partition that is made some keys at a time is one frame for all that reads it, and is joined once for an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

import pannier as pn
from pannier.kernels.frames import blocks

LEFT = pd.DataFrame({"k": range(40), "v": range(40)})
RIGHT = pd.DataFrame({"k": range(39, -1, -1), "w": [f"w{i}" for i in range(40)]})
WHOLE = LEFT.merge(RIGHT, on="k")


@pytest.fixture(autouse=True)
def some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the rows of each bucket were many."""
    monkeypatch.setattr("pannier.shuffle.frames._TOGETHER", 1)
    monkeypatch.setattr("pannier.shuffle.routes.PARTITION_BYTES", 1)


@pytest.fixture
def joined() -> Iterator[list[list[Any]]]:
    """What was joined to one block, in turn."""
    found: list[list[Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        own = blocks.blocks_of
        patch.setattr(blocks, "blocks_of", lambda block: found.append(own(block)) or found[-1])
        yield found


def merged() -> Any:
    frames = [pn.from_pandas(frame, npartitions=3) for frame in (LEFT, RIGHT)]
    return frames[0].merge(frames[1], on="k", broadcast=False, npartitions=2)


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("k", ignore_index=True)


def test_an_answer_joins_what_its_partitions_are_made_of(joined: list[list[Any]]) -> None:
    """Once."""
    answer = merged().compute(scheduler="sync")
    assert answer.index.equals(pd.RangeIndex(40))
    assert in_order(answer).equals(WHOLE)
    assert len(joined) == 2
    assert all(len(parts) > 1 for parts in joined)


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_other_schedulers(scheduler: str) -> None:
    """Bring them as they are."""
    assert in_order(merged().compute(scheduler=scheduler)).equals(WHOLE)


def test_what_others_read_is_one_frame(joined: list[list[Any]]) -> None:
    """And made once for all."""
    lazy = merged()
    answer, total = pn.compute(lazy, lazy.v.sum(), scheduler="sync")
    assert in_order(answer).equals(WHOLE)
    assert total == WHOLE.v.sum()
    assert [len(parts) for parts in joined] == [1, 1]


def test_a_partition_is_one_frame() -> None:
    """For whoever takes one by itself."""
    lazy = merged()
    parts = pn.compute(*lazy.to_delayed(), scheduler="sync")
    assert [type(part) for part in parts] == [pd.DataFrame] * 2
    assert in_order(pd.concat(parts)).equals(WHOLE)
    assert all(part.index.equals(pd.RangeIndex(len(part))) for part in parts)
    kept = lazy.persist(scheduler="sync")
    assert sum(kept.map_partitions(len).compute(scheduler="sync")) == 40
    assert in_order(lazy.partitions[1].compute(scheduler="sync")).equals(in_order(parts[1]))


def test_an_answer_in_parts_names_no_blocks_left_unjoined() -> None:
    """With on_error="partial" too."""
    found = merged().compute(scheduler="sync", on_error="partial")
    assert in_order(found.value).equals(WHOLE)


def test_finished_work_is_kept_as_one_frame(tmp_path: Any) -> None:
    """So that any later run can use it."""
    for _ in range(2):
        assert in_order(merged().compute(scheduler="sync", resume=tmp_path)).equals(WHOLE)
