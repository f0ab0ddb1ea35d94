"""Made-up rows of the benchmark of scale, written part by part."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def made_rows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    module = importlib.import_module("made_rows")
    monkeypatch.setattr(module, "PART_ROWS", 1_000)
    return module


def test_files_of_both_kinds_hold_the_rows_that_were_asked_for_in_order_of_time(
    made_rows: ModuleType, tmp_path: Path
) -> None:
    csv, parquet = tmp_path / "a.csv", tmp_path / "a.parquet"
    for path in (csv, parquet):
        made_rows.write(path, 2_500)
    tables = [pd.read_csv(csv), pd.read_parquet(parquet)]
    assert [table.shape for table in tables] == [(2_500, 31), (2_500, 31)]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert tables[0]["Time"].is_monotonic_increasing
    assert tables[0]["V1"].nunique() > 2_400  # each part has rows of its own
