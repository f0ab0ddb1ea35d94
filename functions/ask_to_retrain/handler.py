"""The AskToRetrain state: parse, one call into the step, dump."""

from functions import watch_wiring
from functions.ask_to_retrain import step
from functions.contracts.loop_states import AskToRetrainInput
from functions.runtime.invocation import state

handler = state(AskToRetrainInput, step.run, watch_wiring.ask_to_retrain)
