"""Which column is the target, and which label is fraud."""

from collections.abc import Sequence

import pandas as pd
import pytest

from functions.core.errors import TargetError, TooFewFraudsError, UndecidedError
from tests.unit.core.roles.examined import examined
from tests.unit.core.roles.examined import target_of as resolve


def frame(negative: object, positive: object, *, frauds: int = 10, rows: int = 40) -> pd.DataFrame:
    return pd.DataFrame({"amount": range(rows), "is_fraud": [positive] * frauds + [negative] * (rows - frauds)})


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        (0, 1),
        (0.0, 1.0),
        ("0", "1"),
        (False, True),
        ("FALSE", " True "),
        ("no", "Yes"),
        ("N", "y"),
        ("f", "t"),
        ("legit", "Fraud"),
        ("Legitimate", "fraudulent"),
        ("genuine", "FRAUD"),
        ("negative", "positive"),
        ("ordinary", "fraud"),
        ("genuine", "stolen card"),
    ],
)
def test_labels_that_say_what_they_mean_are_understood_however_frequent(negative: object, positive: object) -> None:
    for frauds in (10, 20):
        resolved = resolve(frame(negative, positive, frauds=frauds))

        assert resolved.y.dtype == "int8"
        assert list(resolved.y) == [1] * frauds + [0] * (40 - frauds)
        assert sorted(resolved.labels.values()) == [0, 1]


def test_the_last_column_is_the_target_and_it_is_said() -> None:
    resolved = resolve(frame(0, 1))

    assert resolved.column == resolved.y.name == "is_fraud"
    assert resolved.explanation == "The target is the last column 'is_fraud', where '1' is fraud."


def test_a_named_target_may_stand_anywhere() -> None:
    data = frame(0, 1).rename(columns={"is_fraud": "odd"})[["odd", "amount"]]

    assert resolve(data, target="odd").explanation == "The target is the column 'odd', where '1' is fraud."


@pytest.mark.parametrize(("negative", "positive"), [(0, 1), ("legit", "fraud"), ("no", "yes")])
def test_more_frauds_than_other_rows_are_asked_about(negative: object, positive: object) -> None:
    data = frame(negative, positive, frauds=21)
    with pytest.raises(UndecidedError, match=r"More than half .* FRAUDFLOW_POSITIVE_LABEL=\w+ or FRAUDFLOW_POSITIVE_"):
        resolve(data)
    assert resolve(data, positive_label=str(positive)).y.sum() == 21


def test_labels_of_minus_one_and_one_are_asked_about_whichever_is_rarer() -> None:
    for frauds in (10, 30):
        with pytest.raises(UndecidedError, match=r"'1' .*FRAUDFLOW_POSITIVE_LABEL=-?1 or FRAUDFLOW_POSITIVE_LABEL=-?1"):
            resolve(frame(-1, 1, frauds=frauds))
    assert resolve(frame(-1, 1, frauds=30), positive_label="-1").y.sum() == 10


@pytest.mark.parametrize("column", ["is_genuine", "legit", "is_legitimate"])
@pytest.mark.parametrize(("genuine", "other"), [(1, 0), ("yes", "no"), ("TRUE", "FALSE")])
def test_a_column_of_what_is_genuine_is_read_the_other_way_round(column: str, genuine: object, other: object) -> None:
    resolved = resolve(frame(genuine, other).rename(columns={"is_fraud": column}))

    assert resolved.y.sum() == 10
    assert not resolved.guess


def test_what_is_declined_is_a_guess_and_called_one() -> None:
    resolved = resolve(frame("approved", "declined").rename(columns={"is_fraud": "status"}))

    assert (resolved.positive_label, resolved.guess) == ("declined", True)
    assert "a guess" in resolved.explanation


@pytest.mark.parametrize("labels", [("A", "B"), (2, 1), ("m", "f")])
def test_of_two_labels_that_say_nothing_the_rarer_is_fraud_and_it_is_said(labels: Sequence[object]) -> None:
    resolved = resolve(frame(*labels))

    assert resolved.y.sum() == 10
    assert "because it is rarer (10 of 40 rows)" in resolved.explanation


