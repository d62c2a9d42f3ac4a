"""pannier: partitioned Bag and DataFrame analytics for semi-structured data.

>>> import pannier as pn
>>> pn.from_sequence(["a", "b", "a"]).frequencies().compute(scheduler="sync")
[('a', 2), ('b', 1)]

Names are loaded on first use, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pannier.lazy import load

if TYPE_CHECKING:
    from pannier import bag as bag
    from pannier import config as config
    from pannier import dataframe as dataframe
    from pannier import errors as errors
    from pannier.client.client import Client as Client
    from pannier.client.client import fire_and_forget as fire_and_forget
    from pannier.client.client import get_client as get_client
    from pannier.client.future import Future as Future
    from pannier.client.gathering import as_completed as as_completed
    from pannier.client.gathering import wait as wait
    from pannier.collections.bag.bag import Bag as Bag
    from pannier.collections.bag.create import concat as concat
    from pannier.collections.bag.create import from_delayed as from_delayed
    from pannier.collections.bag.create import from_sequence as from_sequence
    from pannier.collections.bag.create import from_url as from_url
    from pannier.collections.bag.create import map as map
    from pannier.collections.bag.create import range as range
    from pannier.collections.bag.create import read_text as read_text
    from pannier.collections.bag.create import zip as zip
    from pannier.collections.bag.item import Item as Item
    from pannier.collections.dataframe.create import from_array as from_array
    from pannier.collections.dataframe.create import from_dict as from_dict
    from pannier.collections.dataframe.create import from_map as from_map
    from pannier.collections.dataframe.create import from_pandas as from_pandas
    from pannier.collections.dataframe.frame import DataFrame as DataFrame
    from pannier.collections.dataframe.index import Index as Index
    from pannier.collections.dataframe.read import read_csv as read_csv
    from pannier.collections.dataframe.read import read_fwf as read_fwf
    from pannier.collections.dataframe.read import read_orc as read_orc
    from pannier.collections.dataframe.read import read_parquet as read_parquet
    from pannier.collections.dataframe.read import read_sql as read_sql
    from pannier.collections.dataframe.read import read_sql_query as read_sql_query
    from pannier.collections.dataframe.read import read_sql_table as read_sql_table
    from pannier.collections.dataframe.read import read_table as read_table
    from pannier.collections.dataframe.readjson import read_json as read_json
    from pannier.collections.dataframe.scalar import Scalar as Scalar
    from pannier.collections.dataframe.series import Series as Series
    from pannier.collections.delayed import Delayed as Delayed
    from pannier.collections.delayed import delayed as delayed
    from pannier.collections.fromdask import from_dask as from_dask
    from pannier.collections.ordering import bind as bind
    from pannier.collections.ordering import checkpoint as checkpoint
    from pannier.collections.ordering import clone as clone
    from pannier.collections.ordering import wait_on as wait_on
    from pannier.computing import compute as compute
    from pannier.computing import explain as explain
    from pannier.computing import get as get
    from pannier.computing import persist as persist
    from pannier.diagnostics.draw.visualize import visualize as visualize
    from pannier.graph.annotations import annotate as annotate
    from pannier.graph.task import Literal as Literal
    from pannier.graph.task import Ref as Ref
    from pannier.graph.task import Task as Task
    from pannier.partial import PartialResult as PartialResult
    from pannier.partial import PartitionFailure as PartitionFailure
    from pannier.tokens import tokenize as tokenize

__version__ = "0.1.0"

_HOMES = {
    "Bag": "pannier.collections.bag.bag",
    "Client": "pannier.client.client",
    "DataFrame": "pannier.collections.dataframe.frame",
    "Delayed": "pannier.collections.delayed",
    "Future": "pannier.client.future",
    "Index": "pannier.collections.dataframe.index",
    "Item": "pannier.collections.bag.item",
    "Literal": "pannier.graph.task",
    "PartialResult": "pannier.partial",
    "PartitionFailure": "pannier.partial",
    "Ref": "pannier.graph.task",
    "Scalar": "pannier.collections.dataframe.scalar",
    "Series": "pannier.collections.dataframe.series",
    "Task": "pannier.graph.task",
    "annotate": "pannier.graph.annotations",
    "bind": "pannier.collections.ordering",
    "checkpoint": "pannier.collections.ordering",
    "clone": "pannier.collections.ordering",
    "as_completed": "pannier.client.gathering",
    "compute": "pannier.computing",
    "concat": "pannier.collections.bag.create",
    "delayed": "pannier.collections.delayed",
    "explain": "pannier.computing",
    "fire_and_forget": "pannier.client.client",
    "from_array": "pannier.collections.dataframe.create",
    "from_dask": "pannier.collections.fromdask",
    "from_delayed": "pannier.collections.bag.create",
    "from_dict": "pannier.collections.dataframe.create",
    "from_map": "pannier.collections.dataframe.create",
    "from_pandas": "pannier.collections.dataframe.create",
    "from_sequence": "pannier.collections.bag.create",
    "from_url": "pannier.collections.bag.create",
    "get": "pannier.computing",
    "get_client": "pannier.client.client",
    "map": "pannier.collections.bag.create",
    "persist": "pannier.computing",
    "range": "pannier.collections.bag.create",
    "read_csv": "pannier.collections.dataframe.read",
    "read_fwf": "pannier.collections.dataframe.read",
    "read_json": "pannier.collections.dataframe.readjson",
    "read_orc": "pannier.collections.dataframe.read",
    "read_parquet": "pannier.collections.dataframe.read",
    "read_sql": "pannier.collections.dataframe.read",
    "read_sql_query": "pannier.collections.dataframe.read",
    "read_sql_table": "pannier.collections.dataframe.read",
    "read_table": "pannier.collections.dataframe.read",
    "read_text": "pannier.collections.bag.create",
    "tokenize": "pannier.tokens",
    "visualize": "pannier.diagnostics.draw.visualize",
    "wait_on": "pannier.collections.ordering",
    "wait": "pannier.client.gathering",
    "zip": "pannier.collections.bag.create",
}
"""Public name to the module that defines it."""
_MODULES = frozenset(
    {"bag", "config", "dataframe", "datasets", "diagnostics", "errors", "schedulers", "testing"}
)

__all__ = ["__version__", *_HOMES, *_MODULES]  # noqa: PLE0604  built from the table


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(load(_HOMES[name]), name)
    elif name in _MODULES:
        value = load(f"pannier.{name}")
    else:
        raise AttributeError(f"module 'pannier' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
