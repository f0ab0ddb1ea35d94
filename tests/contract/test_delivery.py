"""The workflows and the role that they take: pinned, allowed little, and about what there is."""

import json
import re
import shlex
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.cli.app import app
from infra.deployment.stages import STAGES
from infra.tools import stage_outputs
from tests.contract.composed import DOCKERFILES, FUNCTIONS_DOCKERFILE, steps
from tests.contract.delivered import BUILT, FOLDER, WORKFLOWS
from tests.contract.monitoring import ROOT, load

_USES = re.compile(r"uses: (\S+)(.*)$", re.MULTILINE)
each_workflow = pytest.mark.parametrize("name", WORKFLOWS)


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


def test_each_function_of_the_template_has_a_command_of_the_image() -> None:
    text = (ROOT / "infra" / "template.yaml").read_text("utf-8")
    commands = re.findall(r"- Command: \[functions\.(\w+)\.handler\.handler\]", text)
    assert set(commands) == {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    [default] = [json.loads(rest) for word, rest in steps(FUNCTIONS_DOCKERFILE) if word == "CMD"]
    assert default == ["functions.load_data.handler.handler"]
