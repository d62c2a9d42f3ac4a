"""JSON files that are one document each: an array of records, or a frame in one of pandas' orients."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, ClassVar

import pandas as pd

from pannier.errors import InputError, annotate
from pannier.frozen import frozen
from pannier.io.blocks import whole_pieces
from pannier.io.compression import resolve
from pannier.io.files import open_file
from pannier.kernels.batches import BATCH_RECORDS, Address, Batch, Batches


@frozen
class JsonDocument:
    """The text of a file."""

    compression: str | None = "infer"
    encoding: str = "utf-8"
    errors: str = "strict"
    storage_options: Mapping[str, Any] | None = field(default=None, repr=False)

    def text(self, path: str) -> str:
        """All that is in the file at ``path``; raises UnicodeDecodeError with a note that names it."""
        with open_file(path, self.storage_options) as file:
            data = b"".join(whole_pieces(file, resolve(self.compression, path), path))
        try:
            return data.decode(self.encoding, self.errors)
        except UnicodeDecodeError as error:
            annotate(error, f"in {path}")
            raise


@frozen
class JsonRecords:
    """Reads a file that is an array of records, as a stream of batches."""

    label: ClassVar[str] = "read_json"

    document: JsonDocument

    def __call__(self, part: str) -> Batches:
        return Batches(self._batches(part))

    def _batches(self, path: str) -> Iterator[Batch]:
        try:
            found = json.loads(self.document.text(path))
        except json.JSONDecodeError as error:
            annotate(error, f"in {path}; for a record a line, say lines=True")
            raise
        if not isinstance(found, list):
            raise InputError(
                f"{path}: this is {type(found).__name__}, and orient='records' needs an array of records; say lines=True "
                "for a record a line, or another orient"
            )
        for first in range(0, len(found), BATCH_RECORDS):
            yield Batch(found[first : first + BATCH_RECORDS], _Place(path, first))


@frozen
class _Place:
    """The origin of records of an array."""

    path: str
    first: int

    def locate(self, index: int) -> Address:
        """The address of record number ``index``."""
        return Address(f"record {self.first + index} of {self.path}")


def oriented_frame(
    path: str, document: JsonDocument, orient: str, options: Mapping[str, Any]
) -> pd.DataFrame:
    """The frame that ``pandas.read_json`` makes of the file at ``path``."""
    read: Any = pd.read_json
    made: pd.DataFrame = read(io.StringIO(document.text(path)), orient=orient, **options)
    return made
