"""Register the model as a new version, and make it the champion only if it is better on the same test rows."""

from functions.contracts import RegisterModelInput, Registration
from functions.core.tables import from_parquet
from functions.ports import TrackingServices

INPUT_EXAMPLE_ROWS = 5


def run(event: RegisterModelInput, services: TrackingServices) -> Registration:
    """Register once: an execution that has done so already gets the same answer again."""
    tracking, name = services.tracking, event.settings.model_name
    done = tracking.registered(name, event.execution)
    if done is not None:
        return done
    test = from_parquet(services.files.read(event.splits.uris["test"]))
    decision = _decide(event, services, test)
    version = tracking.register(event.execution, _model(event, services, test))
    return tracking.decide(name, version, alias=decision.alias, reason=decision.reason)
