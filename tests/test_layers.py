"""The house rules that a reader could not check by eye."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "pannier").rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything that is imported under ``tree``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def test_imports_point_down() -> None:
    """The contracts in pyproject.toml hold: a layer imports only from those below it."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_import_of_the_package_hides_in_a_function(path: Path) -> None:
    """What a module needs of the package stands at its top; only heavy third parties load late."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    hidden = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for function in functions
        for line, name in imports(function)
        if name.split(".")[0] == "pannier"
    ]
    assert not hidden


def test_files_stay_readable() -> None:
    """No module passes 400 lines, and none is named for not knowing what it is."""
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in MODULES
        if (lines := path.read_text(encoding="utf-8").count("\n")) > 400
    }
    assert not too_long
    assert not [path for path in MODULES if path.stem in {"util", "utils", "helpers", "misc", "common"}]


def test_every_folder_is_a_package() -> None:
    """A folder without ``__init__.py`` would be left out by linters and type checkers."""
    folders = {path.parent for path in MODULES}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]
