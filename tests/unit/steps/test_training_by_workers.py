"""TrainModel by a worker of this process: on tables in memory and on tables that stay in their files."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from functions.collective.training_together import Member
from functions.collective.watched_child import Share
from functions.contracts import Candidate, TrainModelInput
from functions.contracts.collective_job import CollectiveJob, WorkerResult
from functions.run.dependencies import TrainModelDependencies
from functions.train_model import step
from functions.training_worker.share_training import train
from tests.fakes import FakeObjectStore
from tests.runs import Run
from tests.tables import frame
from tests.unit.steps.stored_runs import in_parts


@dataclass
class HereAndNow:
    """A pool of one worker, which trains as it is started."""

    store: FakeObjectStore
    members = (Member("here", "127.0.0.1", 1),)

    @contextmanager
    def gathered(self, seconds: float) -> Iterator["HereAndNow"]:
        assert seconds > 0
        yield self

    def start(self, shares: Sequence[tuple[Member, Share]]) -> "Trained":
        return Trained([train(share, self.store, lambda _: None) for _, share in shares])


@dataclass
class Trained:
    """What has ended."""

    results: list[WorkerResult]

    def ended(self) -> list[WorkerResult]:
        return self.results

    def settle(self, seconds: float) -> None:
        assert seconds > 0


def trained(run: Run) -> Candidate:
    event = TrainModelInput(execution=run.execution, settings=run.settings, splits=run.splits, candidate="lightgbm")
    dependencies = TrainModelDependencies(
        files=run.world.files,
        cores=1,
        clock=run.world.clock,
        pool=HereAndNow(run.world.store),
        distributed_rows=100,
        seconds_left=lambda: 600.0,
    )
    return step.run(event, dependencies)


@pytest.mark.parametrize("rotates", [True, False])
def test_workers_train_the_same_on_tables_that_stay_in_their_files(*, rotates: bool) -> None:
    rows = frame(900).assign(shop=lambda each: "shop " + (each["c"] * 20).round().astype(int).astype(str))
    run = Run(rows, candidates=("lightgbm",), rotate_validation=rotates)
    stored = in_parts(run)
    found = [trained(each) for each in (run, stored)]
    assert found[0].average_precision > 2 * rows["is_fraud"].mean()
    assert found[0] == found[1].model_copy(update={"seconds": found[0].seconds})
    scores = [each.read("lightgbm_scores.parquet") for each in (run, stored)]
    assert scores[0] == scores[1]
    assert CollectiveJob.model_validate_json(stored.read("lightgbm_workers/1/job.json")).workers == 1
