"""Settings of the Feast server of a stack."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from functions.setting_words import Allowed


class FeastSettings(BaseModel):
    """Where Feast's server listens, and where it keeps what it is given."""

    feast_port: int = Field(default=6566, ge=1, le=65535, description="port of Feast's feature server on 127.0.0.1")
    feast_online: Literal["sqlite", "redis"] = Field(
        default="sqlite",
        description="Feast's online store: `sqlite`, a file of the stack's own, or `redis`, where several share one",
    )
    feast_redis: Annotated[str, Allowed("host:port, or host:port,db=1")] = Field(
        default="127.0.0.1:6379",
        pattern=r"^[^\s:,=@]+:\d+(,db=\d+)?$",
        description="Redis for `feast_online`, one without a password",
    )
    feast_offline: Annotated[str, Allowed("a file, or s3://bucket/key.parquet")] = Field(
        default="states.parquet",
        min_length=1,
        description="Parquet file of Feast's offline store (docs/feature-store.md); relative to `feast` in the home",
    )
    feast_python: Path = Field(
        default=Path("feature-store/.venv/bin/python"), description="Feast's Python; relative to the checkout"
    )
