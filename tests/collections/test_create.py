"""Where bags come from."""

from __future__ import annotations

import io
import tracemalloc
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
from pannier import config
from pannier.errors import UsageError
from pannier.testing.assertions import no_compute


class TestFromSequence:
    """Values that are in memory already."""

    @pytest.mark.parametrize(
        ("records", "options", "lengths"),
        [
            (range(5), {"npartitions": 2}, [2, 3]),
            (range(2), {"npartitions": 4}, [0, 1, 0, 1]),
            (range(5), {"partition_size": 2}, [2, 2, 1]),
            (range(4), {"partition_size": 9}, [4]),
            (range(3), {}, [1, 1, 1]),
            ([], {}, [0]),
            ([], {"npartitions": 3}, [0, 0, 0]),
            ([], {"partition_size": 3}, [0]),
        ],
    )
    def test_partitions(self, records: Any, options: dict[str, int], lengths: list[int]) -> None:
        """As many as asked for, or of that size; by default one for each of few records."""
        bag = pn.from_sequence(records, **options)
        assert [len(part) for part in bag.glom().compute()] == lengths
        assert bag.compute() == list(records)

    def test_default_is_about_a_hundred(self) -> None:
        """However many records there are."""
        assert pn.from_sequence(range(100_000)).npartitions == 100

    def test_any_iterable(self) -> None:
        """Generators, sets, dicts (their keys) and texts; the bag keeps what they gave."""
        walk: Iterator[int] = (x for x in range(3))
        bag = pn.from_sequence(walk)
        assert bag.compute() == bag.compute() == [0, 1, 2]
        assert pn.from_sequence({"a": 1, "b": 2}).compute() == ["a", "b"]
        assert sorted(pn.from_sequence({2, 1}).compute()) == [1, 2]
        assert pn.from_sequence("ab").compute() == ["a", "b"]

    def test_the_list_stays_the_users(self) -> None:
        """What is done to it later does not change the bag, nor does the answer belong to the bag."""
        records = [1, 2, 3]
        bag = pn.from_sequence(records, npartitions=1)
        records.append(4)
        bag.compute().append(5)
        assert bag.compute() == [1, 2, 3]

    def test_options_that_contradict(self) -> None:
        """Both kinds of size, or one below 1."""
        for options in ({"npartitions": 1, "partition_size": 1}, {"npartitions": 0}, {"partition_size": -1}):
            with pytest.raises(UsageError):
                pn.from_sequence([1], **options)


class TestRange:
    """Numbers, without a list of them."""

    def test_it_is_that_of_the_builtin(self) -> None:
        """From 0, in as many partitions as asked for."""
        bag = pn.range(10, npartitions=3)
        assert (bag.npartitions, bag.compute()) == (3, list(range(10)))

    def test_large_ones_cost_nothing(self) -> None:
        """Numbers are made where they are needed."""
        bag = pn.range(10**15, npartitions=10**4)
        assert bag.take(2) == [0, 1]
        tracemalloc.start()
        try:
            assert pn.range(100_000, 2).filter(lambda x: x % 2).count().compute() == 50_000
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()


class TestFromDelayed:
    """Partitions made by functions of one's own."""

    def test_each_value_is_a_partition(self) -> None:
        """Lists and other iterables of records; one value alone is one partition."""
        parts = [pn.delayed(list)("ab"), pn.delayed(tuple)("c"), pn.delayed(lambda: (x for x in "de"))()]
        with no_compute():
            bag = pn.from_delayed(parts)
        assert (bag.npartitions, bag.glom().compute()) == (3, [["a", "b"], ["c"], ["d", "e"]])
        assert pn.from_delayed(pn.delayed(sorted)("ba")).compute() == ["a", "b"]
        assert pn.from_delayed([]).compute() == []

    def test_a_value_that_is_not_delayed(self) -> None:
        """The error says how to wrap it."""
        with pytest.raises(UsageError, match=r"takes delayed values, not \[1\]; wrap it: delayed\(value\)"):
            pn.from_delayed([[1]])

    def test_a_value_that_is_no_partition(self) -> None:
        """It is one record: a number, a text or a dict."""
        parts = [pn.delayed(value) for value in (3, "ab", {"a": 1}, [4, 5])]
        assert pn.from_delayed(parts).compute() == [3, "ab", {"a": 1}, 4, 5]


