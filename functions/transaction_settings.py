"""Settings of the function that scores single transactions."""

from typing import Literal

from pydantic import Field, SecretStr

from functions.feature_store_settings import AskedFeatureStore
from functions.loop_settings import Share
from functions.mlflow_address import MlflowAddress
from functions.settings import FunctionSettings, Name


class ScoreTransactionSettings(AskedFeatureStore, FunctionSettings):
    """Which model scores, how it hashes cards and people, and where decisions and histories are kept.

    A function has no disk for the embedded engine: with that, models have no histories.
    """

    mlflow_tracking_uri: MlflowAddress
    mlflow_secret: str | None = Field(default=None, min_length=1)
    model_name: Name = "fraud-detector"
    # BLAKE2b takes no longer one.
    pseudonym_key: SecretStr = Field(min_length=64, max_length=64)
    decisions_bucket: str = Field(min_length=3)
    scoring_unknown_columns: Literal["accept", "refuse"] = "accept"
    explore_share: Share = 0.0
