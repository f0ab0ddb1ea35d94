"""A plain model on rows at random and on the latest rows: whether a random split promises too much.

A model is used on rows that come later than those it was trained on. Where frauds change with time, a random test
split, whose rows are of the same weeks, shows more than the future will. One plain LightGBM, trained twice, tells by
how much: what it has in common with the run's model is the table and its derived features.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from functions.core.data.frames import Frame
from functions.core.data.splitting import Fractions, SplitAssignment, assign_splits, split_by_time
from functions.core.data.tables import LabelledTable
from functions.core.errors import FraudflowError
from functions.core.evaluation import intervals
from functions.core.evaluation.intervals import Interval
from functions.core.features.daily_clocks import clock_of
from functions.core.features.plan import FeatureSettings
from functions.core.training.algorithms import Parameter
from functions.core.training.models import train
from functions.core.wording import quoted

# LightGBM's own defaults.
PLAIN: dict[str, Parameter] = {"n_estimators": 100, "num_leaves": 31, "learning_rate": 0.1}
# Times that a table's bytes are held while a model is trained on it, and while its features are made.
_COPIES = 12


@dataclass(frozen=True, slots=True)
class Limit:
    """Most cells and most rows of a sample; ``rows`` of a narrow table, and 2,000 of a wide one."""

    cells: int
    rows: int

    def of(self, columns: int) -> int:
        """Return the most rows of a table with so many columns."""
        return min(max(self.cells // columns, 2_000), self.rows)


# Of the table, and of the rows of it that a model is trained on: rows to test on are cheap, and where frauds are rare,
# few false alarms decide.
TABLE = Limit(cells=4_000_000, rows=100_000)
TRAINING = Limit(cells=1_000_000, rows=25_000)


@dataclass(frozen=True, slots=True)
class LatestRows:
    """Average precision of a plain model on test rows at random and on the latest ones, with 95 % intervals.

    Both are weighted to the share of frauds in the whole table: average precision depends on it, and it moves with
    time. ``clock`` is the column that orders the rows, ``frauds`` are those of either test.
    """

    clock: str
    at_random: Interval
    latest: Interval
    frauds_at_random: int
    frauds_latest: int

    @property
    def disagree(self) -> bool:
        """Return whether the two differ beyond the noise."""
        difference = intervals.apart(self.at_random, self.latest)
        return not difference.low <= 0 <= difference.high


def sentence(found: LatestRows, *, by_time: bool) -> str | None:
    """Return what a user should know of a disagreement, given whether the run itself is split by time; None without."""
    if not found.disagree:
        return None
    worse = found.latest.estimate < found.at_random.estimate
    compared = (
        f"A plain model is {'worse' if worse else 'better'} on the latest rows by {quoted(found.clock)} than on rows "
        f"at random, beyond the noise: average precision {_with_range(found.latest)} against "
        f"{_with_range(found.at_random)}, at the same share of frauds."
    )
    if by_time:
        return f"{compared} The metrics of this run are those of the latest rows."
    measured = "The metrics of this run are those of rows at random"
    return f"{compared} {measured}; {setting(found.clock)} measures on the latest."


def proposal(table: LabelledTable, named: str | None) -> str | None:
    """Return a note on the clock of a table that is split at random; None without a clock.

    Args:
        table: of all rows, with the roles of its columns.
        named: the column of times that settings name, if any.
    """
    found = clock(table, named)
    if found is None:
        return None
    guess = "" if found == named else " (a guess by its role)"
    return (
        f"{quoted(found)} tells when a transaction took place{guess}; {setting(found)} trains on the earlier rows and "
        "measures on the latest, as the model will be used."
    )


def setting(column: str) -> str:
    """Return the settings that split by a clock, as they are typed."""
    return f"FRAUDFLOW_SPLIT=time with FRAUDFLOW_TIME_COLUMN={quoted(column)}"


def _with_range(found: Interval) -> str:
    return f"{found.estimate:.3f} ({found.low:.3f} to {found.high:.3f})"


@dataclass(frozen=True, slots=True)
class DrawnRows:
    """Rows of a table, and the share of frauds in the whole of it."""

    table: LabelledTable
    fraud_share: float


def clock(table: LabelledTable[Frame], named: str | None) -> str | None:
    """Return the column that orders the rows of a table: the one that settings name, or that of role time."""
    times = [name for name, role in table.roles.items() if role == "time"]
    return named if named in times else clock_of(table.X, times)


def sample(parts: Iterable[LabelledTable[Frame]], *, rows: int, seed: int, limit: Limit = TABLE) -> DrawnRows:
    """Draw rows from a table that comes in parts, one of them in memory at a time.

    Frauds are at most half of them. Each part gives in proportion to its rows, or to those that they stand for.

    Args:
        parts: of the table; those with weights hold as many legitimate rows as they are to give.
        rows: of all parts together, or for which these stand.
        seed: of the draw.
        limit: of all rows that are drawn.
    """
    rng = np.random.default_rng(seed)
    drawn: list[LabelledTable] = []
    frauds, total = 0, 0.0
    for part in parts:
        standing = len(part.y) if part.weights is None else float(part.weights.sum())
        wanted = math.ceil(limit.of(part.X.shape[1]) * standing / rows)
        is_fraud = part.y.to_numpy() == 1
        some_frauds = rng.permutation(np.flatnonzero(is_fraud))[: max(wanted // 2, wanted - int((~is_fraud).sum()))]
        others = rng.permutation(np.flatnonzero(~is_fraud))[: max(wanted - len(some_frauds), 0)]
        kept = np.zeros(len(part.y), dtype=bool)
        kept[some_frauds] = kept[others] = True
        frauds, total = frauds + part.frauds, total + standing
        drawn.append(part.take(pd.Series(kept)))
    first = drawn[0]
    X = pd.concat([part.X for part in drawn], ignore_index=True)
    y = pd.concat([part.y for part in drawn], ignore_index=True)
    return DrawnRows(LabelledTable(X, y, first.kinds, first.roles), frauds / total)


def bytes_needed(columns: int) -> int:
    """Return about how much memory ``compare`` takes beside the sample itself."""
    return TABLE.of(columns) * columns * 8 * _COPIES


def compare(
    drawn: DrawnRows,
    *,
    clock: str,
    features: FeatureSettings,
    fractions: Fractions,
    seed: int,
) -> LatestRows | None:
    """Train on train and validation and measure on test, split at random and by the clock.

    By one thread: other states run at the same time, and more would wait for each other longer than they save.

    Returns:
        None where a split leaves too few frauds, or nothing to train on.
    """
    table = drawn.table.take(drawn.table.X[clock].notna())

    def measure(split: SplitAssignment) -> tuple[Interval, int]:
        is_test = split.rows("test")
        earlier, test = table.take(~is_test), table.take(is_test)
        known = sample([earlier], rows=len(earlier.y), seed=seed, limit=TRAINING).table
        model = train(
            known.X,
            known.y,
            algorithm="lightgbm",
            kinds=table.kinds,
            seed=seed,
            imbalance="none",
            features=features,
            params=PLAIN,
        )
        odds = (1 - drawn.fraud_share) / drawn.fraud_share
        weights = np.where(test.y == 1, 1.0, odds * test.frauds / (len(test.y) - test.frauds))
        found = average_precision_score(test.y, model.predict_proba(test.X)[:, 1], sample_weight=weights)
        return intervals.share(float(found) * test.frauds, test.frauds), test.frauds

    try:
        at_random = measure(assign_splits(table.X, table.y, seed=seed, fractions=fractions))
        latest = measure(split_by_time(table.X, table.y, time_column=clock, fractions=fractions))
    except FraudflowError:
        return None
    return LatestRows(clock, at_random[0], latest[0], at_random[1], latest[1])
