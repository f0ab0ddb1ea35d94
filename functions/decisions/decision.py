"""A decision about a transaction, as it is kept."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

type FeatureValue = float | str | None


class KeptReason(NamedTuple):
    """What a column added to a score, on its log-odds scale; the value of an entity is its hash.

    ``words`` are those of history columns. Earlier releases knew none, and what has none is written as they did.
    """

    feature: str
    value: FeatureValue
    contribution: float
    words: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedDecision:
    """A decision, or what another version would have decided.

    Attributes:
        transaction_id: the transaction's own, by which its label comes back.
        at: when it was decided, in UTC.
        features: what the model read, by column: finite numbers and texts, hashes for entities, None where missing.
            Of a shadow they may be empty: they are those of the decision.
        score: the calibrated probability of fraud.
        threshold: the lowest score that raised an alarm.
        model: registered name.
        version: registered version.
        latency_ms: milliseconds from the request's arrival until the decision was handed to the log.
        served: by what.
        cost_alarm: expected cost of an alarm.
        cost_pass: expected cost of letting it pass.
        missed_cost: cost of letting it pass if it is fraud; None where release 0.2.0 kept a score of 0 alone.
        pass_chance: the probability with which it was let through, before that was drawn: 1.0 for a score below the
            threshold, of an alarm the share that is let through to explore, 0.0 without exploring.
        reasons: those that were asked for.
        kind: ``decision`` for what was answered; ``shadow`` for the score of a challenger, which nobody was told.
        explored: whether its score raises an alarm, and it was let through to learn what it is.
    """

    transaction_id: str
    at: dt.datetime
    features: Mapping[str, FeatureValue]
    score: float
    decision: Literal["alarm", "pass"]
    threshold: float
    model: str
    version: str
    latency_ms: float
    served: Literal["http", "lambda"]
    cost_alarm: float
    cost_pass: float
    missed_cost: float | None
    pass_chance: float
    reasons: Sequence[KeptReason] = ()
    kind: Literal["decision", "shadow"] = "decision"
    explored: bool = False


type Row = tuple[Any, ...]

# The columns of a row, in the service's file and in Parquet.
COLUMNS = tuple(LoggedDecision.__dataclass_fields__)
# Those that parts of release 0.2.0 do not have.
ADDED_COLUMNS = ("missed_cost", "pass_chance", "explored")
AT = COLUMNS.index("at")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def to_row(decision: LoggedDecision) -> Row:
    """Return a decision's columns: its time in microseconds since 1970, features and reasons as JSON.

    Raises:
        ValueError: when a feature is a number that JSON has no name for.
    """
    changed = {
        "at": microseconds(decision.at),
        "features": _json(decision.features),
        "reasons": _json([each if each.words else each[:3] for each in decision.reasons]),
        "explored": int(decision.explored),
    }
    return tuple(changed[name] if name in changed else getattr(decision, name) for name in COLUMNS)


def from_row(row: Row) -> LoggedDecision:
    """Return the decision of a row."""
    given = dict(zip(COLUMNS, row, strict=True))
    reasons = tuple(KeptReason(*each) for each in json.loads(given["reasons"]))
    read = {
        "at": moment(given["at"]),
        "features": json.loads(given["features"]),
        "reasons": reasons,
        "explored": bool(given["explored"]),
    }
    return LoggedDecision(**given | _implied(given) | read)


def _implied(given: Mapping[str, Any]) -> dict[str, float]:
    """Return what a row of release 0.2.0 does not say, and what follows from its other columns."""
    implied: dict[str, float] = {}
    if given["pass_chance"] is None:
        implied["pass_chance"] = float(given["decision"] == "pass")
    if given["missed_cost"] is None and given["score"] > 0:
        implied["missed_cost"] = given["cost_pass"] / given["score"]
    return implied


def microseconds(at: dt.datetime) -> int:
    """Return microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment(since_1970: int) -> dt.datetime:
    """Return a time by its microseconds, in UTC."""
    return _EPOCH + since_1970 * _MICROSECOND


def _json(value: object) -> str:
    # ASCII: half of a surrogate pair, which some encodings let through, is neither UTF-8 nor Parquet.
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
