"""TrainModel by workers: what they are given, and that nothing after it sees a difference."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import override

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from lightgbm import LGBMClassifier

from functions.collective.training_together import Member
from functions.collective.watched_child import Share
from functions.contracts import Candidate, TrainModelInput
from functions.contracts.collective_job import CollectiveJob, WorkerResult
from functions.core.errors import WorkersTooSlowError
from functions.core.training.persistence import load_model
from functions.run.dependencies import TrainModelDependencies
from functions.settings import Algorithm
from functions.train_model import step as train_model
from functions.training_worker import share_training
from tests.fakes import FakeObjectStore
from tests.runs import Run
from tests.tables import WORTH_A_MODEL, frame


class OneWorker:
    """A pool of one worker, in this process."""

    def __init__(self, store: FakeObjectStore) -> None:
        self.store = store
        self.members = [Member("tcp://10.0.0.1:1", "10.0.0.1", 1)]
        self.jobs: list[CollectiveJob] = []
        self.results: list[WorkerResult] = []
        self.holding = False

    @contextmanager
    def gathered(self, seconds: float) -> Iterator["OneWorker"]:
        assert seconds > 0
        assert not self.holding
        self.holding = True
        yield self
        self.holding = False

    def start(self, shares: Sequence[tuple[Member, Share]]) -> "OneWorker":
        self.jobs.append(CollectiveJob.model_validate_json(self.store.read(shares[0][1].job_uri)))
        self.results = [share_training.train(share, self.store, lambda _: None) for _, share in shares]
        return self

    def ended(self) -> list[WorkerResult]:
        return self.results

    def settle(self, seconds: float) -> None:
        assert seconds > 0


class RunByWorkers(Run):
    distributed_rows = 1
    seconds_left = 1_000.0

    @override
    def train(self, name: Algorithm) -> Candidate:
        event = TrainModelInput(execution=self.execution, settings=self.settings, splits=self.splits, candidate=name)
        return train_model.run(
            event,
            TrainModelDependencies(
                files=self.world.files,
                cores=2,
                clock=self.world.clock,
                pool=self.pool,
                distributed_rows=self.distributed_rows,
                seconds_left=lambda: self.seconds_left,
            ),
        )

    @property
    def pool(self) -> OneWorker:
        if "pool" not in self.world.__dict__:
            self.world.__dict__["pool"] = OneWorker(self.world.store)
        return self.world.__dict__["pool"]


@pytest.fixture(scope="module")
def run() -> RunByWorkers:
    return RunByWorkers(frame(900), candidates=("lightgbm", "logistic_regression"), **WORTH_A_MODEL)


def test_each_fold_is_trained_by_the_workers_one_after_the_other(run: RunByWorkers) -> None:
    lightgbm, plain = run.candidates
    assert (lightgbm.folds, plain.folds) == (4, 4)
    assert len(run.pool.jobs) == 4
    rows = sum(run.splits.counts[split].rows for split in ("train", "validation"))
    weights = np.array(
        [pd.read_parquet(io.BytesIO(run.world.store.read(job.rows_uri)))["weight"] for job in run.pool.jobs]
    )
    assert weights.shape == (4, rows)
    # Each row is held out once.
    assert weights.sum(axis=0).tolist() == [3.0] * rows
    assert run.pool.results[0].rows == weights[-1].sum()


def test_the_workers_read_the_files_of_the_run(run: RunByWorkers) -> None:
    assert run.candidates
    [job, *_] = run.pool.jobs
    splits = run.splits
    assert [(each.uri, each.rows, each.place) for each in job.shares[0]] == [
        (splits.uris["train"], splits.counts["train"].rows, 0),
        (splits.uris["validation"], splits.counts["validation"].rows, splits.counts["train"].rows),
    ]
    own = json.dumps(job.parameters)
    assert '"objective": "binary"' in own
    assert job.trees == 300


def test_the_candidate_is_one_like_any(run: RunByWorkers) -> None:
    plain = Run(frame(900), candidates=("lightgbm", "logistic_regression"), **WORTH_A_MODEL)
    ours, theirs = run.candidates[0], plain.candidates[0]
    assert ours.parameters == theirs.parameters
    assert ours.average_precision == pytest.approx(theirs.average_precision, abs=0.03)
    member = load_model(run.read("lightgbm.skops")).members[0]
    assert list(member.named_steps) == ["features", "preprocess", "model"]
    assert isinstance(member["model"], LGBMClassifier)


def test_the_run_goes_on_to_its_end(run: RunByWorkers) -> None:
    assert run.publication
    assert run.registration.alias == "champion"


def test_fewer_rows_are_none_of_the_workers_business() -> None:
    class Small(RunByWorkers):
        distributed_rows = 721

    run = Small(frame(900), candidates=("lightgbm", "logistic_regression"))
    assert sum(run.splits.counts[split].rows for split in ("train", "validation")) == 720
    assert (
        run.candidates[0].average_precision
        == Run(frame(900), candidates=("lightgbm", "logistic_regression")).candidates[0].average_precision
    )
    assert run.pool.jobs == []


def test_a_way_of_weighting_that_workers_do_not_know_is_trained_here() -> None:
    run = RunByWorkers(frame(300), candidates=("lightgbm",), imbalance="undersampling", rotate_validation=False)
    assert run.candidates[0].folds == 1
    assert run.pool.jobs == []


def test_classes_are_weighted_by_the_workers_too() -> None:
    run = RunByWorkers(frame(300), candidates=("lightgbm",), imbalance="class_weights", rotate_validation=False)
    assert run.candidates[0].folds == 1
    [job] = run.pool.jobs
    rows = pq.read_table(io.BytesIO(run.world.store.read(job.rows_uri))).to_pandas()
    assert rows["weight"].min() == 0
    assert rows["weight"].nunique() == 3


def test_workers_are_given_no_more_time_than_the_function_has() -> None:
    class Late(RunByWorkers):
        seconds_left = 61.0

    class Slow(OneWorker):
        @override
        def ended(self) -> None:  # type: ignore[override]
            Late.seconds_left = 0.0

    run = Late(frame(300), candidates=("lightgbm",))
    run.world.__dict__["pool"] = Slow(run.world.store)
    with pytest.raises(WorkersTooSlowError):
        assert run.candidates
