"""No upload has more parts than the state machine maps over."""

from pathlib import Path

import pandas as pd
import pytest

from functions.core.parts import upload_division
from tests.tables import frame
from tests.unit.core.parts.divided import divide


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_parts_are_larger_where_there_would_be_too_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    rows, path = frame(600), tmp_path / f"a.{suffix}"
    if suffix == "csv":
        rows.to_csv(path, index=False)
    else:
        rows.to_parquet(path, index=False, row_group_size=20)
    assert len(divide(path, parts=20).table.parts) > 4
    monkeypatch.setattr(upload_division, "MOST_PARTS", 4)
    found = divide(path, parts=20)
    assert 2 <= len(found.table.parts) <= 4
    pd.testing.assert_series_equal(found.joined().y, rows["is_fraud"], check_names=False, check_dtype=False)


def test_files_are_not_joined_to_make_fewer_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_division, "MOST_PARTS", 2)
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for number, path in enumerate(paths):
        frame(200, seed=number).to_csv(path, index=False)
    assert len(divide(*paths, parts=30).table.parts) == 3
