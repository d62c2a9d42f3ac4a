from __future__ import annotations

from collections.abc import Iterator

import pytest

from pannier import config


@pytest.fixture(autouse=True, scope="module")
def in_this_thread() -> Iterator[None]:
    """Thousands of small bags are computed here; other schedulers are asked for by name."""
    with config.set(scheduler="sync"):
        yield


@pytest.fixture(params=["together", "by key"], scope="module")
def shuffled(request: pytest.FixtureRequest) -> Iterator[None]:
    """A few rows stay together, or are treated as if they were many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pannier.shuffle.frames_ranges._TOGETHER", 200)
        if request.param == "by key":
            patch.setattr("pannier.shuffle.frames_ranges._PIECE_ROWS", 2)
            patch.setattr("pannier.shuffle.frames_ranges.PARTITION_BYTES", 200)
            patch.setattr("pannier.shuffle.frames_few._FEW_ROWS", 1)
            patch.setattr("pannier.shuffle.routes.PARTITION_BYTES", 200)
            patch.setattr("pannier.shuffle.frames._WINDOW", 2)
            patch.setattr("pannier.shuffle.frames._PART_ROWS", 1)
            patch.setattr("pannier.shuffle.frames._TOGETHER", 1)
            patch.setattr("pannier.shuffle.frames._TOGETHER_HASHED", 1)
        yield
