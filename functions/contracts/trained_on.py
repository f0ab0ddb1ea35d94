"""What a model was trained on, as its run keeps it for the next retraining: an artifact of the run in MLflow."""

from typing import Any

from pydantic import Field

from functions.contracts.datasets import Upload
from functions.contracts.records import Record

TRAINED_ON = "trained_on.json"


class TrainedOn(Record):
    """The upload of a run, the checked data set, and the settings."""

    upload: Upload
    dataset_uri: str = Field(description="Parquet: the checked rows; removed with the run's files")
    digest: str
    target: str
    positive_label: str | None = Field(default=None, description="what means fraud there")
    settings: dict[str, Any] = Field(description="the run's own, all of them")
