"""The decision log: each decision about a transaction, first in a file of the service's own, then as Parquet in S3."""
