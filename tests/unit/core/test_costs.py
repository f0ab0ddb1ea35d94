import math

import pytest

from functions.core.confusion import Confusion
from functions.core.costs import BusinessImpact, Costs, business_impact
from functions.core.errors import InvalidSettingsError


def test_the_reference_figures_cost_what_the_issue_says() -> None:
    """23 missed and 14 false alarms, at 100 and 2, cost 2,328."""
    confusion = Confusion(frauds_detected=76, frauds_missed=23, false_alarms=14, legitimate_passed=56_850)
    assert business_impact(confusion, Costs()) == BusinessImpact(
        lost_to_missed_frauds=2300.0,
        spent_on_false_alarms=28.0,
        total_cost=2328.0,
        cost_of_doing_nothing=9900.0,
        saved=7572.0,
    )


def test_more_alarms_than_they_are_worth_save_less_than_nothing() -> None:
    confusion = Confusion(frauds_detected=1, frauds_missed=0, false_alarms=100, legitimate_passed=0)
    assert business_impact(confusion, Costs()).saved == -100.0


@pytest.mark.parametrize("price", [-1.0, math.nan, math.inf])
def test_a_price_that_is_no_price_is_refused(price: float) -> None:
    with pytest.raises(InvalidSettingsError, match="missed fraud"):
        Costs(missed_fraud=price)
    with pytest.raises(InvalidSettingsError, match="false alarm"):
        Costs(false_alarm=price)
