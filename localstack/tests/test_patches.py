"""Every reach into another package's private parts stands in one folder, is listed, and rests on one source."""

import ast
import hashlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fraudflow_guard.upstream import Patch

from fraudflow_localstack.patches.manifest import PATCHES

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "localstack" / "fraudflow_localstack"
PYTHON = ROOT / "localstack" / ".venv" / "bin" / "python"
(SITE,) = (ROOT / "localstack" / ".venv" / "lib").glob("python3.*/site-packages")
FOLDER = PACKAGE / "patches"
FILES = sorted(
    file
    for folder in ("functions", "infra", "guard/fraudflow_guard", "localstack/fraudflow_localstack")
    for file in (ROOT / folder).rglob("*.py")
    if not file.is_relative_to(FOLDER)
)
OURS = ("functions", "infra", "fraudflow_guard", "fraudflow_localstack")
VENDORS = ("botocore", "localstack", "mlflow", "moto", "rolo", "twisted")
# Interfaces that LocalStack offers to plugins, and the one that its S3 provider takes as an argument.
INTERFACES = {"RuntimeExecutor", "RuntimeExecutorPlugin", "RuntimeServerPlugin", "S3ObjectStore"}
# Types, errors and helpers that nothing of ours changes.
HARMLESS = (
    *("botocore.awsrequest.", "botocore.compat.", "botocore.credentials.", "botocore.exceptions."),
    *("localstack.aws.api.", "localstack.config", "localstack.constants.", "localstack.utils.patch."),
    *("localstack.services.s3.notifications.", "rolo.gateway.", "twisted."),
    "localstack.services.stepfunctions.asl.component.common.error_name.",
    "localstack.services.stepfunctions.asl.component.eval_component.",
    "localstack.services.stepfunctions.asl.eval.event.event_detail.",
    "localstack.services.stepfunctions.asl.eval.program_state.",
    "localstack.services.stepfunctions.asl.parse.asl_parser.",
    "localstack.services.stepfunctions.asl.utils.boto_client.",
    "localstack.services.stepfunctions.asl.utils.encoding.",
)
# Public by their documentation.
PUBLIC = {"_asdict", "_exit", "_replace"}


def imported(tree: ast.AST) -> dict[str, str]:
    """Return the names that a module imports from elsewhere, and where from."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(each.asname or each.name.partition(".")[0]): each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {(each.asname or each.name): f"{node.module}.{each.name}" for each in node.names}
    return {name: source for name, source in names.items() if source.partition(".")[0] not in OURS}


def reaches(source: str) -> list[str]:
    """Return the places where a module replaces, extends or reads private parts of other packages."""
    tree = ast.parse(source)
    foreign = imported(tree)
    private = [name for name in foreign.values() if re.search(r"\._[A-Za-z]", name)]
    return [*private, *(found for node in ast.walk(tree) for found in _found(node, foreign))]


def _found(node: ast.AST, foreign: dict[str, str]) -> Iterator[str]:
    match node:
        case ast.Attribute(value=base, attr=name) if (
            name not in PUBLIC and re.match(r"_[A-Za-z]", name) and not _is_own(base)
        ):
            yield ast.unparse(node)
        case ast.Assign(targets=targets):
            yield from (ast.unparse(each) for each in targets if _is_of_a_vendor(each, foreign))
        case ast.Call(func=ast.Name(id="setattr"), args=[target, *_]) if _root(target, foreign) in VENDORS:
            yield ast.unparse(node)
        case ast.ClassDef(bases=bases):
            for base in bases:
                source = foreign.get(ast.unparse(base), "")
                if source.partition(".")[0] in VENDORS and ast.unparse(base) not in INTERFACES:
                    yield f"class {node.name}({ast.unparse(base)})"
        case ast.ImportFrom(module="localstack.utils.patch"):
            yield "localstack.utils.patch"


def _is_own(base: ast.AST) -> bool:
    return isinstance(base, ast.Name) and base.id in {"self", "cls"}


def _is_of_a_vendor(target: ast.AST, foreign: dict[str, str]) -> bool:
    """Return whether an assignment changes something of a vendor's, or puts a module in another's place."""
    inside = isinstance(target, (ast.Attribute, ast.Subscript))
    return inside and (_root(target, foreign) in VENDORS or ast.unparse(target).startswith("sys.modules"))


def _root(node: ast.AST, foreign: dict[str, str]) -> str:
    """Return the package that what a node is part of was imported from."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return foreign.get(node.id, "").partition(".")[0] if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(Path(file).relative_to(ROOT)))
def test_nothing_reaches_into_another_package_outside_of_the_folder(file: Path) -> None:
    assert reaches(file.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "from mlflow.environment_variables import _MLFLOW_SGI_NAME",
        "from localstack.services import s3\ns3.parse = cached",
        "from localstack import config\nconfig.dirs.static_libs = path",
        "import sys\nsys.modules['moto.batch'] = empty",
        "import moto\nsetattr(moto, 'batch', empty)",
        "def f(bucket): return bucket.objects._store",
        "from botocore.auth import SigV4Auth\nclass Signer(SigV4Auth): ...",
        "from localstack.utils.patch import patch",
    ],
)
def test_a_reach_would_be_found(source: str) -> None:
    assert reaches(source)


def test_each_module_that_is_patched_is_listed() -> None:
    """What the folder imports of vendors is of a module in the manifest, or only names types and public helpers."""
    listed = {patch.module for patch in PATCHES}
    used = {
        name
        for file in FOLDER.glob("*.py")
        for name in imported(ast.parse(file.read_text("utf-8"))).values()
        if name.partition(".")[0] in VENDORS
    }
    unlisted = {name for name in used if name not in listed and name.rpartition(".")[0] not in listed}
    assert {name for name in unlisted if not name.startswith(HARMLESS)} == set()


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.symbol)
def test_a_patch_names_a_symbol_of_the_pinned_version(patch: Patch) -> None:
    module, _, name = patch.symbol.partition(":")
    path = SITE.joinpath(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    source = file.read_text("utf-8")
    assert name in set(_defined(ast.parse(source)))
    assert hashlib.sha256(source.encode()).hexdigest() == patch.digest
    assert f"\n{patch.package}=={patch.version} " in (ROOT / "localstack" / "requirements.txt").read_text("utf-8")
    assert patch.why
    assert patch.gain


def _defined(tree: ast.Module) -> Iterator[str]:
    """Yield what a module defines or imports at its top, and the methods of its classes."""
    for node in tree.body:
        match node:
            case ast.ClassDef(name=name, body=body):
                yield name
                yield from (f"{name}.{each.name}" for each in body if isinstance(each, ast.FunctionDef))
            case ast.FunctionDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.ImportFrom(names=names):
                yield from (each.asname or each.name for each in names)


def test_no_symbol_is_listed_twice() -> None:
    assert len({patch.symbol for patch in PATCHES}) == len(PATCHES)


CHANGED = """
import sys
from dataclasses import replace
from fraudflow_localstack import __main__ as program

first, *others = program.PATCHES
program.PATCHES = (replace(first, digest="0" * 64), *others)
refusal = program.main()
print(sorted({"localstack", "fraudflow_localstack.plugins"} & sys.modules.keys()))
sys.exit(refusal)
"""


def test_localstack_does_not_start_on_another_source() -> None:
    done = subprocess.run([PYTHON, "-c", CHANGED], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == "[]\n"
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("localstack.aws.spec is not the source of localstack-core 4.14.0 that the patch of ")
    assert sentence.endswith("run `make install` for the pinned packages, or see docs/decisions/0026 for others.")
