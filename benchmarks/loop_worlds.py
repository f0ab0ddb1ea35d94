"""Made-up traffic of 60 days whose labels come late, in five worlds: what ``benchmarks.loop`` runs through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

DAYS, HISTORY_DAYS, ROWS_A_DAY = 60, 60, 1_500
DAY_US = 86_400_000_000
FRAUD_SHARE = 0.01
# Frauds are reported after a gamma distributed time, most within a week; alarms are checked within two days. A
# decision counts after ``LABEL_DELAY_DAYS``: about one fraud in a hundred is reported later still.
LABEL_DELAY_DAYS = 14.0
REPORTED_AFTER_DAYS, REPORTED_SHAPE, CHECKED_WITHIN_DAYS = 5.0, 2.5, 2.0
NORMAL = tuple(f"a{number}" for number in range(8))
NOISE = tuple(f"n{number}" for number in range(4))
CHANNELS = np.array(["shop", "web", "phone", "atm"])
# What sorts of fraud look like: by how many standard deviations they move a column.
KNOWN: tuple[Mapping[str, float], ...] = ({"a0": 2.4, "a1": -1.8}, {"a2": 2.6, "a3": 1.6}, {"a0": 1.2, "a3": -2.6})
NEW: Mapping[str, float] = MappingProxyType({"a5": -2.6, "a6": 2.4})
NOTHING, HARMLESS, NEW_KIND = "nothing changes", "harmless shift", "new kind of fraud"
TRIPLED, BROKEN = "fraud rate triples", "broken column"
WORLDS = (NOTHING, HARMLESS, NEW_KIND, TRIPLED, BROKEN)
SAMPLE_DAYS = 30
_BROKEN_DAYS = 7
_KINDS = len(KNOWN)

type Floats = np.ndarray
type Phase = str
type Effect = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Traffic:
    """n transactions in their order, with what only the simulation knows.

    Attributes:
        X: features as the service sees them.
        y: the truth (n,), 1 = fraud.
        amount: what missing each costs (n,).
        at: microseconds since 1970 (n,); the first simulated day is day 0, the history lies before.
        reported_at: when its fraud would be reported, were it passed; of an alarm, when its check is done (n, 2).
        transaction_id: texts (n,).
    """

    X: pd.DataFrame
    y: Floats
    amount: Floats
    at: Floats
    reported_at: Floats
    transaction_id: Floats

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True, slots=True)
class World:
    """A world: the traffic before the first day, that of each day, and the day from which something is different."""

    name: str
    seed: int
    changes_on: int | None
    history: Traffic
    days: tuple[Traffic, ...]

    def phase(self, day: int) -> Phase:
        """Return what holds on a day: the column that broke is mended after a week."""
        return _phase(self.name, self.changes_on, day)


def build(name: str, *, seed: int, days: int = DAYS) -> World:
    """Build a world; equal seeds draw equal history, and a change on day 12 to 18."""
    random = np.random.default_rng([seed, 0])
    history = _joined([_day(random, day) for day in range(-HISTORY_DAYS, 0)])
    changes_on = None if name == NOTHING else 12 + seed % 7
    drawn = (
        _day(np.random.default_rng([seed, 1, day]), day, _phase(name, changes_on, day), seed=seed)
        for day in range(days)
    )
    return World(name, seed, changes_on, history, tuple(drawn))


def sample(world: World, phase: Phase) -> Traffic:
    """Draw traffic of one phase of a world that nobody meets: by it, an oracle knows what a model costs there."""
    random = np.random.default_rng([world.seed, 2])
    return _joined([_day(random, day, phase, seed=world.seed) for day in range(SAMPLE_DAYS)])


def _phase(name: str, changes_on: int | None, day: int) -> Phase:
    if changes_on is None or day < changes_on or (name == BROKEN and day >= changes_on + _BROKEN_DAYS):
        return NOTHING
    return name


def _day(random: np.random.Generator, day: int, phase: Phase = NOTHING, *, seed: int = 0) -> Traffic:
    rows = int(random.poisson(ROWS_A_DAY))
    share = FRAUD_SHARE * (3 if phase == TRIPLED else 1)
    kind = np.where(random.random(rows) < share, random.integers(0, _KINDS, rows), -1)
    if phase == NEW_KIND:
        kind = np.where((kind < 0) & (random.random(rows) < FRAUD_SHARE), _KINDS, kind)
    X = _features(random, kind)
    if phase == HARMLESS:
        X = _harmless(X, random)
    at = (day + np.sort(random.random(rows))) * DAY_US
    passed = at + random.gamma(REPORTED_SHAPE, REPORTED_AFTER_DAYS / REPORTED_SHAPE, rows) * DAY_US
    checked = at + random.random(rows) * CHECKED_WITHIN_DAYS * DAY_US
    amount = X["amount"].to_numpy().copy()
    return Traffic(
        X=_broken(seed)(X) if phase == BROKEN else X,
        y=(kind >= 0).astype(np.int8),
        amount=amount,
        at=at.astype(np.int64),
        reported_at=np.column_stack((passed, checked)).astype(np.int64),
        transaction_id=np.array([f"{day}-{row}" for row in range(rows)], dtype=object),
    )


def _features(random: np.random.Generator, kind: Floats) -> pd.DataFrame:
    rows, fraud = len(kind), kind >= 0
    X = pd.DataFrame(random.normal(size=(rows, len(NORMAL) + len(NOISE))), columns=[*NORMAL, *NOISE])
    for number, moved in enumerate((*KNOWN, NEW)):
        for column, size in moved.items():
            X[column] += np.where(kind == number, size, 0.0)
    X["amount"] = np.exp(random.normal(np.where(fraud, 4.2, 3.2), np.where(fraud, 0.8, 1.1))).round(2)
    channel = random.choice(4, rows, p=[0.5, 0.3, 0.1, 0.1])
    X["channel"] = CHANNELS[np.where(fraud & (random.random(rows) < 0.5), 1, channel)]
    return X


def _harmless(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Move columns that say nothing of fraud, and one that does, for all transactions that no kind of fraud moved."""
    moved = random.random(len(X)) < 0.6
    return X.assign(n0=X["n0"] + 0.8, n1=X["n1"] * 1.5, n2=np.where(moved, X["n2"] + 1.0, X["n2"]))


def _broken(seed: int) -> Effect:
    """Return how an upstream column breaks: it goes missing, is filled with zeros, or comes in another unit."""
    return (
        lambda X: X.assign(a0=np.nan),
        lambda X: X.assign(a0=0.0),
        lambda X: X.assign(a0=X["a0"] * 100, a2=np.nan),
    )[seed % 3]


def _joined(parts: list[Traffic]) -> Traffic:
    return Traffic(
        pd.concat([each.X for each in parts], ignore_index=True),
        *(
            np.concatenate([getattr(each, name) for each in parts])
            for name in ("y", "amount", "at", "reported_at", "transaction_id")
        ),
    )
