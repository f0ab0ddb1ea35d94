"""Verdicts of a served model on single transactions: the same over HTTP and from the Lambda function."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from functions.contracts.score_requests import ExpectedCost, ScoredBy, ScoreReason, ScoreResponse
from functions.core.data.pseudonyms import is_pseudonym, pseudonym
from functions.core.histories.asked_past import PastOf
from functions.core.loop.keyed_draws import Draw
from functions.core.scoring.input_reading import read_transactions
from functions.core.scoring.input_rows import InputRows
from functions.core.scoring.scorer import Reason
from functions.core.training.calibration import Floats
from functions.core.wording import named, quoted
from functions.decisions.decision import KeptReason, LoggedDecision
from functions.ports import Champion
from functions.run.request_errors import UnknownColumnsError
from functions.run.served_model import ServedModel

type Value = float | str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model makes of a transaction.

    ``features`` are the columns as the model read them: entities as hashes, times as numbers. The costs are those that
    either decision is expected to have, ``missed_cost`` that of letting it pass if it is fraud, in the currency of the
    settings.
    """

    score: float
    threshold: float
    cost_of_alarm: float
    cost_of_pass: float
    missed_cost: float
    features: Mapping[str, Value]
    reasons: tuple[Reason, ...]
    version: Champion

    @property
    def decision(self) -> Literal["alarm", "pass"]:
        """Whether the score reaches the threshold."""
        return "alarm" if self.score >= self.threshold else "pass"


def judge(
    model: ServedModel,
    transactions: Sequence[Mapping[str, object]],
    reasons: Sequence[int],
    key: bytes,
    *,
    past: PastOf | None = None,
    ids: Sequence[str] | None = None,
) -> list[Verdict]:
    """Score n transactions, in one go.

    Args:
        model: the compiled version.
        transactions: n mappings of columns to JSON values.
        reasons: how many to name for each of them.
        key: of the hashes that stand for entities.
        past: gives the history columns of a model that has any; without it they are missing.
        ids: of the transactions, for ``past``.

    Raises:
        UnscorableRowsError: when one of them lacks a column, or has a value that can't be read.
    """
    rows = model.scorer.with_past(read_transactions(transactions, model.scorer.asked, key), past, ids)
    scores = model.scorer.scores(rows)
    entities = _entities(model, rows, key)
    explained = _explained(model, rows, reasons, entities)
    features = _features(rows, entities)
    missed = missed_costs(model, rows)
    return [
        Verdict(
            score=float(scores[place]),
            threshold=model.scorer.threshold,
            cost_of_alarm=float((1 - scores[place]) * model.costs.false_alarm),
            cost_of_pass=float(scores[place] * missed[place]),
            missed_cost=float(missed[place]),
            features=features[place],
            reasons=explained.get(place, ()),
            version=model.version,
        )
        for place in range(rows.count)
    ]


def missed_costs(model: ServedModel, rows: InputRows) -> Floats:
    """Return what letting each of n rows pass costs if it is fraud, (n,).

    Where the column with the cost of a missed fraud holds no amount of zero or more, the cost of the settings counts.
    """
    missed = np.full(rows.count, model.costs.missed_fraud)
    amounts = rows.columns.get(model.fraud_cost_column or "")
    if amounts is not None and amounts.dtype != object:
        usable = np.isfinite(amounts) & (amounts >= 0)
        missed[usable] = amounts[usable]
    return missed


def strangers(model: ServedModel, names: Iterable[str]) -> list[str]:
    """Return those of a transaction's columns that the model does not ask for: a history column that is sent, too."""
    known = {column.name for column in model.scorer.asked}
    return [name for name in names if name.strip() not in known]


def unknown_columns(names: Iterable[str]) -> UnknownColumnsError:
    """Return the error for columns that the model does not know."""
    columns = list(dict.fromkeys(names))
    return UnknownColumnsError(
        f"The model knows no column {named([quoted(each) for each in columns])}: leave it out, or set "
        "FRAUDFLOW_SCORING_UNKNOWN_COLUMNS=accept.",
        columns,
    )


