"""Every setting of a run and of a function, in one place.

A run's settings are resolved once, by LoadData, and travel in the payload: a stack that is reconfigured while a run is
under way changes the next run, not this one. See ``docs/decisions/0003-settings-travel-in-the-payload.md``.
"""

from typing import Annotated, Literal, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from functions.core.errors import InvalidSettingsError

# An upload's user metadata may name settings of its own, as a JSON object.
SETTINGS_METADATA = "fraudflow-settings"

Name = Annotated[str, Field(min_length=1)]
Delimiter = Annotated[str, Field(min_length=1, max_length=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RunSettings(BaseModel):
    """What a data scientist chooses about a run."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    target: Name | None = Field(default=None, description="target column; the last one unless named")
    positive_label: Name | None = Field(default=None, description="the label that means fraud; recognised unless given")
    delimiter: Delimiter | None = Field(default=None, description="field delimiter; recognised unless given")
    encoding: Name | None = Field(default=None, description="text encoding; recognised unless given")
    seed: int = Field(default=42, ge=0, lt=2**32, description="seed of the split and of the training")
    split: Literal["stratified", "time"] = Field(default="stratified", description="how rows are split")
    time_column: Name | None = Field(default=None, description="the column that `split = time` sorts by")
    train_fraction: Fraction = Field(default=0.6, description="share of the rows to train on")
    validation_fraction: Fraction = Field(default=0.2, description="share to choose the threshold on; the rest tests")
    algorithm: Literal["mlp"] = Field(default="mlp", description="the candidate to train")
    threshold: Literal["f1", "cost"] = Field(default="f1", description="what the decision threshold optimises")
    cost_missed_fraud: Money = Field(default=100.0, description="what a missed fraud costs")
    cost_false_alarm: Money = Field(default=2.0, description="what a false alarm costs")
    model_name: str = Field(
        default="fraud-detector",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="name in the registry; one per kind of data",
    )

    @model_validator(mode="after")
    def _splits_fit(self) -> Self:
        if self.train_fraction + self.validation_fraction >= 1:
            raise ValueError("train_fraction and validation_fraction leave nothing to test on")
        if self.split == "time" and not self.time_column:
            raise ValueError("split = time needs time_column")
        return self

    @property
    def fractions(self) -> tuple[float, float, float]:
        """Shares of train, validation and test; their sum is 1."""
        test = 1 - self.train_fraction - self.validation_fraction
        return self.train_fraction, self.validation_fraction, test


class FunctionSettings(BaseSettings):
    """Read from the function's environment when it starts, never at import."""

    model_config = SettingsConfigDict(env_prefix="FRAUDFLOW_", frozen=True, extra="ignore")


class StorageSettings(FunctionSettings):
    """Of every function: where a run's files go."""

    runs_bucket: str = Field(min_length=3)


class LoadDataSettings(StorageSettings):
    """LoadData also decides the run's settings."""

    run_settings: RunSettings = RunSettings()


class TrackingSettings(StorageSettings):
    """Of the functions that speak to MLflow."""

    mlflow_tracking_uri: AnyHttpUrl
    mlflow_experiment: str = Field(default="fraudflow", min_length=1)


class RegisterModelSettings(TrackingSettings):
    """RegisterModel also records which code trained the model: the package's key, or the image's URI."""

    code_version: str = Field(min_length=1)


class MonitoringSettings(TrackingSettings):
    """LogMetrics and RecordFailure also push, where a Pushgateway is configured."""

    pushgateway_url: AnyHttpUrl | None = None


def read[S: FunctionSettings](model: type[S]) -> S:
    """Build the settings from the environment.

    Raises:
        InvalidSettingsError: naming each variable and what is wrong with it.
    """
    try:
        return model()
    except ValidationError as error:
        faults = "; ".join(
            f"FRAUDFLOW_{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()
        )
        raise InvalidSettingsError(f"The function's environment is wrong: {faults}.") from error
    except SettingsError as error:
        raise InvalidSettingsError(f"The function's environment is wrong: {error}.") from error
