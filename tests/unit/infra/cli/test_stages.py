"""Stages on AWS: their files, and what a dry run tells of a deployment."""

from pathlib import Path

import pytest
from cfnlint.decode import cfn_yaml
from typer.testing import CliRunner, Result

from infra.cli.app import app
from infra.deployment import package
from infra.deployment.dry_run import DryRun
from infra.deployment.stages import STAGES, StageError, read_stage
from infra.stack.on_aws import Place, deploy_alarms
from tests.fakes import PSEUDONYM_KEY
from tests.unit.infra.deployment.fakes import write_docker

IMAGE = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraudflow@sha256:{'0' * 64}"


def invoke(*args: str, **environment: str | None) -> Result:
    return CliRunner().invoke(app, args, env={"FRAUDFLOW_PSEUDONYM_KEY": None, **environment})


def calls(result: Result) -> list[str]:
    """Return the calls that a dry run tells, without what they ask."""
    return [" ".join(line.split()[:2]) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("path", sorted(STAGES.glob("*.toml")), ids=lambda each: each.stem)
def test_a_stage_names_parameters_that_the_template_has(path: Path) -> None:
    stage = read_stage(path.stem)
    assert stage.parameters.keys() <= cfn_yaml.load(str(package.TEMPLATE))["Parameters"].keys()
    assert stage.all_tags["fraudflow:stage"] == path.stem


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("region = ", "can't be read"),
        ('region = "eu-west-1"', "mlflow_tracking_uri"),
        ('region = "eu-west-1"\nmlflow_tracking_uri = "https://me:hunter2@host"', "mlflow_tracking_uri"),
        ('region = "x"\nmlflow_tracking_uri = "https://host"\nimage = "fraudflow:latest"', "image"),
        ('region = "x"\nmlflow_tracking_uri = "https://host"\n[parameters]\nPseudonymKey = "1"', "sets PseudonymKey"),
    ],
)
def test_a_stage_that_can_not_be_used_is_told_without_its_secrets(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(StageError, match=why) as caught:
        read_stage("wrong", tmp_path)
    assert "hunter2" not in str(caught.value)


def test_a_stage_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(StageError, match=r"no stage production: stages/ has .*dev"):
        read_stage("production")


def test_a_stage_elsewhere_is_named_by_the_path_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.toml"
    path.write_text((STAGES / "dev.toml").read_text("utf-8"), "utf-8")
    assert read_stage(str(path)) == read_stage("dev").model_copy(update={"name": "elsewhere"})
    with pytest.raises(StageError, match=r"no file .*/nowhere\.toml"):
        read_stage(str(tmp_path / "nowhere.toml"))


def test_nothing_is_called_where_nobody_can_be_asked() -> None:
    ran = invoke("deploy", "--stage", "dev", "--image", IMAGE, FRAUDFLOW_PSEUDONYM_KEY=PSEUDONYM_KEY)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "Nobody can be asked here: --yes deploys without a question." in ran.stderr


def test_a_dry_run_tells_every_call_without_an_account_and_no_secret() -> None:
    ran = invoke("deploy", "--stage", "dev", "--dry-run", "--image", IMAGE, FRAUDFLOW_PSEUDONYM_KEY=PSEUDONYM_KEY)
    assert ran.exit_code == 0, ran.output
    told = calls(ran)
    wanted = [
        *("sts GetCallerIdentity", "s3 CreateBucket", "s3 PutPublicAccessBlock", "s3 PutObject"),
        *("cloudformation CreateChangeSet", "cloudformation DescribeChangeSet", "cloudformation ExecuteChangeSet"),
        *("cloudformation DescribeStacks", "s3 PutObject", "stepfunctions ListExecutions"),
        "stepfunctions DescribeExecution",
    ]
    asked = iter(told)
    assert all(call in asked for call in wanted), told
    assert told.count("s3 PutObject") == 7  # the template, the code, four machines, and the smoke test
    assert PSEUDONYM_KEY not in ran.output
    assert '"BucketSuffix": "123456789012-dev"' in ran.stdout
    assert f'"ImageUri": "{IMAGE[:60]}"' in ran.stdout
    assert '{"Key": "fraudflow:stage", "Value": "dev"}' in ran.stdout


def test_alarms_are_deployed_as_a_stack_of_their_own_if_a_stage_asks_for_them() -> None:
    told: list[str] = []
    stage = read_stage("dev").model_copy(update={"alarms": {"Email": "somebody@example.com"}})
    place = Place(DryRun(told.append).session(stage.region))
    assert deploy_alarms(place, read_stage("dev")) is None
    assert deploy_alarms(place, stage)
    (proposed,) = [line for line in told if "CreateChangeSet" in line]
    assert 'StackName="fraudflow-dev-alarms"' in proposed
    assert '"PipelineStack": "fraudflow-dev", "Email": "somebody@example.com"' in proposed


def test_a_dry_run_tells_what_destroying_calls() -> None:
    ran = invoke("destroy", "--stage", "dev", "--dry-run")
    assert ran.exit_code == 0, ran.output
    assert "cloudformation DeleteStack" in calls(ran)
    assert "s3://uploads" in ran.stdout
    assert "s3://fraudflow-dev-code-123456789012-dev" in ran.stdout


def test_a_dry_run_without_an_image_tells_how_docker_builds_and_pushes_one() -> None:
    ran = invoke("deploy", "--stage", "dev", "--dry-run")
    assert ran.exit_code == 0, ran.output
    repository = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraudflow-dev/functions"
    login, build = (line for line in ran.stdout.splitlines() if line.startswith("docker "))
    assert login == f"docker login --username AWS --password-stdin {repository.partition('/')[0]} < (a password)"
    assert build.startswith("docker buildx build --platform linux/amd64 --provenance=false ")
    assert f" --tag {repository}:" in build
    assert f'"ImageUri": "{repository[:60]}' in ran.stdout


def test_an_image_that_has_no_digest_is_refused() -> None:
    ran = invoke("deploy", "--stage", "dev", "--dry-run", "--image", "fraudflow:latest")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "The image fraudflow:latest has no digest" in ran.stderr


@pytest.mark.parametrize(
    ("program", "lacks"), [(None, "here is no docker to"), ("exit 1", "here is docker without buildx to")]
)
def test_without_image_and_docker_nothing_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str | None, lacks: str
) -> None:
    if program:
        write_docker(tmp_path, program)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran = invoke("deploy", "--stage", "dev", "--yes", FRAUDFLOW_PSEUDONYM_KEY=PSEUDONYM_KEY)
    assert ran.exit_code == 2
    assert lacks in ran.stderr
    assert "--image REPOSITORY@sha256:" in ran.stderr
