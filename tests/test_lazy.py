"""Modules of a package that load when they are first named."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = [
    path.parent.relative_to(ROOT).as_posix().replace("/", ".")
    for path in sorted((ROOT / "pannier").rglob("__init__.py"))
    if "import submodules" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_an_attribute_of_its_package(package: str) -> None:
    """Importing the package is enough to name any of its modules."""
    loaded = importlib.import_module(package)
    for _, name, _ in pkgutil.iter_modules(loaded.__path__):
        if name != "__main__":
            assert getattr(loaded, name) is importlib.import_module(f"{package}.{name}")


def test_what_is_no_module_is_no_attribute() -> None:
    """A name that is not there is a usual AttributeError, so that ``hasattr`` works."""
    package = importlib.import_module("pannier.kernels.frames")
    assert not hasattr(package, "mergers")
    with pytest.raises(AttributeError, match=r"'pannier\.kernels\.frames' has no attribute 'mergers'"):
        package.mergers  # noqa: B018


def test_a_module_that_cannot_be_imported_says_what_is_missing(tmp_path: Path) -> None:
    """A module that is there, and imports what is not, raises its own error, not AttributeError."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text(
        "from pannier.lazy import submodules\n__getattr__ = submodules(__name__)\n"
    )
    (tmp_path / "shop" / "till.py").write_text("import no_such_module\n")
    code = "import sys; sys.path.insert(0, sys.argv[1]); import shop; shop.till"
    command = [sys.executable, "-c", code, str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "No module named 'no_such_module'" in run.stderr.splitlines()[-1]
