"""What mistakes cost, in the currency of the two settings."""

import math
from dataclasses import dataclass

from functions.core.confusion import Confusion
from functions.core.errors import InvalidSettingsError


@dataclass(frozen=True, slots=True)
class Costs:
    """Price of one missed fraud and of one false alarm.

    Raises:
        InvalidSettingsError: when a price is negative or not finite.
    """

    missed_fraud: float = 100.0
    false_alarm: float = 2.0

    def __post_init__(self) -> None:
        for name, price in (("missed fraud", self.missed_fraud), ("false alarm", self.false_alarm)):
            if not (math.isfinite(price) and price >= 0):
                raise InvalidSettingsError(f"The cost of a {name} must be zero or more, not {price}.")


@dataclass(frozen=True, slots=True)
class BusinessImpact:
    """Confusion counts in money.

    ``total_cost`` is the sum of the first two, ``cost_of_doing_nothing`` what the same rows would have lost with no
    model, ``saved`` the difference: negative when the alarms cost more than the frauds that they stopped.
    """

    lost_to_missed_frauds: float
    spent_on_false_alarms: float
    total_cost: float
    cost_of_doing_nothing: float
    saved: float


def business_impact(confusion: Confusion, costs: Costs) -> BusinessImpact:
    """Price the outcomes of one set of rows; a detected fraud and a passed legitimate row cost nothing."""
    lost = confusion.frauds_missed * costs.missed_fraud
    spent = confusion.false_alarms * costs.false_alarm
    nothing = confusion.frauds * costs.missed_fraud
    return BusinessImpact(
        lost_to_missed_frauds=lost,
        spent_on_false_alarms=spent,
        total_cost=lost + spent,
        cost_of_doing_nothing=nothing,
        saved=nothing - lost - spent,
    )
