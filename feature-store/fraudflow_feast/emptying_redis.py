"""Feast's online store in Redis, as a store of states needs it: what is removed is gone."""

from typing import Any, Literal

from feast import FeatureView
from feast.infra.online_stores.helpers import _redis_key
from feast.infra.online_stores.redis import RedisOnlineStore, RedisOnlineStoreConfig
from feast.repo_config import RepoConfig

from fraudflow_feast.empty_rows import Progress, RemovesEmptyRows, Rows, divided


class EmptyingRedisOnlineStoreConfig(RedisOnlineStoreConfig):  # type: ignore[misc]  # Feast is not in this environment
    """Its configuration, by which Feast finds the class."""

    type: Literal["fraudflow_feast.emptying_redis.EmptyingRedisOnlineStore"] = (
        "fraudflow_feast.emptying_redis.EmptyingRedisOnlineStore"
    )


class EmptyingRedisOnlineStore(RemovesEmptyRows, RedisOnlineStore):  # type: ignore[misc]
    """Feast's own store, whose rows without events are removed: an entity's key holds this one view's row alone."""

    def online_write_batch(self, config: RepoConfig, table: FeatureView, data: Rows, progress: Progress) -> None:
        """Write rows; remove those that have no events."""
        kept, gone = divided(data)
        if kept:
            super().online_write_batch(config, table, kept, progress)
        if gone:
            self._get_client(config.online_store).delete(*_redis_keys(config, gone))

    async def remove(self, config: RepoConfig, table: FeatureView, entities: list[Any]) -> None:  # noqa: ARG002
        """Remove the rows of entities."""
        client = await self._get_client_async(config.online_store)
        await client.delete(*_redis_keys(config, entities))


def _redis_keys(config: RepoConfig, entities: list[Any]) -> list[bytes]:
    version = config.entity_key_serialization_version
    return [_redis_key(config.project, each, entity_key_serialization_version=version) for each in entities]
