"""A fitted model as MLflow keeps it: in skops' format, with its signature, its code and what it needs."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

import mlflow
from mlflow.models import infer_signature
from mlflow.models.model import ModelInfo

import functions.core
from functions.ports import ModelToRegister

_REQUIREMENTS = ("scikit-learn", "skops", "numpy", "scipy", "pandas", "pyarrow", "threadpoolctl")


def log_model(model: ModelToRegister) -> ModelInfo:
    """Log a model to its run; whoever loads it needs its requirements, not this project."""
    predictions = model.model.predict(model.input_example)
    with mlflow.start_run(run_id=model.run_id), _code() as code:
        info: ModelInfo = mlflow.sklearn.log_model(
            model.model,
            name="model",
            serialization_format="skops",
            skops_trusted_types=list(model.trusted_types),
            signature=infer_signature(model.input_example, predictions),
            input_example=model.input_example,
            # Named, because guessing them costs five seconds in a subprocess.
            pip_requirements=_requirements(model.libraries),
            code_paths=[code],
        )
    return info


def _requirements(libraries: Sequence[str]) -> list[str]:
    return [f"{name}=={_version(name)}" for name in (*_REQUIREMENTS, *libraries)]


def _version(name: str) -> str:
    try:
        return installed_version(name)
    except PackageNotFoundError:
        # XGBoost without its GPU half is a distribution of its own.
        return installed_version(f"{name}-cpu")


@contextmanager
def _code() -> Iterator[str]:
    """Stage ``functions.core``, whose estimators a model is made of, without what only runs in Lambda."""
    source = Path(functions.core.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "functions")
        package.mkdir()
        (package / "__init__.py").touch()
        shutil.copytree(source, package / "core", ignore=shutil.ignore_patterns("__pycache__"))
        yield str(package)
