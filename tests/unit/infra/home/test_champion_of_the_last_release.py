"""The champion of a home that release 0.1.0 has written scores, and is compared with, and may be damaged."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from functions.contracts import Dataset, DetectDriftInput, Drift, Execution, Splits
from functions.core.data.tables import Kind, LabelledTable, to_parquet
from functions.core.drift import DriftReport
from functions.detect_drift import step
from functions.ports import Champion
from functions.run.champion import REFERENCE, REFERENCE_SAMPLE, SEEN_ROWS
from functions.run.dependencies import RunFiles, TrackingDependencies
from functions.settings import RunSettings
from tests.fakes import FakeObjectStore, FakeTracking

HOME = Path(__file__).parents[2] / "fixtures" / "home_0_1"
MODEL = "model.skops"
NOW = Execution(arn="arn:now", name="now", started_at="2026-12-01T00:00:00Z")


class Registry(FakeTracking):
    """The registry that the home holds: its first version is the champion, with the files of its run and its model."""

    def champion(self, name: str, *, before: Execution | None = None) -> Champion | None:  # noqa: ARG002
        return Champion(name=name, version="1", run_id="march")

    def artifact(self, run_id: str, path: str) -> bytes | None:
        file = HOME / "champion" / path
        return file.read_bytes() if run_id == "march" and file.exists() else None

    def model_bytes(self, champion: Champion) -> bytes | None:  # noqa: ARG002
        return (HOME / "champion" / "model.skops").read_bytes()


def detect(registry: Registry) -> tuple[Drift, FakeObjectStore]:
    """Compare new rows, of larger amounts, with what the champion was trained on."""
    rng, rows = np.random.default_rng(0), 1000
    y = pd.Series((np.arange(rows) % 12 == 0).astype(int), name="fraud")
    X = pd.DataFrame(
        {
            "amount": rng.lognormal(6 + 1.2 * y, 1).round(2),
            "hour": rng.integers(0, 24, rows),
            "country": rng.choice(list("ABCD"), rows),
            "age": rng.normal(40, 10, rows).round(),
        }
    )
    kinds: dict[str, Kind] = {**dict.fromkeys(map(str, X), "numeric"), "country": "categorical"}
    table = LabelledTable(X, y, kinds)
    store = FakeObjectStore()
    store.objects["s3://runs/now/dataset.parquet"] = to_parquet(table)
    store.objects["s3://runs/now/test.parquet"] = to_parquet(table.take(pd.Series(np.arange(rows) < 200)))
    event = DetectDriftInput(
        execution=NOW,
        settings=RunSettings(),
        dataset=Dataset(
            uri="s3://runs/now/dataset.parquet", profile_uri="", digest="d", rows=rows, features=4, frauds=84,
            duplicate_rows=0, target="fraud", target_explanation="", notes=[],
        ),
        splits=Splits(uris={"test": "s3://runs/now/test.parquet"}, counts={}, duplicate_rows=0, explanation=""),
    )  # fmt: skip
    return step.run(event, TrackingDependencies(RunFiles(store, "runs"), registry)), store


def test_its_champion_scores_and_is_compared_with() -> None:
    assert {REFERENCE, REFERENCE_SAMPLE, SEEN_ROWS} <= {file.name for file in (HOME / "champion").iterdir()}

    drift, store = detect(Registry())

    assert (drift.verdict, drift.champion_version) == ("retrain", "1")
    assert drift.prediction_drift_score is not None
    assert drift.champion_scores is not None
    scores = pd.read_parquet(io.BytesIO(store.objects[drift.champion_scores.uri]))
    assert (len(scores), scores["unseen"].all(), scores["score"].between(0, 1).all()) == (200, True, True)
    report = DriftReport.model_validate_json(store.objects["s3://runs/now/drift.json"])
    assert {feature.feature for feature in report.features} == {"amount", "hour", "country", "age"}
    assert report.notes == ()


class Damaged(Registry):
    """The same, with one of the champion's files damaged."""

    def __init__(self, name: str, body: bytes) -> None:
        super().__init__()
        self.name, self.body = name, body

    def artifact(self, run_id: str, path: str) -> bytes | None:
        return self.body if path == self.name else super().artifact(run_id, path)

    def model_bytes(self, champion: Champion) -> bytes | None:
        return self.body if self.name == MODEL else super().model_bytes(champion)


@pytest.mark.parametrize("how", ["cut short", "empty", "random bytes", "an archive", "newer"])
@pytest.mark.parametrize("name", [REFERENCE, REFERENCE_SAMPLE, SEEN_ROWS, MODEL])
def test_a_damaged_file_of_the_champion_ends_no_run_and_is_said(name: str, how: str) -> None:
    whole = (HOME / "champion" / name).read_bytes()
    bodies = {
        "cut short": whole[: len(whole) // 2],
        "empty": b"",
        "random bytes": bytes(range(256)) * 8,
        "an archive": b"PK\x03\x04" + whole[::-1],
        "newer": b'{"schema_version": 99}',
    }

    drift, store = detect(Damaged(name, bodies[how]))

    if name == REFERENCE:
        assert drift.verdict == "no_reference"
        assert "reference profile of 'fraud-detector' version 1" in drift.explanation
        assert ("reading it takes that release" if how == "newer" else "can't be read") in drift.explanation
        return
    assert drift.verdict == "retrain"
    report = DriftReport.model_validate_json(store.objects["s3://runs/now/drift.json"])
    if name == SEEN_ROWS:
        assert drift.champion_scores is None  # to compare with rows that it may have seen would flatter it
    else:
        (note,) = report.notes
        assert ("sample of its rows can't be read" if name == REFERENCE_SAMPLE else "can't score the new data") in note


def test_what_it_has_told_of_drift_is_read() -> None:
    report = DriftReport.model_validate_json((HOME / "drift.json").read_bytes())
    assert report.verdict == "not_enough_data"
