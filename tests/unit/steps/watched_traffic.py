"""A model in production whose traffic and labels a test makes up, day by day."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from functions.contracts import Execution
from functions.contracts.loop_states import MeasuredLoop, MeasureLoopInput, WatchRequest
from functions.core.loop.label_history import LabelEvents
from functions.decisions.decision import LoggedDecision, microseconds
from functions.decisions.decision_parts import CONTENT_TYPE, part_key, to_parquet
from functions.feedback.label_parts import add_part, part_uri
from functions.loop_settings import LoopSettings
from functions.measure_loop import step
from functions.ports import ModelToRegister
from functions.run.dependencies import RunFiles
from functions.run.watch_dependencies import TrafficWatchDependencies
from tests.fakes import FakeMonitoring, FakeObjectStore
from tests.unit.steps.measured_batches import THEN, Stack, label, rows, score

MODEL, THRESHOLD = "fraud-detector", 0.2
START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CHECKED = LoopSettings(label_delay_days=10, silent_alarms="legitimate", traffic_window_rows=1000)


@dataclass
class Watched:
    """Fakes that know a champion, version 1, and what it has decided since ``START``."""

    settings: LoopSettings = field(default_factory=lambda: CHECKED)
    store: FakeObjectStore = field(default_factory=FakeObjectStore)
    monitoring: FakeMonitoring = field(default_factory=FakeMonitoring)
    reference: bool = True

    def __post_init__(self) -> None:
        stack = Stack(reference=self.reference)
        self.tracking = stack.tracking
        self.run_id = stack.run_id
        self.register()

    def register(self) -> None:
        self.tracking.register(
            THEN,
            ModelToRegister(
                name=MODEL,
                run_id=self.run_id,
                model_id="m",
                alias="champion",
                reason="First champion.",
                compared_with=None,
                tags={},
                description="",
            ),
        )

    def decide(self, day: int, X: pd.DataFrame, *, shadow: str | None = None, shift: float = 0.0) -> np.ndarray:
        """Decide on a day's transactions, and send no label; return which are fraud. A shadow scores them otherwise."""
        at = [START + day * DAY + (place + 0.5) * DAY / len(X) for place in range(len(X))]
        scores, features = score(X), X.astype(object).where(X.notna(), None).to_dict("records")
        made = [
            self._decision(f"{day}-{place}", at[place], float(scores[place]), features[place])
            for place in range(len(X))
        ]
        if shadow is not None:
            others = score(X.assign(a=X["a"] + shift))
            made += [
                self._decision(f"{day}-{place}", at[place], float(others[place]), {}, version=shadow, kind="shadow")
                for place in range(len(X))
            ]
        key = part_key((START + day * DAY).date(), f"p{len(self.store.objects)}")
        self.store.write(f"s3://decisions/{key}", to_parquet(made), CONTENT_TYPE)
        return label(X, seed=day).astype(bool)

    def report(self, day: int, of_day: int, fraud: np.ndarray) -> None:
        """Send the frauds of a day's transactions on another day."""
        at = microseconds(START + day * DAY)
        ids = np.array([f"{of_day}-{place}" for place in np.flatnonzero(fraud)], dtype=object)
        moments = np.full(len(ids), at)
        events = LabelEvents(ids, np.ones(len(ids), dtype=bool), moments, moments)
        add_part(self.store, part_uri("loop", f"l{len(self.store.objects)}", at), events, "s3://labels/a.csv")

    def look(self, day: float, name: str = "look") -> MeasuredLoop:
        now = START + day * DAY
        dependencies = TrafficWatchDependencies(
            files=RunFiles(self.store, "loop"),
            tracking=self.tracking,
            monitoring=self.monitoring,
            now=lambda: now,
            model=MODEL,
            settings=self.settings,
            decisions_bucket="decisions",
            runs_bucket="runs",
        )
        event = MeasureLoopInput(
            execution=Execution(arn=f"arn:{name}", name=name, started_at=now.isoformat()), request=WatchRequest()
        )
        return step.run(event, dependencies)

    def document(self, measured: MeasuredLoop) -> Any:  # noqa: ANN401 - JSON is anything
        return json.loads(self.store.objects[str(measured.uri)])

    def live(self, days: range, *, rows_a_day: int = 400, labels: bool = True, shadow: str | None = None) -> np.ndarray:
        """Decide on some days; frauds are reported five days later. Return which of all are fraud."""
        frauds = []
        for day in days:
            fraud = self.decide(day, rows(rows_a_day, 100 + day), shadow=shadow)
            frauds.append(fraud)
            if labels:
                self.report(day + 5, day, fraud)
        return np.concatenate(frauds)

    def _decision(
        self,
        transaction: str,
        at: dt.datetime,
        scored: float,
        features: Mapping[Any, Any],
        *,
        version: str = "1",
        kind: str = "decision",
    ) -> LoggedDecision:
        alarm = scored >= THRESHOLD
        return LoggedDecision(
            transaction_id=transaction,
            at=at,
            features=features,
            score=scored,
            decision="alarm" if alarm else "pass",
            threshold=THRESHOLD,
            model=MODEL,
            version=version,
            latency_ms=1.0,
            served="http",
            cost_alarm=2.0 * (1 - scored),
            cost_pass=100.0 * scored,
            missed_cost=100.0,
            pass_chance=0.0 if alarm else 1.0,
            kind=kind,  # type: ignore[arg-type]
        )
