from __future__ import annotations

from collections.abc import Iterator

import pytest

from pannier import config


@pytest.fixture(autouse=True, scope="module")
def in_this_thread() -> Iterator[None]:
    """Small collections are computed here; other schedulers are asked for by name."""
    with config.set(scheduler="sync"):
        yield
