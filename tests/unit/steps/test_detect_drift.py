"""What DetectDrift reads and leaves; the comparison itself is tested in ``tests/unit/core``."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression

from functions.contracts import Dataset, DetectDriftInput, Drift, Execution, Splits
from functions.core.data.rows import hash_rows_by_name
from functions.core.data.tables import LabelledTable, to_parquet
from functions.core.drift import Bin, DriftReport
from functions.core.drift.reference import build_reference, reference_sample
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.persistence import dump_model
from functions.detect_drift import step
from functions.ports import ModelToLog, ModelToRegister, NewRun, UsedDataset
from functions.run.dependencies import RunFiles, TrackingDependencies
from functions.settings import RunSettings
from tests import poison
from tests.fakes import FakeObjectStore, FakeTracking

ROWS, TEST_ROWS = 2_000, 500
THEN, NOW = (Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z") for name in ("then", "now"))


class ForgetfulTracking(FakeTracking):
    """A registry whose champion has lost its files."""

    def model_bytes(self, _: object) -> None:
        return None


def table(seed: int, columns: str = "abcd") -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(ROWS, len(columns))), columns=list(columns))


def labels(X: pd.DataFrame) -> pd.Series:
    return pd.Series((X["a"] > 2).astype(int), name="fraud")


def with_champion[T: FakeTracking](tracking: T, *, sample: bool = True, reference: bytes | None = None) -> T:
    X = table(1)
    model = FlaggingClassifier(LogisticRegression().fit(X, labels(X)), 0.5)
    profile = build_reference(X, labels(X), model.predict_proba(X)[:, 1])
    artifacts = {"reference.json": profile.model_dump_json().encode() if reference is None else reference}
    if sample:
        artifacts["reference_sample.parquet"] = reference_sample(X, rows=1_000, seed=0).to_parquet(index=False)
    crown(tracking, THEN, model, artifacts)
    return tracking


def crown(
    tracking: FakeTracking, execution: Execution, model: ClassifierMixin, artifacts: dict[str, bytes] | None = None
) -> None:
    """Let an execution's model be the next champion."""
    before = tracking.champion("fraud-detector")
    run = tracking.open_run(NewRun(execution, execution.name, {}, {}, UsedDataset("", "", "", {})))
    tracking.log_model(run, ModelToLog(model, dump_model(model), table(1).head(), (), (), {}, {}))
    with tracking.log_artifacts(run) as log:
        for path, body in (artifacts or {}).items():
            log.add(path, body)
    compared_with = before.version if before else None
    registered = ModelToRegister(
        name="fraud-detector",
        run_id=run.mlflow_run_id,
        model_id=run.mlflow_model_id,
        alias="champion",
        reason="It is better.",
        compared_with=compared_with,
        tags={},
        description="",
    )
    tracking.settle(tracking.register(execution, registered))


def detect(tracking: FakeTracking, X: pd.DataFrame, **settings: object) -> tuple[Drift, FakeObjectStore]:
    store = FakeObjectStore()
    y = labels(X) if "a" in X else pd.Series(np.zeros(ROWS, dtype=int), name="fraud")
    rows = LabelledTable(X, y, dict.fromkeys(map(str, X), "numeric"))
    store.objects["s3://runs/now/dataset.parquet"] = to_parquet(rows)
    store.objects["s3://runs/now/test.parquet"] = to_parquet(rows.take(pd.Series(np.arange(ROWS) < TEST_ROWS)))
    dataset = Dataset(
        uri="s3://runs/now/dataset.parquet",
        profile_uri="s3://runs/now/profile.json",
        digest="d",
        rows=ROWS,
        features=X.shape[1],
        frauds=int(y.sum()),
        duplicate_rows=0,
        target="fraud",
        target_explanation="",
        notes=[],
    )
    splits = Splits(uris={"test": "s3://runs/now/test.parquet"}, counts={}, duplicate_rows=0, explanation="")
    event = DetectDriftInput(
        execution=NOW, settings=RunSettings.model_validate(settings), splits=splits, dataset=dataset
    )
    return step.run(event, TrackingDependencies(files=RunFiles(store=store, bucket="runs"), tracking=tracking)), store


def report(store: FakeObjectStore) -> DriftReport:
    return DriftReport.model_validate(json.loads(store.objects["s3://runs/now/drift.json"]))


