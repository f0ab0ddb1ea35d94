"""SIGKILL at any moment: the states are those of the log, all of it and nothing twice."""

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from functions.core.histories.entity_states import StateEvents
from functions.decisions.log_reading import LogReader
from functions.history_store.decision_events import logged_events
from functions.history_store.embedded_store import EmbeddedHistoryStore
from tests.killed_programs import started
from tests.unit.history_store.history_rows import plan_of
from tests.unit.history_store.killed_histories import maker

PROGRAM = Path(__file__).parent / "killed_histories.py"
ROUNDS = 4


def killed(folder: Path, number: int, seconds: float) -> int:
    """Run the program until it has said something, and kill it a while later; return what it has said."""
    with started(PROGRAM, folder, number) as (process, printed):
        printed.readline()
        threading.Timer(seconds, process.kill).start()
        return sum(line.endswith("\n") for line in printed)


@pytest.mark.thorough
def test_states_are_those_of_the_log_whenever_the_service_was_killed(tmp_path: Path) -> None:
    random = np.random.default_rng(21)
    told = sum(killed(tmp_path, number, float(random.uniform(0.05, 0.4))) for number in range(ROUNDS))
    plan = plan_of()
    with closing(EmbeddedHistoryStore(tmp_path / "histories.sqlite")) as store:
        maker(tmp_path, store).make(plan, "run")
        with closing(LogReader(tmp_path / "decisions.sqlite")) as reader:
            rows = reader.after(0, 1_000_000)
        assert rows is not None
        assert len(rows.decided) > told > ROUNDS
        wanted = dict(StateEvents.of(plan, logged_events(plan, rows.decided)).by_key())
        assert store.size().states == len(wanted)
        for past, events in zip(store.pasts([*wanted]), wanted.values(), strict=True):
            # Each of the latest is there once.
            kept = len(past.ids)
            assert kept == min(len(events), plan.events_at_most)
            assert past.ids.tolist() == events.ids[-kept:].tolist()
            assert past.moments.tolist() == events.moments[-kept:].tolist()
