"""Rows without events, which stand for what is to be removed: Feast has no request for that."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from feast import FeatureView
from feast.infra.online_stores.online_store import OnlineStore
from feast.repo_config import RepoConfig

from fraudflow_feast.feast_definitions import FEATURE

type Rows = list[tuple[Any, dict[str, Any], datetime, datetime | None]]
type Progress = Callable[[int], Any] | None


class RemovesEmptyRows(OnlineStore):  # type: ignore[misc]  # Feast is not in this environment
    """What stands before one of Feast's online stores, whose rows without events are removed."""

    async def online_write_batch_async(
        self, config: RepoConfig, table: FeatureView, data: Rows, progress: Progress
    ) -> None:
        """Write rows; remove those that have no events. The server does it so."""
        kept, gone = divided(data)
        if kept:
            await super().online_write_batch_async(config, table, kept, progress)
        if gone:
            await self.remove(config, table, gone)

    async def remove(self, config: RepoConfig, table: FeatureView, entities: list[Any]) -> None:
        """Remove the rows of entities, by their keys."""
        raise NotImplementedError


def divided(rows: Rows) -> tuple[Rows, list[Any]]:
    """Return the rows that have events, and the entity keys of the others."""
    kept = [row for row in rows if row[1][FEATURE].string_val]
    return kept, [row[0] for row in rows if not row[1][FEATURE].string_val]
