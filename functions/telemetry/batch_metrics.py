"""Metrics of scored batches, declared as data, and their values: each is of a model's last batch."""

from collections.abc import Mapping

from functions.contracts import RecordFailureInput
from functions.contracts.scored_batches import BatchTraffic, MeasureTrafficInput
from functions.telemetry.metrics import OF_A_RUN, Metric, Sample


def _measured(name: str, help_: str, labels: tuple[str, ...] = OF_A_RUN) -> Metric:
    return Metric(name, help_, "measure_traffic", labels)


ROWS = _measured("batch_rows", "Rows of the last scored batch.")
ALARMS = _measured("batch_alarms", "Rows of the last scored batch that raised an alarm.")
OUTCOME_KNOWN = _measured(
    "batch_outcome_known",
    "1 when frauds and costs of the last batch could be estimated without labels, 0 when they could not.",
)
EXPECTED_FRAUDS = _measured("batch_expected_frauds", "Frauds that the scores of the last batch expect.")
EXPECTED_PRECISION = _measured("batch_expected_precision", "Share of the last batch's alarms expected to be frauds.")
EXPECTED_RECALL = _measured("batch_expected_recall", "Share of the last batch's frauds expected to be found.")
EXPECTED_COST = _measured("batch_expected_cost", "Expected cost of the mistakes on the last batch.")
EXPECTED_COST_LOW = _measured("batch_expected_cost_low", "Lower end of that cost's 95 % interval.")
EXPECTED_COST_HIGH = _measured("batch_expected_cost_high", "Upper end of that cost's 95 % interval.")
REALISED_COST = _measured("batch_realised_cost", "Cost of the mistakes on the last batch by its own labels.")
DRIFT_SCORE = _measured(
    "batch_drift_score", "Drift of the last batch against the data of the version that scored it, 0 to 1."
)
INFO = _measured(
    "batch_info",
    "1; its labels name the last scored batch of the model, its file and the version that scored it.",
    ("model", "execution", "dataset", "version"),
)
LAST_BATCH = _measured("last_batch_timestamp_seconds", "When a batch was last scored.")
LAST_FAILURE = Metric(
    "last_batch_failure_timestamp_seconds",
    "When a batch last failed, by type of error.",
    "record_scoring_failure",
    ("error", "model"),
)

ALL: tuple[Metric, ...] = (
    ROWS,
    ALARMS,
    OUTCOME_KNOWN,
    EXPECTED_FRAUDS,
    EXPECTED_PRECISION,
    EXPECTED_RECALL,
    EXPECTED_COST,
    EXPECTED_COST_LOW,
    EXPECTED_COST_HIGH,
    REALISED_COST,
    DRIFT_SCORE,
    INFO,
    LAST_BATCH,
    LAST_FAILURE,
)


def samples(event: MeasureTrafficInput, traffic: BatchTraffic, *, now: float) -> list[Sample]:
    """Return the samples of a batch; what is not known has none.

    Args:
        event: what MeasureTraffic is given.
        traffic: what it has measured.
        now: seconds since the epoch.
    """
    where = {"model": event.model.name}
    info = {
        **where,
        "execution": event.execution.name,
        "dataset": event.upload.name,
        "version": event.model.version,
    }
    values: Mapping[Metric, float | None] = {
        ROWS: event.scored.rows,
        ALARMS: event.scored.alarms,
        OUTCOME_KNOWN: traffic.expected is not None,
        **_expected(traffic),
        REALISED_COST: (traffic.realised or {}).get("cost"),
        DRIFT_SCORE: traffic.drift_score,
        LAST_BATCH: now,
    }
    known = [Sample(metric, float(value), where) for metric, value in values.items() if value is not None]
    return [*known, Sample(INFO, 1, info)]


def failure_samples(event: RecordFailureInput, error: str, *, now: float) -> list[Sample]:
    """Return the samples of a batch that failed.

    Args:
        event: what RecordScoringFailure is given; without a model's name where the batch failed before one was found.
        error: the type of the error.
        now: seconds since the epoch.
    """
    model = event.state.get("model")
    name = model.get("name") if isinstance(model, dict) else None
    return [Sample(LAST_FAILURE, now, {"error": error, "model": name if isinstance(name, str) else ""})]


def _expected(traffic: BatchTraffic) -> dict[Metric, float | None]:
    found = traffic.expected
    if found is None:
        return {}
    return {
        EXPECTED_FRAUDS: found.frauds,
        EXPECTED_PRECISION: found.precision,
        EXPECTED_RECALL: found.recall,
        EXPECTED_COST: found.cost,
        EXPECTED_COST_LOW: found.cost_interval.low,
        EXPECTED_COST_HIGH: found.cost_interval.high,
    }
