"""Settings of the functions of the feedback machine; ``runs_bucket`` is the bucket of the loop for them."""

from pydantic import AnyHttpUrl, Field

from functions.settings import StorageSettings


class RecordFeedbackFailureSettings(StorageSettings):
    """RecordFeedbackFailure also pushes, where a Pushgateway is configured."""

    pushgateway_url: AnyHttpUrl | None = None
    metrics_namespace: str | None = Field(default=None, min_length=1)


class JoinLabelsSettings(RecordFeedbackFailureSettings):
    """JoinLabels also reads the decisions."""

    decisions_bucket: str = Field(min_length=3)
