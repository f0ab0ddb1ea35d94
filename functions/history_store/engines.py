"""The engine of a service's histories: the embedded one, or Feast."""

from pathlib import Path

from functions.history_store.embedded_store import EmbeddedHistoryStore
from functions.history_store.feast_states import FeastHistoryStore
from functions.history_store.remote_states import RemoteStates
from functions.history_store.store_port import HistoryStoreError


def chosen_store(path: Path, feast_url: str | None, *, repairs: bool = True) -> EmbeddedHistoryStore:
    """Return the store that a service uses.

    Args:
        path: of the embedded store's file.
        feast_url: of the Feast server where that has the states; None where the file has them itself.
        repairs: as ``EmbeddedFile`` has it.
    """
    if feast_url is None:
        return EmbeddedHistoryStore(path, repairs=repairs)
    return RemoteStates(ledger_beside(path), FeastHistoryStore(url=feast_url), repairs=repairs)


def stores_there(path: Path, feast_url: str | None) -> list[EmbeddedHistoryStore]:
    """Return the stores that a service has used, for whoever works on them beside it: it may have changed its engine.

    Raises:
        HistoryStoreError: when there are states in Feast, and nobody says where.
    """
    found = [EmbeddedHistoryStore(path, repairs=False)] if path.exists() else []
    if ledger_beside(path).exists():
        if feast_url is None:
            raise HistoryStoreError(
                f"{ledger_beside(path)} names histories that are in Feast: set FRAUDFLOW_FEATURE_STORE=feast and run "
                "`fraudflow up`, or remove that file and what Feast keeps."
            )
        found.append(chosen_store(path, feast_url, repairs=False))
    return found


def ledger_beside(path: Path) -> Path:
    """Return the file that tells which states are in Feast, by that of the embedded store."""
    return path.with_name(f"feast-{path.name}")
