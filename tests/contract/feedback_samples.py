"""Each state's output in the feedback machine, as large as it gets."""

from functions import contracts
from functions.contracts import label_files
from tests.contract.samples import CONTEXT

FEEDBACK_RESULTS: dict[str, contracts.Contract] = {
    "CheckLabels": label_files.CheckedLabels(
        execution=contracts.Execution(
            arn=CONTEXT["Execution"]["Id"], name="one", started_at=CONTEXT["Execution"]["StartTime"]
        ),
        upload=contracts.Upload(bucket="labels", key="march/a b+é.csv", version_id="v1", etag="e", size=10),
        labels=label_files.LabelsFile(
            part_uri="s3://loop/labels/date=2026-03-01/one.parquet",
            received_at=1_772_323_200_000_000,
            rows=120,
            frauds=40,
            notes=["Other columns are left out: 'who'."] * 2,
        ),
    ),
    "JoinLabels": label_files.LabelsJoined(
        transactions=100,
        matched=98,
        unmatched=2,
        frauds=39,
        repeated=20,
        contradicted=1,
        revoked=1,
        outdated=0,
        days_median=21.5,
        days_longest=64.0,
        report_uri="s3://loop/one/labels.json",
    ),
    "RecordFeedbackFailure": contracts.Failure(
        uri="s3://loop/one/failure.json", error_type="InvalidLabelsError", message="No."
    ),
}