def test_without_a_champion_there_is_nothing_to_compare_with() -> None:
    drift, store = detect(FakeTracking(), table(2))
    assert drift == Drift(verdict="no_reference", explanation="'fraud-detector' has no champion yet.")
    assert "s3://runs/now/drift.json" not in store.objects


def test_a_run_that_is_driven_again_is_not_compared_with_itself() -> None:
    tracking = with_champion(FakeTracking())
    before, _ = detect(tracking, table(2))
    X = table(2)
    model = FlaggingClassifier(LogisticRegression().fit(X, labels(X)), 0.5)
    crown(tracking, NOW, model)
    assert tracking.champion("fraud-detector", before=THEN) == tracking.champion("fraud-detector")
    again, _ = detect(tracking, table(2))
    assert again == before
    assert again.champion_version == "1"


def test_the_first_champion_has_nothing_to_be_compared_with_when_its_run_is_driven_again() -> None:
    tracking = with_champion(FakeTracking())
    assert tracking.champion("fraud-detector", before=THEN) is None


@pytest.mark.parametrize(
    ("reference", "why"),
    [(b'{"schema_version": 1, "rows": 3}', "a format that this version can't read"), (b"{", "can't be read")],
)
def test_a_profile_that_can_not_be_read_is_a_stated_case(reference: bytes, why: str) -> None:
    drift, _ = detect(with_champion(FakeTracking(), reference=reference), table(2))
    assert (drift.verdict, drift.champion_version) == ("no_reference", "1")
    assert why in drift.explanation


def test_a_profile_that_is_gone_is_a_stated_case() -> None:
    tracking = with_champion(FakeTracking())
    del tracking.runs["run-of-then"].artifacts["reference.json"]
    drift, _ = detect(tracking, table(2))
    assert drift.explanation == "The reference profile of 'fraud-detector' version 1 is gone from MLflow."


def test_other_rows_of_the_same_kind_are_stable_in_every_figure() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2))
    assert (drift.verdict, drift.n_changed_features, drift.n_drifted_features) == ("stable", 0, 0)
    assert drift.multivariate_drift_auc == pytest.approx(0.5, abs=0.05)
    assert drift.prediction_drift_score == pytest.approx(0, abs=0.02)
    assert drift.fraud_rate == pytest.approx(labels(table(2)).mean())
    assert all(not each.bins for each in drift.top_features)
    assert drift.champion_scored
    assert (drift.columns_missing, drift.columns_added, drift.columns_changed_kind) == (0, 0, 0)
    assert report(store).notes == ()


def test_drifted_data_is_named_with_both_distributions_in_the_payload_and_in_the_file() -> None:
    X = table(2)
    drift, store = detect(with_champion(FakeTracking()), X.assign(a=X["a"] + 1))
    assert (drift.verdict, drift.n_drifted_features) == ("retrain", 1)
    first, *others = drift.top_features
    assert (first.feature, first.drifted) == ("a", True)
    assert sum(each.new for each in first.bins) == pytest.approx(1, abs=0.01)
    assert not any(each.bins for each in others)
    assert drift.prediction_drift_score is not None
    assert drift.prediction_drift_score > 0.3
    assert report(store).features[0].feature == "a"
    assert drift.report_uri == "s3://runs/now/drift.json"


def test_the_payload_stays_small_whatever_the_names_are() -> None:
    X = table(2)
    drift, _ = detect(with_champion(FakeTracking()), X + 1)
    assert len(drift.model_dump_json()) < 4_000


def test_of_many_categories_the_payload_has_the_largest_in_their_order() -> None:
    bins = tuple(Bin(label=f"c{number:02}", reference=number / 1_000, new=0.0) for number in range(40))
    assert [each.label for each in step._largest(bins)] == [f"c{number}" for number in range(28, 40)]


def test_ignored_columns_are_left_out_and_still_scored() -> None:
    X = table(2)
    drift, store = detect(with_champion(FakeTracking()), X.assign(a=X["a"] + 1), drift_ignored_columns=["a"])
    assert drift.verdict == "stable"
    assert report(store).ignored == ("a",)
    assert drift.prediction_drift_score is not None
    assert drift.prediction_drift_score > 0.3


