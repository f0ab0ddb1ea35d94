"""A run of the states' own steps on the fakes, without a machine between them."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from functions.contracts import (
    Candidate,
    DetectDriftInput,
    Drift,
    EvaluateModelInput,
    Evaluation,
    Execution,
    ExplainModelInput,
    Explanation,
    LoadDataInput,
    LoadDataOutput,
    LoggedModel,
    LogMetricsInput,
    LogModelInput,
    MetricsLog,
    OpenedRun,
    OpenRunInput,
    PreprocessDataInput,
    Publication,
    PublishResultsInput,
    RegisterModelInput,
    Registration,
    SelectModelInput,
    Splits,
    TrainedModel,
    TrainModelInput,
)
from functions.detect_drift import step as detect_drift
from functions.evaluate_model import step as evaluate_model
from functions.explain_model import step as explain_model
from functions.feedback.loop_journal import LoopJournal
from functions.load_data import step as load_data
from functions.log_metrics import step as log_metrics
from functions.log_model import step as log_model
from functions.open_run import step as open_run
from functions.preprocess_data import step as preprocess_data
from functions.publish_results import step as publish_results
from functions.register_model import step as register_model
from functions.run.dependencies import (
    MOST_CELLS,
    ExplainModelDependencies,
    LoadDataDependencies,
    PublishResultsDependencies,
    RegisterModelDependencies,
    RunFiles,
    ScoringDependencies,
    TrackingDependencies,
    TrainModelDependencies,
)
from functions.select_model import step as select_model
from functions.settings import Algorithm, RunSettings, StoredSettings
from functions.train_model import step as train_model
from tests.fake_executions import FakeExecutions
from tests.fakes import PSEUDONYM_KEY, FakeMonitoring, FakeObjectStore, FakeTracking

# Trains in a moment, and tells nearly everything in the tables of ``tests/tables.py``.
QUICK: tuple[Algorithm, ...] = ("logistic_regression",)


@dataclass
class World:
    """The world that runs share: S3, MLflow, the Pushgateway, and a clock that moves a second at each call."""

    store: FakeObjectStore = field(default_factory=FakeObjectStore)
    tracking: FakeTracking = field(default_factory=FakeTracking)
    monitoring: FakeMonitoring | None = field(default_factory=FakeMonitoring)
    now: float = 1_700_000_000.0
    most_cells: int = MOST_CELLS

    @property
    def files(self) -> RunFiles:
        return RunFiles(store=self.store, bucket="runs", most_cells=self.most_cells)

    def loading(self, settings: RunSettings | StoredSettings) -> LoadDataDependencies:
        return LoadDataDependencies(files=self.files, settings=settings, pseudonym_key=PSEUDONYM_KEY.encode())

    def seconds_left(self) -> float:
        return math.inf

    def bytes_left(self) -> float:
        return math.inf

    def clock(self) -> float:
        self.now += 1
        return self.now


class Run:
    """One run; each state's step runs when its result is first asked for."""

    def __init__(self, frame: pd.DataFrame, world: World | None = None, *, name: str = "one", **settings: Any) -> None:  # noqa: ANN401
        self.world = world or World()
        self.settings = RunSettings.model_validate({"candidates": QUICK, **settings})
        self.execution = Execution(arn=f"arn:{name}", name=name, started_at="2026-01-01T00:00:00Z")
        self._request = self.world.store.put("uploads", f"{name}.csv", frame.to_csv(index=False).encode())

    @cached_property
    def loaded(self) -> LoadDataOutput:
        event = LoadDataInput(execution=self.execution, upload=self._request)
        loaded = load_data.run(event, self.world.loading(self.settings))
        assert isinstance(loaded, LoadDataOutput)
        return loaded

    @cached_property
    def splits(self) -> Splits:
        event = PreprocessDataInput(execution=self.execution, settings=self.settings, dataset=self.loaded.dataset)
        return preprocess_data.run(event, self._services)

    def train(self, candidate: Algorithm) -> Candidate:
        event = TrainModelInput(
            execution=self.execution, settings=self.settings, splits=self.splits, candidate=candidate
        )
        return train_model.run(event, TrainModelDependencies(files=self.world.files, cores=2, clock=self.world.clock))

    @cached_property
    def candidates(self) -> list[Candidate]:
        return [self.train(name) for name in self.settings.trained]

    @cached_property
    def model(self) -> TrainedModel:
        event = SelectModelInput(
            execution=self.execution, settings=self.settings, splits=self.splits, candidates=self.candidates
        )
        return select_model.run(event, self._services)

    @cached_property
    def drift(self) -> Drift:
        event = DetectDriftInput(
            execution=self.execution, settings=self.settings, splits=self.splits, dataset=self.loaded.dataset
        )
        return detect_drift.run(event, self.tracked)

    @cached_property
    def evaluation(self) -> Evaluation:
        event = EvaluateModelInput(
            execution=self.execution, settings=self.settings, splits=self.splits, model=self.model
        )
        return evaluate_model.run(event, self._services)

    @property
    def allowed(self) -> tuple[Callable[[], float], Callable[[], float]]:
        """Return ExplainModel's budgets of time and memory."""
        return self.world.seconds_left, self.world.bytes_left

    @cached_property
    def explanation(self) -> Explanation:
        event = ExplainModelInput(
            execution=self.execution, settings=self.settings, splits=self.splits, model=self.model
        )
        return explain_model.run(event, ExplainModelDependencies(self.world.files, 2, *self.allowed))

    @cached_property
    def opened(self) -> OpenedRun:
        return open_run.run(OpenRunInput.model_validate(self.loaded_and_split), self.tracked)

    @cached_property
    def logged(self) -> LoggedModel:
        return log_model.run(LogModelInput.model_validate(self.selected), self.tracked)

    @cached_property
    def log(self) -> MetricsLog:
        event = LogMetricsInput.model_validate({**self.selected, "evaluation": self.evaluation})
        return log_metrics.run(event, self.tracked)

    @cached_property
    def registration(self) -> Registration:
        event = RegisterModelInput.model_validate(self._document)
        services = RegisterModelDependencies(
            files=self.world.files,
            tracking=self.world.tracking,
            journal=LoopJournal(self.world.store, "loop"),
            code_version="test",
            cores=2,
        )
        return register_model.run(event, services)

    @cached_property
    def publication(self) -> Publication:
        event = PublishResultsInput.model_validate({**self._document, "registration": self.registration})
        services = PublishResultsDependencies(
            files=self.world.files,
            tracking=self.world.tracking,
            monitoring=self.world.monitoring,
            executions=FakeExecutions(),
            exposition=lambda samples: "\n".join(each.metric.name for each in samples).encode(),
            clock=self.world.clock,
            code_version="test",
            mlflow_url="http://mlflow.test",
            console_url="http://console.test",
        )
        return publish_results.run(event, services)

    def read(self, name: str) -> bytes:
        """Read a file of the run."""
        return self.world.files.read(self.world.files.uri(self.execution, name))

    @property
    def _services(self) -> ScoringDependencies:
        return ScoringDependencies(files=self.world.files, cores=2)

    @property
    def tracked(self) -> TrackingDependencies:
        return TrackingDependencies(files=self.world.files, tracking=self.world.tracking)

    @property
    def loaded_and_split(self) -> dict[str, object]:
        """Return OpenRun's input, as the machine's document holds it."""
        return {
            "execution": self.execution,
            "settings": self.settings,
            "upload": self.loaded.upload,
            "dataset": self.loaded.dataset,
            "splits": self.splits,
        }

    @property
    def selected(self) -> dict[str, object]:
        """Return LogModel's input."""
        return {**self.loaded_and_split, "model": self.model, "drift": self.drift, "run": self.opened}

    @property
    def _document(self) -> dict[str, object]:
        """Return RegisterModel's input, once all the states before it have run."""
        assert self.log
        examined = {"evaluation": self.evaluation, "explanation": self.explanation, "logged": self.logged}
        return {**self.selected, **examined}
