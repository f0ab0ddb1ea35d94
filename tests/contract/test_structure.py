"""Rules of structure that no linter checks (docs/architecture.md)."""

import ast
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.contract.resources import FUNCTIONS as STATES

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted((ROOT / "functions").rglob("*.py"))
MODULES = [
    *FUNCTIONS,
    *(path for name in ("infra", "serving", "console") for path in sorted((ROOT / name).rglob("*.py"))),
]
WRITTEN = [
    path
    for folder in (
        "functions",
        "infra",
        "serving",
        "console",
        "guard",
        "localstack",
        "mlflow-server",
        "feature-store",
        "tests",
        "benchmarks",
    )
    for path in (ROOT / folder).rglob("*.py")
    if ".venv" not in path.parts
]
HANDLERS = [path for path in FUNCTIONS if path.name == "handler.py"]
OURS = (
    *("functions", "infra", "serving", "console"),
    *("localstack/fraudflow_localstack", "guard/fraudflow_guard", "feature-store/fraudflow_feast"),
)
ALIASES = ROOT / "functions" / "core" / "aliases"
# One role in each place: a state's two modules, a program's entry, settings and errors of the functions and of the CLI.
CONVENTIONAL = {"handler", "step", "__main__", "settings", "errors"}
DECISIONS = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.TryStar, ast.Match, ast.BoolOp)


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_there_is_a_handler_and_a_step_for_each_state() -> None:
    states = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in STATES}
    assert {path.parent.name for path in HANDLERS} == states
    assert [path for path in HANDLERS if not path.with_name("step.py").is_file()] == []


@pytest.mark.parametrize("path", HANDLERS, ids=_name)
def test_a_handler_only_parses_calls_its_step_and_dumps(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 40
    assert [node.lineno for node in ast.walk(ast.parse(text)) if isinstance(node, DECISIONS)] == []


def test_modules_are_short() -> None:
    lengths = {_name(path): len(path.read_text().splitlines()) for path in WRITTEN}
    assert len(lengths) > 500
    assert {name: length for name, length in lengths.items() if length > 250} == {}


def _sources() -> list[Path]:
    """Return our modules, but for those that name classes as release 0.1.0 did."""
    found = [path for folder in OURS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if ALIASES not in path.parents]


def _twice(places: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, place in places:
        found[name].append(place)
    return {name: where for name, where in found.items() if len(where) > 1}


def test_a_module_name_stands_for_one_module() -> None:
    modules = ((path.parent.name if path.stem == "__init__" else path.stem, _name(path)) for path in _sources())
    places = [(name, place) for name, place in modules if name not in CONVENTIONAL]
    assert _twice(places) == {}
    # Nor do two modules differ by an s; packages are read with the path of the module in them.
    modules_alone = ((name.removesuffix("s"), place) for name, place in places if not place.endswith("__init__.py"))
    assert _twice(modules_alone) == {}


def test_a_public_class_name_stands_for_one_class() -> None:
    classes = (
        (node.name, _name(path))
        for path in _sources()
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert _twice(classes) == {}


def _makes_client(node: ast.AST) -> bool:
    """Recognise ``boto3.client(...)``, ``session.client("s3")``, ``boto3.resource(...)`` and ``boto3.Session()``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in {"client", "resource", "create_client", "Session"}


def test_aws_clients_are_made_in_one_place() -> None:
    makers = {_name(path) for path in FUNCTIONS if any(map(_makes_client, ast.walk(ast.parse(path.read_text()))))}
    assert makers == {"functions/adapters/aws.py"}


# Run apart, with nothing in the environment: what happens while everything of ours is imported?
IMPORT_ALL = """
import importlib, json, os, socket, sys

import botocore.client
import mlflow

happened = []

def watch(event, args):
    if event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        happened.append(f"writes {args[0]}")
    elif event in {"os.mkdir", "os.rename", "os.remove", "tempfile.mkstemp", "tempfile.mkdtemp"}:
        happened.append(f"{event} {args[0]}")
    elif event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        happened.append(f"{event} {args[1:]}")

def client(what):
    def make(*_, **__):
        happened.append(f"makes a client of {what}")
    return make

class NoSocket(socket.socket):
    def __init__(self, *_, **__):
        raise OSError("sockets are blocked")

socket.socket = NoSocket
botocore.client.ClientCreator.create_client = client("AWS")
mlflow.MlflowClient.__init__ = client("MLflow")
sys.addaudithook(watch)
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
# Writing to /dev/null is not writing.
print(json.dumps([line for line in happened if "/dev/null" not in line]))
"""


@pytest.mark.thorough
def test_importing_any_module_needs_no_environment_and_does_nothing() -> None:
    names = [_dotted(path) for path in MODULES if path.name != "__main__.py"]
    done = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_ALL, json.dumps(names)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


def test_neither_the_command_line_nor_the_console_loads_pandas_before_it_needs_it() -> None:
    heavy = ("pandas", "numpy", "mlflow")
    script = f"import sys, infra.cli, console.real_console; print(*[each in sys.modules for each in {heavy}])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]
