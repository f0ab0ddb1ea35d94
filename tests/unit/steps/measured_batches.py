"""Batches that are scored by a champion, for the tests of what is measured of them."""

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike
from pydantic import TypeAdapter
from scipy.special import expit

from functions.contracts import Execution, Upload
from functions.contracts.scored_batches import (
    BatchFile,
    BatchSettings,
    BatchTraffic,
    MeasureTrafficInput,
    ScoredSoFar,
    ScoringVersion,
)
from functions.core.drift.reference import ReferenceProfile, build_reference, reference_sample
from functions.core.evaluation.curves import ReliabilityBin, reliability_curve
from functions.measure_traffic import step
from functions.ports import NewRun, UsedDataset
from functions.run.dependencies import MeasureTrafficDependencies, RunFiles
from functions.run.scored_parts import SCHEMA, ScoredParts
from functions.telemetry.metrics import Sample
from tests.fakes import FakeMonitoring, FakeObjectStore, FakeTracking

NOW = 1_780_000_000.0
THRESHOLD = 0.2
THEN, BATCH = (Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z") for name in ("then", "batch"))
PINNED = "s3://scores/batch/events.parquet"
_RELIABILITY = TypeAdapter(tuple[ReliabilityBin, ...])


def rows(count: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    shop = pd.Series(random.choice(["books", "food"], count), dtype="str")
    return pd.DataFrame(random.normal(size=(count, 3)), columns=["a", "b", "c"]).assign(shop=shop)


def score(X: pd.DataFrame) -> np.ndarray:
    """Return the true probability of fraud of each row, which the model gives as its score."""
    return expit(2 * X["a"].to_numpy() - 5)


def label(X: pd.DataFrame, seed: int = 5) -> np.ndarray:
    return (np.random.default_rng(seed).random(len(X)) < score(X)).astype(np.int8)


@dataclass
class Stack:
    """Fakes that know one version, with its reference and the evaluation of its test split."""

    reference: bool = True
    ignored: tuple[str, ...] = ()
    profile: ReferenceProfile | None = None
    events: bytes | None = None
    monitoring: FakeMonitoring | None = field(default_factory=FakeMonitoring)
    store: FakeObjectStore = field(default_factory=FakeObjectStore)

    def __post_init__(self) -> None:
        self.tracking = FakeTracking()
        params = {"drift_ignored_columns": ", ".join(self.ignored)}
        opened = self.tracking.open_run(NewRun(THEN, "then", params, {}, UsedDataset("", "", "", {})))
        X, test = rows(8_000, 1), rows(8_000, 2)
        profile = self.profile or build_reference(X, label(X), score(X))
        tested = reliability_curve(label(test), score(test), spacing="log")
        with self.tracking.log_artifacts(opened) as log:
            evaluation = {"curves": {"reliability": _RELIABILITY.dump_python(tested, mode="json")}}
            log.add("evaluation.json", json.dumps(evaluation).encode())
            if self.reference:
                log.add("reference.json", profile.model_dump_json().encode())
                log.add("reference_sample.parquet", reference_sample(X, rows=1_000, seed=0).to_parquet(index=False))
        self.run_id = opened.mlflow_run_id

    def measure(self, X: pd.DataFrame, *, parts: int = 2, **columns: ArrayLike) -> BatchTraffic:
        """Score rows in some parts, with other columns beside the scores, and measure them.

        Rows without the column that frauds show in are all scored alike.
        """
        files = RunFiles(store=self.store, bucket="scores")
        kept = columns.pop("kept", np.ones(len(X), dtype=bool))
        scores = score(X) if "a" in X else 0.1
        table = pd.DataFrame({"row": np.arange(len(X)) + 2, "score": scores, "kept": kept, **columns})
        table["alarm"] = table["score"] >= THRESHOLD
        table["reasons"] = None
        for number, places in enumerate(np.array_split(np.arange(len(X)), parts)):
            part = table.iloc[places]
            schema = pa.schema([each for each in SCHEMA if each.name in part])
            written = pa.Table.from_pandas(part, schema=schema, preserve_index=False)
            ScoredParts(files, BATCH).write(number, written, X.iloc[places][part["kept"]].reset_index(drop=True))
        if self.events is not None:
            self.store.write(PINNED, self.events, "application/vnd.apache.parquet")
        return step.run(self._event(table, parts, amounts="missed_cost" in columns), self._dependencies(files))

    def document(self, name: str) -> Any:  # noqa: ANN401 - JSON is anything
        return json.loads(self.store.objects[f"s3://scores/batch/{name}"])

    @property
    def page(self) -> str:
        return self.store.objects["s3://scores/batch/report.html"].decode()

    def _event(self, table: pd.DataFrame, parts: int, *, amounts: bool) -> MeasureTrafficInput:
        return MeasureTrafficInput(
            execution=BATCH,
            upload=Upload(bucket="to-score", key="today.csv", version_id="v1", etag="e", size=9),
            settings=BatchSettings(),
            model=ScoringVersion(
                name="fraud-detector",
                version="3",
                run_id=self.run_id,
                alias="champion",
                threshold=THRESHOLD,
                cost_missed_fraud=100,
                cost_false_alarm=2,
                fraud_cost_column="Amount" if amounts else None,
            ),
            file=BatchFile(
                format="csv",
                parts=parts,
                plan_uri="s3://scores/batch/plan.json",
                kept_share=1,
                events_uri=None if self.events is None else PINNED,
                notes=[],
            ),
            scored=ScoredSoFar(next_part=parts, finished=True, rows=len(table), alarms=int(table["alarm"].sum())),
        )

    def _dependencies(self, files: RunFiles) -> MeasureTrafficDependencies:
        return MeasureTrafficDependencies(
            files=files,
            tracking=self.tracking,
            monitoring=self.monitoring,
            exposition=lambda samples: "\n".join(each.metric.name for each in samples).encode(),
            clock=lambda: NOW,
        )

    @property
    def pushed(self) -> dict[str, Sample]:
        assert self.monitoring is not None
        [(samples, grouping)] = self.monitoring.pushed
        assert grouping == {"source": "batches", "model": "fraud-detector"}
        return {each.metric.name: each for each in samples}
