"""Looks at one model, decided on by DecideRetraining."""

import datetime as dt
from dataclasses import dataclass, field

from functions.contracts import Execution, Upload
from functions.contracts.loop_records import RetrainingRecord, RetrainRecord
from functions.contracts.loop_states import (
    ByHand,
    DecidedRetraining,
    DecideRetrainingInput,
    IntervalFigure,
    JudgedVersions,
    MeasuredLoop,
    WatchRequest,
)
from functions.contracts.records import Claim, Ended, claim_key, ended_key
from functions.decide_retraining import step
from functions.loop_settings import LoopSettings
from functions.run.dependencies import RunFiles
from functions.run.watch_dependencies import DecideRetrainingDependencies
from tests.fake_executions import FakeExecutions
from tests.fakes import FakeMonitoring, FakeObjectStore, FakeTracking

MODEL = "fraud-detector"
HARMED = MeasuredLoop(
    model=MODEL,
    version="3",
    uri="s3://loop/measured/one.json",
    champion_days=30,
    decisions_a_day=1000,
    counted=7000,
    cost=0.9,
    excess=IntervalFigure(estimate=0.4, low=0.2, high=0.7),
    trained_frauds=200,
    fresh_frauds=80,
)
ORDER = ByHand(by="ada", reason="A new product.")


@dataclass
class Loop:
    """Looks at one model, and a clock that a test moves."""

    retrain: str = "auto"
    store: FakeObjectStore = field(default_factory=FakeObjectStore)
    tracking: FakeTracking = field(default_factory=FakeTracking)
    monitoring: FakeMonitoring = field(default_factory=FakeMonitoring)
    executions: FakeExecutions = field(default_factory=FakeExecutions)
    at: dt.datetime = dt.datetime(2026, 5, 10, tzinfo=dt.UTC)

    @property
    def dependencies(self) -> DecideRetrainingDependencies:
        return DecideRetrainingDependencies(
            files=RunFiles(self.store, "loop"),
            tracking=self.tracking,
            monitoring=self.monitoring,
            now=lambda: self.at,
            model=MODEL,
            settings=LoopSettings.model_validate({"retrain": self.retrain}),
            uploads_bucket="uploads",
            runs_bucket="runs",
            executions=self.executions,
        )

    def look(
        self, name: str, measured: MeasuredLoop = HARMED, *, by_hand: ByHand | None = None, **judged: str
    ) -> DecidedRetraining:
        event = DecideRetrainingInput(
            execution=Execution(arn=f"arn:{name}", name=name, started_at=self.at.isoformat()),
            request=WatchRequest(cause="hourly", by_hand=by_hand),
            measured=measured,
            judged=JudgedVersions.model_validate({"champion": measured.version, **judged}),
        )
        return step.run(event, self.dependencies)

    def record(self, decided: DecidedRetraining) -> RetrainRecord:
        return RetrainRecord.model_validate_json(self.store.read(decided.uri))

    def gathered(self, number: int) -> Upload:
        """Put the training data of a retraining where it belongs."""
        key = self.retraining(number).upload_key
        return self.store.find(self.store.put("uploads", key, b"PAR1"))

    def retraining(self, number: int) -> RetrainingRecord:
        body = self.store.read(f"s3://loop/retrainings/{MODEL}/{number:06d}.json")
        return RetrainingRecord.model_validate_json(body)

    def run_ends(self, upload: Upload, outcome: str | None) -> None:
        """Let the main machine take the data, and end; it has not ended where the outcome is None."""
        run = Execution(arn="arn:run", name="run", started_at=self.at.isoformat())
        key = claim_key(upload.bucket, upload.key, upload.version_id, upload.etag)
        self.store.put("runs", key, Claim(execution=run, upload=upload).to_json())
        if outcome is not None:
            ended = Ended.model_validate({"execution": run, "input": {}, "outcome": outcome, "error": "TooFewFrauds"})
            self.store.put("runs", ended_key("run"), ended.to_json())

    def pushed(self) -> dict[str, float]:
        """Return the metrics that the last decision has pushed, by name and, where it has one, the decision."""
        known, grouping = self.monitoring.pushed[-1]
        assert grouping == {"source": "retraining", "model": MODEL}
        return {f"{each.metric.name} {each.labels.get('decision', '')}".strip(): each.value for each in known}

    def later(self, **ago: float) -> None:
        self.at += dt.timedelta(**ago)
