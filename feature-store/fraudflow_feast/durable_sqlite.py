"""Feast's online store in SQLite, as a store of states needs it: fast to write, and what is removed is gone."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from feast import FeatureView
from feast.infra.online_stores.sqlite import SqliteOnlineStore, SqliteOnlineStoreConfig
from feast.repo_config import RepoConfig

from fraudflow_feast.feast_definitions import FEATURE

type Rows = list[tuple[Any, dict[str, Any], datetime, datetime | None]]

_REMOVE = f"DELETE FROM {{table}} WHERE feature_name = '{FEATURE}' AND value_text = ''"  # noqa: S608 - our own names


class DurableSqliteOnlineStoreConfig(SqliteOnlineStoreConfig):  # type: ignore[misc]  # Feast is not in this environment
    """Its configuration, by which Feast finds the class."""

    type: Literal["fraudflow_feast.durable_sqlite.DurableSqliteOnlineStore"] = (
        "fraudflow_feast.durable_sqlite.DurableSqliteOnlineStore"
    )


class DurableSqliteOnlineStore(SqliteOnlineStore):  # type: ignore[misc]
    """Feast's own store, whose rows without events are removed."""

    def online_write_batch(
        self, config: RepoConfig, table: FeatureView, data: Rows, progress: Callable[[int], Any] | None
    ) -> None:
        """Write rows; remove those that have no events, from the write-ahead log too."""
        super().online_write_batch(config, table, data, progress)
        if all(values[FEATURE].string_val for _, values, _, _ in data):
            return
        database = self._get_conn(config)
        with database:
            database.execute(_REMOVE.format(table=f'"{config.project}_{table.name}"'))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _get_conn(self, config: RepoConfig) -> sqlite3.Connection:
        is_new = self._conn is None
        database: sqlite3.Connection = super()._get_conn(config)
        if is_new:
            database.execute("PRAGMA journal_mode = WAL").fetchone()
            # Without a flush at each write: what a lost power takes along is made again from the decision log.
            database.execute("PRAGMA synchronous = NORMAL")
            # What is removed is overwritten, not left in a free page.
            database.execute("PRAGMA secure_delete = ON").fetchone()
        return database
