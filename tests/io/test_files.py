"""Which files a path stands for."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import fsspec
import pytest

from pannier.errors import UsageError
from pannier.io.files import find_files, open_file
from pannier.io.text import text_source

NAMES = ("b.txt", "a.txt", "c.log", "sub/d.txt", "_SUCCESS", ".hidden.txt", "_logs/e.txt", ".git/f.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.fixture
def memory():
    fs = fsspec.filesystem("memory")
    for name in NAMES:
        fs.pipe(f"/data/{name}", name.encode())
    yield fs
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]


def names(found, folder) -> list[str]:
    return [file.path.removeprefix(f"{folder}/") for file in found]


def test_a_pattern_gives_sorted_files(folder):
    """Matches come sorted by name, without hidden ones."""
    assert names(find_files(f"{folder}/*.txt"), folder) == ["a.txt", "b.txt"]
    assert names(find_files(folder / "**/*.txt"), folder) == ["_logs/e.txt", "a.txt", "b.txt", "sub/d.txt"]


def test_a_directory_is_all_data_below_it(folder):
    """Hidden files, markers and what is below such folders are left out."""
    assert names(find_files(folder), folder) == ["a.txt", "b.txt", "c.log", "sub/d.txt"]
    assert names(find_files(f"{folder}/su*"), folder) == ["sub/d.txt"]


def test_a_list_keeps_its_order(folder):
    """Elements are expanded in place; a file named twice is read twice."""
    found = find_files([folder / "c.log", f"{folder}/[ab].txt", folder / "c.log"])
    assert names(found, folder) == ["c.log", "a.txt", "b.txt", "c.log"]


def test_a_name_with_brackets_is_a_name_first(folder, memory):
    """A file whose name looks like a pattern is found under its name."""
    (folder / "x[1].txt").write_text("")
    memory.pipe("/data/x[1].txt", b"")
    assert names(find_files(folder / "x[1].txt"), folder) == ["x[1].txt"]
    assert names(find_files("memory://data/x[1].txt"), "memory://data") == ["x[1].txt"]


def test_paths_are_absolute(folder, monkeypatch):
    """Relative paths, home folders and file URLs become absolute paths: a worker's folder may differ."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    for path in ("a.txt", "./sub/../a.txt", "~/a.txt", f"file://{folder}/a.txt"):
        assert [file.path for file in find_files(path)] == [str(folder / "a.txt")]


def test_sizes_are_known(folder):
    """A file's size comes with its name."""
    assert [file.size for file in find_files(folder)] == [5, 5, 5, 9]


def test_a_remote_listing_is_like_a_local_one(folder, memory):
    """Patterns, directories and sizes mean the same by any protocol."""
    for path in ("", "/*.txt", "/a.txt", "/**/*.txt", "/su*"):
        local, remote = find_files(f"{folder}{path}"), find_files(f"memory://data{path}")
        assert names(local, folder) == names(remote, "memory://data")
        assert [file.size for file in local] == [file.size for file in remote]


def test_chained_protocols_stay(folder, memory):
    """The URL of a file found through a cache goes through the cache again."""
    (found,) = find_files("simplecache::memory://data/a*.txt")
    assert found.path == "simplecache::memory://data/a.txt"
    with open_file(found.path) as file:
        assert file.read() == b"a.txt"


def test_a_file_inside_an_archive_is_read_in_blocks(tmp_path):
    """A member of a zip archive is a file like any other."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x.txt", "one\ntwo\nthree\n")
        archive.writestr("below/y.txt", "four")
    source = text_source(f"zip://*.txt::{tmp_path}/a.zip", blocksize=5)
    assert len(source.parts) == 3
    lines = [line for part in source.parts for batch in source.reader(part) for line in batch.records]
    assert lines == ["one\n", "two\n", "three\n"]


def test_a_new_remote_file_is_seen(memory):
    """A listing is never an old one."""
    assert len(find_files("memory://data/*.txt")) == 2
    memory.pipe("/data/z.txt", b"")
    assert len(find_files("memory://data/*.txt")) == 3


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("{}/aa.txt", "no such file: .*did you mean 'a.txt'"),
        ("{}/*.csv", r"no file matches '.*/\*\.csv'; .* has "),
        ("{}/d.tx*", "no file matches"),
        ("{}/sup/d.txt", "did you mean 'sub'"),
        ("{}/.git", "has no files"),
    ],
)
def test_what_is_missing_is_named_with_what_is_near(folder, memory, path, message):
    """No match is an error that names the pattern and the nearest names there are."""
    if path == "{}/.git":
        (folder / ".git/f.txt").rename(folder / ".git/.f.txt")
        memory.mv("/data/.git/f.txt", "/data/.git/.f.txt")
    with pytest.raises(FileNotFoundError, match=message):
        find_files(path.format(folder))
    if path != "{}/sup/d.txt":
        with pytest.raises(FileNotFoundError, match=message):
            find_files(path.format("memory://data"))


def test_an_empty_directory_is_said_to_be_empty(tmp_path):
    """The message for a pattern in an empty folder says that it is empty."""
    with pytest.raises(FileNotFoundError, match="is empty"):
        find_files(tmp_path / "*.txt")


@pytest.mark.parametrize("path", [[], b"a.txt", 3, "", [3], None])
def test_what_is_no_path_is_refused(path):
    """A wrong type or an empty text or list is a usage error."""
    with pytest.raises(UsageError):
        find_files(path)


def test_an_unknown_protocol_is_named_with_the_nearest():
    """A misspelt protocol gets the one that was meant."""
    with pytest.raises(UsageError, match=r"unknown protocol 'memry'.*; did you mean 'memory'"):
        find_files("memry://data/a.txt")


@pytest.mark.parametrize(
    ("url", "package", "extra"), [("s3://b/a", "s3fs", "s3"), ("http://h/a", "aiohttp", "http")]
)
def test_a_missing_package_for_a_protocol_is_named_with_its_extra(url, package, extra):
    """Without the package that serves a protocol the error says how to install it."""
    code = f"import sys; sys.modules[{package!r}] = None; import pannier.io.files as f; f.find_files({url!r})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr.splitlines()[-1].startswith("ImportError: ")
    assert f"pip install 'pannier[{extra}]'" in run.stderr


def test_links_are_followed_once(folder):
    """A link to a folder is followed; one that leads back does not repeat its files."""
    (folder / "sub/up").symlink_to(folder)
    (folder / "sub/file.txt").symlink_to(folder / "a.txt")
    assert names(find_files(folder / "sub"), folder) == [
        "sub/d.txt",
        "sub/file.txt",
        "sub/up/a.txt",
        "sub/up/b.txt",
        "sub/up/c.log",
    ]


def test_an_unreadable_folder_is_an_error_not_an_empty_one(folder):
    """Files that cannot be listed are not left out in silence."""
    if os.geteuid() != 0:
        (folder / "sub").chmod(0)
        with pytest.raises(PermissionError, match="sub"):
            find_files(folder)
        (folder / "sub").chmod(0o700)
        return
    os.seteuid(65534)
    try:
        with pytest.raises(PermissionError):
            find_files(folder)
    finally:
        os.seteuid(0)
