"""What every test runs under: no settings of the user's, no deadlines, and the same examples each time.

``HYPOTHESIS_PROFILE=random``, which ``make hunt`` sets, draws others each time.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("fixed", deadline=None, derandomize=True, database=None)
settings.register_profile("random", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Leave the user's settings out, in this process and in those it starts."""
    for name in [name for name in os.environ if name.startswith("PANNIER_")]:
        del os.environ[name]
    os.environ["PANNIER_CONFIG"] = os.devnull
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
