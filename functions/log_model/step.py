"""Open the run in MLflow and send the model there, while others measure it: it is many files, each a request or two."""

from functions.contracts import LoggedModel, LogModelInput
from functions.core.persistence import TRUSTED_TYPES, load_model
from functions.core.tables import from_parquet
from functions.ports import ModelToLog, NewRun
from functions.services import TrackingServices

INPUT_EXAMPLE_ROWS = 5
# What a model needs to be loaded beyond scikit-learn.
_LIBRARIES = ("lightgbm", "xgboost")


def run(event: LogModelInput, services: TrackingServices) -> LoggedModel:
    """Log; an execution that has opened its run already goes on with that one."""
    files, test = services.files, event.splits.uris["test"]
    files.fetch(event.model.uri, test)
    params = _params(event)
    name = f"{event.upload.name} {event.execution.name[:8]}"
    opened = services.tracking.open_run(NewRun(event.execution, name, params, _tags(event)))
    wanted = ModelToLog(
        model=load_model(files.read(event.model.uri)),
        input_example=from_parquet(files.read(test)).X.head(INPUT_EXAMPLE_ROWS),
        trusted_types=TRUSTED_TYPES,
        libraries=_libraries(event),
        params=params,
    )
    return LoggedModel(
        mlflow_run_id=opened.run_id,
        mlflow_experiment_id=opened.experiment_id,
        mlflow_model_id=services.tracking.log_model(opened, wanted),
    )


def _params(event: LogModelInput) -> dict[str, object]:
    counts = {
        f"{split}_{name}": value
        for split, counted in event.splits.counts.items()
        for name, value in counted.model_dump().items()
    }
    model = {f"model_{name}": value for name, value in event.model.parameters.items()}
    return {
        **event.settings.model_dump(),
        **counts,
        **model,
        "algorithm": event.model.algorithm,
        "target_explanation": event.dataset.target_explanation,
    }


def _tags(event: LogModelInput) -> dict[str, str]:
    return {
        "fraudflow.upload": event.upload.uri,
        "fraudflow.upload_version": event.upload.version_id or "",
        "fraudflow.dataset_digest": event.dataset.digest,
        "fraudflow.drift_verdict": event.drift.verdict,
        "fraudflow.selection": event.model.selection,
    }


def _libraries(event: LogModelInput) -> list[str]:
    """Name the libraries of the model, or of those that it blends."""
    blended = [name.removeprefix("weight_") for name in event.model.parameters]
    names = blended if event.model.algorithm == "ensemble" else [event.model.algorithm]
    return [library for library in _LIBRARIES if library in names]
