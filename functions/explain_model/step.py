"""Compute the importance of each feature, within what is left of the function's time and memory."""

import math
from dataclasses import asdict
from typing import Any

from functions.contracts import ExplainModelInput, Explanation
from functions.core.data.tables import from_parquet
from functions.core.evaluation.importances import ExplanationBudget, explain
from functions.core.training.persistence import load_model
from functions.core.training.threads import use_threads
from functions.run.dependencies import ExplainModelDependencies

# Of the time that is left when the state begins: the run waits for its end. Of the memory that is left when the model
# and the rows are there: an estimate of what scoring takes is only that.
TIME_SHARE = 1 / 3
MEMORY_SHARE = 0.7


def inputs(event: ExplainModelInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [event.model.chosen.uri, event.splits.uris["validation"]]


def run(event: ExplainModelInput, dependencies: ExplainModelDependencies) -> Explanation:
    """Compute importances on validation, with the members not trained on it."""
    files, validation = dependencies.files, event.splits.uris["validation"]
    left = dependencies.seconds_left()
    kept_back = left * (1 - TIME_SHARE) if math.isfinite(left) else 0.0
    model: Any = load_model(files.read(event.model.chosen.uri))
    use_threads(model, dependencies.cores)
    rows = from_parquet(files.read(validation))
    budget = ExplanationBudget(
        seconds_left=lambda: dependencies.seconds_left() - kept_back,
        bytes_left=MEMORY_SHARE * dependencies.bytes_left(),
    )
    told = explain(model.before_validation(), rows.X, rows.y, seed=event.settings.seed, budget=budget)
    uri = files.write_json(event.execution, "importances.json", [asdict(each) for each in told.features])
    return Explanation(uri=uri, left_out=told.left_out)