def test_a_champion_that_can_not_score_the_new_data_is_a_stated_case() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2, "bcde"))
    assert drift.prediction_drift_score is None
    assert (drift.verdict, drift.champion_scored) == ("retrain", False)
    assert (drift.columns_missing, drift.columns_added, drift.columns_changed_kind) == (1, 1, 0)
    assert drift.explanation.startswith("1 column of the champion's 4 is missing (a): correct the file")
    [note] = report(store).notes
    assert note.startswith(
        "Version 1, the champion, can't score the new data (1 column of the champion's 4 is missing (a): correct"
    )


def test_another_table_is_said_to_be_one() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2, "uvwxyz"))
    assert (drift.verdict, drift.drift_score, drift.champion_scored) == ("another_table", None, False)
    assert (drift.columns_missing, drift.columns_added) == (4, 6)
    assert drift.explanation.startswith("This looks like another table: 0 of 4 columns in common")
    assert "FRAUDFLOW_MODEL_NAME" in drift.explanation
    assert report(store).verdict == "another_table"


def test_a_champion_without_files_scores_nothing() -> None:
    drift, store = detect(with_champion(ForgetfulTracking()), table(2))
    assert drift.prediction_drift_score is None
    assert report(store).notes == ("Version 1, the champion, has lost its files, so it scored nothing.",)
    assert drift.verdict == "stable"
    assert drift.champion_scored is False
    assert drift.explanation.endswith("Version 1, the champion, has lost its files, so it scored nothing.")


def test_without_a_sample_columns_are_compared_one_by_one() -> None:
    drift, store = detect(with_champion(FakeTracking(), sample=False), table(2))
    assert drift.multivariate_drift_auc is None
    assert "keeps no sample of its rows" in report(store).notes[0]


@pytest.mark.parametrize("kind", poison.POISONS)
def test_a_poisoned_champion_is_a_stated_case(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, refusal = poison.POISONS[kind]
    tracking = with_champion(FakeTracking())
    monkeypatch.setattr(tracking, "model_bytes", lambda _: make(tmp_path / "mark"))
    drift, store = detect(tracking, table(2))
    assert (drift.verdict, drift.prediction_drift_score) == ("stable", None)
    [note] = report(store).notes
    assert note.startswith("Version 1, the champion, can't score the new data (")
    assert refusal in note
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("wrong", [b"", b"PAR1 and no more", b"\x80\x04."])
def test_a_sample_that_can_not_be_read_is_said(wrong: bytes) -> None:
    tracking = with_champion(FakeTracking())
    [run] = tracking.runs.values()
    run.artifacts["reference_sample.parquet"] = wrong
    drift, store = detect(tracking, table(2))
    assert (drift.verdict, drift.multivariate_drift_auc) == ("stable", None)
    assert report(store).notes == (
        "The champion's sample of its rows can't be read, so columns were compared one by one only.",
    )


def test_the_champion_scores_the_new_test_rows_and_tells_which_it_has_not_seen() -> None:
    tracking, new = with_champion(FakeTracking()), table(2)
    seen = io.BytesIO()
    np.save(seen, np.unique(hash_rows_by_name(new.head(100))))
    tracking.runs["run-of-then"].artifacts["seen_rows.npy"] = seen.getvalue()
    drift, store = detect(tracking, new)
    assert drift.champion_scores is not None
    assert drift.champion_scores.threshold == 0.5
    kept = pd.read_parquet(io.BytesIO(store.objects[drift.champion_scores.uri]))
    [model] = (each.model for each in tracking.models.values())
    np.testing.assert_array_equal(kept["score"], model.predict_proba(new.head(TEST_ROWS))[:, 1])
    assert list(kept["unseen"]) == [False] * 100 + [True] * (TEST_ROWS - 100)


def test_nothing_is_told_of_seen_rows_where_the_champions_run_does_not_say() -> None:
    drift, store = detect(with_champion(FakeTracking()), table(2))
    assert drift.champion_scores is not None
    assert list(pd.read_parquet(io.BytesIO(store.objects[drift.champion_scores.uri]))) == ["score"]


def test_a_champion_that_can_not_score_leaves_no_scores() -> None:
    drift, _ = detect(with_champion(FakeTracking()), table(2, columns="xyz"))
    assert drift.champion_scores is None
    forgetful, _ = detect(with_champion(ForgetfulTracking()), table(2))
    assert forgetful.champion_scores is None
