"""Events as Parquet, with the plan that they were read by."""

import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from functions.core.histories.events import EntityEvents
from functions.core.histories.history_plan import HistoryPlan

# Of a table that has more, the newest are kept: 40 bytes each in memory, with one entity.
MOST_EVENTS = 5_000_000
_METADATA_KEY = b"fraudflow-histories"
_OWN = ("moment", "amount", "merchant", "id")


def to_parquet(plan: HistoryPlan, events: EntityEvents) -> bytes:
    """Write the newest ``MOST_EVENTS`` of n events in the order of their moments."""
    order = np.argsort(events.moments, kind="stable")[-MOST_EVENTS:]
    buffer = io.BytesIO()
    pq.write_table(events_table(plan, events.take(order)), buffer, compression="zstd")
    return buffer.getvalue()


def events_table(plan: HistoryPlan, events: EntityEvents) -> pa.Table:
    """Return n events as a table of columns that names their plan."""
    own = dict(zip(_OWN, (events.moments, events.amounts, events.merchants, events.ids), strict=True))
    entities = {f"entity {name}": values for name, values in events.entities.items()}
    return pa.table({**own, **entities}).replace_schema_metadata({_METADATA_KEY: json.dumps(plan.document())})


def events_in_table(plan: HistoryPlan, table: pa.Table) -> EntityEvents:
    """Return the events of a plan that are in the columns of a table."""
    moments, amounts, merchants, ids = (table[name].to_numpy() for name in _OWN)
    entities = {name: table[f"entity {name}"].to_numpy() for name in plan.entities}
    return EntityEvents(moments, amounts, merchants, entities, ids)


def events_in(body: bytes | None) -> tuple[HistoryPlan, EntityEvents] | None:
    """Read what ``to_parquet`` wrote, where it may be gone or damaged; None then."""
    try:
        return None if body is None else from_parquet(body)
    except (ValueError, OSError, LookupError, TypeError):  # pyarrow's and json's own errors are of these
        return None


def from_parquet(body: bytes) -> tuple[HistoryPlan, EntityEvents]:
    """Read the plan and the events that ``to_parquet`` wrote."""
    table = pq.read_table(pa.BufferReader(body))
    plan = HistoryPlan.of(json.loads(table.schema.metadata[_METADATA_KEY]))
    return plan, events_in_table(plan, table)
