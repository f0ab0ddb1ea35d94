"""Feast's offline store: what a run's events become, as of any time, and in the online store."""

import base64
import datetime as dt
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from functions.core.histories.entity_states import StateEvents
from functions.core.histories.events import MICROSECONDS, EntityEvents
from functions.core.histories.events_file import to_parquet
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.feast_states import FeastHistoryStore
from functions.history_store.packed_states import PackedState, seed_ids
from infra.settings import ROOT
from tests.e2e.feast.conftest import PYTHON, FeastServer
from tests.e2e.feast.test_feast_parity import PLAN, RETENTION, random_events
from tests.e2e.monitoring.conftest import fetch

pytestmark = pytest.mark.e2e

AS_OF = """
import datetime as dt, json, os, sys
from pathlib import Path
import pandas as pd
from fraudflow_feast.feast_store import StoreOptions, open_store

folder, offline, asked = Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
store = open_store(StoreOptions(folder, "sqlite", "", "us-east-1", os.environ.get("AWS_ENDPOINT_URL"), offline, None))
times = pd.to_datetime([each[1] for each in asked], unit="us", utc=True)
rows = pd.DataFrame({"state": [each[0] for each in asked], "event_timestamp": times})
found = store.get_historical_features(rows, ["entity_states:events"]).to_df()
texts = found["events"].astype(object).where(found["events"].notna(), None)
times = found["event_timestamp"].astype("datetime64[us, UTC]").astype("int64")
print(json.dumps(list(zip(found["state"], times.tolist(), texts))))
"""


def in_feast(server: FeastServer, *words: str) -> str:
    """Run a program in Feast's environment, with the server's variables."""
    done = subprocess.run(
        (str(PYTHON), *words), cwd=ROOT, env=server.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def events() -> EntityEvents:
    return random_events(300, seed=31)


@pytest.fixture(scope="module")
def states(server: FeastServer, events: EntityEvents, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the offline store that the server reads."""
    file = tmp_path_factory.mktemp("events") / "events.parquet"
    file.write_bytes(to_parquet(PLAN, events))
    told = in_feast(server, "-m", "fraudflow_feast.offline_states", str(file), server.offline)
    moments = {(key, int(each)) for key, own in StateEvents.of(PLAN, events).by_key() for each in own.moments}
    assert told == f"{len(moments):,} states in {server.offline}\n"
    return server.offline


def seeded(events: EntityEvents) -> EntityEvents:
    ids = seed_ids(events.ids)
    return EntityEvents(events.moments, events.amounts, events.merchants, events.entities, ids)


def test_a_run_is_put_into_the_online_store_with_its_newest_event(
    server: FeastServer, feast: FeastHistoryStore, events: EntityEvents, states: str, tmp_path: Path
) -> None:
    assert states == server.offline
    newest = dt.datetime.fromtimestamp(int(events.moments.max()) / MICROSECONDS, dt.UTC)
    # Feast's Dask store has dropped the newest event once, where a range ends with it.
    asked = {"start_ts": "2000-01-01T00:00:00", "end_ts": newest.isoformat(), "feature_views": ["entity_states"]}
    fetch(f"{server.url}/materialize", asked)
    embedded = EmbeddedHistoryStore(tmp_path / "embedded.sqlite")
    embedded.add(StateEvents.of(PLAN, seeded(events)), RETENTION)
    keys = np.unique(StateEvents.of(PLAN, events).keys).tolist()
    for ours, theirs in zip(embedded.pasts(keys), feast.pasts(keys), strict=True):
        assert ours.moments.tolist() == theirs.moments.tolist()
        assert ours.ids.tolist() == theirs.ids.tolist()
    embedded.close()


def test_what_was_known_at_a_time_is_found(
    server: FeastServer, states: str, events: EntityEvents, tmp_path: Path
) -> None:
    own = dict(StateEvents.of(PLAN, events).by_key())
    asked = [
        (f"{key:016x}", moment)
        for key, of_one in list(own.items())[:4]
        for moment in (int(of_one.moments[0]) - 1, int(of_one.moments[5]), int(of_one.moments[5]) + 1)
    ]
    rows: list[list[Any]] = json.loads(in_feast(server, "-c", AS_OF, str(tmp_path), states, json.dumps(asked)))
    # Feast leaves out rows before the first event of an entity that has one later: they have no past.
    assert sorted((name, moment) for name, moment, _ in rows) == sorted(
        (name, moment) for name, moment in asked if (own[int(name, 16)].moments <= moment).any()
    )
    for name, moment, packed in rows:
        moments = own[int(name, 16)].moments
        expected = moments[moments <= moment].tolist()
        found = PackedState.read(base64.b64decode(packed)).past().moments.tolist()
        # Less what no row at that time or later counts.
        assert found == expected[len(expected) - len(found) :]
        assert len(found) >= min(len(expected), PLAN.events_at_most)
