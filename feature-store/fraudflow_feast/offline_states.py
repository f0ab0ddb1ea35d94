"""Feast's offline store: ``python -m fraudflow_feast.offline_states EVENTS TARGET``, files or ``s3://`` addresses.

EVENTS is a run's ``histories/events.parquet``. TARGET gets a row for each entity and moment, with all that was known of
the entity then: ``get_historical_features`` finds what was known at any time, and ``materialize`` puts the newest of
each into the online store.
"""

import argparse
import base64
import sys
from collections.abc import Iterator
from dataclasses import replace

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from functions.core.histories.entity_states import StateEvents, StateRetention
from functions.core.histories.events import EntityEvents
from functions.core.histories.events_file import from_parquet
from functions.core.histories.history_plan import HistoryPlan
from functions.history_store.packed_states import PackedState, seed_ids

from fraudflow_feast.feast_definitions import ENTITY, FEATURE, TIMESTAMP

_SCHEMA = pa.schema(
    [(ENTITY, pa.string()), (FEATURE, pa.string()), (TIMESTAMP, pa.timestamp("us", tz="UTC"))]  # as Feast reads it
)
_ROWS_AT_ONCE = 20_000
# pandas counts nanoseconds from 1970 in 64 bits.
_FARTHEST = np.iinfo(np.int64).max // 1_000

type Row = tuple[str, str, int]


def main(words: list[str]) -> str | None:
    """Write the states of a run's events; return what is wrong, if anything."""
    parser = argparse.ArgumentParser(prog="python -m fraudflow_feast.offline_states")
    parser.add_argument("events", help="a run's histories/events.parquet")
    parser.add_argument("target", help="the file that FRAUDFLOW_FEAST_OFFLINE names")
    parser.add_argument("--newest", action="store_true", help="the newest state of each entity alone")
    asked = parser.parse_args(words)
    with fsspec.open(asked.events, "rb") as file:
        plan, events = from_parquet(file.read())
    if np.abs(events.moments[events.moments != np.iinfo(np.int64).min]).max(initial=0) > _FARTHEST:
        return f"{asked.events} has moments that are no times between 1678 and 2262: Feast can't keep them offline."
    count = 0
    with fsspec.open(asked.target, "wb") as file, pq.ParquetWriter(file, _SCHEMA, compression="zstd") as writer:
        for part in _parts(rows_of(plan, events, newest=asked.newest)):
            names, states, moments = zip(*part, strict=True)
            writer.write_table(pa.table([names, states, moments], schema=_SCHEMA))
            count += len(part)
    sys.stdout.write(f"{count:,} states in {asked.target}\n")
    return None


def rows_of(plan: HistoryPlan, events: EntityEvents, *, newest: bool) -> Iterator[Row]:
    """Yield key, packed events and moment of each state: all that was known of an entity at each of its moments."""
    own = replace(events, ids=seed_ids(events.ids))
    retention = StateRetention.of(plan)
    for key, of_one in StateEvents.of(plan, own).by_key():
        packed = PackedState.of(of_one).events
        moments = packed[:, 0]
        ends = np.flatnonzero(np.append(moments[1:] != moments[:-1], [True])) + 1
        for end in ends[-1:] if newest else ends:
            state = PackedState(packed[:end]).kept(retention)
            yield f"{key:016x}", base64.b64encode(state.packed()).decode(), int(moments[end - 1])


def _parts(rows: Iterator[Row]) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == _ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
