"""What each state answers, as large as it gets."""

from functions import contracts
from functions.settings import RunSettings

ARN = "arn:aws:states:us-east-1:000000000000:execution:fraudflow-pipeline:one"
CONTEXT = {
    "Execution": {
        "Id": ARN,
        "Name": "one",
        "StartTime": "2026-01-01T00:00:00.000Z",
        "Input": {"bucket": "uploads", "key": "march/a b+é.csv"},
    }
}
_NAMES = [f"feature_{i:03}" for i in range(100)]
_SPLITS = contracts.Splits(
    uris={name: f"s3://runs/one/{name}.parquet" for name in ("train", "validation", "test")},
    counts={name: contracts.SplitCounts(rows=100, frauds=10) for name in ("train", "validation", "test")},
    duplicate_rows=3,
    explanation="60/20/20, stratified.",
)
_EXECUTION = contracts.Execution(arn=ARN, name="one", started_at="2026-01-01T00:00:00.000Z")
RESULTS: dict[str, contracts.Contract] = {
    "LoadData": contracts.LoadDataOutput(
        execution=_EXECUTION,
        upload=contracts.Upload(bucket="uploads", key="march/a b+é.csv", version_id="v1", etag="e", size=10),
        settings=RunSettings(),
        dataset=contracts.Dataset(
            uri="s3://runs/one/dataset.parquet",
            profile_uri="s3://runs/one/profile.json",
            digest="0" * 64,
            rows=300,
            features=100,
            frauds=30,
            duplicate_rows=3,
            target="Class",
            target_explanation="The last column.",
            notes=["The delimiter is a semicolon."] * 10,
        ),
    ),
    "PreprocessData": _SPLITS,
    "TrainModel": contracts.TrainedModel(
        uri="s3://runs/one/model.skops",
        reference_uri="s3://runs/one/reference.json",
        algorithm="mlp",
        parameters={f"parameter_{i}": 0.1 for i in range(30)},
        threshold=0.5,
        threshold_policy="f1",
        validation={f"validation_metric_{i}": 0.5 for i in range(20)},
        seconds=1.5,
    ),
    "DetectDrift": contracts.Drift(
        verdict="stable",
        explanation="Nothing moved.",
        champion_version="3",
        drift_score=0.01,
        n_drifted_features=0,
        max_feature_drift=0.02,
        top_features=[contracts.FeatureDrift(feature=name, score=0.01) for name in _NAMES],
        report_uri="s3://runs/one/drift.json",
    ),
    "EvaluateModel": contracts.Evaluation(
        uri="s3://runs/one/evaluation.json",
        scores_uri="s3://runs/one/scores.parquet",
        metrics={f"test_metric_{i}": 0.5 for i in range(30)},
        impact=contracts.Impact(
            lost_to_missed_frauds=1.0,
            spent_on_false_alarms=1.0,
            total_cost=2.0,
            cost_of_doing_nothing=10.0,
            saved=8.0,
        ),
    ),
    "LogMetrics": contracts.MetricsLog(
        mlflow_run_id="r",
        mlflow_experiment_id="1",
        exposition_uri="s3://runs/one/metrics.prom",
        pushed=False,
        monitoring="No Pushgateway is configured.",
    ),
    "RegisterModel": contracts.Registration(
        name="fraud-detector", version="4", alias="champion", reason="It is better."
    ),
    "RecordFailure": contracts.Failure(uri="s3://runs/one/failure.json", error_type="TargetError", message="No."),
}
