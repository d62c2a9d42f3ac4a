"""What is installed is whole, typed, light to import and needs only what it says it needs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import pannier

ROOT = Path(__file__).parents[1]
HEAVY = {"numpy", "pandas", "pyarrow", "fsspec", "rich", "cloudpickle", "aiohttp"}
WRITTEN = {".py", ".pyi", ".html", ".css", ".js"}
STANDARD = sys.stdlib_module_names | {"pannier", "__main__"}


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    """The ``project`` table of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def loaded_by(code: str) -> set[str]:
    """The modules of a fresh process that has run ``code``."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_import_is_light() -> None:
    """``import pannier`` loads none of the heavy dependencies; they come with their first use."""
    assert HEAVY.isdisjoint(loaded_by("import pannier"))


@pytest.mark.parametrize("name", ["DataFrame", "Series", "read_csv", "from_pandas"])
def test_names_of_frames_load_no_kernels(name: str) -> None:
    """The classes of frames, and readers, load no verb's kernel, file format or shuffle before they are called."""
    loaded = loaded_by(f"from pannier import dataframe; dataframe.{name}")
    in_packages = {
        module
        for module in loaded
        if module.rpartition(".")[0] in {"pannier.kernels.frames", "pannier.shuffle", "pannier.io"}
    }
    assert in_packages <= {"pannier.kernels.frames.allocation", "pannier.kernels.frames.base"}


def test_a_small_job_loads_what_it_needs(tmp_path: Path) -> None:
    """Groups of one small file need no shuffle, no other format, no process, and no file systems of Arrow."""
    (tmp_path / "small.csv").write_text("k,v\na,1\nb,2\na,3\n")
    read = f"pn.read_csv({str(tmp_path / 'small.csv')!r})"
    loaded = loaded_by(f"import pannier as pn; {read}.groupby('k').v.mean().compute()")
    assert "pannier.kernels.frames.grouping" in loaded
    assert loaded.isdisjoint(
        {
            "fsspec",
            "pannier.collections.bag.bag",
            "pannier.io.parquet",
            "pannier.kernels.frames.merging",
            "pannier.schedulers.multiprocessing",
            "pannier.shuffle.frames",
            "pyarrow.dataset",
            "pyarrow.parquet",
        }
    )


def test_groups_by_close_numbers_load_no_engine() -> None:
    """Keys that address their groups need no engine of Arrow's, which takes 20 ms to load, when partials meet either."""
    made = "pn.from_pandas(pd.DataFrame({'k': np.arange(400_000) % 40_000, 'v': 1.0}), npartitions=4)"
    loaded = loaded_by(
        f"import numpy as np, pandas as pd, pannier as pn; {made}.groupby('k').v.mean().compute()"
    )
    assert "pannier.kernels.frames.arrowgroups" in loaded
    assert "pyarrow.acero" not in loaded


def test_a_worker_starts_light() -> None:
    """A worker process loads what its tasks need, and before the first one neither kernels nor plans."""
    loaded = loaded_by("import pannier.schedulers.multiprocessing.worker")
    assert HEAVY.isdisjoint(loaded - {"cloudpickle"})
    assert not [
        name for name in loaded if name.startswith(("pannier.kernels.", "pannier.plan.", "pannier.io."))
    ]


def test_every_public_name_exists() -> None:
    """Each name the package announces is there, and announced once."""
    assert len(set(pannier.__all__)) == len(pannier.__all__)
    for name in pannier.__all__:
        assert getattr(pannier, name) is not None
    assert set(pannier.__all__) <= set(dir(pannier))


def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """All modules, stubs and pages, and the marker of a typed package are in the wheel; tests and benchmarks are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert "pannier/py.typed" in names
    written = {path for path in (ROOT / "pannier").rglob("*") if path.suffix in WRITTEN}
    assert {path.suffix for path in written} == WRITTEN
    assert {name for name in names if Path(name).suffix in WRITTEN} == {
        path.relative_to(ROOT).as_posix() for path in written
    }
    assert all(name.startswith("pannier/") for name in names)


def test_versions_agree(wheel: Path) -> None:
    """The wheel's version is the one the package tells."""
    assert wheel.name.split("-")[1] == pannier.__version__


def test_third_parties_are_declared(project: dict[str, Any]) -> None:
    """What the package imports is a dependency or an extra in pyproject.toml."""
    imported = {
        name.split(".")[0]
        for path in (ROOT / "pannier").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom) and node.module
            else []
        )
    }
    requirements = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {re.split(r"[^\w-]", requirement)[0].replace("-", "_") for requirement in requirements}
    assert imported - STANDARD <= declared | {"numpy"}, "numpy comes with pandas"
