"""The public face: the names, and the arguments, that users bring along from ``dask.bag``."""

from __future__ import annotations

import importlib
import inspect
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pannier as pn
import pannier.bag as pb
from pannier.errors import PannierError

ROOT = Path(__file__).parent.parent

# Names and parameters as of dask 2026.8, without defaults: those that users do not see are their own.
FUNCTIONS = """
compute(*args, traverse, optimize_graph, scheduler, **options)
concat(bags)
from_delayed(values)
from_sequence(seq, partition_size, npartitions)
from_url(urls)
map(func, *args, **kwargs)
map_partitions(func, *args, **kwargs)
range(n, npartitions)
read_text(urlpath, blocksize, compression, encoding, errors, linedelimiter, collection, storage_options, files_per_partition, include_path)
to_textfiles(b, path, name_function, compression, encoding, compute, storage_options, last_endline, **options)
zip(*bags)
"""
BAG = """
accumulate(binop, initial)
all(split_every)
any(split_every)
compute(**options)
count(split_every)
distinct(key)
filter(predicate)
flatten()
fold(binop, combine, initial, split_every, out_type)
foldby(key, binop, initial, combine, combine_initial, split_every)
frequencies(split_every, sort)
groupby(grouper, method, npartitions, blocksize, max_branch, shuffle)
join(other, on_self, on_other)
map(func, *args, **kwargs)
map_partitions(func, *args, **kwargs)
max(split_every)
mean()
min(split_every)
persist(**options)
pluck(key, default)
product(other)
random_sample(prob, random_state)
reduction(perpartition, aggregate, split_every, out_type, name)
remove(predicate)
repartition(npartitions, partition_size)
starmap(func, **kwargs)
std(ddof)
sum(split_every)
take(k, npartitions, compute, warn)
to_avro(filename, schema, name_function, storage_options, codec, sync_interval, metadata, compute, **options)
to_dataframe(meta, columns, optimize_graph)
to_delayed(optimize_graph)
to_textfiles(path, name_function, compression, encoding, compute, storage_options, last_endline, **options)
topk(k, key, split_every)
unzip(n)
var(ddof)
visualize(filename, format, optimize_graph, **options)
"""
ITEM = """
apply(func)
compute(**options)
from_delayed(value)
persist(**options)
to_delayed(optimize_graph)
visualize(filename, format, optimize_graph, **options)
"""
DELAYED = """
compute(**options)
persist(**options)
visualize(filename, format, optimize_graph, **options)
"""

HOMES: dict[str, tuple[Any, str]] = {
    "bag": (pb, FUNCTIONS),
    "Bag": (pb.Bag, BAG),
    "Item": (pb.Item, ITEM),
    "Delayed": (pn.Delayed, DELAYED),
}

MISSING = {
    "Bag.to_avro": "comes with Avro",
}
"""What is not there (yet), and why.  ``read_avro`` and ``assert_eq`` are no part of the tables:
the first comes with Avro, the second is :func:`pannier.testing.assert_eq`."""

OTHERWISE = {
    "Bag.groupby": "has no method, blocksize, max_branch and shuffle: there is one shuffle",
    "Bag.max": "has key first, as the builtin does",
    "Bag.min": "has key first, as the builtin does",
    "Bag.reduction": "has no name: a node is named by what it does",
    "Bag.repartition": "has no partition_size: it would have to compute the sizes while building",
    "Bag.to_delayed": "has no optimize_graph: a plan is optimized when it runs",
    "bag.compute": "has on_error and resume before the options of schedulers",
    "Item.to_delayed": "as Bag.to_delayed",
    "bag.to_textfiles": "is the method of a bag, whose first parameter is called self",
}
"""What is there with other parameters, and why."""

EACH = [
    pytest.param(home, name, parameters.removesuffix(")"), id=f"{home}.{name}")
    for home, (_, table) in HOMES.items()
    for name, _, parameters in (line.partition("(") for line in table.split("\n") if line)
]


def parameters_of(function: Callable[..., Any]) -> list[str]:
    """The parameters as they are written, without defaults and ``self``."""
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    found = inspect.signature(function).parameters.values()
    return [stars.get(each.kind, "") + each.name for each in found if each.name != "self"]


