"""Histories through the steps of a run: columns of every split, the events behind them, and champions with others."""

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.splitting import SPLITS, SplitName
from functions.core.data.tables import LabelledTable, from_parquet
from functions.core.errors import InvalidSettingsError
from functions.core.histories.events import read_events
from functions.core.histories.events_file import from_parquet as read_history
from functions.core.histories.table_histories import table_plan, without_histories
from functions.core.histories.table_past import past_columns
from functions.core.training.persistence import load_model
from functions.core.training.raw_input import RawInputClassifier
from functions.history_settings import HistorySettings
from functions.run.history_events import HISTORY_EVENTS
from tests.carded import HOURLY, payments
from tests.old_makers import old_training
from tests.runs import Run, World

WEEKLY = HistorySettings(windows=("7d",), aggregates=("count", "mean"))
# So that a model of few rows is worth it.
WORTH: dict[str, Any] = {"cost_false_alarm": 20.0}


def read(run: Run, uri: str) -> LabelledTable:
    return from_parquet(run.world.store.read(uri))


def parts(run: Run) -> dict[SplitName, LabelledTable]:
    return {name: read(run, run.splits.uris[name]) for name in SPLITS}


def test_every_split_has_the_columns_of_the_whole_table() -> None:
    run = Run(payments(), histories=HOURLY)
    whole = read(run, run.loaded.dataset.uri)
    assert not whole.histories
    found = parts(run)
    plan = table_plan(found["train"])
    assert plan is not None
    assert (plan.entities, plan.clock, plan.amount, plan.merchant) == (
        ("card_number",),
        "paid_at",
        "amount",
        "merchant",
    )
    events = read_events(plan, {name: whole.X[name] for name in plan.sources})
    wanted = whole.X.assign(**past_columns(plan, events, events))
    rows = pd.concat([each.X for each in found.values()])
    assert list(rows) == [*whole.X, *plan.names]
    order = ["paid_at", "card_number", "amount", "noise"]
    pd.testing.assert_frame_equal(
        rows.sort_values(order, ignore_index=True), wanted.sort_values(order, ignore_index=True), check_exact=True
    )
    assert all(found["test"].kinds[name] == "numeric" for name in plan.names)
    assert {column.name: column.usual for column in plan.columns}["card_number_count_1h"] == 0


@pytest.mark.parametrize("split", ["stratified", "last_rows", "time"])
def test_histories_change_no_split(split: str) -> None:
    settings: dict[str, Any] = {"split": split, "time_column": "paid_at"}
    without, with_them = Run(payments(), **settings), Run(payments(), histories=HOURLY, **settings)
    for name, part in parts(with_them).items():
        assert part.histories
        pd.testing.assert_frame_equal(without_histories(part).X, parts(without)[name].X)
    assert without.splits.explanation == with_them.splits.explanation


def test_a_run_without_definitions_has_no_histories() -> None:
    run = Run(payments())
    assert all(not part.histories and list(part.X)[-1] == "noise" for part in parts(run).values())
    assert run.splits.events_uri is None
    assert not any("Histor" in note for note in run.loaded.dataset.notes)


def test_the_events_are_those_of_the_file() -> None:
    run = Run(payments(), histories=HOURLY)
    assert run.splits.events_uri is not None
    plan, events = read_history(run.world.store.read(run.splits.events_uri))
    whole = read(run, run.loaded.dataset.uri)
    again = read_events(plan, {name: whole.X[name] for name in plan.sources})
    assert sorted(again.ids.tolist()) == sorted(events.ids.tolist())
    assert np.all(np.diff(events.moments) >= 0)


def test_a_run_says_which_histories_there_are_and_which_not() -> None:
    frame = payments().assign(device_id=[f"D{row}" for row in range(900)])
    notes = Run(frame, histories=HOURLY, roles={"device_id": "entity"}).loaded.dataset.notes
    assert (
        "Histories of 'card_number' along 'paid_at': 14 columns of the last 1h, 1d, amounts by 'amount', merchants by "
        "'merchant'." in notes
    )
    assert "No history of 'device_id': hardly any of its values occurs again." in notes


