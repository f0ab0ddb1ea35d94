"""The DetectDrift state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import DetectDriftInput
from functions.detect_drift import step
from functions.runtime.invocation import state

handler = state(DetectDriftInput, step.run, wiring.detect_drift)
