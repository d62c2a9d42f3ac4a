"""What the code of a module is: its own, and that of what it imports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pannier.resume.code import Modules, UnknownContentError

MODULES = {
    "shop/__init__.py": "from shop.prices import price\n",
    "shop/prices.py": "from . import taxes\nfrom .data.rates import RATE\ndef price(x): return taxes.add(x) * RATE\n",
    "shop/taxes.py": "def add(x):\n    from shop import late\n    return late.add(x)\n",
    "shop/late.py": "import shop.prices\ndef add(x): return x + 1\n",
    "shop/data/rates.py": "RATE = 2\n",
    "shop/unused.py": "x = 1\n",
    "alone.py": "import json\nimport os.path\n",
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with relative imports, an import inside a function, a cycle and a folder without ``__init__``."""
    for name, text in MODULES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in ("shop", "alone")]:
        del sys.modules[name]


def digest(name: str) -> bytes:
    return Modules().digest(name)


@pytest.mark.parametrize(
    "changed", ["shop/__init__.py", "shop/prices.py", "shop/taxes.py", "shop/late.py", "shop/data/rates.py"]
)
def test_what_is_imported_counts(shop: Path, changed: str) -> None:
    """At the top or inside a function, by an absolute or relative name, and the packages around it."""
    before = digest("shop.prices")
    assert digest("shop.prices") == before
    (shop / changed).write_text(MODULES[changed] + "more = 1\n")
    assert digest("shop.prices") != before


def test_what_is_not_imported_does_not_count(shop: Path) -> None:
    """A neighbour in the package."""
    before = digest("shop.prices")
    (shop / "shop/unused.py").write_text("x = 2\n")
    assert digest("shop.prices") == before


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: "# why\n" + text,
        lambda text: text.replace(": return", ":\n\n    return"),
        lambda text: text + "\n\n",
    ],
)
def test_layout_does_not_count(shop: Path, edit: Callable[[str], str]) -> None:
    """Comments, blank lines, line breaks."""
    before = digest("shop.late")
    (shop / "shop/late.py").write_text(edit(MODULES["shop/late.py"]))
    assert digest("shop.late") == before


def test_nothing_is_imported_by_looking(shop: Path) -> None:
    """A module that would fail, or print, does neither."""
    (shop / "shop/late.py").write_text("raise RuntimeError\n")
    assert digest("shop.prices")
    assert "shop.late" not in sys.modules


def test_a_module_that_does_not_parse(shop: Path) -> None:
    """Counts by its bytes."""
    (shop / "shop/late.py").write_text("def broken(\n")
    before = digest("shop.late")
    (shop / "shop/late.py").write_text("def broken((\n")
    assert digest("shop.late") != before


def test_the_standard_library_and_pannier(shop: Path) -> None:
    """Count by their version, which every fingerprint holds."""
    assert digest("json.decoder") == digest("pannier.kernels.chain") == b"standard"
    assert digest("alone") != b"standard"


def test_installed_packages() -> None:
    """Count by file and version, and are not searched."""
    assert digest("toolz.itertoolz") not in (b"standard", digest("toolz.functoolz"))


def test_what_has_no_file() -> None:
    """Cannot be told."""
    with pytest.raises(UnknownContentError, match="'no_such_module' has no file"):
        digest("no_such_module")
