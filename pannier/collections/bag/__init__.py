"""Bags: any Python records, in partitions."""
