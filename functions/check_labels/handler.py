"""The CheckLabels state: parse, one call into the step, dump."""

from functions import feedback_wiring
from functions.check_labels import step
from functions.contracts.label_files import CheckLabelsInput
from functions.runtime.invocation import state

handler = state(CheckLabelsInput, step.run, feedback_wiring.check_labels)
