"""PublishResults' input at the end of a run, from the outputs of the states before it."""

from typing import Any

from functions.contracts import Evaluation, LoadDataOutput, PublishResultsInput
from functions.telemetry.metrics import EVALUATION
from tests.contract.samples import RESULTS


def published(**values: Any) -> PublishResultsInput:  # noqa: ANN401 - any field of the contract
    """Return the input; ``values`` replace whole fields."""
    loaded, evaluation = RESULTS["LoadData"], RESULTS["EvaluateModel"]
    assert isinstance(loaded, LoadDataOutput)
    assert isinstance(evaluation, Evaluation)
    document = {
        "execution": loaded.execution,
        "settings": loaded.settings,
        "upload": loaded.upload,
        "dataset": loaded.dataset,
        "splits": RESULTS["PreprocessData"],
        "model": RESULTS["SelectModel"],
        "drift": RESULTS["DetectDrift"],
        "evaluation": evaluation.model_copy(update={"metrics": {metric.name: 0.5 for metric in EVALUATION}}),
        "explanation": RESULTS["ExplainModel"],
        "run": RESULTS["OpenRun"],
        "logged": RESULTS["LogModel"],
        "registration": RESULTS["RegisterModel"],
    }
    return PublishResultsInput.model_validate(document | values)
