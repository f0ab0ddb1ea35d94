"""Each state's output, as large as it gets."""

from typing import get_args

from functions import contracts
from functions.settings import Algorithm, RunSettings, ThresholdPolicy

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
_PARAMETERS: dict[str, str | float | int | bool | None] = {f"parameter_{i}": 0.1 for i in range(30)}
_CANDIDATES = [
    contracts.Candidate(
        algorithm=name,
        uri=f"s3://runs/one/{name}.skops",
        scores_uri=f"s3://runs/one/{name}_scores.parquet",
        parameters=_PARAMETERS,
        folds=4,
        average_precision=0.8,
        validation_average_precision=0.8,
        brier_score=0.0004,
        threshold=0.0196,
        seconds=12.5,
        collapsed="its average precision is far below that of the baseline",
        search_uri=f"s3://runs/one/{name}_search.json",
    )
    for name in get_args(Algorithm)
]
_POINT = contracts.TradeOff(threshold=0.0196, frauds_missed=12, false_alarms=48, cost=1296.0)
_BINS = [contracts.BinShift(label="\u2212" * 24, reference=0.1234, new=0.1234) for _ in range(12)]
_DATASET = contracts.Dataset(
    uri="s3://runs/one/dataset.parquet",
    profile_uri="s3://runs/one/profile.json",
    digest="0" * 64,
    rows=300,
    features=100,
    frauds=30,
    duplicate_rows=3,
    target="Class",
    target_explanation="The last column.",
    positive_label="1",
    notes=["The delimiter is a semicolon."] * 10,
)
_UPLOAD = contracts.Upload(bucket="uploads", key="march/a b+é.csv", version_id="v1", etag="e", size=10)
# LoadData's result where the upload is large, of as many parts as there can be.
DIVIDED = contracts.DividedUpload(
    execution=_EXECUTION,
    upload=_UPLOAD,
    settings=RunSettings(),
    candidates=list(RunSettings().trained),
    parts=contracts.PartsToRead.model_validate(
        {"uri": "s3://runs/one/parts.json", "reading_uri": "s3://runs/one/reading.json", "count": 900}
    ),
)
_COUNTS = {name: contracts.SplitCounts(rows=100, frauds=10) for name in ("train", "validation", "test")}
RESULTS: dict[str, contracts.Contract] = {
    "LoadData": contracts.LoadDataOutput(
        execution=_EXECUTION,
        upload=_UPLOAD,
        settings=RunSettings(),
        candidates=list(RunSettings().trained),
        dataset=_DATASET,
    ),
    "ReadPart": contracts.PartRead(number=1, rows=1_000_000, frauds=2_000),
    "MergeParts": _DATASET.model_copy(
        update={
            "histories": contracts.HistoriesToMake(uri="s3://runs/one/histories/plan.json", numbers=[*range(1, 181)])
        }
    ),
    "MakeHistory": contracts.HistoryMade(number=1),
    "SplitPart": contracts.PartSplit(number=1, counts=_COUNTS),
    "PreprocessData": _SPLITS,
    "TrainModel": _CANDIDATES[0],
    "ReadTrainedModel": _CANDIDATES[0],
    "SelectModel": contracts.TrainedModel(
        uri="s3://runs/one/model.skops",
        profile_uri="s3://runs/one/training_profile.json",
        reference_sample_uri="s3://runs/one/reference_sample.parquet",
        seen_rows_uri="s3://runs/one/seen_rows.npy",
        candidates=_CANDIDATES,
        selection="It has the highest average precision on the held-out rows.",
        algorithm="ensemble",
        parameters=_PARAMETERS,
        threshold_policy="cost",
        thresholds={"cost": 0.5, "f1": 0.4, "precision_at_recall": 0.3},
        validation={f"validation_metric_{i}": 0.5 for i in range(20)},
        seconds=1.5,
    ),
    "DetectDrift": contracts.Drift(
        verdict="stable",
        explanation="Nothing moved.",
        champion_version="3",
        drift_score=0.01,
        n_changed_features=2,
        n_drifted_features=0,
        max_feature_drift=0.02,
        multivariate_drift_auc=0.5123456789,
        prediction_drift_score=0.0123456789,
        fraud_rate=0.00172749,
        top_features=[
            contracts.TopFeature(feature=name, score=0.01, drifted=True, bins=_BINS if place < 3 else [])
            for place, name in enumerate(_NAMES)
        ],
        report_uri="s3://runs/one/drift.json",
        champion_scores=contracts.ChampionScores(uri="s3://runs/one/champion_scores.parquet", threshold=0.0196),
    ),
    "ExplainModel": contracts.Explanation(uri="s3://runs/one/importances.json"),
    "OpenRun": contracts.OpenedRun(
        mlflow_run_id="r",
        mlflow_experiment_id="1",
        mlflow_model_id="m-1",
        mlflow_artifacts_uri="mlflow-artifacts:/1/r/artifacts",
    ),
    "LogModel": contracts.LoggedModel(uri="models:/m-1"),
    "ScoreTestPart": contracts.PartScored(number=1, rows=200_000),
    "EvaluateModel": contracts.Evaluation(
        threshold=0.5,
        uri="s3://runs/one/evaluation.json",
        scores_uri="s3://runs/one/scores.parquet",
        reference_uri="s3://runs/one/reference.json",
        metrics={f"test_metric_{i}": 0.5 for i in range(30)},
        intervals={f"figure_{i}": contracts.Bounds(low=0.1, high=0.9) for i in range(5)},
        impact=contracts.Impact(
            lost_to_missed_frauds=1.5,
            spent_on_false_alarms=0.5,
            total_cost=2.0,
            cost_of_doing_nothing=10.0,
            cost_of_alarming_on_everything=12.0,
            cost_without_model=10.0,
            saved=8.0,
            cost_at_half=3.0,
            return_on_operation=None,
        ),
        trade_offs=contracts.TradeOffs(
            policies=dict.fromkeys(get_args(ThresholdPolicy), _POINT),
            alarm_budget=60,
            within_alarm_budget=_POINT,
            miss_limit=10,
            under_miss_limit=_POINT,
        ),
    ),
    "LogMetrics": contracts.MetricsLog(metrics=60, nested_runs=3),
    "RegisterModel": contracts.Registration(
        name="fraud-detector",
        version="4",
        alias="champion",
        reason="It is better.",
        champion="4",
        decision_uri="s3://runs/one/decision.json",
    ),
    "PublishResults": contracts.Publication(
        report_uri="s3://runs/one/report.html",
        exposition_uri="s3://runs/one/metrics.prom",
        pushed=False,
        monitoring="No Pushgateway is configured.",
    ),
    "RecordFailure": contracts.Failure(uri="s3://runs/one/failure.json", error_type="TargetError", message="No."),
}
