"""Histories of a table in parts are those of the same table in one file: columns, plan, notes and events."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.contracts import SplitName
from functions.core.data.tables import from_parquet
from functions.core.parts import entity_buckets
from functions.history_settings import HistorySettings
from tests.carded import HOURLY, payments
from tests.large_road import TakenInParts, taken_in_parts
from tests.runs import Run

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
DAILY = HistorySettings(
    windows=("1h", "1d", "30d"), aggregates=("count", "distinct", "night_share", "since_last", "ratio")
)


@pytest.fixture(autouse=True)
def _small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entity_buckets, "BUCKET_ROWS", 300)


def awkward(rows: int = 1_000) -> pd.DataFrame:
    """Make payments of which some lack card, time, amount or shop, some repeat, and many are of one moment."""
    rng = np.random.default_rng(3)
    table = payments(rows).assign(customer_id=rng.integers(1, 60, rows), device=rng.integers(0, 200, rows))
    table["customer_id"] = table["customer_id"].astype("Int64")
    for name, share in {"card_number": 0.1, "customer_id": 0.05, "amount": 0.02, "merchant": 0.1}.items():
        table.loc[rng.random(rows) < share, name] = pd.NA
    table["paid_at"] = table["paid_at"].where(rng.random(rows) > 0.02)
    table.loc[100:400, "paid_at"] = table["paid_at"][100]
    # A repeated row stands far from the first, in another part.
    table = pd.concat([table, table.head(150), table.head(100)], ignore_index=True)
    return table.assign(holder=table["card_number"].map(lambda card: card if card is pd.NA else f"of {card}"))


def expect_equal(taken: TakenInParts, whole: Run) -> None:
    files, splits, expected = taken.world.files, taken.splits, whole.splits
    for name in SPLITS:
        found, other = files.read_table(splits.uris[name]), from_parquet(whole.read(f"{name}.parquet"))
        pd.testing.assert_frame_equal(found.X, other.X, check_exact=True)
        pd.testing.assert_series_equal(found.y, other.y)
        about = [(each.kinds, each.roles, each.formats, each.left_out, each.histories) for each in (found, other)]
        assert about[0] == about[1]
        assert (found.weights is None) == (other.weights is None)
    own = {"counts", "duplicate_rows", "explanation", "legitimate_share", "thinning"}
    assert splits.model_dump(include=own) == expected.model_dump(include=own)
    assert set(whole.loaded.dataset.notes) <= set(taken.dataset.notes)
    assert (splits.events_uri is None) == (expected.events_uri is None)
    if splits.events_uri is not None:
        assert files.read(splits.events_uri) == whole.read("events.parquet")


CASES: dict[str, tuple[pd.DataFrame, dict[str, Any]]] = {
    "cards": (payments(1_400), {"histories": HOURLY}),
    "named": (awkward(), {"histories": DAILY.model_copy(update={"entities": ("customer_id", "card_number")})}),
    "recognised": (awkward(), {"histories": HOURLY}),
    "few": (awkward(), {"histories": HOURLY.model_copy(update={"events_at_most": 3})}),
    "by time": (awkward().dropna(subset="paid_at"), {"histories": HOURLY, "split": "time", "time_column": "paid_at"}),
    "thinned": (payments(1_400), {"histories": HOURLY, "legitimate_share": 0.3, "split": "last_rows"}),
}


@pytest.mark.parametrize(("table", "settings"), CASES.values(), ids=CASES)
def test_parts_have_the_histories_of_the_whole_table(table: pd.DataFrame, settings: dict[str, Any]) -> None:
    taken = taken_in_parts(table, settings)
    assert len(taken.dataset.histories.numbers) > 3
    expect_equal(taken, Run(table, **settings))
