"""What the executor imports before it forks a function's process is what the functions import."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.contract.conftest import ROOT

# Run apart from this process, in which everything is imported already.
LATE_IMPORTS = """
import importlib, json, sys
before, after = json.load(sys.stdin)
for module in before:
    importlib.import_module(module)
known = set(sys.modules)
for module in after:
    importlib.import_module(module)
json.dump(sorted(set(sys.modules) - known), sys.stdout)
"""


@pytest.fixture(scope="module")
def preimports(template: dict[str, Any]) -> list[str]:
    listed: str = template["Parameters"]["Preimport"]["Default"]
    return [name.strip() for name in listed.split(",")]


def test_no_handler_imports_a_library_that_is_not_imported_already(preimports: list[str]) -> None:
    handlers = [f"functions.{path.parent.name}.handler" for path in sorted((ROOT / "functions").glob("*/handler.py"))]
    adapters = [
        f"functions.adapters.{path.stem}" for path in sorted((ROOT / "functions" / "adapters").glob("[!_]*.py"))
    ]

    done = subprocess.run(
        [sys.executable, "-c", LATE_IMPORTS],
        input=json.dumps([preimports, [*handlers, *adapters]]),
        env={"PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert set(json.loads(done.stdout)) == {
        *handlers,
        "functions.wiring",
        "functions.watch_wiring",
        "functions.feedback_wiring",
        "functions.connections",
        "functions.runtime.invocation",
        # Of those that have a cluster, or a disk in the place of S3.
        "functions.adapters.dask_pool",
        "functions.adapters.local_files",
    }


@pytest.mark.thorough
def test_what_only_an_invocation_needs_is_not_imported_within_lambdas_seconds_for_init() -> None:
    handlers = [f"functions.{path.parent.name}.handler" for path in sorted((ROOT / "functions").glob("*/handler.py"))]
    done = subprocess.run(
        [sys.executable, "-c", LATE_IMPORTS],
        input=json.dumps([[], handlers]),
        env={"PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"mlflow", "boto3", "lightgbm", "xgboost", "catboost", "matplotlib"} & set(json.loads(done.stdout))
