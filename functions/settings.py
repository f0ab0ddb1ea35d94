"""Settings of a run, which LoadData resolves once (decision 3: they travel in the payload), and of each function."""

import re
from typing import Annotated, Literal, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from functions.core.errors import InvalidSettingsError
from functions.history_settings import Histories
from functions.mlflow_address import MlflowAddress
from functions.setting_words import KNOWN_ROLES, TYPED_LIST, TYPED_OBJECT, Allowed, faults

# An upload's user metadata may name settings of its own, as a JSON object.
SETTINGS_METADATA = "fraudflow-settings"
# In the uploads bucket: settings that are too long for where they travel.
STORED_SETTINGS_FOLDER = ".fraudflow/settings/"
MIN_BLENDED = 2

Algorithm = Literal[
    "mlp",
    "xgboost",
    "catboost",
    "lightgbm",
    "hist_gradient_boosting",
    "logistic_regression",
    "isolation_forest",
    "ensemble",
]
# The one that is not trained on rows: it is a weighted mean of the others.
ENSEMBLE: Algorithm = "ensemble"
ThresholdPolicy = Literal["cost", "f1", "precision_at_recall"]
Imbalance = Literal["auto", "none", "class_weights", "undersampling", "smote", "focal_loss"]

Name = Annotated[str, Field(min_length=1)]
Delimiter = Annotated[str, Field(min_length=1, max_length=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class RunSettings(BaseModel):
    """Settings of a run, for data scientists."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    target: Name | None = Field(default=None, description="target column; recognised unless named")
    positive_label: Name | None = Field(default=None, description="the label that means fraud; recognised unless given")
    roles: Annotated[
        dict[Name, str],
        NoDecode,
        TYPED_OBJECT,
        KNOWN_ROLES,
        Allowed('a JSON object of columns and their roles, such as `{"cc_num": "entity"}`'),
    ] = Field(default={}, description="what columns are, where they are not recognised: [columns.md](columns.md)")
    leaks: Literal["drop", "warn", "keep"] | None = Field(
        default=None,
        description="columns that may know the label; unless this is given, those that are as good as certain to are "
        "left out, and the others warned of",
    )
    unlabelled: Literal["refuse", "drop"] = Field(
        default="refuse", description="rows without a label: `drop` leaves them out"
    )
    delimiter: Delimiter | None = Field(default=None, description="field delimiter; recognised unless given")
    encoding: Name | None = Field(default=None, description="text encoding; recognised unless given")
    large_upload_bytes: int = Field(
        default=2 * 2**30, ge=1, description="an upload that is larger is read in parts, of an eighth of this each"
    )
    seed: int = Field(default=42, ge=0, lt=2**32, description="seed of the split and of the training")
    split: Literal["stratified", "time", "last_rows"] = Field(
        default="stratified", description="how rows are split; `last_rows` tests on the last of the file"
    )
    time_column: Name | None = Field(
        default=None, description="timestamp of each transaction, for `split = time` and `entity_column`"
    )
    train_fraction: Fraction = Field(default=0.6, description="share of the training set")
    validation_fraction: Fraction = Field(default=0.2, description="share of validation; the rest is the test set")
    rotate_validation: bool = Field(
        default=True,
        description="cross-fit: score the training rows out of fold too; never done when rows are split by time",
    )
    candidates: Annotated[tuple[Algorithm, ...], NoDecode, TYPED_LIST] = Field(
        default=("lightgbm", "logistic_regression", ENSEMBLE),
        min_length=1,
        description="models to train; `ensemble` is a weighted mean of the others, `xgboost` and `catboost` need "
        "`make extras`",
    )
    parts_at_once: int = Field(default=2, ge=1, le=40, description="parts of a large upload, worked on in parallel")
    candidates_at_once: int = Field(default=2, ge=1, le=40, description="trained in parallel; they share the cores")
    training_job_rows: int | None = Field(
        default=None,
        ge=1,
        description="rows to train on from which a SageMaker training job trains each candidate, where the stack "
        "starts some; its own unless given: [distributed-training.md](distributed-training.md)",
    )
    imbalance: Imbalance = Field(
        default="auto",
        description="strategy against class imbalance; `auto` is each candidate's own, `undersampling` and `smote` "
        "need `make extras`",
    )
    legitimate_share: Annotated[Share | Literal["auto"], Allowed("auto, or a number above 0 and at most 1")] = Field(
        default="auto", description="share of legitimate rows to train and validate on: `auto` is 1 below ten million"
    )
    search_trials: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="trials of Optuna's search for each candidate (`make extras` installs it); 0 is no search",
    )
    search_seconds: int = Field(
        default=300, ge=1, le=600, description="seconds after which a candidate's search starts no more trials"
    )
    amount_column: Name | None = Field(default=None, description="amounts, to add their logarithm as a feature")
    seconds_column: Name | None = Field(default=None, description="seconds, to add the hour of the day as a feature")
    entity_column: Name | None = Field(
        default=None, description="card or customer, whose history becomes columns; needs `time_column`"
    )
    histories: Histories = Field(
        default=None, description="what entities did before, as columns: in place of the file of `history_definitions`"
    )
    threshold: ThresholdPolicy = Field(default="cost", description="what the decision threshold optimises")
    min_recall: Fraction = Field(
        default=0.8, description="lowest recall of the frauds, for `threshold = precision_at_recall`"
    )
    cost_missed_fraud_column: Name | None = Field(
        default=None, description="column with the cost of missing each fraud, in place of `cost_missed_fraud`"
    )
    cost_missed_fraud: Money = Field(default=100.0, description="cost of a missed fraud")
    cost_false_alarm: Money = Field(default=2.0, description="cost of a false alarm")
    cost_of_operation: Money = Field(
        default=0.0,
        description="cost of running the model over the test rows, for the return on investment; 0 is unknown",
    )
    reference_sample_rows: int = Field(
        default=2000, ge=0, le=20_000, description="rows kept with the model for multivariate drift; 0 keeps none"
    )
    drift_ignored_columns: Annotated[tuple[Name, ...], NoDecode, TYPED_LIST] = Field(
        default=(), description="columns that move with the calendar and are excluded from drift"
    )
    model_name: Annotated[
        str, Allowed("at most 100 letters, digits, dots, dashes and underscores, a letter or digit first")
    ] = Field(
        default="fraud-detector",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
        description="name in the registry; one per kind of data",
    )
    promotion: Literal["gate", "shadow"] = Field(
        default="gate",
        description="what follows where a version passes the gate: it is promoted, or runs in `shadow` until it pays",
    )

    @model_validator(mode="after")
    def _splits_fit(self) -> Self:
        if self.train_fraction + self.validation_fraction >= 1:
            raise ValueError("train_fraction and validation_fraction leave nothing to test on")
        if self.split == "time" and not self.time_column:
            raise ValueError("split = time needs time_column")
        return self

    @model_validator(mode="after")
    def _candidates_fit(self) -> Self:
        if len(set(self.candidates)) < len(self.candidates):
            raise ValueError("candidates names one of them twice")
        if ENSEMBLE in self.candidates and len(self.trained) < MIN_BLENDED:
            raise ValueError("the candidate ensemble needs two others to blend")
        if self.entity_column and not self.time_column:
            raise ValueError("entity_column needs time_column: a history has an order")
        return self

    @property
    def trained(self) -> tuple[Algorithm, ...]:
        """Candidates that are trained on rows; the ensemble is a weighted mean of them."""
        return tuple(name for name in self.candidates if name != ENSEMBLE)

    @property
    def rotates(self) -> bool:
        """Return whether training rows are held out in turn: never when that would train on the future."""
        return self.rotate_validation and self.split != "time"

    @property
    def fractions(self) -> tuple[float, float, float]:
        """Shares of train, validation and test; their sum is 1."""
        test = 1 - self.train_fraction - self.validation_fraction
        return self.train_fraction, self.validation_fraction, test


class FunctionSettings(BaseSettings):
    """Read from the function's environment when it starts, never at import."""

    # An address may hold a password: an error that names its variable is enough.
    model_config = SettingsConfigDict(env_prefix="FRAUDFLOW_", frozen=True, extra="ignore", hide_input_in_errors=True)


class StorageSettings(FunctionSettings):
    """Of every function: where a run's files go."""

    runs_bucket: str = Field(min_length=3)


class StoredSettings(BaseModel):
    """The key of an object in the uploads bucket that holds settings as a JSON object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings_key: str = Field(pattern=rf"^{re.escape(STORED_SETTINGS_FOLDER)}[0-9a-f]{{32}}\.json$")


class LoadDataSettings(StorageSettings):
    """LoadData also decides the run's settings, and alone has the key of the hashes that stand for cards and people."""

    run_settings: RunSettings | StoredSettings = RunSettings()
    pseudonym_key: SecretStr = Field(min_length=64, max_length=64)  # BLAKE2b takes no longer one
    # Of a stack that starts training jobs, and of no other.
    training_job_rows: int | None = Field(default=None, ge=1)


class ExplainModelSettings(StorageSettings):
    """ExplainModel also knows the function's memory in megabytes, which Lambda tells by this very name."""

    memory: int | None = Field(default=None, validation_alias="AWS_LAMBDA_FUNCTION_MEMORY_SIZE")


class TrackingSettings(StorageSettings):
    """Of the functions that speak to MLflow, with the login that a secret in Secrets Manager holds, if one is named."""

    mlflow_tracking_uri: MlflowAddress
    mlflow_experiment: str = Field(default="fraudflow", min_length=1)
    mlflow_secret: str | None = Field(default=None, min_length=1)


class MonitoringSettings(TrackingSettings):
    """PublishResults and RecordFailure also push, where a Pushgateway is configured."""

    pushgateway_url: AnyHttpUrl | None = None
    metrics_namespace: str | None = Field(default=None, min_length=1)


def read[S: FunctionSettings](model: type[S], *, otherwise: str = "The function's environment is wrong") -> S:
    """Build the settings from the environment.

    Raises:
        InvalidSettingsError: saying what is the case ``otherwise``, each variable and what is wrong with it.
    """
    try:
        return model()
    except ValidationError as error:
        told = "; ".join(faults(model, error, lambda name: f"FRAUDFLOW_{name.upper()}"))
        raise InvalidSettingsError(f"{otherwise}: {told}.") from error
    except SettingsError as error:
        raise InvalidSettingsError(f"{otherwise}: {error}.") from error
