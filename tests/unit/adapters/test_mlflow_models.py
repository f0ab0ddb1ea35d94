"""Files that go with a model into MLflow; that it is loaded from there is shown by ``tests/e2e/test_main_job.py``."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from functions.adapters import mlflow_models

# Run apart: finds the staged code first, and nothing of what only runs in Lambda.
IMPORT = """
import functions.core.training.persistence, functions.core.training.blending, functions.core.training.boosting
import importlib.util, sys
assert functions.__path__[0].startswith(sys.argv[1]), functions.__path__
assert importlib.util.find_spec("functions.settings") is None
"""


def test_requirements_are_pinned_to_what_is_installed() -> None:
    lines = mlflow_models._requirements(["lightgbm", "xgboost"])
    pinned = dict(line.split("==") for line in lines)
    assert {"scikit-learn", "skops", "pandas", "lightgbm", "xgboost"} <= pinned.keys()
    assert pinned["skops"] == version("skops")
    assert pinned["lightgbm"] == version("lightgbm")
    assert pinned["xgboost"]


def test_libraries_that_a_model_is_not_made_of_are_not_required() -> None:
    assert not [line for line in mlflow_models._requirements([]) if line.startswith(("lightgbm", "xgboost"))]


@pytest.mark.thorough
def test_the_code_of_a_model_is_whole_without_this_project() -> None:
    with mlflow_models._code() as package:
        staged = Path(package)
        assert {path.name for path in staged.iterdir()} == {"__init__.py", "core.zip"}
        assert all(name.endswith(".py") for name in ZipFile(staged / "core.zip").namelist())
        subprocess.run(
            [sys.executable, "-c", IMPORT, str(staged.parent)],
            cwd=staged.parent,
            env={"PYTHONPATH": str(staged.parent), "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
            timeout=250,
        )
    assert not staged.exists()


def test_the_same_code_gives_the_same_bytes() -> None:
    def archived() -> bytes:
        with mlflow_models._code() as package:
            return Path(package, "core.zip").read_bytes()

    assert archived() == archived()


def test_parameters_that_were_not_given_are_left_out_and_the_others_are_texts() -> None:
    params: dict[str, object] = {
        "target": None,
        "candidates": (),
        "roles": {},
        "leaks": "warn",
        "rotate": True,
        "seed": 7,
    }

    assert mlflow_models.param_texts(params) == {"leaks": "warn", "rotate": "true", "seed": "7"}
    assert mlflow_models.param_texts({"roles": {"cc_num": "entity", "when": "time:dmy"}, "names": ("a", "b")}) == {
        "roles": "cc_num: entity, when: time:dmy",
        "names": "a, b",
    }
