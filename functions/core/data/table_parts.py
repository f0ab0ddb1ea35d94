"""Manifests: tables that are in several files, in the order of their rows."""

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import IO

import pyarrow.parquet as pq

from functions.core.data.parquet_groups import Source, TablePart
from functions.core.data.tables import LabelledTable, write_table

MANIFEST = ".parts.json"


@dataclass(frozen=True)
class PartOfTable:
    """A file of a table: where it is, and its number of rows."""

    uri: str
    rows: int


def is_manifest(uri: str) -> bool:
    """Return whether a table's URI is that of a manifest, not of a Parquet file."""
    return uri.endswith(MANIFEST)


def write_manifest(parts: Sequence[PartOfTable]) -> bytes:
    """Write the manifest of a table's files, in the order of their rows."""
    return json.dumps({"parts": [asdict(part) for part in parts]}, indent=1).encode()


def read_manifest(body: bytes) -> list[PartOfTable]:
    """Read what ``write_manifest`` has written; parts without rows, which have nothing to read, are left out."""
    parts = [PartOfTable(each["uri"], int(each["rows"])) for each in json.loads(body)["parts"]]
    return [part for part in parts if part.rows] or parts[:1]


def opened_part(source: Source) -> TablePart:
    """Return a file that is open already as the part of a table."""
    return TablePart(pq.ParquetFile(source, pre_buffer=False).metadata.num_rows, lambda: source)


def first_parts(parts: Sequence[TablePart], rows: int) -> list[TablePart]:
    """Return as many of the parts as hold the first rows."""
    before = accumulate((part.rows for part in parts), initial=0)
    return [part for part, start in zip(parts, before, strict=False) if start < rows]


def write_parts(
    table: LabelledTable, sinks: Callable[[int], AbstractContextManager[IO[bytes]]], part_rows: int
) -> list[int]:
    """Write a table in files of so many rows, each as ``write_table`` writes it, and return their rows.

    Args:
        table: of a row at least.
        sinks: opens the file of each part, by its number from 1 on.
        part_rows: of each part but the last.
    """
    rows: list[int] = []
    for number, start in enumerate(range(0, len(table.y), part_rows), start=1):
        part = table.part(start, start + part_rows)
        with sinks(number) as sink:
            write_table(part, sink)
        rows.append(len(part.y))
    return rows
