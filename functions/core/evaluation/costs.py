"""The cost matrix and the business impact of decisions, in the currency of the two settings."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from functions.core.data.frames import Frame
from functions.core.errors import InvalidSettingsError
from functions.core.evaluation.confusion import number_of
from functions.core.wording import counted, quoted

type Floats = NDArray[np.float64]

# The baselines: deciding without a model.
DOING_NOTHING = "doing nothing"
ALARMING_ON_EVERYTHING = "alarming on everything"
_START = "A missed fraud is to cost what column {column} says"
_INSTEAD = "or leave cost_missed_fraud_column empty to use one price for all"


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost matrix: cost of one missed fraud, where no amounts are given, and of one false alarm.

    Raises:
        InvalidSettingsError: when a cost is negative or not finite.
    """

    missed_fraud: float = 100.0
    false_alarm: float = 2.0

    def __post_init__(self) -> None:
        for name, price in (("missed fraud", self.missed_fraud), ("false alarm", self.false_alarm)):
            if not (math.isfinite(price) and price >= 0):
                raise InvalidSettingsError(f"The cost of a {name} must be zero or more, not {price}.")


@dataclass(frozen=True, slots=True)
class BusinessImpact:
    """Cost of decisions and savings against the baselines, in money.

    ``total_cost`` is the sum of the first two. There are two baselines without a model: doing nothing, which loses
    every fraud, and alarming on everything, which pays for every legitimate row. ``cost_without_model`` is the cheaper
    of them on the same rows at the same costs. ``saved`` is that less ``total_cost``: negative when the model costs
    more.
    """

    lost_to_missed_frauds: float
    spent_on_false_alarms: float
    total_cost: float
    cost_of_doing_nothing: float
    cost_of_alarming_on_everything: float
    cost_without_model: float
    saved: float

    @property
    def without_model(self) -> str:
        """Name of the cheaper baseline."""
        nothing, everything = self.cost_of_doing_nothing, self.cost_of_alarming_on_everything
        return DOING_NOTHING if nothing <= everything else ALARMING_ON_EVERYTHING


def fraud_amounts(X: Frame, y: ArrayLike, *, column: str) -> Floats:
    """Return the cost of missing each row, read from a column of amounts.

    Args:
        X: features (n, p) as they were uploaded, before any scaling.
        y: labels (n,), 1 = fraud; only a fraud's amount is ever looked at.
        column: the amount's name in X.

    Returns:
        Amounts (n,), zero for a legitimate row.

    Raises:
        InvalidSettingsError: when there is no such column, it is not numeric, or a fraud's amount is missing,
            negative or infinite.
    """
    start, instead = _START.format(column=quoted(column)), _INSTEAD
    if column not in X.columns:
        raise InvalidSettingsError(f"{start}, but the data has no such column: name a column of amounts, {instead}.")
    values = X[column]
    if not pd.api.types.is_numeric_dtype(values):
        raise InvalidSettingsError(f"{start}, but the column is not numeric: name a column of amounts, {instead}.")
    is_fraud = np.asarray(y) == 1
    amounts = np.where(is_fraud, values.to_numpy(dtype=np.float64, na_value=np.nan), 0.0)
    wrong = ~(np.isfinite(amounts) & (amounts >= 0))
    if wrong.any():
        raise no_amounts(column, wrong=int(wrong.sum()), frauds=int(is_fraud.sum()))
    return amounts


def no_amounts(column: str, *, wrong: int, frauds: int) -> InvalidSettingsError:
    """Return the error for a column of amounts that is missing, negative or infinite in so many of the frauds."""
    return InvalidSettingsError(
        f"{_START.format(column=quoted(column))}, but it is missing, negative or infinite in {wrong:,} of "
        f"{counted(frauds, 'fraud')}: correct these rows, {_INSTEAD}."
    )


def losses_if_missed(y: ArrayLike, costs: Costs, amounts: ArrayLike | None = None) -> Floats:
    """Return the cost of missing each of n rows (labels, 1 = fraud): its amount or the one cost; 0 when legitimate."""
    price = costs.missed_fraud if amounts is None else np.asarray(amounts, dtype=np.float64)
    return np.where(np.asarray(y) == 1, price, 0.0)


def business_impact(
    y: ArrayLike,
    flagged: ArrayLike,
    costs: Costs,
    amounts: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> BusinessImpact:
    """Compute the cost of the decisions on n rows; a detected fraud and a passed legitimate row cost nothing.

    Args:
        y: labels (n,), 1 = fraud.
        flagged: decisions (n,), 1 or True = flagged as fraud.
        costs: the cost matrix.
        amounts: cost of missing each row (n,), as ``fraud_amounts`` returns them; ``costs.missed_fraud`` for each
            fraud when not given.
        weights: how many rows each legitimate row stands for (n,); each for itself when not given.
    """
    losses, is_flagged = losses_if_missed(y, costs, amounts), np.asarray(flagged) == 1
    is_legitimate = np.asarray(y) != 1
    lost, spent = float(losses[~is_flagged].sum()), number_of(is_flagged & is_legitimate, weights) * costs.false_alarm
    nothing, everything = float(losses.sum()), number_of(is_legitimate, weights) * costs.false_alarm
    without_model = min(nothing, everything)
    return BusinessImpact(
        lost_to_missed_frauds=lost,
        spent_on_false_alarms=spent,
        total_cost=lost + spent,
        cost_of_doing_nothing=nothing,
        cost_of_alarming_on_everything=everything,
        cost_without_model=without_model,
        saved=without_model - lost - spent,
    )


def return_on_operation(saved: float, cost_of_operation: float) -> float | None:
    """Compute the return on investment of running the model: net gain over cost of operation.

    Both arguments are money over the same rows. 0.0 is break-even, 1.0 earns back twice the cost, -1.0 saves nothing.
    None when the operation has no stated cost.
    """
    return (saved - cost_of_operation) / cost_of_operation if cost_of_operation else None
