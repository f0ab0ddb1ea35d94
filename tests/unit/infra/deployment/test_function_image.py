"""The functions' image is built for its stage and named by the digest that docker has pushed."""

import base64
from pathlib import Path
from typing import Any

import pytest

from infra.deployment.function_image import InstalledDocker, push_image
from infra.deployment.package import CHECKOUT
from infra.deployment.stages import Stage, StageError
from tests.unit.infra.deployment.fakes import write_docker

REPOSITORY = "1.dkr.ecr.eu-west-1.amazonaws.com/fraudflow-dev/functions"
DIGEST = f"sha256:{'a' * 64}"
# Notes its words and what it is given, and writes what buildx writes of a push.
DOCKER = f"""
[ "$2" = version ] && exit 0
echo "$@" >> "$NOTES"; echo "in $PWD" >> "$NOTES"
[ "$1" = login ] && cat >> "$NOTES"
while [ $# -gt 0 ]; do
  [ "$1" = --metadata-file ] && echo '{{"containerimage.digest": "{DIGEST}"}}' > "$2"
  shift
done
exit 0
"""


class Ecr:
    """One repository."""

    def describe_repositories(self, *, repositoryNames: list[str]) -> Any:  # noqa: ANN401 - as botocore answers
        assert repositoryNames == ["fraudflow-dev/functions"]
        return {"repositories": [{"repositoryUri": REPOSITORY}]}

    def get_authorization_token(self) -> Any:  # noqa: ANN401
        return {"authorizationData": [{"authorizationToken": base64.b64encode(b"AWS:hunter2").decode()}]}


def stage(**parameters: str) -> Stage:
    return Stage(name="dev", region="eu-west-1", mlflow_tracking_uri="https://mlflow.example", parameters=parameters)


def docker(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str = DOCKER) -> InstalledDocker:
    write_docker(folder, script)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("NOTES", str(folder / "notes"))
    return InstalledDocker(stage())


@pytest.mark.parametrize(("architecture", "platform"), [("x86_64", "linux/amd64"), ("arm64", "linux/arm64")])
def test_an_image_is_built_for_the_architecture_and_named_by_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, architecture: str, platform: str
) -> None:
    chosen = stage(Architecture=architecture)
    assert push_image(Ecr(), chosen, docker(tmp_path, monkeypatch)) == f"{REPOSITORY}@{DIGEST}"
    login, _, given, build, folder = (tmp_path / "notes").read_text().replace("hunter2", "hunter2\n").splitlines()
    assert login == f"login --username AWS --password-stdin {REPOSITORY.partition('/')[0]}"
    assert given == "hunter2"
    assert build.startswith(
        f"buildx build --platform {platform} --provenance=false --sbom=false --file lambda/Dockerfile "
    )
    assert f"--tag {REPOSITORY}:" in build
    assert "--push" in build
    assert folder == f"in {CHECKOUT}"


def test_each_push_has_a_tag_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = docker(tmp_path, monkeypatch)
    push_image(Ecr(), stage(), program)
    push_image(Ecr(), stage(), program)
    words = (tmp_path / "notes").read_text().split()
    assert len({word for word in words if word.startswith(f"{REPOSITORY}:")}) == 2


def test_a_docker_that_fails_is_told_by_its_exit_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = docker(tmp_path, monkeypatch, '[ "$2" = version ] && exit 0; exit 7')
    with pytest.raises(StageError, match="`docker login` failed with exit code 7"):
        push_image(Ecr(), stage(), program)
