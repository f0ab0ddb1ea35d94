"""Each state's output in the watch machine, as large as it gets."""

from functions import contracts
from functions.contracts import loop_states

WATCH_RESULTS: dict[str, contracts.Contract] = {
    "MeasureLoop": loop_states.MeasuredLoop(
        model="fraud-detector",
        version="3",
        uri="s3://loop/measured/fraud-detector/one.json",
        champion_days=40.5,
        decisions_a_day=12_000.0,
        counted=60_000,
        cost=0.9,
        excess=loop_states.IntervalFigure(estimate=0.4, low=0.2, high=0.7),
        trained_frauds=200,
        fresh_frauds=80,
        episode=loop_states.EpisodeFound(id="3-17", kind="shifted", explanation="8 of 30 features drifted." * 20),
        labels_missing=None,
    ),
    "JudgeVersions": loop_states.JudgedVersions(
        champion="3",
        challenger="4",
        trial="running",
        reason="Version 4 costs 120 less on the same transactions (95 % interval -300 to +60): not enough yet." * 3,
        uri="s3://loop/judged/fraud-detector/one.json",
    ),
    "DecideRetraining": loop_states.DecidedRetraining(
        id="one",
        outcome="retrain",
        reason="Version 3 costs 400.00 more than it promised in 1,000 decisions." * 5,
        uri="s3://loop/decisions/fraud-detector/20260510T000000-one.json",
        retraining=1,
        episode="3-17",
        monitoring="The metrics were pushed.",
    ),
    "AskToRetrain": loop_states.ByHand(by="ada", reason="A new product was launched."),
    "GatherTrainingData": loop_states.GatheredData(
        upload_uri="s3://uploads/loop/fraud-detector/one.parquet",
        lineage_uri="s3://loop/lineage/fraud-detector/one.json",
        digest="0" * 64,
        rows=100_000,
        frauds=280,
        notes=["The training rows of version 3 are gone."] * 10,
    ),
    "RecordWatchFailure": contracts.Failure(
        uri="s3://loop/failures/one.json", error_type="TooFewFraudsError", message="No."
    ),
}
