"""A champion, its decisions over some weeks with their labels, and GatherTrainingData after them."""

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from functions.contracts import Execution, UploadRequest
from functions.contracts.loop_states import (
    DecidedRetraining,
    GatheredData,
    GatherTrainingDataInput,
    JudgedVersions,
    MeasuredLoop,
    WatchRequest,
)
from functions.core.loop.keyed_draws import exploring
from functions.core.loop.label_history import LabelEvents
from functions.decisions import decision_parts
from functions.decisions.decision import LoggedDecision, microseconds, to_row
from functions.feedback import label_parts
from functions.gather_training_data import step
from functions.loop_settings import LoopSettings
from functions.run import served_model, verdicts
from functions.run.watch_dependencies import GatherTrainingDataDependencies
from tests.fakes import PSEUDONYM_KEY
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame

BEGAN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NOW = BEGAN + dt.timedelta(days=100)
MODEL = "fraud-detector"


def payments(rows: int, seed: int = 0, *, began: dt.datetime = BEGAN, days: float = 60) -> pd.DataFrame:
    """Make transactions as people write them: days before months, a decimal comma, fraud in words."""
    rng = np.random.default_rng(seed + 100)
    table = frame(rows, seed)
    when = [began + dt.timedelta(days=float(each)) for each in np.sort(rng.random(rows)) * days]
    return table.assign(
        card=rng.choice([f"{each:016d}" for each in range(4_000_000_000_000_000, 4_000_000_000_000_080)], rows),
        paid_at=[each.strftime("%d/%m/%Y %H:%M:%S") for each in when],
        fee=[f"{each:.2f} €".replace(".", ",") for each in rng.lognormal(2, 1, rows)],
        is_fraud=np.where(table["is_fraud"] == 1, "fraud", "genuine"),
    )


@dataclass
class Circle:
    """A world with a champion, and what has been decided by it."""

    world: World = field(default_factory=World)
    settings: dict[str, Any] = field(default_factory=lambda: {"label_delay_days": 30.0})
    now: dt.datetime = NOW
    decisions: list[LoggedDecision] = field(default_factory=list)
    truth: dict[str, int] = field(default_factory=dict)

    def train(self, rows: int = 600, **settings: Any) -> Run:  # noqa: ANN401
        """Make a champion of rows from before there were decisions."""
        table = payments(rows, began=BEGAN - dt.timedelta(days=90))
        run = Run(table, self.world, name="first", **{**WORTH_A_MODEL, "time_column": "paid_at", **settings})
        assert run.registration.alias == "champion"
        return run

    def decide(self, rows: int, seed: int = 1, *, days: float = 60) -> pd.DataFrame:
        """Have the champion decide on transactions; write the parts of the log."""
        table = payments(rows, seed, days=days)
        champion = self.world.tracking.champion(MODEL)
        assert champion is not None
        model = served_model.load(self.world.tracking, champion)
        facts: list[dict[str, object]] = json.loads(table.drop(columns="is_fraud").to_json(orient="records"))
        judged = verdicts.judge(model, facts, [0] * rows, PSEUDONYM_KEY.encode())
        nothing = exploring(0.0, PSEUDONYM_KEY.encode())
        for place, (verdict, written) in enumerate(zip(judged, table["paid_at"], strict=True)):
            at = dt.datetime.strptime(written, "%d/%m/%Y %H:%M:%S").replace(tzinfo=dt.UTC)
            at += dt.timedelta(microseconds=place)
            name = f"{seed}-{place}"
            kept = verdicts.decided(name, verdict, at=at, latency_ms=1.0, served="http", explore=nothing)
            self.decisions.append(kept)
            self.truth[name] = int(table["is_fraud"].iloc[place] == "fraud")
        self.write_parts()
        return table

    def write_parts(self) -> None:
        """Write the decisions as the service ships them."""
        rows = [to_row(each) for each in self.decisions]
        for day, some in decision_parts.by_date(rows):
            key = decision_parts.part_key(day, "p")
            self.world.store.objects[f"s3://decisions/{key}"] = decision_parts.pack(some)

    def label(self, after: dt.timedelta = dt.timedelta(days=20)) -> None:
        """Label the frauds so long after they were decided on, and whatever was blocked."""
        chosen = [each for each in self.decisions if self.truth[each.transaction_id] or each.decision == "alarm"]
        times = np.array([microseconds(each.at + after) for each in chosen], dtype=np.int64)
        frauds = np.array([self.truth[each.transaction_id] == 1 for each in chosen])
        ids = np.array([each.transaction_id for each in chosen], dtype=object)
        events = LabelEvents(transaction_id=ids, fraud=frauds, known_at=times, received_at=times)
        label_parts.add_part(self.world.store, label_parts.part_uri("loop", "one", int(times[0])), events, "test")
        self.hear()

    def hear(self) -> None:
        """Receive a label of a stranger now, so that silence means something."""
        now = np.array([microseconds(self.now)], dtype=np.int64)
        events = LabelEvents(np.array(["nobody"], dtype=object), np.array([False]), now, now)
        label_parts.add_part(self.world.store, label_parts.part_uri("loop", "last", int(now[0])), events, "test")

    def gather(self, decision: str = "look-1") -> GatheredData:
        """Gather training data for a decision to retrain."""
        event = GatherTrainingDataInput(
            execution=Execution(arn="arn:look", name="look", started_at="2026-06-09T00:00:00Z"),
            request=WatchRequest(),
            measured=MeasuredLoop(model=MODEL, version="1"),
            judged=JudgedVersions(champion="1"),
            decision=DecidedRetraining(
                id=decision, outcome="retrain", reason="It pays.", uri="s3://loop/x", retraining=1
            ),
        )
        dependencies = GatherTrainingDataDependencies(
            files=replace(self.world.files, bucket="loop"),
            tracking=self.world.tracking,
            monitoring=None,
            now=lambda: self.now,
            model=MODEL,
            settings=LoopSettings.model_validate(self.settings),
            decisions_bucket="decisions",
            runs_bucket="runs",
            uploads_bucket="uploads",
        )
        return step.run(event, dependencies)

    def retrain(self, gathered: GatheredData, name: str = "second") -> Run:
        """Run the main machine on what was gathered, as its event would."""
        run = Run(frame(10), self.world, name=name)
        run._request = UploadRequest(bucket="uploads", key=gathered.upload_uri.removeprefix("s3://uploads/"))
        run.settings = run.loaded.settings
        return run
