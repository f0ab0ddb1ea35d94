"""The workflows and the role that they take: pinned, allowed little, and about what there is."""

import json
import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deployment.package import DEFINITIONS, definition
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


def test_the_images_that_aws_runs_are_built_for_both_of_its_architectures_within_a_size() -> None:
    assert {name: path for name, (path, _) in BUILT.items()} == {
        "functions": FUNCTIONS_DOCKERFILE,
        "scoring": DOCKERFILES["scoring"],
    }
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


def test_the_role_is_taken_by_one_environment_of_one_repository() -> None:
    [statement] = DELIVERY["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:${Repository}:environment:${Environment}",
        }
    }
    assert WORKFLOWS["deploy"]["jobs"]["deploy"]["environment"] == "${{ inputs.environment }}"


def test_the_roles_are_allowed_everything_only_of_what_is_the_stacks() -> None:
    for role in ("DeployRole", "ExecutionRole"):
        [policy] = DELIVERY[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Resource"] == "*":
                assert statement["Sid"] in {"LogInToTheRegistry", "Look"}
            if any(action.endswith("*") for action in _listed(statement["Action"])):
                resources = _listed(statement["Resource"])
                assert all("${StackName}-" in each or "${BucketSuffix}" in each for each in resources)


def test_cloudformation_may_make_each_type_of_resource_that_the_template_has() -> None:
    [policy] = DELIVERY["ExecutionRole"]["Properties"]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    allowed = {action.partition(":")[0] for each in statements for action in _listed(each["Action"])}
    template = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    services = {name.lower() for name in re.findall(r"^    Type: AWS::(\w+)::", template, re.MULTILINE)}
    assert {{"stepfunctions": "states"}.get(name, name) for name in services} - allowed == set()


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def run_update(tmp_path: Path, **environment: str) -> tuple[subprocess.CompletedProcess[str], list[list[str]]]:
    """Run the script with an AWS CLI that only notes how it was called."""
    calls = tmp_path / "calls"
    aws = tmp_path / "aws"
    aws.write_text(f"#!/bin/sh\nfor word; do printf '%s\\037' \"$word\"; done >> {calls}\necho >> {calls}\n")
    aws.chmod(0o755)
    kept = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = ROOT / "infra" / "update-stack.sh"
    done = subprocess.run([script], check=False, capture_output=True, text=True, env=kept | environment)
    lines = calls.read_text().splitlines() if calls.exists() else []
    return done, [line.split("\x1f")[:-1] for line in lines]


GIVEN = {
    "STACK": "fraudflow-dev",
    "CODE_BUCKET": "code",
    "IMAGE_URI": "1.dkr.ecr.eu-west-1.amazonaws.com/fraudflow-dev/functions@sha256:" + "0" * 64,
    "ARCHITECTURE": "arm64",
    "EXECUTION_ROLE": "arn:aws:iam::1:role/execution",
}


def test_an_update_uploads_each_definition_and_names_only_what_belongs_to_the_code(tmp_path: Path) -> None:
    done, (*uploads, deploy) = run_update(tmp_path, **GIVEN)
    assert done.returncode == 0, done.stderr
    keys = {parameter: definition(path).key for parameter, path in DEFINITIONS.items()}
    assert [call[-1] for call in uploads] == [f"s3://code/{key}" for key in keys.values()]
    assert all((ROOT / call[-2]).is_file() for call in uploads)
    assert deploy[deploy.index("--stack-name") + 1] == "fraudflow-dev"
    given = dict(each.split("=", 1) for each in deploy[deploy.index("--parameter-overrides") + 1 :])
    assert given == keys | {
        "PackageType": "Image",
        "ImageUri": GIVEN["IMAGE_URI"],
        "Architecture": "arm64",
        "CodeBucket": "code",
    }
    assert deploy[deploy.index("--role-arn") + 1] == GIVEN["EXECUTION_ROLE"]
    template = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    assert given.keys() <= set(re.findall(r"^  (\w+):\n    Type: ", template, re.MULTILINE))


@pytest.mark.parametrize("name", ["STACK", "CODE_BUCKET", "IMAGE_URI", "ARCHITECTURE"])
def test_an_update_without_what_it_needs_calls_nothing(tmp_path: Path, name: str) -> None:
    done, calls = run_update(tmp_path, **{key: value for key, value in GIVEN.items() if key != name})
    assert (done.returncode, calls) == (1, [])
    assert name in done.stderr


def test_an_update_takes_no_image_by_its_tag_alone(tmp_path: Path) -> None:
    done, calls = run_update(tmp_path, **GIVEN | {"IMAGE_URI": "x/functions:latest"})
    assert (done.returncode, calls) == (1, [])
    assert done.stderr == "IMAGE_URI has no digest: x/functions:latest\n"


def test_each_function_of_the_template_has_a_command_of_the_image() -> None:
    text = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    commands = re.findall(r"- Command: \[functions\.(\w+)\.handler\.handler\]", text)
    assert set(commands) == {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    [default] = [json.loads(rest) for word, rest in steps(FUNCTIONS_DOCKERFILE) if word == "CMD"]
    assert default == ["functions.load_data.handler.handler"]
