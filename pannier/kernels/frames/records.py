"""Records that stream, put down column by column: the first half of making a frame of a bag.

A partition is walked once, a batch at a time.  Each field is a column that keeps values as they were, until it is known
what the whole column is, in all partitions.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, ClassVar, Final

from pannier.errors import InputError
from pannier.frozen import frozen
from pannier.kernels.batches import Partition, batches_of
from pannier.kernels.frames import kinds as of
from pannier.kernels.frames.base import Columns
from pannier.kernels.frames.kinds import type_of
from pannier.kernels.frames.recordcolumns import NOTHING, Column, Piece, kinds_with_gaps
from pannier.kernels.reductions import Reduction

_NAMED: Final = "with fields"
_PLACED: Final = "in places"
_ALONE: Final = "of one value"


@frozen
class Schema:
    """What is in the fields of some records."""

    rows: int = 0
    shape: str = ""
    """What the records are like; empty where there is none."""
    columns: Mapping[Any, int] = field(default_factory=dict)
    """Name to kinds, in the order in which they first appear."""

    def joined(self, other: Schema) -> Schema:
        """This and what comes after it; a field that one of them has not is absent there."""
        if self.shape and other.shape and self.shape != other.shape:
            raise InputError(
                f"some records are {self.shape}, and others {other.shape}: one frame is of records of one shape; "
                "map() them to dicts first"
            )
        names = dict.fromkeys(itertools.chain(self.columns, other.columns))
        columns = {
            name: self.columns.get(name, of.ABSENT if self.rows else 0)
            | other.columns.get(name, of.ABSENT if other.rows else 0)
            for name in names
        }
        return Schema(self.rows + other.rows, self.shape or other.shape, columns)


@frozen
class Table:
    """The records of a partition, column by column."""

    schema: Schema
    columns: Mapping[Any, tuple[Piece, ...]]


@frozen
class Tabulate:
    """Makes a :class:`Table` of records; the sink of the chain that makes them.

    >>> Tabulate()([{"a": 1}, {"a": 2.5, "b": "x"}]).schema.columns == {
    ...     "a": of.INT | of.FLOAT,
    ...     "b": of.TEXT | of.ABSENT,
    ... }
    True
    """

    names: tuple[Any, ...] | None = None
    """The fields to take of records that have names for them, or the names of what is in places."""
    declared: Mapping[Any, int] = field(default_factory=dict)
    """Name to the kinds of the type that a column is declared to be of."""
    casts: Mapping[Any, Callable[[list[Any]], Any]] = field(default_factory=dict)
    """Name to what makes an array of values, for types that have no kinds; it raises :class:`NoPlace`."""
    over_blocks: ClassVar[bool] = False
    label: ClassVar[str] = "to_dataframe"

    def __call__(self, records: Iterable[Any]) -> Table:
        partition = records if isinstance(records, Partition) else Partition(batches_of(records))
        table = _Builder(self)
        for batch in partition.batches():
            try:
                table.add(batch.records)
            except _Misshapen as misshapen:
                partition.blame(batch, misshapen.index)
                raise InputError(str(misshapen)) from None
        return table.whole()


class NoPlace(Exception):
    """Value number ``args[0]`` is none of the type that its column was declared to be of."""


class _Misshapen(Exception):
    """A record of a batch that does not fit beside others."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


