"""The feature store of one folder: configured, and brought to the repository's definitions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from feast import FeatureStore
from feast.repo_config import RepoConfig

from fraudflow_feast.feast_definitions import definitions

type Engine = Literal["sqlite", "redis", "dynamodb"]

PROJECT = "fraudflow"


@dataclass(frozen=True)
class StoreOptions:
    """Where a store keeps what.

    Attributes:
        folder: of the registry and of SQLite's file.
        engine: the online store.
        redis: ``host:port``, then options as Feast has them (``,db=1``).
        region: of DynamoDB.
        endpoint: of an AWS that is not AWS's own; None for AWS.
        offline: address of the Parquet file of states.
        histories: the file of definitions; None where histories are off.
    """

    folder: Path
    engine: Engine
    redis: str
    region: str
    endpoint: str | None
    offline: str
    histories: Path | None


def open_store(options: StoreOptions) -> FeatureStore:
    """Return the store, with the definitions applied to it."""
    options.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if options.engine == "sqlite":
        (options.folder / "online.db").touch(mode=0o600)
    config = RepoConfig(
        project=PROJECT,
        provider="local",
        repo_path=options.folder,
        # Nobody else changes it: it is read once.
        registry={"path": str(options.folder / "registry.db"), "cache_ttl_seconds": 0},
        online_store=online_store(options),
        offline_store={"type": "dask"},
        entity_key_serialization_version=3,
        auth={"type": "no_auth"},
    )
    store = FeatureStore(config=config)
    made = definitions(options.histories, options.offline, options.endpoint)
    store.apply([made.entity, made.view])
    return store


def online_store(options: StoreOptions) -> dict[str, Any]:
    """Return the configuration of the online store."""
    match options.engine:
        case "sqlite":
            own = "fraudflow_feast.durable_sqlite.DurableSqliteOnlineStore"
            return {"type": own, "path": str(options.folder / "online.db")}
        case "redis":
            # Feast would drop a row that is not later than the one before it, by the clocks of whoever writes.
            own = "fraudflow_feast.emptying_redis.EmptyingRedisOnlineStore"
            return {"type": own, "connection_string": options.redis, "skip_dedup": True}
        case "dynamodb":
            # A row is read, changed and written: an older one must not come back. A row is at most 400 KB, and what
            # DynamoDB answers at once is 16 MB.
            own = "fraudflow_feast.emptying_dynamodb.EmptyingDynamoDBOnlineStore"
            dynamo = {"type": own, "region": options.region, "consistent_reads": True, "batch_size": 40}
            return dynamo | ({"endpoint_url": options.endpoint} if options.endpoint else {})
