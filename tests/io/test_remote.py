"""Reading and writing over real protocols: a web server and an S3 server, both on this machine."""

from __future__ import annotations

import functools
import gzip
import http.server
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

import pannier as pn
from pannier.io.files import find_files
from pannier.io.sink import TextWriter, partition_paths
from pannier.io.text import text_source


def read(source) -> list[Any]:
    return [record for part in source.parts for batch in source.reader(part) for record in batch.records]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves whole files only, as many servers do."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
    fs = fsspec.filesystem("http")
    type(fs).close_session(fs.loop, fs._session)
    fs.clear_instance_cache()


def test_a_web_server_is_streamed(web, tmp_path):
    """A file larger than any block, from a server without ranges, is one partition and complete."""
    (tmp_path / "a.txt").write_bytes(b"line of text\n" * 600_000)
    with gzip.open(tmp_path / "b.json.gz", "wt") as file:
        file.write("{}\n" * 1000)
    source = text_source([f"{web}/a.txt", f"{web}/b.json.gz"], blocksize="1 MB")
    assert len(source.parts) == 2
    assert read(source) == ["line of text\n"] * 600_000 + ["{}\n"] * 1000


def test_a_web_folder_can_be_listed(web, tmp_path):
    """A pattern works where the server shows an index; a missing file is named with its neighbours."""
    for name in ("a.txt", "b.txt", "c.log"):
        (tmp_path / name).write_text(name)
    assert [file.path for file in find_files(f"{web}/*.txt")] == [f"{web}/a.txt", f"{web}/b.txt"]
    with pytest.raises(FileNotFoundError, match=r"did you mean 'a\.txt'"):
        find_files(f"{web}/aa.txt")


@pytest.fixture(scope="module")
def s3() -> Iterator[dict[str, Any]]:
    moto = pytest.importorskip("moto.server")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = {"key": "key", "secret": "secret", "endpoint_url": f"http://{host}:{port}"}
    fs = fsspec.filesystem("s3", **options)
    fs.mkdir("bucket")
    yield options
    fs.close_session(fs.loop, fs._s3)
    fs.clear_instance_cache()
    server.stop()


def test_a_bucket_is_written_and_read(s3):
    """Partitions written to a bucket are found by pattern and by folder, and read back."""
    paths = partition_paths("s3://bucket/out/part-*.json.gz", 3)
    writer = TextWriter(storage_options=s3, last_endline=True)
    assert [writer([f"{i}"] * 10, path) for i, path in enumerate(paths)] == paths
    for path in ("s3://bucket/out/*.json.gz", "s3://bucket/out"):
        source = text_source(path, storage_options=s3, include_path=True)
        assert read(source) == [(f"{i}\n", path) for i, path in enumerate(paths) for _ in range(10)]


def test_a_large_object_is_read_in_blocks(s3):
    """An object is written in several uploads and read in blocks cut at lines."""
    lines = [f"{i:099}\n" for i in range(120_000)]
    path = TextWriter(storage_options=s3)(lines, "s3://bucket/large.txt")
    source = text_source(path, storage_options=s3, blocksize="3 MB")
    assert len(source.parts) == 4
    assert read(source) == lines


@pytest.mark.parametrize("count", [10, 80_000])
def test_a_failed_upload_leaves_nothing(s3, count):
    """When making the records fails, neither an object nor a started upload stays."""

    def records():
        yield from ["x" * 99] * count
        raise KeyError("user")

    with pytest.raises(KeyError, match="user"):
        TextWriter(storage_options=s3)(records(), "s3://bucket/half/a.txt")
    fs = fsspec.filesystem("s3", **s3)
    fs.invalidate_cache()
    assert fs.find("bucket/half") == []
    assert not fs.call_s3("list_multipart_uploads", Bucket="bucket").get("Uploads")


def test_an_object_that_changed_has_another_name(s3):
    """The entity tag of an object is part of what a read is called."""
    path = TextWriter(storage_options=s3)(["a"], "s3://bucket/named.txt")
    name = text_source(path, storage_options=s3).name
    assert text_source(path, storage_options=s3).name == name
    TextWriter(storage_options=s3)(["b"], path)
    assert text_source(path, storage_options=s3).name != name


def test_an_object_that_is_gone_is_named(s3):
    """Of a frame whose objects were listed before; it is not said to be damaged."""
    whole = pd.DataFrame({"x": range(10)})
    pn.from_pandas(whole, npartitions=2).to_parquet("s3://bucket/gone", storage_options=s3)
    listed = pn.read_parquet("s3://bucket/gone", storage_options=s3)
    pd.testing.assert_frame_equal(listed.compute(scheduler="sync"), whole)
    fsspec.filesystem("s3", **s3).rm("bucket/gone/part.1.parquet")
    with pytest.raises(
        FileNotFoundError, match=r"no such file any more: 's3://bucket/gone/part\.1\.parquet'"
    ):
        listed.compute(scheduler="sync")


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_overwriting_that_fails_leaves_a_folder_as_it_was(s3, scheduler):
    """Nothing of the new files stays in the bucket, and the old ones are those there were."""
    folder, whole = f"s3://bucket/over-{scheduler}", pd.DataFrame({"x": range(12)})
    lazy = pn.from_pandas(whole, npartitions=4)
    lazy.to_parquet(folder, storage_options=s3)

    def fail(block):
        if block.x.max() == 11:
            raise ValueError("user")
        return block

    failing = lazy.map_partitions(fail, meta=lazy._meta)
    with pytest.raises(ValueError, match="user"):
        failing.to_parquet(
            folder, overwrite=True, storage_options=s3, compute_kwargs={"scheduler": scheduler}
        )
    fs = fsspec.filesystem("s3", **s3)
    fs.invalidate_cache()
    assert sorted(fs.find(folder)) == [f"{folder.removeprefix('s3://')}/part.{i}.parquet" for i in range(4)]
    pd.testing.assert_frame_equal(pn.read_parquet(folder, storage_options=s3).compute(), whole)


@pytest.mark.parametrize("verb", ["to_parquet", "to_csv", "to_orc"])
def test_a_bucket_is_not_made_by_writing(s3, verb):
    """One that is not there is an error that names it, and what was written where."""
    lazy = pn.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
    with pytest.raises(FileNotFoundError) as raised:
        getattr(lazy, verb)("s3://typo/x", storage_options=s3)
    notes = " ".join(raised.value.__notes__)
    assert "there is no bucket 'typo'; make it first" in notes
    assert "while writing s3://typo/x/" in notes
    buckets = fsspec.filesystem("s3", **s3).call_s3("list_buckets")["Buckets"]
    assert [each["Name"] for each in buckets] == ["bucket"]