def decided(
    transaction_id: str,
    verdict: Verdict,
    *,
    at: dt.datetime,
    latency_ms: float,
    served: Literal["http", "lambda"],
    explore: Draw,
) -> LoggedDecision:
    """Return a verdict as a decision to keep: an alarm is let through where ``explore`` takes its transaction."""
    decision = _logged(transaction_id, verdict, at=at, latency_ms=latency_ms, served=served)
    if verdict.decision == "pass":
        return decision
    explored = explore.takes(transaction_id)
    return replace(decision, decision="pass" if explored else "alarm", pass_chance=explore.share, explored=explored)


def shadowed(transaction_id: str, verdict: Verdict, *, at: dt.datetime, latency_ms: float) -> LoggedDecision:
    """Return a verdict that decides nothing, as it is kept; its features are those of the decision."""
    decision = _logged(transaction_id, verdict, at=at, latency_ms=latency_ms, served="http")
    return replace(decision, kind="shadow", features={})


def _logged(
    transaction_id: str,
    verdict: Verdict,
    *,
    at: dt.datetime,
    latency_ms: float,
    served: Literal["http", "lambda"],
) -> LoggedDecision:
    return LoggedDecision(
        transaction_id=transaction_id,
        at=at,
        features=verdict.features,
        score=verdict.score,
        decision=verdict.decision,
        threshold=verdict.threshold,
        model=verdict.version.name,
        version=verdict.version.version,
        latency_ms=latency_ms,
        served=served,
        cost_alarm=verdict.cost_of_alarm,
        cost_pass=verdict.cost_of_pass,
        missed_cost=verdict.missed_cost,
        pass_chance=float(verdict.decision == "pass"),
        reasons=[KeptReason(each.feature, each.value, each.contribution, each.words) for each in verdict.reasons],
    )


def response(decision: LoggedDecision) -> ScoreResponse:
    """Return what a caller is answered: now, or again."""
    return ScoreResponse(
        transaction_id=decision.transaction_id,
        score=decision.score,
        decision=decision.decision,
        threshold=decision.threshold,
        expected_cost=ExpectedCost(alarm=decision.cost_alarm, pass_=decision.cost_pass),
        reasons=[ScoreReason.model_validate(each._asdict()) for each in decision.reasons],
        model=ScoredBy(name=decision.model, version=decision.version),
    )


def _entities(model: ServedModel, rows: InputRows, key: bytes) -> dict[str, list[Value]]:
    """Return the hashes of entities that the model itself reads as they are: what is kept and told names nobody."""
    return {
        column.name: [_hash(value, key) for value in _values(rows.columns[column.name])]
        for column in model.scorer.columns
        if column.role == "entity" and not column.hashed
    }


def _hash(value: Value, key: bytes) -> Value:
    if value is None or (isinstance(value, str) and is_pseudonym(value)):
        return value
    # A card's number that was read as a number: as files write it.
    return pseudonym(f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value), key)


def _explained(
    model: ServedModel, rows: InputRows, reasons: Sequence[int], entities: Mapping[str, Sequence[Value]]
) -> dict[int, tuple[Reason, ...]]:
    """Return the reasons of those rows that ask for any, by their place; the others cost nothing."""
    asking = [place for place, count in enumerate(reasons) if count]
    if not asking:
        return {}
    found = model.scorer.reasons(rows.take(asking), max(reasons))
    return {
        place: tuple(
            replace(reason, value=entities[reason.feature][place]) if reason.feature in entities else reason
            for reason in each[: reasons[place]]
        )
        for place, each in zip(asking, found, strict=True)
    }


def _features(rows: InputRows, entities: Mapping[str, Sequence[Value]]) -> list[dict[str, Value]]:
    columns = {name: entities.get(name) or _values(values) for name, values in rows.columns.items()}
    return [{name: values[place] for name, values in columns.items()} for place in range(rows.count)]


def _values(values: NDArray[Any]) -> list[Value]:
    if values.dtype == object:
        return list(values)
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN, which is missing
