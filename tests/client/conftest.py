"""A client of two workers, one for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pannier as pn


@pytest.fixture(scope="module")
def client() -> Iterator[pn.Client]:
    with pn.Client(n_workers=2) as client:
        yield client
