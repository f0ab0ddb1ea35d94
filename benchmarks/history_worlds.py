"""Simulated transactions of cards, with frauds that only a card's own past gives away, or with none of those."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.tables import Kind, LabelledTable, Role

DAY = 86_400.0
HOUR = 3_600.0
BEGIN = 1_735_689_600.0  # 2025
DAYS = 120
ROWS_A_CARD = 40
SHOPS = 300
FAVOURITES = 6
NIGHT_CARDS = 0.2
TOLD, UNTOLD = 2, 4  # plain columns that say a little of fraud, and that say nothing

type Values = NDArray[Any]


@dataclass(frozen=True)
class _Cards:
    """The habits of each card."""

    amount: Values
    hour: Values
    shops: Values

    @classmethod
    def of(cls, count: int, random: np.random.Generator) -> "_Cards":
        by_night = random.random(count) < NIGHT_CARDS
        hours = np.where(by_night, random.normal(2, 1.5, count), random.normal(14, 2, count))
        return cls(random.normal(3.5, 1.2, count), hours, random.integers(0, SHOPS, (count, FAVOURITES)))

    def usual(self, cards: Values, random: np.random.Generator) -> dict[str, Values]:
        """Return transactions of some cards as they usually are."""
        count = len(cards)
        hours = np.mod(self.hour[cards] + random.normal(0, 2.5, count), 24)
        shops = self.shops[cards, random.integers(0, FAVOURITES, count)]
        return {
            "card": cards,
            "at": random.integers(0, DAYS, count) * DAY + hours * HOUR,
            "amount": np.exp(self.amount[cards] + random.normal(0, 0.5, count)),
            "shop": np.where(random.random(count) < 0.1, random.integers(0, SHOPS, count), shops),
        }


def _bursts(cards: _Cards, count: int, random: np.random.Generator) -> dict[str, Values]:
    """A stolen card: six transactions within half an hour, as the card's own otherwise."""
    stolen = random.integers(0, len(cards.amount), -(-count // 6))
    first = cards.usual(stolen, random)["at"]
    found = cards.usual(np.repeat(stolen, 6), random)
    return _first(count, {**found, "at": np.repeat(first, 6) + random.uniform(0, HOUR / 2, len(found["at"]))})


def _large(cards: _Cards, count: int, random: np.random.Generator) -> dict[str, Values]:
    """An amount far above the card's own mean."""
    found = cards.usual(random.integers(0, len(cards.amount), count), random)
    return {**found, "amount": found["amount"] * np.exp(random.normal(1.8, 0.4, count))}


def _new_shops(cards: _Cards, count: int, random: np.random.Generator) -> dict[str, Values]:
    """Four shops within a day where the card hardly ever was."""
    stolen = random.integers(0, len(cards.amount), -(-count // 4))
    first = cards.usual(stolen, random)["at"]
    found = cards.usual(np.repeat(stolen, 4), random)
    at = np.repeat(first, 4) + random.uniform(0, DAY / 2, len(found["at"]))
    return _first(count, {**found, "at": at, "shop": random.integers(0, SHOPS, len(at))})


def _by_night(cards: _Cards, count: int, random: np.random.Generator) -> dict[str, Values]:
    """The night, of a card that is used by day."""
    by_day = np.flatnonzero(cards.hour > 8)
    found = cards.usual(random.choice(by_day, count), random)
    return {**found, "at": random.integers(0, DAYS, count) * DAY + random.uniform(0, 6, count) * HOUR}


def _mixed(cards: _Cards, count: int, random: np.random.Generator) -> dict[str, Values]:
    """A quarter of each."""
    parts = [make(cards, -(-count // 4), random) for make in (_bursts, _large, _new_shops, _by_night)]
    return _first(count, {name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _usual(cards: _Cards, count: int, random: np.random.Generator) -> dict[str, Values]:
    """Nothing that the card's past could give away."""
    return cards.usual(random.integers(0, len(cards.amount), count), random)


def _first(count: int, columns: Mapping[str, Values]) -> dict[str, Values]:
    return {name: values[:count] for name, values in columns.items()}


WORLDS: Mapping[str, Callable[[_Cards, int, np.random.Generator], dict[str, Values]]] = MappingProxyType(
    {"bursts": _bursts, "amounts": _large, "shops": _new_shops, "night": _by_night, "mixed": _mixed, "none": _usual}
)
ROLES: Mapping[str, Role] = MappingProxyType({"card": "entity", "at": "time", "amount": "amount", "shop": "category"})


def simulate(world: str, rows: int, *, frauds: int, seed: int) -> LabelledTable:
    """Return simulated transactions in the order of time.

    Args:
        world: one of ``WORLDS``.
        rows: how many.
        frauds: that are among them.
        seed: another one gives other cards.
    """
    random = np.random.default_rng([seed, rows, *world.encode()])
    cards = _Cards.of(max(rows // ROWS_A_CARD, 1), random)
    legitimate = cards.usual(random.integers(0, len(cards.amount), rows - frauds), random)
    fraudulent = WORLDS[world](cards, frauds, random)
    columns = {name: np.concatenate([legitimate[name], fraudulent[name]]) for name in legitimate}
    y = np.arange(rows) >= rows - frauds
    order = np.argsort(columns["at"], kind="stable")
    X = pd.DataFrame({name: values[order] for name, values in columns.items()})
    X["at"], X["amount"] = np.floor(BEGIN + X["at"]), X["amount"].round(2)
    X["card"] = np.array([f"card {each}" for each in range(len(cards.amount))], dtype=object)[X["card"]]
    X["shop"] = np.array([f"shop {each}" for each in range(SHOPS)], dtype=object)[X["shop"]]
    for place in range(TOLD + UNTOLD):
        X[f"plain_{place}"] = random.normal(0, 1, rows) + y[order] * (place < TOLD)
    kinds: dict[str, Kind] = {str(name): "numeric" for name in X.columns}
    kinds |= {"card": "categorical", "shop": "categorical"}
    return LabelledTable(X, pd.Series(y[order].astype(np.int64), name="fraud"), kinds, ROLES)
