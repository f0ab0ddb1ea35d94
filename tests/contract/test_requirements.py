"""Requirement sets: each holds what its users import, and no more than a larger one."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import pairwise
from pathlib import Path

import pytest

from functions.core.training.extras import TITLES
from infra.home.layout import Home
from infra.servers.server_specs import declare
from infra.settings import StackSettings

ROOT = Path(__file__).parents[2]
SETS = ("run", "extras", "dev")
# What only targets of `make dev` start.
TOOLS = {"infra/tools/graph.py"}
OWN = {"functions", "infra", "serving", "fraudflow_guard"}


def pinned(name: str) -> dict[str, str]:
    """Read a requirements file: the version of each distribution."""
    return pinned_in(ROOT / "requirements" / f"{name}.txt")


def pinned_in(path: Path) -> dict[str, str]:
    lines = path.read_text().splitlines()
    found = [re.match(r"([A-Za-z0-9_.-]+)==([^ ;]+)", line) for line in lines]
    return {_normal(match[1]): match[2] for match in found if match}


def imports(folder: str) -> Iterator[tuple[str, str]]:
    """List the packages that are imported anywhere in a folder, with the file that does."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in _at_run_time(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                yield name.partition(".")[0], str(path.relative_to(ROOT))


def _at_run_time(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what is executed, which leaves out what type checkers alone read."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield from _at_run_time(child)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _lacking(folder: str, installed: dict[str, str]) -> dict[str, str]:
    """Return the packages that a folder imports and a set lacks, each with a file that imports it."""
    distributions = packages_distributions()
    return {
        package: where
        for package, where in imports(folder)
        if where not in TOOLS
        if package not in sys.stdlib_module_names | OWN
        if not {_normal(each) for each in distributions.get(package, [])} & installed.keys()
    }


def test_each_set_holds_the_smaller_one_in_the_same_versions() -> None:
    for smaller, larger in pairwise(SETS):
        assert pinned(smaller).items() < pinned(larger).items()
    assert pinned("functions").items() - pinned("extras").items() == pinned("sagemaker").items()
    assert pinned("sagemaker").keys() == {"sagemaker-mlflow"}


def test_what_runs_on_a_laptop_needs_no_more_than_its_set() -> None:
    for folder in ("functions", "infra", "serving"):
        assert _lacking(folder, pinned("run")).keys() <= set(TITLES)


def test_the_extras_and_the_functions_image_hold_what_settings_may_ask_for() -> None:
    for name in ("extras", "functions"):
        assert _lacking("functions", pinned(name)) == {}
        assert {"imbalanced-learn", "optuna", "xgboost-cpu"} <= pinned(name).keys()


def test_localstack_allows_no_service_whose_library_is_left_out(tmp_path: Path) -> None:
    left_out = (ROOT / "localstack" / "excluded.txt").read_text().splitlines()
    assert [line for line in left_out if not line.startswith("#")] == ["cfn-lint", "kclpy-ext"]
    (localstack,) = declare(StackSettings(), Home(tmp_path), ["localstack"])
    assert not {"firehose", "kinesis"} & set(localstack.environment["SERVICES"].split(","))


@pytest.mark.parametrize("name", SETS)
def test_nothing_that_draws_pictures_is_installed(name: str) -> None:
    assert not {"matplotlib", "pillow", "fonttools"} & pinned(name).keys()


def test_the_aws_cli_that_awslocal_runs_comes_with_localstack() -> None:
    assert "awscli" in (ROOT / "localstack" / "requirements.txt").read_text()
    assert "awscli-local" in pinned("run")
    assert "awscli" not in pinned("run")


def test_an_audit_asks_about_everything_that_is_pinned_anywhere() -> None:
    told = subprocess.run(["make", "-n", "audit"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    [command] = [line for line in told.splitlines() if "infra.tools.audit" in line]
    asked = {ROOT / word for word in command.split() if word.endswith(".txt")}
    files = {*(ROOT / "requirements").glob("*.txt"), *(ROOT / "localstack").glob("*.txt")}
    everything = {pin for path in files for pin in pinned_in(path).items()}
    assert everything == {pin for path in asked for pin in pinned_in(path).items()}
    assert len(everything) > 200


@pytest.mark.parametrize(
    ("there", "target", "installed"),
    [
        ([], "run", ["run"]),
        ([], "extras", ["extras"]),
        ([], "fast", ["dev"]),
        (["optuna"], "run", ["extras"]),
        (["optuna", "pytest"], "run", ["dev"]),
        (["optuna", "pytest"], "extras", ["dev"]),
    ],
)
def test_an_environment_grows_and_never_shrinks(
    tmp_path: Path, there: list[str], target: str, installed: list[str]
) -> None:
    for name in ("Makefile", "pyproject.toml", "guard/pyproject.toml", "localstack/pyproject.toml"):
        copy(tmp_path, name)
    for name in (*(f"requirements/{each}.txt" for each in SETS), "requirements/uv.txt", "localstack/requirements.txt"):
        copy(tmp_path, name)
    for name in there:
        (tmp_path / ".venv/lib/python3.13/site-packages" / name).mkdir(parents=True)
    told = subprocess.run(["make", "-n", target], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"--python .venv/bin/python requirements/(\w+)\.txt", told) == installed


def copy(into: Path, name: str) -> None:
    (into / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / name, into / name)
