"""The column that is the target: by name, by values, or the last one, and asked about where two may be it."""

import numpy as np
import pandas as pd
import pytest

from functions.core.errors import UndecidedError
from tests.unit.core.roles.examined import ROWS, examined, labels, target_of

AMOUNT = np.random.default_rng(1).lognormal(size=ROWS).round(2)
OTHER = labels(share=0.3, seed=5)


def table(*names: str) -> pd.DataFrame:
    """Make an amount and columns of 0 and 1, the first of them the labels."""
    columns = {name: labels() if number == 0 else labels(share=0.3, seed=number) for number, name in enumerate(names)}
    return pd.DataFrame({"amount": AMOUNT, **columns})


@pytest.mark.parametrize(
    "name",
    ["isFraud", "is_fraud", "fraud_bool", "fraud_reported", "FraudFound_P", "Is Fraud?", "fraud", "Betrug", "isfraud"],
)
def test_a_name_that_says_fraud_is_the_target_wherever_it_stands(name: str) -> None:
    target = target_of(table(name, "isFlaggedFraud", "foreign", "class"))

    assert (target.column, target.guess) == (name, False)
    assert "its name says so" in target.explanation


@pytest.mark.parametrize("name", ["Class", "label", "target", "y"])
def test_a_name_that_labels_have_is_the_target_before_the_last_column(name: str) -> None:
    target = target_of(table(name, "foreign"))

    assert (target.column, target.guess) == (name, True)
    assert "This column is a guess: FRAUDFLOW_TARGET names another." in target.explanation


def test_names_that_labels_may_have_count_where_there_is_no_other() -> None:
    frame = table("FLAG", "hour").assign(hour=np.arange(ROWS) % 24)

    assert target_of(frame).column == "FLAG"


def test_values_that_say_fraud_are_the_target() -> None:
    frame = pd.DataFrame({"outcome of it": labels().map({0: "Legitimate", 1: "Fraud"}), "amount": AMOUNT, "web": OTHER})

    assert target_of(frame).column == "outcome of it"


def test_without_a_sign_the_last_column_is_the_target_where_it_has_two_values() -> None:
    target = target_of(table("x7", "web")[["amount", "web", "x7"]])

    assert (target.column, target.guess) == ("x7", True)


def test_a_flag_of_fraud_is_the_target_where_there_is_no_other_and_it_is_a_guess() -> None:
    assert (target_of(table("isFlaggedFraud", "foreign")).column) == "isFlaggedFraud"


def test_two_columns_that_may_be_it_are_a_question_with_both_settings() -> None:
    with pytest.raises(UndecidedError) as caught:
        target_of(table("is_fraud", "fraud_reported"))
    for part in ("'is_fraud', 'fraud_reported'", "FRAUDFLOW_TARGET=is_fraud, FRAUDFLOW_TARGET=fraud_reported"):
        assert part in str(caught.value)
    assert target_of(table("is_fraud", "fraud_reported"), target="fraud_reported").column == "fraud_reported"


def test_a_file_without_a_label_is_said_to_be_one_to_score() -> None:
    found = examined({"amount": AMOUNT, "items": np.arange(ROWS) % 10, "hour": np.arange(ROWS) % 24})

    (question,) = found.questions
    assert question.startswith("No column of data.csv looks like a label of fraud, so it may be a file to score")
    assert "(`fraudflow score` scores it)" in question
    assert [each.role for each in found.roles] == ["amount", "number", "number"]


def test_an_empty_column_behind_the_label_does_not_matter() -> None:
    frame = table("fraud_reported").assign(_c39=None)

    assert target_of(frame).column == "fraud_reported"


@pytest.mark.parametrize(
    ("target", "others"),
    [
        ("TARGET", ("FLAG_OWN_CAR", "FLAG_MOBIL", "FLAG_DOCUMENT_21")),
        ("TX_FRAUD", ("TX_DURING_WEEKEND",)),
        ("has_cbk", ("is_weekend",)),
        ("loan_status", ("has_default_before",)),
        ("y", ("default", "loan")),
        ("is_fraud", ("is_flagged_country", "chargeback_before")),
    ],
)
def test_shapes_of_public_tables_with_other_flags_around_the_label(target: str, others: tuple[str, ...]) -> None:
    frame = table(target, *others)

    assert target_of(frame).column == target
    assert target_of(frame[[*frame.columns[:1], *others, target]]).column == target


@pytest.mark.parametrize("column", ["fraud_type", "fraud_score", "previous_fraud_count", "days_since_fraud"])
def test_what_is_counted_or_said_of_fraud_is_no_label(column: str) -> None:
    assert target_of(table("is_fraud", column)).column == "is_fraud"
