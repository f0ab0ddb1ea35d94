"""Measured claims about the drift of history columns where nothing changes: cards that pay at steady rates.

    python -m benchmarks.drift_of_histories [--repeats 3]

Prints a table: the verdict on the week after a training table of so many days, against all of the table's rows and
against those whose windows are full. About a minute of one core.
"""

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from functions.core.data.role_names import Role
from functions.core.drift import DriftReport, NewData, detect_drift
from functions.core.drift.reference import build_reference
from functions.core.histories.events import read_events
from functions.core.histories.history_candidates import NamedColumns
from functions.core.histories.history_definitions import AGGREGATES, Definitions
from functions.core.histories.history_plan import HistoryPlan
from functions.core.histories.planning import plan_histories
from functions.core.histories.table_past import past_columns

DAY = 86_400.0
BEGIN = 1.7e9
LATER = 7
ROLES: dict[str, Role] = {"at": "time", "card": "entity", "amount": "amount", "merchant": "category"}
DEFINITIONS = Definitions(("1h", "1d", "7d", "30d"), AGGREGATES)
# Days of training data, cards, and transactions of each a day, on average.
WORLDS = ((30, 1_000, 1.0), (45, 1_000, 1.0), (60, 1_000, 1.0), (90, 1_000, 1.0), (45, 100, 5.0))


def steady(days: int, cards: int, a_day: float, random: np.random.Generator) -> pd.DataFrame:
    """Simulate cards that pay at random times, each at a rate, an amount and a few merchants of its own."""
    rates = random.lognormal(0, 0.8, cards)
    card = np.repeat(np.arange(cards), random.poisson(rates / rates.mean() * a_day * days))
    usual, places = random.lognormal(3, 0.6, cards), random.integers(0, 200, (cards, 6))
    return pd.DataFrame(
        {
            "at": BEGIN + random.random(len(card)) * days * DAY,
            "card": pd.Series(card).map("card {}".format).astype("str"),
            "amount": usual[card] * random.lognormal(0, 0.7, len(card)),
            "merchant": pd.Series(places[card, random.integers(0, 6, len(card))]).map("m {}".format).astype("str"),
        }
    )


def planned(X: pd.DataFrame) -> tuple[HistoryPlan, pd.DataFrame]:
    """Return the plan of a table's histories, and the table with its history columns."""
    plan = plan_histories(DEFINITIONS, X, ROLES, NamedColumns()).plan
    if plan is None:
        raise SystemExit("The simulated table has no histories.")
    events = read_events(plan, {name: X[name] for name in plan.sources})
    return plan, pd.concat([X, pd.DataFrame(past_columns(plan, events, events), index=X.index)], axis=1)


def reports(days: int, cards: int, a_day: float, seed: int) -> Iterator[DriftReport]:
    """Compare the week after a table with all of its rows, and with those whose windows are full."""
    random = np.random.default_rng(seed)
    plan, X = planned(steady(days + LATER, cards, a_day, random))
    old = X["at"] < BEGIN + days * DAY
    training = X[old & (random.random(len(X)) < 0.7)]
    for histories in ({}, plan.document()):
        reference = build_reference(training, np.zeros(len(training)), [], ROLES, histories)
        yield detect_drift(reference, NewData(X[~old], roles=ROLES))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    print("| days | cards | a day | all rows | full windows | not compared |\n|---|---|---|---|---|---|")
    for days, cards, a_day in WORLDS:
        pairs = [tuple(reports(days, cards, a_day, seed)) for seed in range(repeats)]
        told = [" ".join(f"{each[side].verdict} {each[side].drift_score:.2f}" for each in pairs) for side in (0, 1)]
        filling = f"{len(pairs[0][1].filling)} of {len(pairs[0][0].features) - 2}"
        print(f"| {days} | {cards:,} | {a_day:g} | {told[0]} | {told[1]} | {filling} |", flush=True)


if __name__ == "__main__":
    main()
