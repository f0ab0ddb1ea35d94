"""Events of the transactions that a version was trained on, as its run keeps them."""

from functions.core.histories.events import EntityEvents
from functions.core.histories.events_file import from_parquet
from functions.core.histories.history_plan import HistoryPlan
from functions.ports import Champion, Tracking

# A file of the version's run, kept as its artifact.
HISTORY_EVENTS = "histories/events.parquet"


def read_history_events(tracking: Tracking, champion: Champion) -> tuple[HistoryPlan, EntityEvents] | None:
    """Return the plan of a version's histories and its training data's events; None where they are gone or damaged."""
    stored = tracking.artifact(champion.run_id, HISTORY_EVENTS)
    if stored is None:
        return None
    try:
        return from_parquet(stored)
    except (ValueError, OSError, LookupError, TypeError):  # pyarrow's and json's own errors are of these
        return None
