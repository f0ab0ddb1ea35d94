"""RegisterModel: champion and challenger on the rows that the champion has not seen."""

import io
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.rows import hash_rows_by_name
from functions.core.data.tables import from_parquet
from tests import poison
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame


def decision(run: Run) -> dict[str, Any]:
    assert run.registration.decision_uri == "s3://runs/two/decision.json"
    document: dict[str, Any] = json.loads(run.read("decision.json"))
    return document


def crowned(rows: pd.DataFrame) -> World:
    """Return a world in which a model that was trained on these rows is the champion."""
    world = World()
    assert Run(rows, world, name="one", rotate_validation=False, **WORTH_A_MODEL).registration.alias == "champion"
    return world


@pytest.fixture(scope="module")
def reign() -> World:
    return crowned(frame(600))


def after(reign: World, challenger: pd.DataFrame, **settings: Any) -> Run:  # noqa: ANN401
    """Run in a copy of a world that has a champion."""
    return Run(challenger, deepcopy(reign), name="two", rotate_validation=False, **{**WORTH_A_MODEL, **settings})


def crowned_since(run: Run) -> None:
    """Replace the champion that DetectDrift has asked."""
    run.drift = run.drift.model_copy(update={"champion_version": "0"})


def test_a_first_model_becomes_the_champion(first: Run) -> None:
    assert (first.registration.alias, first.registration.version) == ("champion", "1")
    assert first.registration.reason.startswith("First champion: cost ")
    [(_, registered, _)] = first.world.tracking.versions["fraud-detector"]
    assert registered.tags["fraudflow.threshold"] == f"{first.model.threshold:.6g}"
    assert registered.model_id == first.opened.mlflow_model_id


def test_a_challenger_that_is_cheaper_beyond_the_noise_becomes_the_champion() -> None:
    """The champion was trained where one of the two columns that tell was noise."""
    blind = frame(600).assign(b=np.random.default_rng(9).normal(size=600))
    run = after(crowned(blind), frame(1200, seed=1))
    assert run.registration.alias == "champion"
    assert run.registration.reason.startswith("Cheaper than the champion beyond the noise")
    made = decision(run)
    assert made["promote"]
    assert made["comparison"]["paired"]["cost"]["high"] < 0
    assert made["comparison"]["rows_left_out"] == 0


def test_rows_that_the_champion_was_trained_on_are_left_out(reign: World) -> None:
    run = after(reign, pd.concat([frame(600), frame(900, seed=1)]), seed=7)
    seen = np.load(io.BytesIO(run.world.store.objects["s3://runs/one/seen_rows.npy"]))
    test = from_parquet(run.world.files.read(run.splits.uris["test"]))
    left_out = int(np.isin(hash_rows_by_name(test.X), seen).sum())
    assert 0 < left_out < len(test.y)
    compared = decision(run)["comparison"]
    assert compared["rows_left_out"] == left_out
    assert compared["paired"]["rows"] == len(test.y) - left_out
    assert f"on the same {len(test.y) - left_out:,} test rows" in run.registration.reason


@pytest.mark.parametrize("columns", [["a", "b", "c", "amount", "channel"], ["channel", "c", "b", "amount", "a"]])
def test_a_champion_that_was_trained_on_nearly_all_of_them_stays(reign: World, columns: list[str]) -> None:
    run = after(reign, frame(600)[[*columns, "is_fraud"]], seed=7)
    assert run.registration.alias == "challenger"
    assert run.registration.reason.startswith("The champion can't be compared, as it was trained on")
    assert decision(run)["comparison"]["frauds"] < 10


def test_where_the_champions_run_does_not_say_what_it_has_seen_all_rows_count(reign: World) -> None:
    run = after(reign, frame(600), seed=7)
    del run.world.tracking.runs["run-of-one"].artifacts["seen_rows.npy"]
    compared = decision(run)["comparison"]
    assert compared["rows_left_out"] == 0
    assert compared["paired"]["rows"] == run.splits.counts["test"].rows


