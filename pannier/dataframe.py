"""The public face of frames: ``import pannier.dataframe as pdf`` reads like ``import dask.dataframe as dd``.

>>> import pandas as pd
>>> import pannier.dataframe as pdf
>>> df = pdf.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
>>> print(df.x.sum().compute(scheduler="sync"))
3

Names are loaded on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import names

if TYPE_CHECKING:
    from pannier.collections.dataframe.concat import concat as concat
    from pannier.collections.dataframe.concat import merge as merge
    from pannier.collections.dataframe.concat import merge_asof as merge_asof
    from pannier.collections.dataframe.create import from_array as from_array
    from pannier.collections.dataframe.create import from_delayed as from_delayed
    from pannier.collections.dataframe.create import from_dict as from_dict
    from pannier.collections.dataframe.create import from_map as from_map
    from pannier.collections.dataframe.create import from_pandas as from_pandas
    from pannier.collections.dataframe.cutting import cut as cut
    from pannier.collections.dataframe.cutting import qcut as qcut
    from pannier.collections.dataframe.extensions import (
        register_dataframe_accessor as register_dataframe_accessor,
    )
    from pannier.collections.dataframe.extensions import register_index_accessor as register_index_accessor
    from pannier.collections.dataframe.extensions import register_series_accessor as register_series_accessor
    from pannier.collections.dataframe.frame import DataFrame as DataFrame
    from pannier.collections.dataframe.functions import isna as isna
    from pannier.collections.dataframe.functions import isnull as isnull
    from pannier.collections.dataframe.functions import notna as notna
    from pannier.collections.dataframe.functions import notnull as notnull
    from pannier.collections.dataframe.functions import to_datetime as to_datetime
    from pannier.collections.dataframe.functions import to_numeric as to_numeric
    from pannier.collections.dataframe.functions import to_timedelta as to_timedelta
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
    from pannier.collections.dataframe.reshape import get_dummies as get_dummies
    from pannier.collections.dataframe.reshape import melt as melt
    from pannier.collections.dataframe.reshape import pivot_table as pivot_table
    from pannier.collections.dataframe.scalar import Scalar as Scalar
    from pannier.collections.dataframe.series import Series as Series
    from pannier.collections.dataframe.user import map_partitions as map_partitions
    from pannier.computing import compute as compute
    from pannier.kernels.frames.aggregations import Aggregation as Aggregation

_HOMES = {
    "Aggregation": "pannier.kernels.frames.aggregations",
    "DataFrame": "pannier.collections.dataframe.frame",
    "Index": "pannier.collections.dataframe.index",
    "Scalar": "pannier.collections.dataframe.scalar",
    "Series": "pannier.collections.dataframe.series",
    "compute": "pannier.computing",
    "concat": "pannier.collections.dataframe.concat",
    "cut": "pannier.collections.dataframe.cutting",
    "from_array": "pannier.collections.dataframe.create",
    "from_delayed": "pannier.collections.dataframe.create",
    "from_dict": "pannier.collections.dataframe.create",
    "from_map": "pannier.collections.dataframe.create",
    "from_pandas": "pannier.collections.dataframe.create",
    "get_dummies": "pannier.collections.dataframe.reshape",
    "isna": "pannier.collections.dataframe.functions",
    "isnull": "pannier.collections.dataframe.functions",
    "map_partitions": "pannier.collections.dataframe.user",
    "melt": "pannier.collections.dataframe.reshape",
    "merge": "pannier.collections.dataframe.concat",
    "merge_asof": "pannier.collections.dataframe.concat",
    "notna": "pannier.collections.dataframe.functions",
    "notnull": "pannier.collections.dataframe.functions",
    "pivot_table": "pannier.collections.dataframe.reshape",
    "qcut": "pannier.collections.dataframe.cutting",
    "read_csv": "pannier.collections.dataframe.read",
    "read_fwf": "pannier.collections.dataframe.read",
    "read_json": "pannier.collections.dataframe.readjson",
    "read_orc": "pannier.collections.dataframe.read",
    "read_parquet": "pannier.collections.dataframe.read",
    "read_sql": "pannier.collections.dataframe.read",
    "read_sql_query": "pannier.collections.dataframe.read",
    "read_sql_table": "pannier.collections.dataframe.read",
    "read_table": "pannier.collections.dataframe.read",
    "register_dataframe_accessor": "pannier.collections.dataframe.extensions",
    "register_index_accessor": "pannier.collections.dataframe.extensions",
    "register_series_accessor": "pannier.collections.dataframe.extensions",
    "to_datetime": "pannier.collections.dataframe.functions",
    "to_numeric": "pannier.collections.dataframe.functions",
    "to_timedelta": "pannier.collections.dataframe.functions",
}
"""Public name to the module that defines it."""

__all__ = [*_HOMES]  # noqa: PLE0604  built from the table

_INSTEAD = {
    "crosstab": "use df.groupby([a, b]).size().compute().unstack(fill_value=0), or pivot_table(index=, columns=, values=, "
    "aggfunc='size') of known categories",
    "json_normalize": "use pannier.read_text(path).map(json.loads), a map() to flat dicts, and to_dataframe()",
    "merge_ordered": "use df.merge(other, how='outer').sort_values(...), and ffill() for fill_method",
    "pivot": "use df.pivot(index=, columns=, values=)",
    "wide_to_long": "use df.melt(id_vars), str.extract() of the column 'variable', and pivot() for several stubs",
    **dict.fromkeys(
        ("Grouper", "NA", "NamedAgg", "NaT", "Timedelta", "Timestamp", "date_range"),
        "frames take that of pandas",
    ),
}

__getattr__ = names(__name__, _HOMES, _INSTEAD)


def __dir__() -> list[str]:
    return sorted(__all__)
