"""The DetectDrift state: parse, one call into the step, dump."""

from functions import bootstrap
from functions.contracts import DetectDriftInput, Drift
from functions.detect_drift import step
from functions.runtime import state


@state(DetectDriftInput)
def handler(event: DetectDriftInput) -> Drift:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, bootstrap.detect_drift())
