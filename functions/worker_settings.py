"""Settings of training by workers, which a stack hands on to TrainModel."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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


class TrainingJobs(BaseModel):
    """How the stack starts training jobs of SageMaker, as its template says; empty where it says nothing.

    ``prefix`` begins the name of each job, which alone the state machine may start.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str = Field(min_length=20)
    image: str = Field(min_length=1)
    instance_type: str = Field(min_length=1)
    instances: int = Field(ge=1)
    prefix: str = Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")
    region: str = Field(min_length=1)
    key: str = ""
    subnets: str = ""
    security_groups: str = ""


class TrainModelSettings(StorageSettings, WorkerSettings):
    """TrainModel's own: it also writes and reads what training jobs are about, where the stack starts some."""

    training_jobs: TrainingJobs | None = None