def test_columns_that_definitions_name_are_what_they_are_named_as() -> None:
    frame = payments().rename(columns={"card_number": "kind", "amount": "sum"})
    own = HOURLY.model_copy(update={"entities": ("kind",), "amount": "sum"})
    run = Run(frame, histories=own)
    table = parts(run)["train"]
    assert table.roles["kind"] == "entity"
    assert table.X["kind"].str.startswith("h:").all()
    plan = table_plan(table)
    assert plan is not None
    assert (plan.entities, plan.amount) == (("kind",), "sum")


def test_a_column_that_is_not_there_is_refused_before_anything_is_trained() -> None:
    own = HOURLY.model_copy(update={"merchant": "merchnt"})
    with pytest.raises(InvalidSettingsError, match=r"name 'merchnt' as merchant, .* it has 'merchant'"):
        _ = Run(payments(), histories=own).loaded


def test_the_model_carries_the_plan_and_scores_rows_of_a_file() -> None:
    run = Run(payments(), histories=HOURLY)
    model = load_model(run.world.store.read(run.model.uri))
    assert isinstance(model, RawInputClassifier)
    assert model.plan == table_plan(parts(run)["train"])
    rows = payments().drop(columns="is_fraud")
    assert model.predict_proba(rows).shape == (900, 2)


def test_the_events_are_an_artifact_and_the_example_has_the_files_columns() -> None:
    run = Run(payments(), histories=HOURLY)
    _ = run.log, run.logged
    [logged] = run.world.tracking.runs.values()
    assert run.splits.events_uri is not None
    assert logged.artifacts[HISTORY_EVENTS] == run.world.store.read(run.splits.events_uri)
    assert list(run.world.tracking.models[run.opened.mlflow_model_id].input_example) == [
        *("paid_at", "card_number", "merchant", "amount", "noise")
    ]


def _crowned(world: World, **settings: Any) -> Run:  # noqa: ANN401 - of several types
    run = Run(payments(), world, name="then", **{**WORTH, **settings})
    assert run.registration.alias == "champion"
    return run


@pytest.mark.parametrize(("then", "now"), [(HOURLY, WEEKLY), (HOURLY, None), (None, HOURLY), (HOURLY, HOURLY)])
def test_a_champion_is_given_its_own_histories(then: HistorySettings | None, now: HistorySettings | None) -> None:
    world = World()
    _crowned(world, histories=then)
    run = Run(payments(seed=1, start=1_769_000_000), world, name="now", histories=now, **WORTH)
    assert run.drift.champion_scored
    assert run.drift.champion_scores is not None
    assert (run.drift.columns_missing, run.drift.columns_added) == (0, 0)
    assert run.drift.verdict != "another_table"


def test_a_champion_with_a_history_within_is_compared_as_it_was() -> None:
    world = World()
    with old_training():
        _crowned(world)
    run = Run(payments(seed=1), world, name="now", histories=HOURLY, **WORTH)
    assert run.drift.champion_scored
    assert (run.drift.columns_missing, run.drift.columns_added) == (0, 0)


def test_rows_that_a_champion_was_trained_on_are_known_whatever_came_before_them() -> None:
    world = World()
    then = payments()
    run = Run(then.iloc[450:], world, name="then", histories=HOURLY, **WORTH)
    assert run.registration.alias == "champion"
    # Another seed is another split: without one, the rows of either test are the same.
    again = Run(then, world, name="now", histories=HOURLY, seed=7, **WORTH)
    assert again.drift.champion_scores is not None
    kept = pd.read_parquet(io.BytesIO(world.store.read(again.drift.champion_scores.uri)))
    # Of the second half, whose rows have longer histories now, four in five were trained on.
    assert 0.3 < 1 - kept["unseen"].mean() < 0.5


def test_a_champion_whose_entity_is_gone_is_compared_on_the_other_columns() -> None:
    world = World()
    _crowned(world, histories=HOURLY)
    run = Run(payments(seed=1).drop(columns="card_number"), world, name="now", histories=HOURLY, **WORTH)
    assert run.drift.verdict != "another_table"
    assert run.drift.columns_missing == 1
    assert "1 column of the champion's 5 is missing (card_number)" in run.drift.explanation
