"""The public face of bags: ``import pannier.bag as pb`` reads like ``import dask.bag as db``."""

from pannier.collections.bag import random
from pannier.collections.bag.bag import Bag
from pannier.collections.bag.create import (
    concat,
    from_delayed,
    from_sequence,
    from_url,
    map,
    map_partitions,
    range,
    read_text,
    zip,
)
from pannier.collections.bag.item import Item
from pannier.computing import compute

to_textfiles = Bag.to_textfiles  # dask.bag has it as a function, too

__all__ = [
    "Bag",
    "Item",
    "compute",
    "concat",
    "from_delayed",
    "from_sequence",
    "from_url",
    "map",
    "map_partitions",
    "random",
    "range",
    "read_text",
    "to_textfiles",
    "zip",
]
