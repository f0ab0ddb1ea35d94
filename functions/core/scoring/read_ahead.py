"""Reading of the next part while this one is scored."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor


def read_ahead[T](items: Iterator[T]) -> Iterator[T]:
    """Yield items, each of which is made while the one before it is used; no more than two are held."""
    with ThreadPoolExecutor(1, thread_name_prefix="read-ahead") as reader:
        pending = reader.submit(next, items, None)
        while (item := pending.result()) is not None:
            pending = reader.submit(next, items, None)
            yield item
