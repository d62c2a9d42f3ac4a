"""How the examples of these pages run: in an empty folder, and in this process where they do not say otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from pannier import config

collect_ignore = [] if find_spec("docutils") else ["pictures.py"]  # it needs what the pages are built with


@pytest.fixture(autouse=True)
def _page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with config.set(scheduler="sync"):
        yield
