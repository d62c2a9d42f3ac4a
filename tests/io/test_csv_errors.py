"""What is said of files that cannot be read as asked: which value, where, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pannier as pn


@pytest.mark.parametrize("blocksize", [None, 300])
@pytest.mark.parametrize("bad_row", [0, 7, 150])
@pytest.mark.parametrize(
    ("dtype", "value"),
    [
        ("int64", "x"),
        ("int64", ""),
        ("int64", "2.5"),
        ("uint8", "300"),
        ("uint8", "-1"),
        ("Int64", "2.5"),
        ("Int64", "x"),
        ("float64", "n/o"),
    ],
)
def test_a_value_that_is_not_of_the_type_that_was_said(
    tmp_path: Path, dtype: str, value: str, bad_row: int, blocksize: int | None
) -> None:
    """Is named, with its column and line: not a later one, nor what is right in other columns."""
    lines = [f'{i % 100},"a\nb",7\n' for i in range(200)]
    lines[bad_row] = f'{value},"x",\n'
    path = tmp_path / "a.csv"
    path.write_text("k,t,n\n" + "".join(lines))
    options: dict[str, Any] = {"blocksize": blocksize, "sample": 100, "sample_rows": 2}
    with pytest.raises((ValueError, TypeError)) as caught:
        pn.read_csv(path, dtype={"k": dtype, "n": "float64"}, **options).compute(scheduler="sync")
    shown = repr(value) if value else "nothing"
    said = f"column 'k' has {shown} in line {2 + 2 * bad_row} of the file, which is no {dtype} as dtype= says"
    assert any(str(path) in note and said in note for note in caught.value.__notes__), caught.value.__notes__


def test_a_file_whose_head_is_in_another_encoding(tmp_path: Path) -> None:
    """The file is named, and how to say its encoding."""
    path = tmp_path / "a.csv"
    path.write_bytes("a,größe\n1,2\n".encode("cp1252"))
    with pytest.raises(UnicodeDecodeError) as caught:
        pn.read_csv(path)
    assert caught.value.__notes__ == [
        f"in read_csv of {path}: the file is not utf-8; pass the encoding= it is in, or encoding_errors='replace'"
    ]
    assert [*pn.read_csv(path, encoding="cp1252").columns] == ["a", "größe"]
