"""A part of a batch, scored: what is kept of each row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions.core.data.rows import Numbers
from functions.core.ingest.distinct import distinct, missing_texts, missing_words
from functions.core.roles.label_words import spell
from functions.core.scoring.input_reading import read_frame
from functions.core.scoring.input_rows import InputRows
from functions.core.scoring.scorer import Reason, Scorer

# Of a part. Where trees are many and large, an alarm's reasons take 14 ms, and a part has to end within the time of its
# function.
MOST_EXPLAINED = 4_000
_SEED = 18


@dataclass(frozen=True)
class Sought:
    """What is kept of a batch's rows besides their scores.

    Attributes:
        key: the column that names each row.
        label: the column of the labels.
        positive_label: the label that means fraud.
        fraud_cost_column: what missing each row's fraud costs.
        reasons: of each alarm, so many.
        kept_share: share of the rows, drawn at random, whose columns are kept.
    """

    key: str | None = None
    label: str | None = None
    positive_label: str | None = None
    fraud_cost_column: str | None = None
    reasons: int = 0
    kept_share: float = 1.0


@dataclass(frozen=True)
class FilePart:
    """A part of a batch's file.

    Attributes:
        frame: n rows, as they were read from the file.
        number: of the part.
        first_row: the number that messages have for its first row.
        past: the rows' history columns, (n,) each, where the model has any.
    """

    frame: pd.DataFrame
    number: int
    first_row: int
    past: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True)
class ScoredRows:
    """n scored rows; entities are hashes in all of it.

    Attributes:
        rows: as the model was given them.
        numbers: of the rows (n,).
        scores: (n,).
        alarms: (n,).
        keys: names of the rows (n,), None where missing.
        labels: (n,) 1 is fraud, NaN is unknown.
        missed_costs: what missing each row's fraud would cost (n,).
        kept: whose columns are kept (n,).
        explained: which have reasons (n,): the alarms, or the ``MOST_EXPLAINED`` of them with the highest scores.
        reasons: of each row that is explained, in the rows' order.
    """

    rows: InputRows
    numbers: NDArray[np.int64]
    scores: NDArray[np.float64]
    alarms: NDArray[np.bool_]
    keys: NDArray[Any] | None
    labels: NDArray[np.float64] | None
    missed_costs: NDArray[np.float64] | None
    kept: NDArray[np.bool_]
    explained: NDArray[np.bool_]
    reasons: list[list[Reason]]


def score_part(scorer: Scorer, part: FilePart, sought: Sought, key: bytes | None) -> ScoredRows:
    """Score one part of a batch.

    Args:
        scorer: the compiled model.
        part: n rows.
        sought: what is kept of them.
        key: of the hashes that stand for entities.

    Raises:
        UnscorableRowsError: a value can't be read; the message names its column and row.
    """
    frame, first_row = part.frame, part.first_row
    rows = read_frame(frame, scorer.asked, key, first_row=first_row).with_past(part.past)
    scores = scorer.scores(rows)
    alarms = scores >= scorer.threshold
    explained = _explained(scores, alarms)
    with_reasons = sought.reasons and explained.any()
    costs = rows.columns.get(sought.fraud_cost_column or "")
    return ScoredRows(
        rows=rows,
        numbers=np.arange(first_row, first_row + rows.count),
        scores=scores,
        alarms=alarms,
        keys=None if sought.key is None else _keys(frame[sought.key], rows, scorer),
        labels=None if sought.label is None else _labels(frame[sought.label], sought.positive_label),
        missed_costs=None if costs is None or costs.dtype == object else costs,
        kept=np.random.default_rng([_SEED, part.number]).random(rows.count) < sought.kept_share,
        explained=explained,
        reasons=scorer.reasons(rows.take(np.flatnonzero(explained)), sought.reasons) if with_reasons else [],
    )


def _explained(scores: NDArray[np.float64], alarms: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which alarms have reasons (n,): of equal scores, the first."""
    highest = np.argsort(np.where(alarms, -scores, np.inf), kind="stable")[:MOST_EXPLAINED]
    explained = np.zeros(len(scores), dtype=np.bool_)
    explained[highest] = True
    return explained & alarms


def _keys(values: pd.Series, rows: InputRows, scorer: Scorer) -> NDArray[Any]:
    """Return the rows' names as the file writes them; of an entity, its hashes."""
    if any(column.hashed and column.name == values.name for column in scorer.columns):
        return rows.columns[str(values.name)]
    texts = values.astype("str").str.strip()
    return np.array(texts.astype(object).where(values.notna(), None), dtype=object)


def _labels(values: pd.Series, positive: str | None) -> NDArray[np.float64]:
    """Return which rows are frauds by their own label; without a word for fraud, that is not known of any."""
    column = distinct(values)
    missing = missing_texts(column) | missing_words(column)
    fraud = None if positive is None else spell(positive)
    known = [np.nan if each in missing or fraud is None else float(spell(each) == fraud) for each in column.texts]
    return column.spread(np.array(known, dtype=np.float64))
