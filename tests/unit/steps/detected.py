"""DetectDrift on tables with a champion."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression

from functions.contracts import Dataset, DetectDriftInput, Drift, Execution, Splits
from functions.core.data.tables import LabelledTable, Role, to_parquet
from functions.core.drift import DriftReport
from functions.core.drift.reference import build_reference, reference_sample
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.persistence import dump_model
from functions.detect_drift import step
from functions.ports import ModelToLog, ModelToRegister, NewRun, UsedDataset
from functions.run.dependencies import RunFiles, TrackingDependencies
from functions.settings import RunSettings
from tests.fakes import FakeObjectStore, FakeTracking

ROWS, TEST_ROWS = 2_000, 500


THEN, NOW = (Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z") for name in ("then", "now"))


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
    """Make an execution's model the next champion."""
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


def detect(
    tracking: FakeTracking, X: pd.DataFrame, *, roles: Mapping[str, Role] | None = None, **settings: object
) -> tuple[Drift, FakeObjectStore]:
    store = FakeObjectStore()
    y = labels(X) if "a" in X else pd.Series(np.zeros(ROWS, dtype=int), name="fraud")
    rows = LabelledTable(X, y, dict.fromkeys(map(str, X), "numeric"), roles or {})
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
