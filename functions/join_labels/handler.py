"""The JoinLabels state: parse, one call into the step, dump."""

from functions import feedback_wiring
from functions.contracts.label_files import JoinLabelsInput
from functions.join_labels import step
from functions.runtime.invocation import state

handler = state(JoinLabelsInput, step.run, feedback_wiring.join_labels)
