"""Made-up transactions, and the ways in which they drift: for the benchmark, and in smaller numbers for the tests."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

type Effect = Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
type Figures = dict[str, object]

# Kept of a reference, for comparing all columns together.
SAMPLE_ROWS = 2000
NORMAL = tuple(f"V{number}" for number in range(20))
AMOUNTS = tuple(f"amount_{number}" for number in range(5))
HIT = 5
RARE_COLUMNS = 10


def transactions(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Make 30 features of every kind: normal, skewed in cents, with gaps, counts, flags, mostly zero, texts.

    The first two normal ones are correlated (0.8).
    """
    values = random.normal(size=(rows, len(NORMAL)))
    values[:, 1] = 0.8 * values[:, 0] + 0.6 * values[:, 1]
    columns: dict[str, object] = dict(zip(NORMAL, values.T, strict=True))
    amounts = random.lognormal(3.0, 1.5, size=(len(AMOUNTS), rows)).round(2)
    amounts[-1, random.random(rows) < 0.05] = np.nan
    columns |= dict(zip(AMOUNTS, amounts, strict=True))
    columns["fees"] = np.where(random.random(rows) < 0.8, 0.0, random.exponential(5.0, rows))
    columns["items"] = random.poisson(3.0, rows).astype(np.float64)
    columns["abroad"] = (random.random(rows) < 0.1).astype(np.float64)
    columns["shop"] = random.choice(["books", "café", "fuel", "toys"], rows, p=[0.4, 0.3, 0.2, 0.1])
    columns["merchant"] = np.char.add("m", random.zipf(1.6, rows).clip(max=400).astype("U3"))
    return pd.DataFrame(columns)


def rare_flags(random: np.random.Generator, rows: int, one_in: int) -> pd.DataFrame:
    """Make ten flags that are set once in so many rows."""
    return pd.DataFrame({f"flag_{i}": (random.random(rows) < 1 / one_in) * 1.0 for i in range(RARE_COLUMNS)})


def rare_texts(random: np.random.Generator, rows: int, one_in: int) -> pd.DataFrame:
    """Make ten columns of texts with a rare one beside four usual ones."""
    usual = np.array(["books", "food", "fuel", "toys"])
    return pd.DataFrame(
        {
            f"text_{i}": np.where(random.random(rows) < 1 / one_in, "rare", usual[random.integers(0, 4, rows)])
            for i in range(RARE_COLUMNS)
        }
    )


def rare_gaps(random: np.random.Generator, rows: int, one_in: int) -> pd.DataFrame:
    """Make ten columns of numbers that are missing once in so many rows."""
    return pd.DataFrame(
        {
            f"gap_{i}": np.where(random.random(rows) < 1 / one_in, np.nan, random.integers(0, 100, rows))
            for i in range(RARE_COLUMNS)
        }
    )


def shifted(size: float, names: tuple[str, ...] = NORMAL[:HIT]) -> Effect:
    """Move columns of unit variance by so many standard deviations."""
    return lambda X, _: X.assign(**{name: X[name] + size for name in names})


def scaled(factor: float, names: tuple[str, ...] = NORMAL[:HIT]) -> Effect:
    """Multiply columns."""
    return lambda X, _: X.assign(**{name: X[name] * factor for name in names})


def decorrelated(names: tuple[str, ...] = NORMAL[:1]) -> Effect:
    """Shuffle columns by themselves: their own distributions stay as they are."""
    return lambda X, random: X.assign(**{name: random.permutation(X[name]) for name in names})


def heavier_tails(freedom: float) -> Effect:
    """Return the effect that gives a column the tails of Student's t, with its own variance."""

    def effect(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        draws = random.standard_t(freedom, len(X))
        return X.assign(V2=draws / np.sqrt(freedom / (freedom - 2)))

    return effect


def bimodal(distance: float) -> Effect:
    """Part a column into two humps, so many of its standard deviations from its mean, with its own variance."""

    def effect(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        sides = random.choice([-distance, distance], len(X))
        return X.assign(V2=sides + X["V2"] * np.sqrt(1 - distance**2))

    return effect


def outliers(share: float) -> Effect:
    """Put a share of a column's values ten standard deviations away."""

    def effect(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        far = random.random(len(X)) < share
        return X.assign(V2=np.where(far, random.choice([-10.0, 10.0], len(X)), X["V2"]))

    return effect


def swapped(share: float) -> Effect:
    """Call a share of the most frequent category by the name of the rarest."""

    def effect(X: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
        other = (X["shop"] == "books") & (random.random(len(X)) < share)
        return X.assign(shop=X["shop"].mask(other, "toys"))

    return effect


# Tables of rare values: so many times in how many rows.
RARE: Mapping[str, Callable[[np.random.Generator, int, int], pd.DataFrame]] = MappingProxyType(
    {"flags": rare_flags, "texts": rare_texts, "gaps": rare_gaps}
)

# What grows from hardly anything to a lot, to draw curves of.
CURVES: Mapping[str, Mapping[float, Effect]] = MappingProxyType(
    {
        "shift of 5 columns, sd": {size: shifted(size) for size in (0.05, 0.1, 0.2, 0.35, 0.5)},
        "category swap, share": {share: swapped(share) for share in (0.05, 0.1, 0.25, 0.5, 1.0)},
        "heavier tail, t with degrees": {freedom: heavier_tails(freedom) for freedom in (20.0, 10.0, 5.0, 3.0, 2.1)},
        "bimodality, sd of the humps": {distance: bimodal(distance) for distance in (0.3, 0.5, 0.7, 0.85, 0.95)},
        "outliers, share": {share: outliers(share) for share in (0.001, 0.003, 0.01, 0.03, 0.1)},
    }
)
