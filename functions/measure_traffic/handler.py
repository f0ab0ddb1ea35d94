"""The MeasureTraffic state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts.scored_batches import MeasureTrafficInput
from functions.measure_traffic import step
from functions.runtime.invocation import state

handler = state(MeasureTrafficInput, step.run, wiring.measure_traffic)
