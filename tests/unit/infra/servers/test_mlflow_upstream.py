"""MLflow's server starts on the sources that it was written for, and on no others."""

import ast
import hashlib
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from fraudflow_guard.upstream import Patch

from infra.servers.mlflow_upstream import PATCHES

ROOT = Path(__file__).parents[4]
CHANGED = """
import sys
from dataclasses import replace
from infra.servers import mlflow_server as program

first, *others = program.PATCHES
program.PATCHES = (replace(first, digest="0" * 64), *others)
sys.argv = ["mlflow_server", "127.0.0.1", "1", "sqlite:///never.db", "nowhere"]
refusal = program.main()
print("mlflow" in sys.modules)
sys.exit(refusal)
"""


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.symbol)
def test_a_patch_names_a_symbol_of_the_pinned_version(patch: Patch) -> None:
    module, _, name = patch.symbol.partition(":")
    path = Path(mlflow.__file__).parent.joinpath(*module.split(".")[1:])
    source = (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text("utf-8")
    assert name in {getattr(node, "name", "") or _assigned(node) for node in ast.parse(source).body}
    assert hashlib.sha256(source.encode()).hexdigest() == patch.digest
    for pins in ("dev.txt", "mlflow-server.txt"):
        assert f"\n{patch.package}=={patch.version} " in (ROOT / "requirements" / pins).read_text("utf-8")
    assert patch.why
    assert patch.gain


def _assigned(node: ast.stmt) -> str:
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""


def test_all_that_the_server_takes_from_mlflow_is_listed() -> None:
    used = {
        each
        for node in ast.walk(ast.parse((ROOT / "infra" / "servers" / "mlflow_server.py").read_text("utf-8")))
        for each in _modules(node)
        if each.startswith("mlflow.")
    }
    assert used == {patch.symbol.partition(":")[0] for patch in PATCHES if not patch.symbol.endswith("_run_server")}


def _modules(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [each.name for each in names]
        case ast.ImportFrom(module=str(module), names=names):
            return [f"{module}.{each.name}" for each in names]
        case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(name))]):
            return [name]
    return []


def test_the_server_does_not_start_on_another_source() -> None:
    done = subprocess.run([sys.executable, "-c", CHANGED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == "False\n"
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("mlflow.server is not the source of mlflow 3.17.2 that the patch of mlflow.server:_run_")