@pytest.mark.parametrize("label", ["legit", " LEGIT "])
def test_the_positive_label_can_be_configured(label: str) -> None:
    resolved = resolve(frame("legit", "fraud"), positive_label=label)

    assert resolved.y.sum() == 30
    assert resolved.explanation.endswith("where 'legit' is fraud, as configured.")


def test_numeric_labels_are_configured_by_their_value() -> None:
    assert resolve(frame(2.0, 1.0), positive_label="2").y.sum() == 30


def test_rows_without_a_label_are_left_out_where_that_is_wanted() -> None:
    data = frame("legit", "fraud")
    data.loc[[20, 21], "is_fraud"] = None
    kept = examined({str(name): values for name, values in data.items()}, drop_unlabelled=True)
    assert kept.target is not None
    assert (kept.unlabelled, len(kept.columns["amount"].data), int(kept.target.y.sum())) == (2, 38, 10)


def test_a_positive_label_that_is_not_there_is_refused() -> None:
    with pytest.raises(TargetError, match=r"no label 'scam' .* its labels are 'legit', 'fraud'"):
        resolve(frame("legit", "fraud"), positive_label="scam")


def test_a_missing_target_is_refused_with_similar_names() -> None:
    with pytest.raises(TargetError, match=r"^data.csv has no target column 'IsFraud'; did you mean 'is_fraud'\?$"):
        resolve(frame(0, 1), target="IsFraud")
    with pytest.raises(TargetError, match="its columns are 'amount', 'is_fraud'"):
        resolve(frame(0, 1), target="zzz")


def test_a_constant_target_is_refused() -> None:
    with pytest.raises(TargetError, match="single value '0' in the target 'is_fraud'"):
        resolve(frame(0, 0))


def test_three_classes_are_refused_with_their_counts() -> None:
    data = frame("legit", "fraud").replace({"is_fraud": {"legit": "legit"}})
    data.loc[39, "is_fraud"] = "maybe"

    with pytest.raises(TargetError, match=r"3 classes .*'legit' \(29 rows\), 'fraud' \(10 rows\), 'maybe' \(1 row\)"):
        resolve(data)


@pytest.mark.parametrize("value", ["4539007700791917", "jo@example.org", "Wilhelmine Featherstone-Ostrander"])
def test_a_class_that_may_name_a_card_or_a_person_is_told_by_its_row(value: str) -> None:
    data = frame("legit", "fraud")
    data.loc[39, "is_fraud"] = value
    with pytest.raises(TargetError, match=r"'legit' .*something else in 1 row, the first being row 41;") as told:
        resolve(data)
    assert value.lower() not in str(told.value).lower()


def test_classes_that_are_many_are_counted_and_not_listed() -> None:
    data = frame("legit", "fraud").assign(is_fraud=[f"Jane {i}" for i in range(40)])
    with pytest.raises(TargetError, match=r"has 40 classes in the target 'is_fraud'; it must have two"):
        resolve(data, target="is_fraud")


@pytest.mark.parametrize("missing", [None, float("nan"), " "])
def test_missing_labels_are_refused_with_their_rows(missing: object) -> None:
    data = frame("legit", "fraud")
    data["is_fraud"] = data["is_fraud"].astype(object)
    data.loc[[3, 7], "is_fraud"] = missing  # type: ignore[call-overload]

    with pytest.raises(TargetError, match=r"2 missing values .*'is_fraud', in row 5, 9; .*FRAUDFLOW_UNLABELLED=drop"):
        resolve(data)


def test_nine_frauds_are_too_few_and_ten_are_enough() -> None:
    assert resolve(frame(0, 1, frauds=10)).y.sum() == 10
    with pytest.raises(TooFewFraudsError, match="9 frauds in 40 rows"):
        resolve(frame(0, 1, frauds=9))


def test_nine_legitimate_rows_are_too_few() -> None:
    with pytest.raises(TooFewFraudsError, match="9 legitimate rows in 40 rows"):
        resolve(frame(0, 1, frauds=31), positive_label="1")
