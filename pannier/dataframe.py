"""The public face of frames: ``import pannier.dataframe as pdf`` reads like ``import dask.dataframe as dd``."""

from pannier.collections.dataframe.create import from_pandas
from pannier.collections.dataframe.frame import DataFrame
from pannier.collections.dataframe.index import Index
from pannier.collections.dataframe.scalar import Scalar
from pannier.collections.dataframe.series import Series
from pannier.computing import compute

__all__ = [
    "DataFrame",
    "Index",
    "Scalar",
    "Series",
    "compute",
    "from_pandas",
]
