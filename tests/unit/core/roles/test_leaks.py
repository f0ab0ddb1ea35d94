"""Columns that know the label: what is as good as certain is left out, and what is honest is never dropped."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.roles.description import notes
from functions.core.roles.leaks import LeakSearch
from functions.core.roles.pinned_roles import RoleChoices
from tests.unit.core.roles.examined import examined

ROWS = 4000
RNG = np.random.default_rng(11)
FRAUD = RNG.random(ROWS) < 0.05
NOISE = RNG.normal(size=ROWS)
NOTHING: Any = None
DATES: Any = pd.date_range("2025-01-01", periods=ROWS, freq="h").strftime("%Y-%m-%d").to_numpy(dtype=object)


def roles(columns: dict[str, Any], **choices: Any) -> dict[str, str]:  # noqa: ANN401 - as RoleChoices takes them
    """Return the roles of columns beside honest ones and the label; one that is kept has a plus in front."""
    found = examined({"amount": np.exp(NOISE), **columns, "is_fraud": FRAUD.astype(int)}, **choices)
    return {each.name: f"{'+' if each.used else ''}{each.role}" for each in found.roles}


def told(columns: dict[str, Any], **choices: Any) -> str:  # noqa: ANN401 - likewise
    found = examined({"amount": np.exp(NOISE), **columns, "is_fraud": FRAUD.astype(int)}, **choices)
    return " ".join(notes(found, RoleChoices(**choices)))


def strong(separation: float) -> Any:  # noqa: ANN401 - an array
    return NOISE + separation * FRAUD


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("chargeback_date", np.where(FRAUD, DATES, NOTHING)),
        ("any_date", np.where(FRAUD, DATES, NOTHING)),
        ("approved_at", np.where(FRAUD, NOTHING, DATES)),
        ("dispute_reason", np.where(FRAUD & (NOISE > 0), "stolen", NOTHING)),
        ("refund_amount", np.where(FRAUD, np.exp(NOISE), 0.0)),
        ("second label", np.where(FRAUD, "bad", "fine")),
        ("isFlaggedFraud", (FRAUD & (NOISE > 1)).astype(int)),
        ("case_closed", FRAUD.astype(int)),
    ],
)
def test_what_is_as_good_as_certain_is_left_out_and_said_loudly(name: str, values: Any) -> None:  # noqa: ANN401
    assert roles({name: values})[name] == "leak"
    said = told({name: values})
    assert f"LEAK: column '{name}' knows the label, and is left out" in said
    assert "FRAUDFLOW_LEAKS=warn keeps it" in said


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("V14", strong(3)),
        ("V14", strong(6)),
        ("score", np.where(RNG.random(ROWS) < 0.02, np.nan, strong(4))),
        ("email", np.where(RNG.random(ROWS) < 0.3 + 0.4 * FRAUD, NOTHING, DATES)),
        ("newbalanceOrig", np.where(FRAUD, 0.0, np.exp(NOISE) * (NOISE > 0))),
        ("duration", strong(2)),
        ("blocked_before", (RNG.random(ROWS) < 0.1 + 0.3 * FRAUD).astype(int)),
    ],
)
def test_a_strong_honest_feature_is_kept(name: str, values: Any) -> None:  # noqa: ANN401
    assert roles({name: values})[name].startswith("+")


@pytest.mark.parametrize(
    ("name", "values"),
    [("duration", strong(2)), ("anything", strong(8)), ("investigation_days", NOISE), ("fraud_score", strong(1.5))],
)
def test_a_suspect_is_kept_with_a_warning(name: str, values: Any) -> None:  # noqa: ANN401
    said = told({name: values})
    assert f"Suspected leak: column '{name}' may know the label, and is kept" in said
    assert "FRAUDFLOW_LEAKS=drop leaves it out" in said


@pytest.mark.parametrize("name", ["V14", "session_length", "balance"])
def test_what_only_helps_is_not_suspected(name: str) -> None:
    assert "leak" not in told({name: strong(2)}).lower()


def test_the_setting_decides_for_all() -> None:
    columns = {"chargeback_date": np.where(FRAUD, DATES, NOTHING), "duration": strong(2)}

    assert roles(columns, leaks="drop") == {
        "amount": "+amount",
        "chargeback_date": "leak",
        "duration": "leak",
        "is_fraud": "target",
    }
    for policy, warned in (("warn", True), ("keep", False)):
        kept = roles(columns, leaks=policy)
        assert (kept["chargeback_date"], kept["duration"]) == ("+time", "+number")
        assert ("Suspected leak" in told(columns, leaks=policy)) is warned


def test_a_pinned_role_keeps_a_leak_and_the_warning_stays() -> None:
    columns = {"refund_amount": np.where(FRAUD, np.exp(NOISE), 0.0)}

    assert roles(columns, roles={"refund_amount": "amount"})["refund_amount"] == "+amount"
    assert "Suspected leak" in told(columns, roles={"refund_amount": "amount"})


def test_a_copy_of_the_label_is_seen_where_rows_are_all_alike() -> None:
    copy = np.where(FRAUD, "bad", "fine")
    found = examined({"copy": copy, "channel": np.where(NOISE > 0, "web", "app"), "is_fraud": FRAUD.astype(int)})

    assert [each.role for each in found.roles] == ["leak", "category", "target"]


def test_with_few_frauds_nothing_is_certain() -> None:
    few = np.zeros(200, dtype=int)
    few[:12] = 1
    table = {"amount": np.exp(NOISE[:200]), "odd": np.where(few == 1, DATES[:200], NOTHING), "is_fraud": few}

    found = {each.name: each for each in examined(table).roles}
    assert (found["odd"].role, found["odd"].used) == ("time", True)


def test_separation_is_measured_out_of_sample_and_whatever_the_order() -> None:
    table = {"noise": NOISE, "levels": [f"level {each}" for each in RNG.integers(0, 2000, ROWS)], "good": strong(3)}
    found = examined({**table, "is_fraud": FRAUD.astype(int)})
    assert found.target is not None
    search = LeakSearch(
        found.target.y, found.columns, {name: _facts(found.columns[name].data) for name in found.columns}
    )
    measured = {name: search.separation(found.columns[name]) for name in table}

    assert measured["noise"].auc == pytest.approx(0.5, abs=0.07)
    # Nearly every level has a rate of its own in the half that it is counted on, and none of it holds on the other.
    assert measured["levels"].auc == pytest.approx(0.5, abs=0.07)
    assert measured["good"].auc > 0.95
    mixed = np.random.default_rng(3).permutation(ROWS)
    again = examined(
        {name: np.asarray(values)[mixed] for name, values in {**table, "is_fraud": FRAUD.astype(int)}.items()}
    )
    assert again.target is not None
    other = LeakSearch(
        again.target.y, again.columns, {name: _facts(again.columns[name].data) for name in again.columns}
    )
    assert {name: other.separation(again.columns[name]) for name in table} == measured


def _facts(values: pd.Series) -> Any:  # noqa: ANN401 - of either kind
    from functions.core.roles import column_facts  # noqa: PLC0415

    numeric = pd.api.types.is_numeric_dtype(values.dtype)
    return column_facts.of_numbers(values.to_numpy()) if numeric else column_facts.of_texts(values)
