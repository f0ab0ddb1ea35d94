"""Runs where there is a champion, or none that can be compared with."""

import numpy as np
import pandas as pd
import pytest

from tests.pipeline.machine import Pipeline, csv, succeeded
from tests.tables import frame


@pytest.mark.thorough
def test_the_same_data_again_has_no_drift_and_does_not_take_the_throne(reigned: Pipeline) -> None:
    output = succeeded(reigned, reigned.upload(csv(frame(900))))
    assert output.results.drift.verdict == "stable"
    assert output.results.drift.champion_version == "1"
    assert (output.registration.version, output.registration.alias) == ("2", "challenger")


@pytest.mark.thorough
def test_shifted_data_is_told_to_retrain(reigned: Pipeline) -> None:
    shifted = frame(600, seed=1).assign(a=lambda rows: rows["a"] + 2)
    drift = succeeded(reigned, reigned.upload(csv(shifted))).results.drift
    assert drift.verdict == "retrain"
    assert drift.top_features[0].feature == "a"


@pytest.mark.thorough
def test_other_columns_than_the_champions_are_a_stated_case(reigned: Pipeline) -> None:
    other = frame(600, seed=1).rename(columns={"b": "balance"})
    output = succeeded(reigned, reigned.upload(csv(other)))
    assert output.registration.alias == "challenger"
    assert "can't score the new data" in output.registration.reason


def claims(rows: int = 900) -> pd.DataFrame:
    """Make insurance claims, which share nothing but an ``amount`` with the champion's transactions."""
    rng = np.random.default_rng(3)
    fraud = rng.random(rows) < 0.1
    return pd.DataFrame(
        {
            "incident_type": rng.choice(["theft", "collision", "parked car"], rows),
            "policy_years": rng.integers(0, 30, rows),
            "witnesses": rng.poisson(1, rows),
            "amount": (rng.lognormal(7, 1, rows) * (1 + 3 * fraud)).round(2),
            "police_report": rng.choice(["yes", "no"], rows),
            "fraud": fraud.astype(int),
        }
    )


@pytest.mark.thorough
def test_another_kind_of_table_is_told_as_one_and_trains_without_touching_the_champion(reigned: Pipeline) -> None:
    output = succeeded(reigned, reigned.upload(csv(claims())))
    drift, registration = output.results.drift, output.registration
    assert (drift.verdict, drift.drift_score, drift.champion_scored) == ("another_table", None, False)
    assert (drift.columns_missing, drift.columns_added, drift.columns_changed_kind) == (4, 4, 0)
    assert drift.explanation == (
        "This looks like another table: 1 of 5 columns in common with the champion's data; "
        "give it a model of its own by another FRAUDFLOW_MODEL_NAME."
    )
    assert (registration.alias, registration.champion) == ("challenger", "1")
    assert drift.explanation.removesuffix(".") in registration.reason
    assert output.evaluation.metrics["test_average_precision"] > 0.1
    page = reigned.read(output.publication.report_uri).decode()
    assert "Another table" in page
    assert "{&#x27;" not in page


@pytest.mark.thorough
def test_another_kind_of_table_under_a_name_of_its_own_has_a_champion_of_its_own(reigned: Pipeline) -> None:
    output = succeeded(reigned, reigned.upload(csv(claims()), model_name="claims"))
    assert output.results.drift.verdict == "no_reference"
    assert "another table" not in output.registration.reason
    champion = reigned.tracking.champion("fraud-detector")
    assert champion is not None
    assert champion.version == "1"


@pytest.mark.thorough
def test_a_column_that_vanished_is_not_stable(reigned: Pipeline) -> None:
    output = succeeded(reigned, reigned.upload(csv(frame(900, seed=1).drop(columns="channel"))))
    assert (output.results.drift.verdict, output.results.drift.columns_missing) == ("retrain", 1)
    assert "1 column of the champion's 5 is missing (channel)" in output.results.drift.explanation
    assert "1 column of the champion's 5 is missing (channel)" in output.registration.reason


@pytest.mark.thorough
def test_a_champion_that_can_not_be_read_is_a_stated_case(reigned: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reigned.tracking, "model_bytes", lambda _: b"damaged")
    output = succeeded(reigned, reigned.upload(csv(frame(600, seed=1))))
    assert output.registration.alias == "challenger"
    assert "can't be read" in output.registration.reason


@pytest.mark.thorough
def test_a_champion_that_has_lost_its_files_is_replaced(reigned: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reigned.tracking, "model_bytes", lambda _: None)
    output = succeeded(reigned, reigned.upload(csv(frame(600, seed=1))))
    assert output.registration.alias == "champion"
    assert "has lost its files" in output.registration.reason


@pytest.mark.thorough
def test_a_champion_that_another_run_made_meanwhile_keeps_its_alias(
    reigned: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reigned.tracking.champion
    monkeypatch.setattr(reigned.tracking, "champion", lambda *_, **__: None)
    output = succeeded(reigned, reigned.upload(csv(frame(600))))
    champion = real("fraud-detector")
    assert champion is not None
    assert champion.version == "1"
    assert output.registration.alias == "challenger"
