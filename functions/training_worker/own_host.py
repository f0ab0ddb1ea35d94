"""What SageMaker tells each host of a training job, by files in the folder ``input/config``."""

import json
import socket
import time
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from functions.core.errors import InvalidSettingsError

POLL_SECONDS = 1.0


class JobHost(BaseModel):
    """A host among the others, and the URI of the document that says what is to be trained."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    hosts: tuple[str, ...] = Field(min_length=1)
    current_host: str
    job: str = Field(pattern=r"^(s3|file)://")

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.current_host not in self.hosts:
            raise ValueError(f"the current host is {self.current_host}, which is none of the hosts")
        return self

    @property
    def rank(self) -> int:
        """Number of this host, from 0."""
        return sorted(self.hosts).index(self.current_host)

    def address(self, *, seconds: float) -> str:
        """Return the address that the others reach it by, which may take the network a moment to know.

        Raises:
            InvalidSettingsError: when it has none within so many seconds.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                return socket.gethostbyname(self.current_host)
            except OSError as error:
                if time.monotonic() > end:
                    raise InvalidSettingsError(
                        f"The host {self.current_host} of the training job has no address ({error})."
                    ) from error
            time.sleep(POLL_SECONDS)


def own_host(root: Path) -> JobHost:
    """Read which host this is.

    Args:
        root: SageMaker's folder, ``/opt/ml`` in a container.

    Raises:
        InvalidSettingsError: when the files are not there, or not those of a training job.
    """
    config = root / "input" / "config"
    try:
        return JobHost.model_validate(_read(config / "resourceconfig.json") | _read(config / "hyperparameters.json"))
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise InvalidSettingsError(f"This is no host of a training job, as {config} says: {faults}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidSettingsError(f"This is no host of a training job: {path} can't be read ({error}).") from error
    if not isinstance(content, dict):
        raise InvalidSettingsError(f"This is no host of a training job: {path} holds no object.")
    return content
