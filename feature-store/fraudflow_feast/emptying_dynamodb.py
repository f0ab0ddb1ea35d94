"""Feast's online store in DynamoDB, as a store of states needs it: what is removed is gone, nothing is read in part."""

from collections.abc import Callable
from typing import Any, Literal

from feast import FeatureView
from feast.infra.online_stores.dynamodb import DynamoDBOnlineStore, DynamoDBOnlineStoreConfig, _get_table_name
from feast.repo_config import RepoConfig

from fraudflow_feast.empty_rows import RemovesEmptyRows

# Of DynamoDB: in one request.
_ITEMS_AT_ONCE = 25


class UnreadStatesError(Exception):
    """Raised when DynamoDB has left out states or writes of a request, as it does of a table that is too busy."""


class EmptyingDynamoDBOnlineStoreConfig(DynamoDBOnlineStoreConfig):  # type: ignore[misc]  # Feast is not in this environment
    """Its configuration, by which Feast finds the class."""

    type: Literal["fraudflow_feast.emptying_dynamodb.EmptyingDynamoDBOnlineStore"] = (
        "fraudflow_feast.emptying_dynamodb.EmptyingDynamoDBOnlineStore"
    )


class EmptyingDynamoDBOnlineStore(RemovesEmptyRows, DynamoDBOnlineStore):  # type: ignore[misc]
    """Feast's own store, whose rows without events are removed."""

    async def remove(self, config: RepoConfig, table: FeatureView, entities: list[Any]) -> None:
        """Remove the rows of entities.

        Raises:
            UnreadStatesError: when DynamoDB has not removed all of them.
        """
        own, ids = config.online_store, self._to_entity_ids(config, entities)
        client = await self._get_aiodynamodb_client(
            own.region,
            own.max_pool_connections,
            own.keepalive_timeout,
            own.connect_timeout,
            own.read_timeout,
            own.total_max_retry_attempts,
            own.retry_mode,
            own.endpoint_url,
        )
        name = _get_table_name(own, config, table)
        for start in range(0, len(ids), _ITEMS_AT_ONCE):
            some = [
                {"DeleteRequest": {"Key": {"entity_id": {"S": each}}}} for each in ids[start : start + _ITEMS_AT_ONCE]
            ]
            answer = await client.batch_write_item(RequestItems={name: some})
            if answer.get("UnprocessedItems"):
                raise UnreadStatesError("DynamoDB has not removed all rows: the table is too busy.")

    def _process_batch_get_response(
        self, table_name: str, response: dict[str, Any], batch: list[str], **others: Callable[..., Any]
    ) -> list[Any]:
        """Read an answer that is whole: Feast takes rows that were left out for none, and they would be replaced."""
        if response.get("UnprocessedKeys"):
            raise UnreadStatesError("DynamoDB has not returned all rows: the table is too busy.")
        found: list[Any] = super()._process_batch_get_response(table_name, response, batch, **others)
        return found
