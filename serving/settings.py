"""Settings of the service, from its environment."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from functions.feature_store_settings import AskedFeatureStore
from functions.loop_settings import ServedLoopSettings
from functions.mlflow_address import MlflowAddress
from functions.scoring_settings import ScoringSettings
from functions.setting_words import TYPED_LIST
from functions.settings import FunctionSettings, Name, read


class ServingSettings(ScoringSettings, ServedLoopSettings, AskedFeatureStore, FunctionSettings):
    """Settings of a service: ``FRAUDFLOW_*`` variables."""

    mlflow_tracking_uri: MlflowAddress
    model_name: Name = Field(default="fraud-detector", description="the registered model whose champion it serves")
    # BLAKE2b takes no longer one.
    pseudonym_key: SecretStr = Field(min_length=64, max_length=64)
    scoring_host: Name = Field(
        default="127.0.0.1", description="address to listen at; one beyond this machine needs a token"
    )
    scoring_names: Annotated[tuple[Name, ...], NoDecode, TYPED_LIST] = Field(
        default=(), description="further names and ports by which it may be called, `scoring:8000`"
    )
    scoring_log: Path = Field(
        default=Path(".fraudflow/scoring/decisions.sqlite"),
        description="file that each decision is in before it is answered",
    )
    decisions_bucket: str | None = Field(
        default=None,
        min_length=3,
        description="bucket that decisions are shipped to; they stay in the file unless given",
    )
    labels_bucket: str | None = Field(
        default=None,
        min_length=3,
        description="bucket that labels are sent to; they stay beside the decisions' file unless given",
    )

    loop_bucket: str | None = Field(
        default=None,
        min_length=3,
        description="bucket of the journal, which a rollback is written to; there is none unless given",
    )

    @model_validator(mode="after")
    def _is_closed(self) -> Self:
        if self.scoring_token is None and not _is_loopback(self.scoring_host):
            raise ValueError(
                "FRAUDFLOW_SCORING_HOST is no loopback address, and FRAUDFLOW_SCORING_TOKEN is not set: "
                "others could ask for scores, so give the service a token, or 127.0.0.1"
            )
        return self


def read_settings() -> ServingSettings:
    """Read the settings from the environment.

    Raises:
        InvalidSettingsError: naming each variable and what is wrong with it.
    """
    return read(ServingSettings, otherwise="The scoring service can't start")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
