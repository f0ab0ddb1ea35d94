"""Settings of training by workers, which a stack hands on to TrainModel."""

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from functions.setting_words import Allowed
from functions.settings import StorageSettings


class WorkerSettings(BaseModel):
    """Where workers are, and from how many rows on they train."""

    dask_scheduler: Annotated[str | None, Allowed("an address such as tcp://10.0.0.5:8786")] = Field(
        default=None,
        pattern=r"^(tcp|tls)://[^\s/]+:\d+$",
        description="Dask's scheduler, whose workers train LightGBM on large tables: "
        "[distributed-training.md](distributed-training.md); `make extras` installs Dask's `distributed`",
    )
    distributed_rows: int = Field(
        default=5_000_000, ge=1, description="rows to train on from which `dask_scheduler`'s workers train"
    )


class SageMakerSettings(BaseSettings):
    """What a SageMaker training job tells each of its hosts: SageMaker's toolkit by these names, or our own container.

    ``SM_HP_JOB`` is the hyperparameter ``job``: the URI of the job's document.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    hosts: tuple[str, ...] = Field(validation_alias="SM_HOSTS", min_length=1)
    current_host: str = Field(validation_alias="SM_CURRENT_HOST")
    job: str = Field(validation_alias="SM_HP_JOB", pattern=r"^(s3|file)://")
    training_job: str = Field(default="by-hand", validation_alias="TRAINING_JOB_NAME")

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.current_host not in self.hosts:
            raise ValueError(f"SM_CURRENT_HOST is {self.current_host}, which is none of SM_HOSTS")
        return self

    @property
    def rank(self) -> int:
        """Number of this host, from 0; each host counts alike."""
        return sorted(self.hosts).index(self.current_host)


class TrainModelSettings(StorageSettings, WorkerSettings):
    """TrainModel's own."""
