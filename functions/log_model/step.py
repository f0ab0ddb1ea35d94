"""Log the model to MLflow, in parallel with its evaluation: it is many files, each a request or two."""

from functions.contracts import LoggedModel, LogModelInput
from functions.core.histories.table_histories import without_histories
from functions.core.training.persistence import TRUSTED_TYPES, load_model
from functions.core.training.raw_input import write_example
from functions.ports import ModelToLog
from functions.run.dependencies import TrackingDependencies

INPUT_EXAMPLE_ROWS = 5
# What a model needs to be loaded beyond scikit-learn.
_LIBRARIES = ("lightgbm", "xgboost", "catboost")


def inputs(event: LogModelInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [event.model.uri, event.splits.uris["test"]]


def run(event: LogModelInput, dependencies: TrackingDependencies) -> LoggedModel:
    """Log the model; idempotent: a repeat overwrites."""
    files, test = dependencies.files, event.splits.uris["test"]
    body = files.read(event.model.uri)
    table = without_histories(files.read_table(test, first=INPUT_EXAMPLE_ROWS).part(0, INPUT_EXAMPLE_ROWS))
    wanted = ModelToLog(
        model=load_model(body),
        body=body,
        input_example=write_example(table.X, table.formats),
        trusted_types=TRUSTED_TYPES,
        libraries=_libraries(event),
        params=_params(event),
        tags={"fraudflow.drift_verdict": event.drift.verdict, "fraudflow.selection": event.model.selection},
    )
    dependencies.tracking.log_model(event.run, wanted)
    return LoggedModel(uri=f"models:/{event.run.mlflow_model_id}")


def _params(event: LogModelInput) -> dict[str, object]:
    model = {f"model_{name}": value for name, value in event.model.parameters.items()}
    return {**model, "algorithm": event.model.algorithm}


def _libraries(event: LogModelInput) -> list[str]:
    """Return the libraries of the model, or of its ensemble members."""
    chosen = event.model.chosen
    names = chosen.blended or [chosen.algorithm]
    return [library for library in _LIBRARIES if library in names]
