"""The functions' image, built from the checkout and pushed by docker; its name, by digest."""

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from infra.deployment.package import CHECKOUT
from infra.deployment.stages import Stage, StageError

_PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
_DOCKERFILE = "lambda/Dockerfile"
_TOLD_DIGEST = f"sha256:{'0' * 64}"


class Registry(Protocol):
    """The part of ECR's client that a push needs."""

    def describe_repositories(self, *, repositoryNames: list[str]) -> Any:  # noqa: ANN401 - as botocore answers
        """Return repositories by their names, or raise a ClientError."""

    def get_authorization_token(self) -> Any:  # noqa: ANN401
        """Return a login that is good for twelve hours."""


class Docker(Protocol):
    """A program that builds and pushes."""

    def run(self, *words: str, given: str = "") -> None:
        """Run it with the words, and ``given`` as its standard input.

        Raises:
            StageError: when it fails.
        """

    def digest(self, metadata: Path) -> str:
        """Return the digest of what was pushed, from what it has written about that."""


class InstalledDocker:
    """The docker of this machine.

    Raises:
        StageError: when there is none, or it has no buildx.
    """

    def __init__(self, stage: Stage) -> None:
        program = shutil.which("docker")
        if program is None or not _succeeds(program, "buildx", "version"):
            lacks = "no docker" if program is None else "docker without buildx"
            raise StageError(
                f"The stage {stage.name} names no image, and here is {lacks} to build one: install Docker with "
                "buildx, or push the image elsewhere and name it by --image REPOSITORY@sha256:..."
            )
        self._program = program

    def run(self, *words: str, given: str = "") -> None:
        """Run it; what it says goes to standard error, as standard output is for the command's own result."""
        command = [self._program, *words]
        done = subprocess.run(command, check=False, input=given, text=True, stdout=2, cwd=CHECKOUT)  # noqa: S603 - ours
        if done.returncode:
            raise StageError(
                f"`docker {words[0]}` failed with exit code {done.returncode}: the reason is in what it said above."
            )

    def digest(self, metadata: Path) -> str:
        """Return the digest of what was pushed."""
        return str(json.loads(metadata.read_text("utf-8"))["containerimage.digest"])


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - ours


class ToldDocker:
    """What docker would be told, for a dry run."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell

    def run(self, *words: str, given: str = "") -> None:
        """Tell the words, and not what is given."""
        self._tell(" ".join(["docker", *words, *(["< (a password)"] if given else [])]))

    def digest(self, metadata: Path) -> str:  # noqa: ARG002 - the real one's
        """Return a digest of zeros."""
        return _TOLD_DIGEST


def push_image(registry: Registry, stage: Stage, docker: Docker) -> str:
    """Build the functions' image for the stage's architecture, and push it; return it by its digest.

    It gets a tag that no other push has, as the repository's tags can't be moved.

    Raises:
        StageError: when docker fails.
        ClientError: when there is no repository, or ECR refuses.
    """
    [repository] = registry.describe_repositories(repositoryNames=[f"{stage.stack}/functions"])["repositories"]
    uri = str(repository["repositoryUri"])
    [login] = registry.get_authorization_token()["authorizationData"]
    user, _, password = base64.b64decode(login["authorizationToken"]).decode().partition(":")
    docker.run("login", "--username", user, "--password-stdin", uri.partition("/")[0], given=password)
    tag = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{stage.architecture}"
    with tempfile.TemporaryDirectory() as folder:
        metadata = Path(folder) / "metadata.json"
        # Lambda takes neither an index nor attestations.
        kind = ["--platform", _PLATFORMS[stage.architecture], "--provenance=false", "--sbom=false"]
        told = ["--tag", f"{uri}:{tag}", "--push", "--metadata-file", str(metadata)]
        docker.run("buildx", "build", *kind, "--file", _DOCKERFILE, *told, ".")
        return f"{uri}@{docker.digest(metadata)}"
