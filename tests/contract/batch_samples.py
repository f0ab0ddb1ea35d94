"""Each state's output in the scoring machine, as large as it gets."""

from functions import contracts
from functions.contracts import scored_batches
from tests.contract.samples import CONTEXT

_EXECUTION = contracts.Execution(
    arn=CONTEXT["Execution"]["Id"], name="one", started_at=CONTEXT["Execution"]["StartTime"]
)
BATCH_RESULTS: dict[str, contracts.Contract] = {
    "CheckBatch": scored_batches.CheckedBatch(
        execution=_EXECUTION,
        upload=contracts.Upload(bucket="to-score", key="march/a b+é.csv", version_id="v1", etag="e", size=10),
        settings=scored_batches.BatchSettings(model="fraud-detector", version="3", key_column="transaction_id"),
        model=scored_batches.ScoringVersion(
            name="fraud-detector",
            version="3",
            run_id="r",
            alias=None,
            threshold=0.0196,
            cost_missed_fraud=100.0,
            cost_false_alarm=2.0,
            fraud_cost_column="amount",
        ),
        file=scored_batches.BatchFile(
            format="csv",
            parts=2,
            plan_uri="s3://scores/one/plan.json",
            key="transaction_id",
            label="is_fraud",
            positive_label="1",
            kept_share=0.2,
            notes=["The fields are separated by a semicolon."] * 10,
        ),
        scored=scored_batches.ScoredSoFar(next_part=0, finished=False, rows=0, alarms=0),
    ),
    "ScoreParts": scored_batches.ScoredSoFar(
        next_part=2, finished=True, rows=60_000, alarms=100, frauds=70, labelled=60_000
    ),
    "MeasureTraffic": scored_batches.BatchTraffic(
        verdict="stable",
        explanation="Drift 0.02, 0 of 30 features drifted.",
        drift_score=0.02,
        expected=scored_batches.ExpectedOutcome(
            frauds=81.0,
            frauds_interval=contracts.Bounds(low=60, high=100),
            cost=1_298.0,
            cost_interval=contracts.Bounds(low=800, high=1_900),
        ),
        realised={"frauds": 70.0, "cost": 1_200.0},
        report_uri="s3://scores/one/report.html",
        summary_uri="s3://scores/one/summary.json",
        exposition_uri="s3://scores/one/metrics.prom",
        monitoring="The metrics were pushed.",
    ),
    "PublishScores": scored_batches.ScoresFiles(
        csv_uri="s3://scores/one/scores.csv", parquet_uri="s3://scores/one/scores.parquet", bytes=10
    ),
    "RecordScoringFailure": contracts.Failure(
        uri="s3://scores/one/failure.json", error_type="MissingColumnsError", message="No."
    ),
}