@pytest.mark.parametrize(("home", "name", "parameters"), EACH)
def test_the_names_of_dask_bag(home: str, name: str, parameters: str) -> None:
    """Each is there with its parameters in their order, more may follow; or there is a reason."""
    full = f"{home}.{name}"
    function = getattr(HOMES[home][0], name, None)
    if full in MISSING:
        assert function is None, "it is there now: take it off the list"
        return
    assert function is not None
    theirs = parameters.split(", ") if parameters else []
    same = parameters_of(function)[: len(theirs)] == theirs
    assert same is (full not in OTHERWISE)


def test_the_properties_of_dask_bag() -> None:
    """``.str`` of a bag, ``.key`` of a delayed value, and how many partitions there are."""
    bag = pn.range(4, 2)
    assert callable(bag.str.lower)
    assert bag.npartitions == 2
    assert isinstance(pn.delayed(len)("abc").key, str)


@pytest.mark.parametrize(
    "name",
    """aggregate aggregate_by_key cartesian coalesce cogroup collect combine_by_key count_by_key count_by_value
    first flat_map flat_map_values fold_by_key foreach foreach_partition glom group_by_key intersection
    is_empty join key_by keys map_partitions_with_index map_values reduce reduce_by_key sample
    sample_by_key sort_by sort_by_key subtract subtract_by_key take_ordered top tree_aggregate tree_reduce union values
    zip_with_index""".split(),
)
def test_the_names_of_pyspark(name: str) -> None:
    """Where the word differs or is missing, in snake case."""
    assert callable(getattr(pn.Bag, name))
    assert getattr(pn.Bag, name).__doc__


@pytest.mark.parametrize("module", [pn, pb], ids=lambda module: module.__name__)
def test_all_public_names_can_be_had(module: Any) -> None:
    """What ``__all__`` promises and ``dir`` shows is there."""
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        module.no_such_name  # noqa: B018


def test_names_have_one_home() -> None:
    """``pn.x`` and ``pn.bag.x`` are the same thing."""
    assert pn.bag is pb
    for name in set(pn.__all__) & set(pb.__all__):
        assert getattr(pn, name) is getattr(pb, name)


def test_importing_is_light() -> None:
    """Nothing heavy is loaded before it is used, nor what bags of plain values do not use."""
    heavy = {"pandas", "pyarrow", "numpy", "fsspec", "rich", "toolz", "msgspec", "asyncio"}
    script = "import sys, pannier as pn; pn.range(3, 2).map(str).count().compute(scheduler='sync'); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert heavy.isdisjoint(loaded.stdout.split())


@pytest.mark.parametrize("scheduler", ["sync", "threaded", "multiprocessing"])
def test_each_scheduler_has_its_get(scheduler: str) -> None:
    """``from pannier.schedulers.threaded import get``; a graph, keys, and a number of workers."""
    get = importlib.import_module(f"pannier.schedulers.{scheduler}").get
    assert parameters_of(get)[:2] == ["dsk", "keys"]
    assert "num_workers" in parameters_of(get)


def test_every_error_is_one_of_ours_and_of_pythons() -> None:
    """All derive from one root, and those that are values' or types' faults say so; all survive pickling."""
    errors = {
        name: each
        for name, each in vars(pn.errors).items()
        if isinstance(each, type) and issubclass(each, Exception) and not issubclass(each, Warning)
    }
    assert all(issubclass(each, PannierError) for each in errors.values())
    for name in ("UsageError", "ConfigError", "GraphError", "InputError", "EmptyError"):
        assert issubclass(errors[name], ValueError)
    for each in errors.values():
        copy = pickle.loads(pickle.dumps(each("what, where")))
        assert (type(copy), str(copy)) == (each, "what, where")


def documented(owner: Any) -> list[str]:
    return [name for name in dir(owner) if not name.startswith("_") and callable(getattr(owner, name))]


@pytest.mark.parametrize("owner", [pn.Bag, pn.Item, pn.Delayed], ids=lambda owner: owner.__name__)
def test_every_public_method_is_documented(owner: type) -> None:
    """With a docstring of its own or of its base."""
    assert [name for name in documented(owner) if not inspect.getdoc(getattr(owner, name))] == []
