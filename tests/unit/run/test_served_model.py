"""A registered version is loaded with its scorer, its costs and an example."""

import numpy as np
import pytest

from functions.core.errors import UnreadableModelError
from functions.core.scoring.input_reading import read_frame, read_transactions
from functions.core.training.persistence import load_model
from functions.ports import Champion
from functions.run import served_model
from tests import tables
from tests.runs import Run, World


@pytest.fixture(scope="module")
def run() -> Run:
    done = Run(tables.frame(600), cost_missed_fraud=70, cost_false_alarm=20)
    assert done.registration.version == "1"
    return done


def _version(run: Run) -> Champion:
    found = run.world.tracking.version(run.settings.model_name, version="1")
    assert found is not None
    return found


def test_it_scores_as_the_registered_model_does(run: Run) -> None:
    served = served_model.load(run.world.tracking, _version(run))
    rows = tables.frame(200, seed=3).drop(columns="is_fraud")
    model = load_model(run.world.tracking.model_bytes(_version(run)) or b"")
    expected = model.predict_proba(rows)[:, 1]
    np.testing.assert_allclose(served.scorer.scores(read_frame(rows, served.scorer.columns)), expected, atol=1e-12)
    assert served.scorer.threshold == model.threshold


def test_its_costs_are_those_of_its_run(run: Run) -> None:
    served = served_model.load(run.world.tracking, _version(run))
    assert (served.costs.missed_fraud, served.costs.false_alarm) == (70, 20)
    assert served.fraud_cost_column is None


def test_its_example_can_be_scored(run: Run) -> None:
    served = served_model.load(run.world.tracking, _version(run))
    assert set(served.example) == {column.name for column in served.scorer.columns}
    score = served.scorer.scores(read_transactions([served.example], served.scorer.columns))
    assert 0 < score[0] < 1


def test_a_version_without_files_is_named(run: Run) -> None:
    world = World()
    world.tracking.versions = run.world.tracking.versions
    world.tracking.model_bytes = lambda _: None  # type: ignore[assignment, method-assign]
    with pytest.raises(UnreadableModelError, match="The files of 'fraud-detector' version 1 are gone from MLflow"):
        served_model.load(world.tracking, _version(run))
