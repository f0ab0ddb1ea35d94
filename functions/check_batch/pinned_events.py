"""The transactions that a version was trained on, pinned for a batch as what its histories know of before."""

from dataclasses import replace

from functions.contracts import Execution
from functions.core.histories.events_file import to_parquet
from functions.core.histories.history_plan import HistoryPlan
from functions.core.wording import counted, named, quoted
from functions.run.batch_dependencies import CheckBatchDependencies
from functions.run.history_events import read_history_events
from functions.run.served_model import ServedModel

EVENTS = "events.parquet"


def pin_events(
    execution: Execution, served: ServedModel, dependencies: CheckBatchDependencies
) -> tuple[str | None, list[str]]:
    """Copy the events of a version with histories to the batch's own files, so that every part knows the same.

    Returns:
        Where they are, None where they are gone; and what a user would want to know of that, in sentences.
    """
    plan = served.scorer.histories
    if plan is None:
        return None, []
    kept = read_history_events(dependencies.tracking, served.version)
    whose = f"Histories of {named([quoted(name) for name in plan.entities])} know"
    version = f"version {served.version.version} was trained on"
    if kept is None or not _fits(plan, kept[0]):
        return None, [f"{whose} this file's own rows alone: the transactions that {version} are gone from MLflow."]
    uri = dependencies.files.write_parquet(execution, EVENTS, to_parquet(*kept))
    return uri, [f"{whose} {counted(len(kept[1]), 'transaction')} that {version}, and this file's own rows."]


def _fits(plan: HistoryPlan, kept: HistoryPlan) -> bool:
    """Return whether events that were read by one plan are those of another, too."""
    same = replace(kept, columns=()) == replace(plan, columns=())
    return same and set(kept.entities) == set(plan.entities)
