"""Ways to split a table in words, and what each of the splits needs."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from functions.core.errors import InvalidSettingsError, TooFewFraudsError
from functions.core.wording import closest, counted, quoted

type SplitName = Literal["train", "validation", "test"]
type Fractions = tuple[float, float, float]

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class SplitWay:
    """A way to split in words: which rows each split has, the frauds that each needs, and why it may have fewer."""

    words: str
    fewest_frauds: int
    reason: str

    def explanation(self, repeated: int) -> str:
        """Return the sentence for people, given how many rows repeat another."""
        return f"Train, validation and test are {self.words}; rows that repeat another ({repeated:,}) are in its split."

    def require(self, split: SplitName, rows: int, frauds: int) -> None:
        """Check that a split has rows of both classes.

        Raises:
            TooFewFraudsError: it has not.
        """
        if frauds < self.fewest_frauds or frauds == rows:
            raise TooFewFraudsError(
                f"The {split} split would have {counted(frauds, 'fraud')} and "
                f"{counted(rows - frauds, 'legitimate row')}, since {self.reason}; at least {self.fewest_frauds} and 1 "
                "are needed, so add labelled rows or split in another way."
            )


def at_random(fractions: Fractions, seed: int) -> SplitWay:
    """Return the way of ``assign_splits``."""
    words = f"{_shares(fractions)}, at random within each class (seed {seed})"
    return SplitWay(words, 2, "identical rows stay together")


def by_time(fractions: Fractions, column: str) -> SplitWay:
    """Return the way of ``split_by_time``."""
    words = f"{_shares(fractions)}, from the earliest to the latest {quoted(column)}"
    return SplitWay(words, 1, f"rows are split by time on {quoted(column)}")


def last_rows(fractions: Fractions, seed: int) -> SplitWay:
    """Return the way of ``split_last_rows``."""
    others = f"the last rows are test's, the others at random within each class (seed {seed})"
    return SplitWay(f"{_shares(fractions)}: {others}", 2, "the last rows are the test split")


def require_column(X: pd.DataFrame, column: str) -> None:
    """Check that there is the time column to split by.

    Raises:
        InvalidSettingsError: there is none.
    """
    if column not in X.columns:
        raise InvalidSettingsError(
            f"The dataset has no time column {quoted(column)} to split by; it has {closest(column, X.columns)}."
        )


def no_times(column: str, unknown: int, first_row: int) -> InvalidSettingsError:
    """Return the error for a time column of which so many values are no times."""
    return InvalidSettingsError(
        f"The time column {quoted(column)} has {counted(unknown, 'value')} missing or neither a number nor an ISO 8601 "
        f"time, the first in row {first_row:,}; correct them or split at random."
    )


def _shares(fractions: Fractions) -> str:
    return "/".join(f"{100 * fraction:.4g}" for fraction in fractions) + " %"
