"""Futures: calls that run in worker processes from the moment they are submitted."""
