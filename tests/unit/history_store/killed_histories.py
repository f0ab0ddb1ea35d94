"""A program that decides and remembers as the service does, until it is killed: ``killed_histories.py FOLDER ROUND``.

It prints the number of each transaction that is in the log and remembered, and begins by catching up with the log.
"""

import sys
from pathlib import Path

from functions.decisions.local_log import LocalLog
from functions.decisions.log_reading import LogReader
from functions.history_store.decision_events import decided_events
from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.history_ledger import HistoryLedger, LogPosition
from functions.history_store.live_histories import LiveHistories
from functions.history_store.making_histories import HistoryMaking, HistorySources
from tests.decided import AT, decided
from tests.unit.history_store.history_rows import plan_of

CARDS = 7


def maker(folder: Path, store: EmbeddedHistoryStore) -> HistoryMaking:
    """Return what makes the histories of a folder."""
    sources = HistorySources(folder / "decisions.sqlite", None, lambda _: None, lambda: AT)
    return HistoryMaking(store, HistoryLedger(store), sources)


def main(folder: Path, number: int) -> None:
    plan = plan_of()
    log = LocalLog(folder / "decisions.sqlite")
    store = EmbeddedHistoryStore(folder / "histories.sqlite")
    ledger, live = HistoryLedger(store), LiveHistories(store)
    maker(folder, store).make(plan, "run")
    reader = LogReader(folder / "decisions.sqlite")
    for each in range(100_000):
        features = {"card": f"h:{each % CARDS:016d}", "device": None, "at": float(number * 1_000 + each), "amount": 1.5}
        decision = decided(f"{number}-{each}", features=features)
        log.add([decision])
        events = decided_events(plan, [decision.transaction_id], [features])
        with ledger.writing():
            live.remember(plan, events)
            ledger.mark(plan, LogPosition(reader.name, reader.last()))
        sys.stdout.write(f"{number}-{each}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