class TestFromUrl:
    """Lines of what a web server returns."""

    def test_nothing_is_fetched_before_it_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """One partition a URL, lines as bytes."""
        asked: list[str] = []

        def urlopen(url: str) -> io.BytesIO:
            asked.append(url)
            return io.BytesIO(f"from {url}\nend".encode())

        monkeypatch.setattr("urllib.request.urlopen", urlopen)
        bag = pn.from_url(["http://a", "http://b"])
        assert (bag.npartitions, asked) == (2, [])
        assert bag.compute() == [b"from http://a\n", b"end", b"from http://b\n", b"end"]
        assert pn.from_url("http://c").take(1) == [b"from http://c\n"]

    def test_what_cannot_be_fetched(self, tmp_path: Path) -> None:
        """The error is that of the library, with the task."""
        with pytest.raises(urllib.error.URLError) as caught:
            pn.from_url(f"file://{tmp_path}/missing").compute()
        assert "from_url" in caught.value.__notes__[-1]


class TestReadText:
    """Files of lines; the reader itself is tested with ``pannier.io``."""

    def test_a_collection_or_a_list(self, tmp_path: Path) -> None:
        """``collection=False`` gives a delayed value a partition."""
        for name in "ab":
            (tmp_path / f"{name}.txt").write_text(f"{name}1\n{name}2\n")
        bag = pn.read_text(str(tmp_path / "*.txt"), files_per_partition=1)
        assert bag.glom().compute() == [["a1\n", "a2\n"], ["b1\n", "b2\n"]]
        parts = pn.read_text(tmp_path, files_per_partition=1, collection=False)
        assert [part.compute(scheduler="sync") for part in parts] == [["a1\n", "a2\n"], ["b1\n", "b2\n"]]

    def test_the_setting_is_the_default(self, tmp_path: Path) -> None:
        """``blocksize`` comes from the configuration unless it is given; None is one partition a file."""
        path = tmp_path / "a.txt"
        path.write_text("0123456\n" * 100)
        assert pn.read_text(path).npartitions == 1
        with config.set(blocksize="100 B"):
            assert pn.read_text(path).npartitions == 8
            assert pn.read_text(path, blocksize=400).npartitions == 2
            assert pn.read_text(path, blocksize=None).npartitions == 1

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        """Nothing matches: known when building, with the pattern."""
        with no_compute(), pytest.raises(FileNotFoundError, match="nothing-like-this"):
            pn.read_text(str(tmp_path / "nothing-like-this-*.txt"))

    def test_files_that_changed_are_other_work(self, tmp_path: Path) -> None:
        """Names are made of what was there when the files were listed."""
        path = tmp_path / "a.txt"
        path.write_text("1\n")
        before = pn.read_text(path)
        assert before.name == pn.read_text(path).name
        path.write_text("2\n3\n")
        assert before.name != pn.read_text(path).name


class TestCombining:
    """Functions of several bags."""

    def test_concat(self) -> None:
        """The partitions of all, in order, whatever their kinds."""
        bags = [pn.range(2, 2), pn.from_sequence("ab", npartitions=1), pn.range(0, 1)]
        both = pn.concat(iter(bags))
        assert (both.npartitions, both.compute()) == (4, [0, 1, "a", "b"])
        assert pn.concat(bags[:1]).compute() == [0, 1]

    def test_zip_and_map(self) -> None:
        """Records side by side; a bag may be there twice, and values between bags."""
        bag = pn.range(3, 2)
        assert pn.zip(bag, bag.map(str), bag).compute() == [(0, "0", 0), (1, "1", 1), (2, "2", 2)]
        assert pn.map(pow, bag, 2).compute() == [0, 1, 4]
        assert pn.map(pow, 2, bag).compute() == [1, 2, 4]
        assert pn.map(dict, a=bag, b=bag.max(), c=bag).take(1) == [{"a": 0, "b": 2, "c": 0}]

    def test_map_partitions(self) -> None:
        """Partitions side by side."""
        bag = pn.range(4, 2)
        made = pn.bag.map_partitions(lambda a, b, n: [sum(a), sum(b), n], bag, bag.map(abs), n=bag.sum())
        assert made.compute() == [1, 1, 6, 5, 5, 6]
