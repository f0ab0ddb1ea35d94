"""The PublishResults state: parse, one call into the step, dump."""

from functions import wiring
from functions.contracts import Publication, PublishResultsInput
from functions.publish_results import step
from functions.runtime.invocation import state


@state(PublishResultsInput)
def handler(event: PublishResultsInput) -> Publication:
    """Run the step with the adapters that the environment asks for."""
    return step.run(event, wiring.publish_results())
