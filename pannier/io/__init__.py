"""Where partitions come from and go to; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.io import arrowstream as arrowstream
    from pannier.io import arrowtables as arrowtables
    from pannier.io import csv as csv
    from pannier.io import files as files
    from pannier.io import frames as frames
    from pannier.io import framesink as framesink
    from pannier.io import made as made
    from pannier.io import orc as orc
    from pannier.io import orc_sink as orc_sink
    from pannier.io import parquet as parquet
    from pannier.io import parquet_parts as parquet_parts
    from pannier.io import parquet_sink as parquet_sink
    from pannier.io import sql as sql
    from pannier.io import sql_sink as sql_sink
else:
    __getattr__ = submodules(__name__)
