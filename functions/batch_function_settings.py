"""Settings of the functions that score batches; ``runs_bucket`` is the bucket of the scores for them."""

from pydantic import AnyHttpUrl, Field, SecretStr

from functions.settings import StorageSettings, TrackingSettings


class CheckBatchSettings(TrackingSettings):
    """CheckBatch also knows the stack's model, whose champion scores unless an upload names another."""

    model_name: str = Field(min_length=1)


class ScorePartsSettings(TrackingSettings):
    """ScoreParts also hashes entities, by the key that LoadData has hashed them by."""

    pseudonym_key: SecretStr = Field(min_length=64, max_length=64)


class RecordScoringFailureSettings(StorageSettings):
    """RecordScoringFailure also pushes, where a Pushgateway is configured."""

    pushgateway_url: AnyHttpUrl | None = None
    metrics_namespace: str | None = Field(default=None, min_length=1)
