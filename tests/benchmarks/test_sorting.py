"""The benchmark of a sort, at toy size."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import sorting


def test_toy_sorts(capsys: pytest.CaptureFixture[str]) -> None:
    """Files sorted by pannier and in one process say the same."""
    assert sorting.main(["--toy", "--leave-out", "PySpark"]) == 0
    printed = capsys.readouterr().out
    assert "| sorted, one process " in printed
    assert "time x cores" in printed


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [("1\ta\n3\tc\n2\tb\n", "not sorted: 2 after 3"), ("1\ta\n2\tb\n", "2 records, not 3")],
)
def test_files_that_are_wrong(tmp_path: Path, lines: str, verdict: str) -> None:
    """Lines out of order, or too few, are told."""
    folder = tmp_path / "sorted"
    folder.mkdir()
    (folder / "part-0.txt").write_text(lines)
    assert sorting.checked(folder, 3).startswith(verdict)


def test_files_that_are_right(tmp_path: Path) -> None:
    """What counts is the lines, not how they are cut into files; names that are no parts do not."""
    digests = []
    for cut in (["1\ta\n", "2\tb\n"], ["1\ta\n2\tb\n", ""]):
        folder = tmp_path / "sorted"
        folder.mkdir()
        for i, lines in enumerate(cut):
            (folder / f"part-{i}").write_text(lines)
        (folder / "_SUCCESS").touch()
        digests.append(sorting.checked(folder, 2))
        assert not folder.exists()
    assert digests[0] == digests[1]
