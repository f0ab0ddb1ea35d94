"""Logging of a fitted model to MLflow: in skops' format, with signature, code and requirements."""

import ast
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import mlflow
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import LoggedModel
from mlflow.models import Model, infer_signature
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.models.utils import SERVING_INPUT_FILENAME
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.utils.file_utils import get_total_file_size
from mlflow.utils.validation import MAX_PARAM_VAL_LENGTH

import functions.core
from functions.adapters.mlflow_artifacts import transfer
from functions.contracts import OpenedRun
from functions.core.training.persistence import TRUSTED_TYPES
from functions.ports import ModelToLog

MODEL_FILE = "model.skops"

_NAME = "model"
_REQUIREMENTS = ("scikit-learn", "skops", "numpy", "scipy", "pandas", "pyarrow", "threadpoolctl")
_CORE = "functions.core"
_ARCHIVE = "core.zip"
_PACKAGE = f'''"""The code that the model is made of: the Python files in {_ARCHIVE}."""

from pathlib import Path

__path__.append(str(Path(__file__).with_name("{_ARCHIVE}")))
'''


def create_model(client: MlflowClient, *, run_id: str, experiment_id: str) -> LoggedModel:
    """Create a run's model in MLflow; it is pending until ``log_model`` has uploaded it."""
    return client.create_logged_model(experiment_id, name=_NAME, source_run_id=run_id)


def log_model(client: MlflowClient, run: OpenedRun, model: ModelToLog) -> None:
    """Upload the model of a run; loading it takes its requirements, not this project.

    ``mlflow.sklearn.log_model`` comes to the same in 140 requests more: it asks for the history of each metric of the
    run, sends file after file, and loads what it has just saved.
    """
    logged = client.get_logged_model(run.mlflow_model_id)
    # MLflow refuses a parameter that exists already.
    new = {key: value for key, value in param_texts(model.params).items() if key not in logged.params}
    if new:
        client.log_model_params(logged.model_id, new)
    _send(client, model, run, logged)
    client.finalize_logged_model(logged.model_id, "READY")


def param_texts(params: Mapping[str, object]) -> dict[str, str]:
    """Return parameters as texts for MLflow; None and what is empty is omitted."""
    texts = {key: _text(value) for key, value in params.items()}
    return {key: shortened(text, MAX_PARAM_VAL_LENGTH) for key, text in texts.items() if text}


def _text(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(map(_text, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_text(each)}" for key, each in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def shortened(text: str, length: int) -> str:
    """Shorten a text to MLflow's limit: a longer one keeps its beginning and its end, where names differ."""
    if len(text) <= length:
        return text
    end = (length - 1) // 3
    return f"{text[: length - 1 - end]}…{text[-end:]}"


def _send(client: MlflowClient, model: ModelToLog, run: OpenedRun, logged: LoggedModel) -> None:
    repository = get_artifact_repository(logged.artifact_location, tracking_uri=client.tracking_uri)
    with tempfile.TemporaryDirectory() as scratch, transfer() as sending:
        folder = Path(scratch, _NAME)
        about = Model(
            artifact_path=logged.artifact_location,
            model_uuid=logged.model_id,
            run_id=run.mlflow_run_id,
            model_id=logged.model_id,
        )
        save_model(model, about, folder)
        sending.send_folder(repository, folder)
        sending.wait()


def save_model(model: ModelToLog, about: Model, folder: Path) -> None:
    """Write a model's files into a new folder, for ``mlflow.sklearn.load_model`` and ``mlflow.pyfunc.load_model``."""
    with _code() as code:
        mlflow.sklearn.save_model(
            model.model,
            str(folder),
            mlflow_model=about,
            serialization_format="skops",
            skops_trusted_types=list(model.trusted_types),
            signature=infer_signature(model.input_example, model.model.predict(model.input_example)),
            input_example=model.input_example,
            # Named, because guessing them costs five seconds in a subprocess.
            pip_requirements=_requirements(model.libraries),
            code_paths=[code],
        )
    (folder / SERVING_INPUT_FILENAME).write_text(_serving_example(model.input_example))
    # MLflow has written the same, not compressed: up to fifteen times the bytes, to be sent now and fetched later.
    Path(folder, MODEL_FILE).write_bytes(model.body)
    about.model_size_bytes = get_total_file_size(folder)
    _left_to_the_model(about).save(str(folder / MLMODEL_FILE_NAME))


def _left_to_the_model(about: Model) -> Model:
    """Return a description whose signature MLflow shows, and leaves to the model to check.

    Its own check refuses whole numbers where others were floats and names with a space more, and its error quotes all
    the rows: see ``docs/decisions/0040-the-model-checks-its-rows.md``.
    """
    described: Model = Model.from_dict({**about.to_dict(), "is_signature_from_type_hint": True})
    return described


def _serving_example(rows: pd.DataFrame) -> str:
    """Return an example for ``mlflow models serve``, which takes this form alone from models that check their rows."""
    return json.dumps({"inputs": json.loads(rows.to_json(orient="records"))}, indent=2)


def _requirements(libraries: Sequence[str]) -> list[str]:
    return [f"{name}=={_version(name)}" for name in (*_REQUIREMENTS, *libraries)]


def _version(name: str) -> str:
    try:
        return installed_version(name)
    except PackageNotFoundError:
        # XGBoost without GPU support is a distribution of its own.
        return installed_version(f"{name}-cpu")


@contextmanager
def _code() -> Iterator[str]:
    """Write the modules of ``functions.core`` that a model needs, as a package that imports them from an archive.

    As single files they would be two thirds of a model's files, each two requests to log and two to load.
    """
    source = Path(functions.core.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder, "functions")
        package.mkdir()
        (package / "__init__.py").write_text(_PACKAGE)
        with ZipFile(package / _ARCHIVE, "w") as archive:
            for file in _files_of_models():
                # Without a date: equal code gives equal bytes.
                entry = ZipInfo(f"core/{file.relative_to(source).as_posix()}")
                archive.writestr(entry, file.read_bytes(), ZIP_DEFLATED)
        yield str(package)


@cache
def _files_of_models() -> tuple[Path, ...]:
    """Return the source files of a model's estimators, and of all our modules that these import."""
    needed = {f"{_CORE}.training.persistence"}
    needed |= {name.rpartition(".")[0] for name in TRUSTED_TYPES if name.startswith(f"{_CORE}.")}
    files: dict[str, Path] = {}
    while needed - files.keys():
        module = (needed - files.keys()).pop()
        files[module] = _file(module)
        tree = ast.parse(files[module].read_text())
        needed |= set(_imported(tree)) | {module.rpartition(".")[0]} - {"functions"}
    return tuple(sorted(files.values()))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module is not None and node.module.startswith(_CORE):
            yield node.module
            # What is named may be a module itself.
            yield from (name for each in node.names if _file(name := f"{node.module}.{each.name}").exists())


def _file(module: str) -> Path:
    place = Path(functions.core.__file__).parent.joinpath(*module.removeprefix(_CORE).split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
