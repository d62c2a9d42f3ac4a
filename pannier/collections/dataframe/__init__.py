"""DataFrame, Series, Index and Scalar: pandas objects in partitions."""
