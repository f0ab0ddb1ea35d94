import math

import numpy as np
import pandas as pd
import pytest

from functions.core.errors import InvalidSettingsError
from functions.core.evaluation.costs import BusinessImpact, Costs, business_impact, fraud_amounts, return_on_operation

Y = [1, 1, 1, 0, 0]


def test_the_reference_figures_cost_what_the_issue_says() -> None:
    """23 missed and 14 false alarms, at 100 and 2, cost 2,328."""
    y, flagged = np.repeat([1, 1, 0, 0], [76, 23, 14, 56_850]), np.repeat([1, 0, 1, 0], [76, 23, 14, 56_850])
    assert business_impact(y, flagged, Costs()) == BusinessImpact(
        lost_to_missed_frauds=2300.0,
        spent_on_false_alarms=28.0,
        total_cost=2328.0,
        cost_of_doing_nothing=9900.0,
        cost_of_alarming_on_everything=113_728.0,
        cost_without_model=9900.0,
        saved=7572.0,
    )


def test_more_alarms_than_they_are_worth_save_less_than_nothing() -> None:
    assert business_impact([1] + [0] * 100, [1] * 101, Costs()).saved == -100.0


@pytest.mark.parametrize("amounts", [None, np.repeat([100.0, 7.0], [95, 905])])
def test_a_model_that_flags_every_row_saves_nothing(amounts: np.ndarray | None) -> None:
    """At a fraud rate of 9.5 % it costs 1,810, where doing nothing costs 9,500: anybody can alarm on everything."""
    impact = business_impact(np.repeat([1, 0], [95, 905]), np.ones(1000), Costs(), amounts)
    assert (impact.total_cost, impact.cost_of_doing_nothing) == (1810, 9500)
    assert (impact.cost_of_alarming_on_everything, impact.cost_without_model) == (1810, 1810)
    assert (impact.saved, impact.without_model) == (0, "alarming on everything")


def test_a_missed_fraud_can_cost_its_own_amount() -> None:
    impact = business_impact(Y, [1, 0, 0, 1, 0], Costs(missed_fraud=100, false_alarm=2), [900.0, 30.0, 0.5, 70.0, 80.0])
    assert impact == BusinessImpact(
        lost_to_missed_frauds=30.5,
        spent_on_false_alarms=2.0,
        total_cost=32.5,
        cost_of_doing_nothing=930.5,
        cost_of_alarming_on_everything=4.0,
        cost_without_model=4.0,
        saved=-28.5,
    )


@pytest.mark.parametrize("price", [-1.0, math.nan, math.inf])
def test_a_price_that_is_no_price_is_refused(price: float) -> None:
    with pytest.raises(InvalidSettingsError, match="missed fraud"):
        Costs(missed_fraud=price)
    with pytest.raises(InvalidSettingsError, match="false alarm"):
        Costs(false_alarm=price)


def test_amounts_are_those_of_the_frauds() -> None:
    X = pd.DataFrame({"amount": [5, 0, 7, 9, 11]})
    assert fraud_amounts(X, Y, column="amount").tolist() == [5.0, 0.0, 7.0, 0.0, 0.0]


def test_a_legitimate_row_may_lack_its_amount() -> None:
    X = pd.DataFrame({"amount": [5.0, 0.0, 7.0, -1.0, None]})
    assert fraud_amounts(X, Y, column="amount").sum() == 12.0


def test_nullable_integers_are_amounts() -> None:
    X = pd.DataFrame({"amount": pd.array([5, 0, 7, None, 1], dtype="Int64")})
    assert fraud_amounts(X, Y, column="amount").sum() == 12.0


@pytest.mark.parametrize("amount", [-0.01, math.nan, math.inf])
def test_a_fraud_without_a_usable_amount_is_refused_with_how_many_there_are(amount: float) -> None:
    X = pd.DataFrame({"amount": [5.0, amount, 7.0, 9.0, 11.0]})
    with pytest.raises(
        InvalidSettingsError, match=r"column 'amount' says, but it is missing, .* in 1 of 3 frauds: correct"
    ):
        fraud_amounts(X, Y, column="amount")


def test_a_column_that_is_not_there_or_holds_text_is_refused() -> None:
    X = pd.DataFrame({"merchant": list("abcde")})
    with pytest.raises(InvalidSettingsError, match="'amount' says, but the data has no such column: name a column"):
        fraud_amounts(X, Y, column="amount")
    with pytest.raises(InvalidSettingsError, match="'merchant' says, but the column is not numeric"):
        fraud_amounts(X, Y, column="merchant")


@pytest.mark.parametrize(("saved", "expected"), [(300.0, 2.0), (100.0, 0.0), (0.0, -1.0), (-100.0, -2.0)])
def test_the_return_is_the_net_gain_for_each_unit_spent(saved: float, expected: float) -> None:
    assert return_on_operation(saved, 100.0) == expected


def test_there_is_no_return_on_an_operation_without_a_stated_cost() -> None:
    assert return_on_operation(7572.0, 0.0) is None
