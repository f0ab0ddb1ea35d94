"""An upload that is read, merged and split in parts gives the tables and the figures of one that is read whole."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.contracts import SplitName
from functions.core.data.tables import from_parquet
from functions.core.roles.data_profile import DataProfile
from tests.carded import payments
from tests.large_road import taken_in_parts
from tests.runs import Run
from tests.tables import frame

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


def repeating() -> pd.DataFrame:
    """Make rows in the order of a clock, some of which repeat another."""
    table = frame(1_200)
    table = pd.concat([table, table.head(200)], ignore_index=True)
    return table.assign(at=np.arange(len(table)) // 3 + 1.5)[["at", *frame(1).columns]]


@pytest.mark.parametrize("table", [repeating(), payments(1_400)], ids=["repeating", "cards"])
@pytest.mark.parametrize(
    "settings", [{}, {"split": "last_rows"}, {"legitimate_share": 0.3}, {"split": "time"}], ids=str
)
def test_parts_give_what_the_whole_file_gives(table: pd.DataFrame, settings: dict[str, Any]) -> None:
    if settings.get("split") == "time":
        settings = {**settings, "time_column": "at" if "at" in table else "paid_at"}
    whole = Run(table, **settings)
    taken = taken_in_parts(table, settings)
    world, dataset, splits = taken.world, taken.dataset, taken.splits
    expected = whole.loaded.dataset
    assert (dataset.rows, dataset.frauds, dataset.features) == (expected.rows, expected.frauds, expected.features)
    assert (dataset.duplicate_rows, dataset.target) == (expected.duplicate_rows, expected.target)
    assert set(expected.notes) <= set(dataset.notes)
    profiles = [
        DataProfile.model_validate(files.read_json(uri)).model_dump(exclude={"notes", "columns"})
        for files, uri in ((world.files, dataset.profile_uri), (whole.world.files, expected.profile_uri))
    ]
    assert profiles[0] == profiles[1]
    own = {"counts", "duplicate_rows", "explanation", "legitimate_share", "thinning"}
    assert splits.model_dump(include=own) == whole.splits.model_dump(include=own)
    for name in SPLITS:
        found, other = world.files.read_table(splits.uris[name]), from_parquet(whole.read(f"{name}.parquet"))
        pd.testing.assert_frame_equal(found.X, other.X)
        pd.testing.assert_series_equal(found.y, other.y)
        about = [(each.kinds, each.roles, each.formats, each.left_out) for each in (found, other)]
        assert about[0] == about[1]
        weights = [None if each.weights is None else each.weights.tolist() for each in (found, other)]
        assert weights[0] == weights[1]
