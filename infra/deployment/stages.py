"""Stages on AWS: what is deployed there, in one commented file each."""

import re
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.deployment.package import CHECKOUT
from infra.errors import UserError

STAGES = CHECKOUT / "infra" / "stages"
# These are found out, or are secret.
_IMAGE = r"^\S+@sha256:[0-9a-f]{64}$"
_OURS = {
    *("BucketSuffix", "CodeBucket", "CodeKey", "PackageType", "ImageUri"),
    *("PseudonymKey", "MlflowTrackingUri", "ManagedMlflowArn"),
}

type Text = str | int | float


class StageError(UserError):
    """A stage can't be deployed as it is."""


class Stage(BaseModel):
    """A stage as its file describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,19}$")]
    region: Annotated[str, Field(min_length=1)]
    mlflow_tracking_uri: Annotated[
        str, Field(pattern=r"^https?://[^@]+$|^arn:[^:]+:sagemaker:.+:mlflow-(app|tracking-server)/\S+$")
    ]
    image: str = Field(default="", pattern=rf"^$|{_IMAGE}")
    execution_role: str = Field(default="", pattern=r"^$|^arn:[^:]+:iam::\d{12}:role/\S+$")
    bucket_suffix: str = Field(default="", pattern=r"^$|^[a-z0-9][a-z0-9-]{0,39}$")
    parameters: dict[str, Text] = {}
    tags: dict[str, str] = {}
    alarms: dict[str, Text] | None = None

    @property
    def stack(self) -> str:
        """Return the name of the stage's stack."""
        return f"fraudflow-{self.name}"

    @property
    def all_tags(self) -> dict[str, str]:
        """Return the tags of all that is deployed: CloudFormation hands a stack's on to its resources."""
        return {**self.tags, "fraudflow:stack": self.stack, "fraudflow:stage": self.name}

    @property
    def architecture(self) -> str:
        """Return what the functions run on, and their image is built for: the template's default is x86_64."""
        return str(self.parameters.get("Architecture", "x86_64"))

    def with_image(self, image: str) -> "Stage":
        """Return the stage with another image.

        Raises:
            StageError: when it is not named by its digest.
        """
        if not re.match(_IMAGE, image):
            raise StageError(f"The image {image} has no digest: REPOSITORY@sha256:... names what can't be moved.")
        return self.model_copy(update={"image": image})

    def suffix(self, account: str) -> str:
        """Return what is appended to the buckets' names in an account."""
        return self.bucket_suffix or f"{account}-{self.name}"


def read_stage(name: str, folder: Path = STAGES) -> Stage:
    """Read a stage's file: one of the folder by its name, or one elsewhere by its path, which ends in ``.toml``.

    Raises:
        StageError: when there is none, or it can't be used.
    """
    path = _path(name, folder)
    try:
        stage = Stage.model_validate({"name": path.stem, **tomllib.loads(path.read_text("utf-8"))})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise StageError(f"The stage {path.stem} can't be read from {path.name}: {_why(error)}.") from error
    if ours := sorted(_OURS & stage.parameters.keys()):
        raise StageError(f"{path.name} sets {', '.join(ours)} among the parameters: `deploy` finds that out itself.")
    return stage


def _path(name: str, folder: Path) -> Path:
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise StageError(f"There is no file {name} that would describe a stage.")
        return Path(name)
    known = sorted(each.stem for each in folder.glob("*.toml"))
    if name not in known:
        raise StageError(f"There is no stage {name}: {folder.name}/ has {', '.join(known) or 'none'}.")
    return folder / f"{name}.toml"


def _why(error: tomllib.TOMLDecodeError | ValidationError) -> str:
    if isinstance(error, tomllib.TOMLDecodeError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False))
