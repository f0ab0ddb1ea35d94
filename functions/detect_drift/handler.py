"""The DetectDrift state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import DetectDriftInput, Drift
from functions.detect_drift import step
from functions.runtime.invocation import state


@state(DetectDriftInput)
def handler(event: DetectDriftInput) -> Drift:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.detect_drift())
