"""DataFrame, Series, Index and Scalar: pandas objects in partitions; the modules load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pannier.lazy import submodules

if TYPE_CHECKING:
    from pannier.collections.dataframe import alignment as alignment
    from pannier.collections.dataframe import ewm as ewm
    from pannier.collections.dataframe import groupby as groupby
    from pannier.collections.dataframe import groupby_bins as groupby_bins
    from pannier.collections.dataframe import groupby_plan as groupby_plan
    from pannier.collections.dataframe import groupby_resample as groupby_resample
    from pannier.collections.dataframe import groupby_rolling as groupby_rolling
    from pannier.collections.dataframe import groupby_shuffle as groupby_shuffle
    from pannier.collections.dataframe import numbering as numbering
    from pannier.collections.dataframe import queries as queries
    from pannier.collections.dataframe import sampled as sampled
    from pannier.collections.dataframe import settling as settling
    from pannier.collections.dataframe import shuffle as shuffle
else:
    __getattr__ = submodules(__name__)
