"""Runs whose tables stay in files of several parts: every state leaves what it leaves of the same tables in memory."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pandas as pd
import pytest

from functions.core.data import sampled_rows, tables
from functions.core.data.tables import LabelledTable
from functions.core.training import scored_blocks
from functions.detect_drift.compared_rows import ComparedRows
from functions.gather_training_data import champion_rows
from functions.run import champion_past
from tests.carded import HOURLY, payments
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame
from tests.unit.steps.gathered import Circle
from tests.unit.steps.stored_runs import PART_ROWS, in_parts

GROUP_ROWS = 50


@pytest.fixture(autouse=True, scope="module")
def _small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "GROUP_ROWS", GROUP_ROWS)
        patch.setattr(scored_blocks, "BLOCK_ROWS", 64)
        yield


def crowned(rows: pd.DataFrame, **settings: Any) -> World:  # noqa: ANN401
    """Return a world with a champion."""
    world = World()
    assert Run(rows, world, name="before", **settings).registration.alias == "champion"
    return world


@pytest.fixture(scope="module")
def pair() -> tuple[Run, Run]:
    """A run against a champion, of drifted rows, and the same in parts."""
    world = crowned(frame(600), **WORTH_A_MODEL)
    settings = {**WORTH_A_MODEL, "candidates": ("lightgbm", "logistic_regression", "ensemble")}
    # A column that names no time by its name, so that the rows have a clock all the same.
    rows = frame(900, seed=1).assign(c=lambda each: each["c"] + 3)
    run = Run(rows, world, cost_missed_fraud_column=None, **settings)
    return run, in_parts(run)


def test_the_evaluation_is_the_same(pair: tuple[Run, Run]) -> None:
    whole, stored = pair
    assert stored.evaluation == whole.evaluation
    for name in ("evaluation.json", "test_scores.parquet", "reference.json"):
        assert stored.read(name) == whole.read(name), name


def test_the_drift_report_is_the_same(pair: tuple[Run, Run]) -> None:
    whole, stored = pair
    # The test rows are scored part by part.
    assert stored.drift.champion_in_parts is not None
    here = {"champion_scores": None, "champion_in_parts": stored.drift.champion_in_parts}
    assert stored.drift == whole.drift.model_copy(update=here)
    assert whole.drift.champion_scored
    assert whole.drift.champion_scores
    assert whole.drift.n_drifted_features == 1
    assert stored.read("drift.json") == whole.read("drift.json")


def test_the_explanation_is_the_same(pair: tuple[Run, Run]) -> None:
    whole, stored = pair
    assert stored.explanation == whole.explanation
    assert stored.read("importances.json") == whole.read("importances.json")


def test_the_logged_model_has_the_same_example(pair: tuple[Run, Run]) -> None:
    whole, stored = pair
    assert stored.logged == whole.logged
    first, second = (run.world.tracking.models[run.opened.mlflow_model_id].input_example for run in pair)
    pd.testing.assert_frame_equal(first, second)


def test_a_champion_that_came_meanwhile_scores_the_same(pair: tuple[Run, Run]) -> None:
    """RegisterModel then has the test rows scored itself."""
    reasons = []
    for run in map(deepcopy, pair):
        drift = run.drift.model_copy(update={"champion_version": "0", "champion_scores": None})
        run.drift = drift
        reasons.append(run.registration.reason)
    assert reasons[0] == reasons[1]
    assert "on the same" in reasons[0]


def test_models_are_trained_on_tables_that_stay_in_their_files(pair: tuple[Run, Run]) -> None:
    whole, stored = (deepcopy(run) for run in pair)
    for name in ("model", "candidates"):
        stored.__dict__.pop(name)
    assert stored.model.thresholds == whole.model.thresholds
    assert stored.model.validation == whole.model.validation
    for name in (
        "lightgbm_scores.parquet",
        "ensemble_scores.parquet",
        "training_profile.json",
        "reference_sample.parquet",
    ):
        assert stored.read(name) == whole.read(name), name


def test_latest_rows_are_compared_the_same() -> None:
    run = Run(payments(), time_column="paid_at", **WORTH_A_MODEL)
    stored = in_parts(run)
    assert run.explanation.by_clock is not None
    assert stored.explanation == run.explanation


def test_amounts_are_read_from_files() -> None:
    run = Run(frame(600).assign(amount=lambda rows: rows["amount"].abs()), cost_missed_fraud_column="amount")
    stored = in_parts(run)
    assert stored.evaluation == run.evaluation
    assert stored.read("test_scores.parquet") == run.read("test_scores.parquet")


def test_a_champion_with_histories_knows_the_same_past() -> None:
    world = crowned(payments(), histories=HOURLY, **WORTH_A_MODEL)
    run = Run(payments(seed=1), world, name="now", histories=HOURLY, **WORTH_A_MODEL)
    stored = in_parts(run)
    assert run.drift.champion_scored
    assert stored.drift == run.drift.model_copy(update={"champion_scores": None})
    assert stored.read("drift.json") == run.read("drift.json")
    assert stored.registration.reason == run.registration.reason


def test_of_too_many_rows_no_histories_are_made_and_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(champion_past, "MOST_EVENTS", 500)
    world = crowned(payments(), histories=HOURLY, **WORTH_A_MODEL)
    run = Run(payments(seed=1), world, name="now", histories=HOURLY, **WORTH_A_MODEL)
    assert run.drift.champion_scores is None
    assert run.drift.verdict != "no_reference"
    said = json.loads(run.read("drift.json"))["notes"][0]
    assert "its histories are not made of 900 new rows, which are more than 500" in said
    assert "its histories are not made" in run.registration.reason


def test_of_many_rows_a_sample_is_compared_and_the_report_says_so(
    pair: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampled_rows, "SAMPLED_CELLS", 5 * 850)
    whole, stored = (deepcopy(run) for run in pair)
    stored.__dict__.pop("drift", None)
    assert stored.drift.verdict == whole.drift.verdict
    assert stored.drift.fraud_rate == whole.drift.fraud_rate
    assert stored.drift.n_drifted_features == whole.drift.n_drifted_features
    report = json.loads(stored.read("drift.json"))
    assert report["rows"] == 850
    said = "Columns were compared by 850 of the 900 new rows, drawn at random; labels by all of them."
    assert said in report["notes"]


def test_rows_are_drawn_from_groups_over_the_whole_table(
    pair: tuple[Run, Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampled_rows, "READ_GROUPS", 4)
    stored = pair[1]
    data = stored.world.files.open_table(stored.loaded.dataset.uri)
    found = ComparedRows.of(data, seed=0)
    in_memory: LabelledTable = stored.world.files.read_table(stored.loaded.dataset.uri)
    # The first and the last group, and two between; the parts' last groups have fewer rows.
    places = in_memory.X.reset_index().merge(found.table.X, on=list(in_memory.X))["index"].to_numpy()
    assert len(found.table.y) == len(places)
    assert (places[0], places[-1]) == (0, 899)
    assert len(places) <= 4 * GROUP_ROWS


def test_the_champions_rows_are_read_from_parts_for_a_retraining(monkeypatch: pytest.MonkeyPatch) -> None:
    circle = Circle()
    circle.train()
    circle.decide(900, days=99)
    circle.label()
    stored = deepcopy(circle)
    kept = "s3://runs/first/dataset.parquet"
    first = Run(frame(10), stored.world, name="first")
    uri = stored.world.files.write_parts(first.execution, "dataset", stored.world.files.read_table(kept), PART_ROWS)
    for run in stored.world.tracking.runs.values():
        for name, body in run.artifacts.items():
            run.artifacts[name] = body.replace(kept.encode(), uri.encode())
    stored.world.most_cells = 1
    assert stored.gather().digest == circle.gather().digest
    monkeypatch.setattr(champion_rows, "MOST_CELLS", 8 * 400)
    some = stored.gather("look-2")
    [note] = [each for each in some.notes if "drawn at random" in each]
    assert note == "Of 600 rows that were trained on before there were decisions, 400 were drawn at random."
    assert some.rows == circle.gather().rows - 200


def test_thinned_tables_are_explained_the_same() -> None:
    run = Run(payments(), time_column="paid_at", legitimate_share=0.5, **WORTH_A_MODEL)
    assert run.world.files.read_table(run.splits.uris["validation"]).weights is not None
    stored = in_parts(run)
    assert stored.explanation == run.explanation
    assert stored.read("importances.json") == run.read("importances.json")
