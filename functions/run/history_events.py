"""Events of the transactions that a version was trained on, as its run keeps them."""

from functions.core.histories.events import EntityEvents
from functions.core.histories.events_file import events_in
from functions.core.histories.history_plan import HistoryPlan
from functions.ports import Champion, Tracking

# A file of a run, beside its splits.
EVENTS = "events.parquet"
# A file of the version's run, kept as its artifact.
HISTORY_EVENTS = "histories/events.parquet"


def read_history_events(tracking: Tracking, champion: Champion) -> tuple[HistoryPlan, EntityEvents] | None:
    """Return the plan of a version's histories and its training data's events; None where they are gone or damaged."""
    return events_in(tracking.artifact(champion.run_id, HISTORY_EVENTS))
