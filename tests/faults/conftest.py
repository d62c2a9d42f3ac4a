"""A function that runs a user's script."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.scripts import Script


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Script]]:
    """A function that starts a script; whatever it is, it leaves no process and no file."""
    scripts: list[Script] = []

    def start(text: str, **environ: str) -> Script:
        scripts.append(Script(tmp_path, text, **environ))
        return scripts[-1]

    yield start
    for script in scripts:
        script.process.kill()
        script.process.communicate()
        script.leaves_nothing()
