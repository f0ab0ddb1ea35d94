"""Ask a person whether to retrain: keep the question, with the token that ends the wait, where it outlives a crash."""

from functions.contracts.loop_records import RetrainQuestion
from functions.contracts.loop_states import AskedToRetrain, AskToRetrainInput
from functions.core.errors import AlreadyAskedError
from functions.run.watch_dependencies import WatchDependencies


def run(event: AskToRetrainInput, dependencies: WatchDependencies) -> AskedToRetrain:
    """Keep the question; of one that is asked again by its own execution the last token counts.

    Raises:
        AlreadyAskedError: when another execution waits for the answer.
    """
    model, version = event.measured.model, event.measured.version
    records, now = dependencies.retrainings(model), dependencies.now()
    waiting = records.open_question(now, version=version)
    if waiting is not None and waiting.execution.arn != event.execution.arn:
        raise AlreadyAskedError(f"The execution {waiting.execution.name} waits for the answer already.")
    asked = records.ask(
        lambda number: RetrainQuestion(
            number=number,
            model=model,
            version=version,
            decision=event.decision.id,
            at=now.isoformat(),
            execution=event.execution,
            reason=event.decision.reason,
            episode=event.decision.episode,
            task_token=event.task_token,
        )
    )
    if asked is None:
        raise AlreadyAskedError("Another execution has just asked the same.")
    return AskedToRetrain(number=asked.number)