@pytest.mark.parametrize("drifted", [False, True])
def test_a_challenger_that_is_no_worse_becomes_the_champion_where_the_data_has_drifted(
    reign: World, *, drifted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The champion decides exactly as the challenger does; only drift is left to tell them apart."""
    run = after(reign, frame(900, seed=1).assign(c=lambda rows: rows["c"] + 3 * drifted))
    assert run.drift.verdict == ("retrain" if drifted else "stable")
    assert run.model
    crowned_since(run)
    monkeypatch.setattr(run.world.tracking, "model_bytes", lambda _: run.read("model.skops"))
    assert run.registration.alias == ("champion" if drifted else "challenger")
    assert decision(run)["drifted"] is drifted
    assert run.registration.reason.startswith("No worse than the champion" if drifted else "Not cheaper than")


@pytest.mark.thorough
@pytest.mark.parametrize("kind", poison.POISONS)
def test_a_poisoned_champion_is_a_stated_case_and_nothing_of_it_is_run(
    reign: World, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, refusal = poison.POISONS[kind]
    run = after(reign, frame(600, seed=1))
    monkeypatch.setattr(run.world.tracking, "model_bytes", lambda _: make(tmp_path / "mark"))
    assert run.drift.champion_scores is None
    assert run.registration.alias == "challenger"
    assert refusal in run.registration.reason
    assert not (tmp_path / "mark").exists()


def test_a_poisoned_list_of_what_the_champion_has_seen_is_a_stated_case(reign: World, tmp_path: Path) -> None:
    run = after(reign, frame(600, seed=1))
    run.world.tracking.runs["run-of-one"].artifacts["seen_rows.npy"] = poison.array(tmp_path / "mark")
    assert run.registration.alias == "challenger"
    assert "which rows it was trained on can't be read from its seen_rows.npy" in run.registration.reason
    assert not (tmp_path / "mark").exists()


def test_missed_frauds_cost_their_amounts(reign: World) -> None:
    rows = frame(900, seed=1).assign(amount=lambda rows: rows["amount"].abs() * 100)
    run = after(reign, rows, cost_missed_fraud_column="amount")
    test = from_parquet(run.world.files.read(run.splits.uris["test"]))
    comparison = decision(run)["comparison"]
    lost = test.X["amount"][test.y == 1].sum()
    for contender in ("champion", "challenger"):
        assert comparison[contender]["impact"]["cost_of_doing_nothing"] == pytest.approx(lost)


def test_what_the_champion_has_scored_beside_the_training_is_not_asked_again(
    reign: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, again = (after(reign, frame(900, seed=1)) for _ in range(2))
    assert asked.drift.champion_scores is not None
    assert asked.evaluation
    assert asked.logged
    # Nor are the test rows read.
    del asked.world.store.objects[asked.splits.uris["test"]]
    monkeypatch.setattr(asked.world.tracking, "model_bytes", lambda _: pytest.fail("The champion is asked again."))
    crowned_since(again)
    assert decision(asked) == decision(again)


@pytest.mark.thorough
def test_a_champion_that_has_lost_its_files_is_replaced(reign: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run = after(reign, frame(900, seed=1))
    monkeypatch.setattr(run.world.tracking, "model_bytes", lambda _: None)
    assert run.drift.champion_scores is None
    assert run.registration.alias == "champion"
    assert run.registration.reason.startswith("Version 1, the champion, has lost its files. ")


def test_a_champion_whose_column_vanished_stays_and_the_column_is_named(reign: World) -> None:
    run = after(reign, frame(900, seed=1).drop(columns="b"))
    assert run.drift.verdict == "retrain"
    assert run.registration.alias == "challenger"
    assert "1 column of the champion's 5 is missing (b)" in run.registration.reason
    assert "{" not in run.registration.reason


def other_table() -> pd.DataFrame:
    return frame(900, seed=1).rename(columns={name: f"claim_{name}" for name in ("a", "b", "c", "amount", "channel")})


@pytest.mark.parametrize("files_lost", [False, True])
def test_a_champion_of_another_table_is_neither_compared_nor_replaced(
    reign: World, *, files_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = after(reign, other_table())
    if files_lost:
        monkeypatch.setattr(run.world.tracking, "model_bytes", lambda _: None)
    assert run.drift.verdict == "another_table"
    assert run.registration.alias == "challenger"
    assert "looks like another table: 0 of 5 columns in common" in run.registration.reason
    assert "FRAUDFLOW_MODEL_NAME" in run.registration.reason
    assert "{" not in run.registration.reason


def test_a_champion_without_a_profile_is_not_described_by_a_set(reign: World) -> None:
    run = after(reign, other_table())
    del run.world.tracking.runs["run-of-one"].artifacts["reference.json"]
    assert run.drift.verdict == "no_reference"
    assert run.registration.alias == "challenger"
    assert "columns are missing: 'a', 'amount', 'b', 'c', 'channel'" in run.registration.reason


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 5))])
def test_a_model_that_was_trained_on_noise_is_no_better_than_no_model_and_no_champion(seed: int) -> None:
    """Fraud rate 9.5 %, labels dealt out at random, default prices: it alarms on nearly everything."""
    rng = np.random.default_rng(seed)
    rows = frame(2000, seed)
    rows["is_fraud"] = rng.permutation(np.repeat([1, 0], [190, 1810]))
    candidates = ("lightgbm", "logistic_regression", "ensemble") if seed == 0 else ("logistic_regression",)
    run = Run(rows, candidates=candidates, seed=seed)
    assert run.publication
    impact, saved = run.evaluation.impact, run.evaluation.intervals["saved"]
    assert impact.cost_of_doing_nothing > impact.cost_without_model  # type: ignore[operator]
    assert saved.low <= 0
    assert run.registration.alias == "challenger"
    assert run.registration.champion is None
    assert run.registration.reason.startswith("Not promoted: the model ")
    assert f"the saving is {impact.saved:,.0f}" in run.registration.reason or "chance" in run.registration.reason
    [(_, registered, _)] = run.world.tracking.versions["fraud-detector"]
    assert registered.tags["fraudflow.better_than_no_model"] == "false"
    page = run.read("report.html").decode()
    assert "New champion" not in page
    assert run.registration.reason in page


def test_a_later_run_says_why_there_is_no_champion_and_can_become_the_first() -> None:
    world, rows = World(), frame(600)
    noise = rows.assign(is_fraud=np.random.default_rng(0).permutation(rows["is_fraud"]))
    refused = Run(noise, world, name="one", rotate_validation=False, **WORTH_A_MODEL)
    assert refused.registration.alias == "challenger"
    run = Run(rows, world, name="two", rotate_validation=False, **WORTH_A_MODEL)
    assert run.drift.verdict == "no_reference"
    why = refused.registration.reason.removeprefix("Not promoted: ")
    assert run.drift.explanation == (f"'fraud-detector' has no champion yet; of version 1 it was said: {why}")
    assert (run.registration.alias, run.registration.champion) == ("champion", "2")


def test_what_puts_the_champion_at_a_disadvantage_is_part_of_the_reason(reign: World) -> None:
    run = after(reign, frame(900, seed=1))
    run.drift = run.drift.model_copy(update={"champion_note": "All cards are new to it."})
    assert run.registration.reason.endswith("All cards are new to it.")
    assert decision(run)["reason"] == run.registration.reason
