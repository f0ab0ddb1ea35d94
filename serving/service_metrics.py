"""Metrics of the scoring service, declared once, as data, for the service, dashboards, alerts, docs and tests."""

from dataclasses import dataclass
from typing import Literal

from functions.core.loop.swap_limits import LIMITS

Kind = Literal["counter", "gauge", "histogram"]
# Seconds. The service's aim is 10 ms at p99: finest around it, with limits where alerts and panels look.
_LATENCIES = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
# Of one transaction far below its answer's.
_HISTORY_LATENCIES = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5)
# Most transactions score near 0, and thresholds chosen by cost are low.
_SCORES = (0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.97, 1)


@dataclass(frozen=True)
class ServiceMetric:
    """A metric.

    Attributes:
        name: in Prometheus.
        kind: what may be done with it.
        help: what it says, in a sentence.
        labels: their names.
        buckets: upper bounds of a histogram's buckets.
        starts: label values whose series are there at zero from the start, so that the first event is a rise.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    starts: tuple[tuple[str, ...], ...] = ()

    @property
    def series(self) -> tuple[str, ...]:
        """The names of its series in Prometheus."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
        return (self.name,)


REQUESTS = ServiceMetric(
    "scoring_requests_total",
    "counter",
    "Requests to score, by route (single or batch) and status code.",
    ("route", "code"),
)
REQUEST_SECONDS = ServiceMetric(
    "scoring_request_seconds",
    "histogram",
    "Seconds from a request to score to its answer, by route (single or batch).",
    ("route",),
    _LATENCIES,
    starts=(("single",), ("batch",)),
)
ERRORS = ServiceMetric("scoring_errors_total", "counter", "Requests to score that were refused or failed.", ("type",))
UNKNOWN_COLUMNS = ServiceMetric(
    "scoring_unknown_columns_total", "counter", "Columns in transactions that the served model does not know."
)
DECISIONS = ServiceMetric(
    "scoring_decisions_total",
    "counter",
    "Transactions decided, by decision (alarm or pass) and version; one that was sent twice counts once.",
    ("decision", "version"),
)
SCORES = ServiceMetric("scoring_score", "histogram", "Scores of the transactions decided.", (), _SCORES)
EXPECTED_COST = ServiceMetric(
    "scoring_expected_cost_total",
    "counter",
    "Expected cost of the decisions taken, in the currency of the cost settings.",
    ("decision",),
    starts=(("alarm",), ("pass",)),
)

EXPLORED = ServiceMetric(
    "scoring_explored_total",
    "counter",
    "Alarms that were let through to learn what they are, by version.",
    ("version",),
)
EXPLORED_COST = ServiceMetric(
    "scoring_explored_cost_total",
    "counter",
    "What letting alarms through is expected to cost beyond stopping them, in the currency of the cost settings.",
)

MODEL_INFO = ServiceMetric(
    "scoring_model_info", "gauge", "1; its labels name the model and the version served.", ("model", "version")
)
MODEL_LOADED = ServiceMetric("scoring_model_loaded_timestamp_seconds", "gauge", "When the version served was loaded.")
CHAMPION_IS_SERVED = ServiceMetric(
    "scoring_champion_is_served",
    "gauge",
    "1 when the version served is the champion's, as the registry last said, else 0; absent without a champion.",
)
REGISTRY_AGE = ServiceMetric(
    "scoring_registry_age_seconds", "gauge", "Seconds since the registry last said who is champion."
)

SHADOW_SCORED = ServiceMetric(
    "scoring_shadow_scored_total", "counter", "Transactions that a version scored as a shadow.", ("version",)
)
SHADOW_ALARMS = ServiceMetric(
    "scoring_shadow_alarms_total", "counter", "Transactions on which a shadow would have alarmed.", ("version",)
)
SHADOW_DROPPED = ServiceMetric(
    "scoring_shadow_dropped_total",
    "counter",
    "Scores that a shadow owes, as the machine was busy or it can't score.",
)

HARM_EVIDENCE = ServiceMetric(
    "scoring_harm_evidence",
    "gauge",
    "How much speaks for harm by a new champion (swap) or by a challenger that decides (trial), by rule: 1 is certain.",
    ("watched", "rule"),
)
HARM_ENDED = ServiceMetric(
    "scoring_harm_ended_total",
    "counter",
    "Champions that gave way to the former one (swap), and challengers that decide no more (trial), by rule.",
    ("watched", "rule"),
    starts=tuple((watched, rule) for watched in ("swap", "trial") for rule in LIMITS),
)

DECISION_LOG_BEHIND = ServiceMetric(
    "scoring_decision_log_behind_seconds", "gauge", "Age of the oldest decision that is not in S3 yet; 0 without one."
)
DECISION_LOG_UNSHIPPED = ServiceMetric(
    "scoring_decision_log_unshipped", "gauge", "Decisions that are on the service's disk and not in S3 yet."
)

HISTORY_STATES = ServiceMetric(
    "scoring_history_states", "gauge", "Cards, customers and the like whose transactions are remembered, by column."
)
HISTORY_BYTES = ServiceMetric("scoring_history_bytes", "gauge", "Bytes of the file that histories are in.")
HISTORY_SECONDS = ServiceMetric(
    "scoring_history_seconds",
    "histogram",
    "Seconds in which the history columns of a request were read and computed.",
    (),
    _HISTORY_LATENCIES,
)
HISTORY_BEHIND = ServiceMetric(
    "scoring_history_behind_seconds",
    "gauge",
    "For how long histories have lacked decisions of the log, or of the training table; 0 when they are complete.",
)
HISTORY_FAILURES = ServiceMetric(
    "scoring_history_failures_total",
    "counter",
    "Histories that could not be read, which leaves their columns unknown, or could not be written, by operation.",
    ("operation",),
    starts=(("read",), ("write",)),
)

ALL: tuple[ServiceMetric, ...] = (
    REQUESTS,
    REQUEST_SECONDS,
    ERRORS,
    UNKNOWN_COLUMNS,
    DECISIONS,
    SCORES,
    EXPECTED_COST,
    EXPLORED,
    EXPLORED_COST,
    MODEL_INFO,
    MODEL_LOADED,
    CHAMPION_IS_SERVED,
    REGISTRY_AGE,
    SHADOW_SCORED,
    SHADOW_ALARMS,
    SHADOW_DROPPED,
    HARM_EVIDENCE,
    HARM_ENDED,
    DECISION_LOG_BEHIND,
    DECISION_LOG_UNSHIPPED,
    HISTORY_STATES,
    HISTORY_BYTES,
    HISTORY_SECONDS,
    HISTORY_BEHIND,
    HISTORY_FAILURES,
)
