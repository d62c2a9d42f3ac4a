"""What is known of the weight of records before they are made."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pannier as pn
from pannier.plan.estimates import estimated_bytes
from pannier.sizes import sizeof
from pannier.testing import no_compute

RECORDS = [{"id": i, "name": f"user-{i}"} for i in range(1000)]


def weight(bag: pn.Bag) -> int | None:
    with no_compute():
        return estimated_bytes(bag.node)


def test_sequences_are_looked_at() -> None:
    """A sample of them; a range is not made for it."""
    exact = sum(map(sizeof, RECORDS))
    found = weight(pn.from_sequence(RECORDS, npartitions=7))
    assert found is not None
    assert exact / 2 < found < exact * 2
    numbers = weight(pn.range(10**12, npartitions=3))
    assert numbers is not None
    assert numbers > 10**13


def test_files_weigh_more_as_records(tmp_path: Path) -> None:
    """Plain or compressed, several times what they are on disk; cut or whole, the same."""
    text = "".join(json.dumps(record) + "\n" for record in RECORDS)
    plain, packed = tmp_path / "a.json", tmp_path / "a.json.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    in_memory = sum(map(sizeof, RECORDS))
    whole = weight(pn.read_text(plain))
    assert whole == weight(pn.read_text(plain, blocksize=10_000))
    for found in (whole, weight(pn.read_text(packed))):
        assert found is not None
        assert in_memory / 4 < found < in_memory * 4


def test_what_is_made_record_by_record() -> None:
    """Weighs what it was made from: nobody runs a function to find out."""
    bag = pn.from_sequence(RECORDS, npartitions=3)
    same = weight(bag)
    assert weight(bag.filter(len).map(dict).key_by(len).map_values(len)) == same
    assert weight(pn.concat([bag, bag.map(len)])) == 2 * (same or 0)
    assert weight(bag.persist(scheduler="sync")) is not None


def test_what_nobody_knows() -> None:
    """Steps that may make many records of one, groups, delayed values, files that are gone."""
    bag = pn.from_sequence(RECORDS, npartitions=3)
    assert weight(bag.flat_map(list)) is None
    assert weight(bag.groupby("id")) is None
    assert weight(bag.frequencies()) is None
    assert weight(bag.map_partitions(list)) is None
    assert weight(pn.from_delayed([pn.delayed(list)("ab")])) is None
    assert weight(pn.concat([bag, bag.flat_map(list)])) is None


def test_files_that_are_gone(tmp_path: Path) -> None:
    """Have no weight, and are an error when they are read."""
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"{}\n"))
    bag = pn.read_text(tmp_path / "a.json.gz")
    (tmp_path / "a.json.gz").unlink()
    assert weight(bag) is None
