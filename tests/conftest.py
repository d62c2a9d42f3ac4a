"""What every test runs under: no settings of the user's, no deadlines, in CI the same examples each time."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None)


def pytest_configure(config: pytest.Config) -> None:
    """Leave the user's settings out, in this process and in those it starts."""
    for name in [name for name in os.environ if name.startswith("PANNIER_")]:
        del os.environ[name]
    os.environ["PANNIER_CONFIG"] = os.devnull
    settings.load_profile("ci" if os.environ.get("CI") else "local")