class _Builder:
    """The columns so far."""

    def __init__(self, sink: Tabulate) -> None:
        self.sink = sink
        self.rows = 0
        self.shape = ""
        self.columns: dict[Any, Column] = {name: Column() for name in sink.names or ()}

    def add(self, records: Sequence[Any]) -> None:
        """Put the values of a batch behind those of each column."""
        for name, values in self._values(records):
            column = self.columns.setdefault(name, Column())
            if name in self.sink.casts:
                column.add_array(_cast(name, values, self.sink.casts[name]), len(values))
                continue
            kinds = column.add(self.rows, values)
            declared = self.sink.declared.get(name)
            if declared is not None and type_of(kinds | declared) != type_of(declared):
                raise _misfit(name, values, declared)
        self.rows += len(records)

    def whole(self) -> Table:
        """The columns, as long as there are rows."""
        for column in self.columns.values():
            column.fill(self.rows)
        kinds = {name: column.kinds for name, column in self.columns.items()}
        pieces = {name: column.joined() for name, column in self.columns.items()}
        return Table(Schema(self.rows, self.shape, kinds), pieces)

    def _values(self, records: Sequence[Any]) -> Iterator[tuple[Any, list[Any]]]:
        """Each column of a batch with its values, and :data:`NOTHING` where a record has none."""
        types = set(map(type, records))
        shapes = {kind: _shape_of(kind) for kind in types}
        self._check_shape(records, shapes)
        if self.shape == _NAMED:
            yield from _fields(records, self.sink.names)
        elif self.shape == _PLACED:
            yield from _places(records, self._names_of(types, records))
        elif records:
            names = self.sink.names or (0,)
            if len(names) > 1:
                raise _Misshapen(0, f"a record has one value, and there are names for {len(names)} columns")
            yield names[0], list(records)

    def _check_shape(self, records: Sequence[Any], shapes: Mapping[type, str]) -> None:
        if not self.shape and records:
            self.shape = shapes[type(records[0])]
        if any(shape != self.shape for shape in shapes.values()):
            index = next(i for i, record in enumerate(records) if shapes[type(record)] != self.shape)
            raise _Misshapen(
                index,
                f"a record is {shapes[type(records[index])]}, and those before it are {self.shape}: one frame is of "
                "records of one shape; filter() it out, or map() it to another",
            )

    def _names_of(self, types: set[type], records: Sequence[Any]) -> list[Any]:
        """The names of the places of a batch of tuples."""
        width = max(map(len, records))
        names = self.sink.names
        if names is None:
            named = {tuple(getattr(kind, "_fields", ())) for kind in types}
            found = named.pop() if len(named) == 1 else ()
            names = found if len(found) >= width else tuple(range(width))
        if width > len(names):
            index = next(i for i, record in enumerate(records) if len(record) > len(names))
            raise _Misshapen(
                index,
                f"a record has {len(records[index])} values, and there are names for {len(names)} columns",
            )
        return list(names)


def _shape_of(kind: type) -> str:
    if issubclass(kind, Mapping):
        return _NAMED
    return _PLACED if issubclass(kind, (tuple, list)) else _ALONE


def _fields(
    records: Sequence[Mapping[Any, Any]], names: Sequence[Any] | None
) -> Iterator[tuple[Any, list[Any]]]:
    for name in dict.fromkeys(itertools.chain.from_iterable(records)) if names is None else names:
        try:
            values = list(map(operator.itemgetter(name), records))
        except KeyError:
            values = [record.get(name, NOTHING) for record in records]
        yield name, values


def _places(records: Sequence[Sequence[Any]], names: Sequence[Any]) -> Iterator[tuple[Any, list[Any]]]:
    width = len(names)
    if any(len(record) != width for record in records):
        records = [(*record, *[NOTHING] * (width - len(record))) for record in records]
    yield from zip(names, map(list, zip(*records, strict=True)), strict=True)


def _misfit(name: Any, values: Sequence[Any], declared: int) -> _Misshapen:
    """The error for the first of ``values`` that a column ``declared`` has no place for."""
    dtype = type_of(declared)
    index = next(i for i, value in enumerate(values) if type_of(kinds_with_gaps([value]) | declared) != dtype)
    value = values[index]
    what = "is missing" if value is NOTHING else f"is {value!r:.200}"
    wider = type_of(kinds_with_gaps(values) | declared)
    return _Misshapen(
        index,
        f"column {name!r} was declared to be {dtype}, and here it {what}; {wider} would hold it: say so in meta=",
    )


def _cast(name: Any, values: list[Any], cast: Callable[[list[Any]], Any]) -> Any:
    there = [None if value is NOTHING else value for value in values]
    try:
        return cast(there)
    except NoPlace as error:
        (index,) = error.args
        what = "is missing" if there[index] is None else f"is {there[index]!r:.200}"
        raise _Misshapen(
            index,
            f"column {name!r} was declared to be {cast}, and here it {what}; leave it out of meta= to have a type found",
        ) from None


@frozen
class SchemaOf(Reduction):
    """The schema of all tables."""

    over_blocks: ClassVar[bool] = True

    @property
    def columns(self) -> Columns:
        """None of a frame's: it reads tables."""
        return None

    def chunk(self, records: Any) -> Schema:
        return records.schema  # type: ignore[no-any-return]

    def combine(self, partials: list[Schema]) -> Schema:
        whole = Schema()
        for partial in partials:
            whole = whole.joined(partial)
        return whole

    @property
    def label(self) -> str:
        return "schema"
