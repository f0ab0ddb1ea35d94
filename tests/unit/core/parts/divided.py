"""Files of a table read part by part, as LoadData and ReadPart do, without storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from functions.core.data.tables import LabelledTable, from_parquet, to_parquet
from functions.core.errors import InvalidDatasetError
from functions.core.ingest.reading import read_table
from functions.core.parts.part_conversion import joined_rows
from functions.core.parts.part_reading import PartReading
from functions.core.parts.part_rows import read_part
from functions.core.parts.reading_decision import decided
from functions.core.parts.upload_division import DividedTable, UploadWritten, divide_upload
from functions.core.parts.upload_parts import PartSource
from functions.core.roles.checks import check
from functions.core.roles.pinned_roles import RoleChoices

ALL = 10**9


def source(path: Path) -> PartSource:
    return PartSource(path.name, path.stat().st_size, lambda: path.open("rb"))


@dataclass(frozen=True)
class Divided:
    """An upload's files, its parts and its reading."""

    paths: Sequence[Path]
    table: DividedTable
    reading: PartReading

    def part(self, number: int) -> LabelledTable:
        part = self.table.parts[number - 1]
        return read_part(source(self.paths[part.file]), self.table.layouts[part.file], part, self.reading)

    def joined(self) -> LabelledTable:
        parts = [from_parquet(to_parquet(self.part(number))) for number in range(1, len(self.table.parts) + 1)]
        return joined_rows(parts)


def divide(
    *paths: Path,
    parts: int = 5,
    sample_rows: int = ALL,
    written: UploadWritten | None = None,
    **choices: Any,  # noqa: ANN401
) -> Divided:
    """Divide files into about so many parts, and decide how they are read on about so many rows."""
    total = sum(path.stat().st_size for path in paths)
    table = divide_upload(
        [source(path) for path in paths],
        "upload",
        written or UploadWritten(),
        part_bytes=max(total // parts, 1),
        sample_rows=sample_rows,
    )
    chosen = RoleChoices(**choices)
    checked = check(table.raw, choices=chosen, rows=None if table.sample.whole else table.sample.of_about)
    reading = decided(table, checked, chosen)
    # As it travels.
    return Divided(paths, table, PartReading.model_validate_json(reading.model_dump_json()))


def whole(path: Path, **choices: Any) -> LabelledTable:  # noqa: ANN401
    """Read a file as a small upload is read, and as the next state reads it."""
    return from_parquet(to_parquet(check(read_table(path, name="upload"), choices=RoleChoices(**choices)).table))


def refused(path: Path) -> InvalidDatasetError | None:
    """Return what is said of a file that is refused as a small upload."""
    try:
        whole(path)
    except InvalidDatasetError as fault:
        return fault
    return None


def assert_same(found: LabelledTable, expected: LabelledTable) -> None:
    pd.testing.assert_frame_equal(found.X, expected.X, check_exact=True)
    pd.testing.assert_series_equal(found.y, expected.y)
    assert list(found.kinds.items()) == list(expected.kinds.items())
    assert (dict(found.roles), dict(found.left_out)) == (dict(expected.roles), dict(expected.left_out))
    assert found.formats == expected.formats
