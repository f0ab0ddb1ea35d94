"""Fixtures of the tests of reading."""

from pathlib import Path
from typing import Any

import pytest

from functions.core.ingest.reading import RawTable, read_table
from tests.unit.core.ingest.files import Read


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def _read(content: str | bytes, **options: Any) -> RawTable:  # noqa: ANN401 - whatever read_table takes
        path = tmp_path / "upload"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path, name="data.csv", **options)

    return _read
