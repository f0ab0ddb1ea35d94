"""The RegisterModel state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import RegisterModelInput, Registration
from functions.register_model import step
from functions.runtime.invocation import state


@state(RegisterModelInput)
def handler(event: RegisterModelInput) -> Registration:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.register_model())
