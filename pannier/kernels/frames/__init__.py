"""Kernels over frames: pandas objects, one a partition."""
