"""Loading names when they are first asked for, and what that leaves to the garbage collector."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TELL = "import gc; print(gc.get_freeze_count() - before, gc.isenabled())"


def frozen_by(code: str, *, first: str = "") -> tuple[int, bool]:
    """How many objects a process that runs ``first``, then ``code`` leaves out of collections, and whether there are any."""
    script = f"{first}\nimport gc; before = gc.get_freeze_count()\n{code}\n{TELL}"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    count, is_on = run.stdout.split()
    return int(count), is_on == "True"


@pytest.mark.parametrize(
    "code",
    [
        "import pannier as pn; pn.read_csv",
        "from pannier import dataframe; dataframe.DataFrame",
        "from pannier.dataframe import read_parquet",
    ],
)
def test_what_pandas_loads_is_not_collected(code: str) -> None:
    """In a script that begins with it; collections go on for what comes later."""
    count, is_on = frozen_by(code)
    assert count > 50_000
    assert is_on


def test_classes_that_cannot_be_looked_at() -> None:
    """What metaclasses of the user's do with hashes and attributes is of no matter."""
    odd = "class M(type):\n    __hash__ = None\n    def __getattr__(self, name): raise OSError\nheld = M('Odd', (), {})()"
    assert frozen_by("import pannier as pn; pn.read_csv", first=odd)[0] > 50_000


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("", "import pannier as pn; pn.read_text, pn.from_sequence, pn.delayed"),
        ("import numpy", "import pannier as pn; pn.read_csv"),
        ("import io; held = io.BytesIO()", "import pannier as pn; pn.read_csv"),
        ("held = (i for i in [1]); next(held)", "import pannier as pn; pn.read_csv"),
        ("class Held:\n    def __del__(self): pass\nheld = Held()", "import pannier as pn; pn.read_csv"),
    ],
    ids=["bags", "arrays", "stream", "generator", "finalizer"],
)
def test_what_users_have_is_collected(first: str, code: str) -> None:
    """Nothing is left out where arrays may be there, or what ends with the process; or where pandas is not loaded."""
    assert frozen_by(code, first=first) == (0, True)


def test_who_collects_by_hand_goes_on_to() -> None:
    """A collector that is off stays off, and nothing is left out."""
    assert frozen_by("import pannier as pn; pn.read_csv", first="import gc; gc.disable()") == (0, False)


@pytest.mark.parametrize(("chosen", "seen"), [(None, "20"), ("8", "8")])
def test_threads_of_openblas_rest_while_pandas_loads(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, seen: str
) -> None:
    """Unless the user has said how long they look for work; whatever starts later goes by what the user says."""
    monkeypatch.delenv("OPENBLAS_THREAD_TIMEOUT", raising=False)
    if chosen is not None:
        monkeypatch.setenv("OPENBLAS_THREAD_TIMEOUT", chosen)
    script = """
import os, sys
import pannier as pn
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print(os.environ.get("OPENBLAS_THREAD_TIMEOUT"))
sys.meta_path.insert(0, Watch())
pn.read_csv
print(os.environ.get("OPENBLAS_THREAD_TIMEOUT"))
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [seen, str(chosen)]


@pytest.mark.parametrize("order", ["{open}; {load}", "{load}; {open}"])
def test_files_that_were_never_closed_are_written(tmp_path: Path, order: str) -> None:
    """A file that only a cycle of objects holds has what was written to it when the process ends."""
    path = tmp_path / "out.txt"
    opened = f"log = type('Log', (), {{}})(); log.file = open({str(path)!r}, 'w'); log.itself = log; log.file.write('x')"
    script = order.format(open=opened, load="import pannier as pn; pn.read_csv")
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
    assert path.read_text() == "x"
