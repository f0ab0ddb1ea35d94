"""Labelled tables: their rows, splits, digests and Parquet files."""
