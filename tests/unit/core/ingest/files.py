"""A small file."""

from collections.abc import Callable

from functions.core.ingest.reading import RawTable

type Read = Callable[..., RawTable]


PLAIN = "amount,city,label\n1.5,Paris,0\n2.5,Rome,1\n"
