"""The workflows and the role that they take: pinned, allowed little, and about what there is."""

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from infra.cli.app import app
from infra.deployment import alarms
from infra.deployment.dry_run import DryRun
from infra.deployment.function_image import ToldDocker, push_image
from infra.deployment.stages import STAGES, read_stage
from infra.stack.on_aws import Place, deploy_alarms, deploy_stage, smoke_test
from infra.tools import stage_outputs
from tests.contract.composed import DOCKERFILES, FUNCTIONS_DOCKERFILE, steps
from tests.contract.delivered import BUILT, FOLDER, WORKFLOWS
from tests.contract.monitoring import ROOT, load

_USES = re.compile(r"uses: (\S+)(.*)$", re.MULTILINE)
each_workflow = pytest.mark.parametrize("name", WORKFLOWS)


class _Tags(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, by their arguments alone."""


def _argument(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML is anything
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node)


_Tags.add_multi_constructor("!", _argument)
DELIVERY = yaml.load((ROOT / "infra" / "delivery.yaml").read_text("utf-8"), _Tags)["Resources"]  # noqa: S506 - a SafeLoader


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in WORKFLOWS.items():
        for job, content in workflow["jobs"].items():
            yield f"{name}.{job}", content


def test_an_action_is_pinned_by_a_commit_with_its_version_and_by_the_same_everywhere() -> None:
    pins = defaultdict(set)
    for path in FOLDER.glob("*.yml"):
        for pin, comment in _USES.findall(path.read_text("utf-8")):
            action, _, commit = pin.partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", commit), pin
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), pin
            pins[action].add((commit, comment))
    assert {action for action, found in pins.items() if len(found) > 1} == set()
    assert "actions/checkout" in pins


@each_workflow
def test_a_workflow_is_allowed_nothing_but_what_a_job_asks_for(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in WORKFLOWS[name]["jobs"].values())


def test_only_jobs_that_no_pull_request_starts_may_write_or_sign() -> None:
    trusted = {name for name, job in jobs() if "write" in job["permissions"].values()}
    assert trusted == {"images.publish", "deploy.deploy", "release.release"}
    assert WORKFLOWS["images"]["jobs"]["publish"]["if"] == "github.event_name == 'push'"
    for name in ("deploy", "release"):
        assert "pull_request" not in (FOLDER / f"{name}.yml").read_text("utf-8")
    assert "pull_request_target" not in str(WORKFLOWS)


def test_no_workflow_has_a_secret() -> None:
    assert [path.name for path in FOLDER.glob("*.yml") if "secrets" in path.read_text("utf-8")] == []


def test_what_must_pass_runs_on_the_debian_and_python_of_our_images() -> None:
    job = WORKFLOWS["check"]["jobs"]["check"]
    assert ("FROM", job["container"]["image"]) in steps(DOCKERFILES["guard"])
    assert job["steps"][-1]["run"] == ".ci/run"


def test_all_images_but_that_of_localstack_are_built_for_both_architectures_within_a_size() -> None:
    others = {name: path for name, path in DOCKERFILES.items() if name != "localstack"}
    assert {name: path for name, (path, _) in BUILT.items()} == {"functions": FUNCTIONS_DOCKERFILE, **others}
    matrix = WORKFLOWS["images"]["jobs"]["build"]["strategy"]["matrix"]
    assert matrix["image"] == list(BUILT)
    published = WORKFLOWS["images"]["jobs"]["publish"]["strategy"]["matrix"]
    assert {name: matrix[name] for name in published} == published
    assert matrix["platform"] == ["amd64", "arm64"]


def test_dependabot_watches_each_dockerfile_and_set_of_requirements() -> None:
    updates = {each["package-ecosystem"]: each for each in load(ROOT / ".github" / "dependabot.yml")["updates"]}
    folders = {f"/{path.parent.relative_to(ROOT)}" for path in [*DOCKERFILES.values(), FUNCTIONS_DOCKERFILE]}
    assert set(updates["docker"]["directories"]) == folders
    assert set(updates["pip"]["directories"]) == {"/", "/requirements", "/localstack"}
    assert {"github-actions", "docker-compose"} <= updates.keys()


def test_the_repository_of_images_does_not_grow_for_ever() -> None:
    [rule] = json.loads(DELIVERY["FunctionsRepository"]["Properties"]["LifecyclePolicy"]["LifecyclePolicyText"])[
        "rules"
    ]
    assert rule["action"] == {"type": "expire"}
    assert rule["selection"] == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 30}


def test_the_role_is_taken_by_one_environment_of_one_repository() -> None:
    [statement] = DELIVERY["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:${Repository}:environment:${Environment}",
        }
    }
    assert WORKFLOWS["deploy"]["jobs"]["deploy"]["environment"] == "${{ inputs.stage }}"


def test_the_roles_are_allowed_everything_only_of_what_is_the_stacks() -> None:
    for role in ("DeployRole", "ExecutionRole"):
        [policy] = DELIVERY[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Resource"] == "*":
                assert statement["Sid"] in {"LogInToTheRegistry", "Look"}
            if any(action.endswith("*") for action in _listed(statement["Action"])):
                resources = _listed(statement["Resource"])
                assert all(re.search(r"\$\{StackName\}(-|$)|\$\{BucketSuffix\}", each) for each in resources)


def test_cloudformation_may_make_each_type_of_resource_that_the_templates_have() -> None:
    [policy] = DELIVERY["ExecutionRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {action.partition(":")[0] for each in statements for action in _listed(each["Action"])}
    template = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    services = {name.lower() for name in re.findall(r"^    Type: AWS::(\w+)::", template, re.MULTILINE)}
    services |= {each["Type"].split("::")[1].lower() for each in alarms.template()["Resources"].values()}
    assert {{"stepfunctions": "states"}.get(name, name) for name in services} - allowed == set()


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_a_deployment_is_of_a_stage_that_has_a_file_by_the_command_that_people_use() -> None:
    workflow = load(FOLDER / "deploy.yml")
    # YAML reads the key `on` as true.
    stages = workflow[True]["workflow_dispatch"]["inputs"]["stage"]["options"]
    assert stages == sorted(path.stem for path in STAGES.glob("*.toml"))
    steps_of_it = WORKFLOWS["deploy"]["jobs"]["deploy"]["steps"]
    command = shlex.split(steps_of_it[-1]["run"])
    assert command == [
        ".venv/bin/fraudflow",
        "deploy",
        "--stage",
        "$STAGE",
        "--image",
        "$REPOSITORY_URI@$DIGEST",
        "--yes",
    ]
    given = ["dev" if word == "$STAGE" else word.replace("$DIGEST", f"sha256:{'0' * 64}") for word in command[1:]]
    ran = CliRunner().invoke(app, [*given, "--dry-run"])
    assert ran.exit_code == 0, ran.output


def test_a_deployment_installs_before_it_has_rights_to_anything() -> None:
    done = [step.get("uses", step.get("run", "")) for step in WORKFLOWS["deploy"]["jobs"]["deploy"]["steps"]]
    installs = done.index("make .venv/.installed")
    [signs_in] = [
        number for number, each in enumerate(done) if each.startswith("aws-actions/configure-aws-credentials@")
    ]
    assert installs < signs_in


@pytest.mark.parametrize(("name", "code"), [("dev", 0), ("nowhere", 1)])
def test_a_workflow_reads_region_and_architecture_of_a_stage(
    name: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert stage_outputs.main(name) == code
    told = capsys.readouterr()
    if code:
        assert told.err.startswith("There is no stage nowhere")
    else:
        assert told.out == "region=eu-west-1\narchitecture=x86_64\n"


def test_the_role_may_do_what_a_deployment_calls() -> None:
    """As a dry run tells it, by the names that IAM has for the calls."""
    told: list[str] = []
    stage = read_stage("dev").model_copy(update={"alarms": {"Email": "somebody@example.com"}})
    place = Place(DryRun(told.append).session(stage.region))
    push_image(place.session.client("ecr"), stage, ToldDocker(lambda _: None))
    outputs = deploy_stage(place, stage, pseudonym_key="0" * 64, review=lambda _: True).outputs
    deploy_alarms(place, stage)
    smoke_test(place, outputs, lambda _: None)
    [policy] = DELIVERY["DeployRole"]["Properties"]["Policies"]
    allowed = {action for each in policy["PolicyDocument"]["Statement"] for action in _listed(each["Action"])}
    # Anybody may ask who they are; the code bucket is there already.
    needless = {"sts:GetCallerIdentity", "s3:CreateBucket", "s3:PutBucketTagging", "s3:PutBucketPublicAccessBlock"}
    iam = {"HeadBucket": "ListBucket", "HeadObject": "GetObject", "PutPublicAccessBlock": "PutBucketPublicAccessBlock"}
    services = {"stepfunctions": "states"}
    calls = {tuple(line.split()[:2]) for line in told}
    asked = {f"{services.get(service, service)}:{iam.get(call, call)}" for service, call in calls}
    assert "states:DescribeExecution" in asked
    assert asked - needless - allowed == set()


def test_each_function_of_the_template_has_a_command_of_the_image() -> None:
    text = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    commands = re.findall(r"- Command: \[functions\.(\w+)\.handler\.handler\]", text)
    assert set(commands) == {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    [default] = [json.loads(rest) for word, rest in steps(FUNCTIONS_DOCKERFILE) if word == "CMD"]
    assert default == ["functions.load_data.handler.handler"]
