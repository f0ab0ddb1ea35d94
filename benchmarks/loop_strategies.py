"""Strategies that ``benchmarks.loop`` compares the loop with: never, every week, and an oracle that knows the world.

Each strategy sees labels as late as the others and pays for each retraining. The oracle knows from what day on the
world is different and what every model costs there in expectation, and plans its retrainings by that.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from benchmarks.loop_models import Model, Rows, fit
from benchmarks.loop_worlds import DAY_US, HARMLESS, LABEL_DELAY_DAYS, NOTHING, Floats, Phase, Traffic, World, sample

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Played:
    """What a strategy came to: cost of its mistakes, the days of its retrainings and of its promotions."""

    mistakes: float
    retrained: tuple[int, ...] = ()
    promoted: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def cost(self, retrain_cost: float) -> float:
        """Return mistakes and retrainings, in money."""
        return self.mistakes + retrain_cost * len(self.retrained)


@dataclass
class Models:
    """Models by the day in whose evening they were trained on all rows whose labels were complete; None: the first."""

    world: World
    _trained: dict[int | None, Model] = field(default_factory=dict)
    _samples: dict[Phase, Rows] = field(default_factory=dict)

    def of(self, day: int | None) -> Model:
        """Return the model of a day."""
        if day not in self._trained:
            rows = rows_of(self.world.history) if day is None else complete_rows(self.world, day)
            self._trained[day] = fit(rows, "1" if day is None else f"evening of day {day}")
        return self._trained[day]

    def price(self, day: int | None, phase: Phase) -> float:
        """Return what a decision of a day's model is expected to cost, by traffic that no strategy meets."""
        if phase not in self._samples:
            self._samples[phase] = rows_of(sample(self.world, phase))
        rows = self._samples[phase]
        return self.of(day).cost(rows) / len(rows.y)


def rows_of(traffic: Traffic) -> Rows:
    """Return traffic with its true labels."""
    return Rows(traffic.X, traffic.y, traffic.amount)


def complete_rows(world: World, day: int) -> Rows:
    """Return the rows whose labels are complete in the evening of a day; frauds reported later are taken for honest."""
    now = (day + 1) * DAY_US
    parts = [world.history, *world.days[: day + 1]]
    counts = [each.at <= now - LABEL_DELAY_DAYS * DAY_US for each in parts]
    X = pd.concat([each.X[rows] for each, rows in zip(parts, counts, strict=True)], ignore_index=True)
    y = [((each.y == 1) & (each.reported_at[:, 0] <= now))[rows] for each, rows in zip(parts, counts, strict=True)]
    amount = [each.amount[rows] for each, rows in zip(parts, counts, strict=True)]
    return Rows(X, np.concatenate(y).astype(np.int8), np.concatenate(amount))


def play(world: World, models: Models, retrained: tuple[int, ...]) -> Played:
    """Play a plan: each retrained model decides from the next day on."""
    total, current = 0.0, models.of(None)
    for day, traffic in enumerate(world.days):
        if day - 1 in retrained:
            current = models.of(day - 1)
        total += current.cost(rows_of(traffic))
    return Played(total, retrained, retrained)


def weekly(world: World, models: Models) -> Played:
    """Retrain every seventh day."""
    return play(world, models, tuple(range(_WEEK - 1, len(world.days) - 1, _WEEK)))


def oracle(world: World, models: Models, retrain_cost: float) -> Played:
    """Play the plan with the lowest expected cost, of retrainings each third day once there is something to learn."""
    if world.changes_on is None or world.phase(len(world.days) - 1) in {NOTHING, HARMLESS}:
        return play(world, models, ())
    days, first_day = len(world.days), world.changes_on + int(LABEL_DELAY_DAYS) + 1
    candidates = range(first_day, days - 1, 3)
    daily = {start: _expected(world, models, start) for start in (None, *candidates)}
    # The cheapest plan from each retraining to the end, from the last one back.
    best: dict[int | None, tuple[float, tuple[int, ...]]] = {}
    for start in (*reversed(candidates), None):
        first = 0 if start is None else start + 1
        choices = [(daily[start][first:days].sum(), ())]
        for following in candidates:
            if following >= first:
                rest, plan = best[following]
                cost = daily[start][first : following + 1].sum() + retrain_cost + rest
                choices.append((cost, (following, *plan)))
        best[start] = min(choices)
    return play(world, models, best[None][1])


def _expected(world: World, models: Models, start: int | None) -> Floats:
    """Return what a day's model is expected to cost on each day."""
    price = {phase: models.price(start, phase) for phase in {world.phase(day) for day in range(len(world.days))}}
    return np.array([price[world.phase(day)] * len(traffic) for day, traffic in enumerate(world.days)])
