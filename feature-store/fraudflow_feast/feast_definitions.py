"""The repository's definitions: one feature view, of the states of entities, whatever a model makes of them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from feast import Entity, FeatureView, Field, FileSource, PushSource
from feast.types import String
from feast.value_type import ValueType

# What `functions/history_store/feast_states.py` asks for and writes by.
ENTITY = "state"
FEATURE = "events"
VIEW = "entity_states"
PUSH_SOURCE = "scored_transactions"
TIMESTAMP = "event_timestamp"


@dataclass(frozen=True)
class RepositoryObjects:
    """The objects of the repository."""

    entity: Entity
    view: FeatureView


def definitions(histories: Path | None, offline: str, s3_endpoint: str | None) -> RepositoryObjects:
    """Return the definitions.

    Args:
        histories: the file of definitions, whose windows and aggregates the view's tags name.
        offline: address of the Parquet file of states, which ``fraudflow_feast states`` writes.
        s3_endpoint: of an S3 that is not AWS's.
    """
    file = FileSource(
        name="states_of_a_run", path=offline, timestamp_field=TIMESTAMP, s3_endpoint_override=s3_endpoint or ""
    )
    entity = Entity(
        name=ENTITY,
        join_keys=[ENTITY],
        value_type=ValueType.STRING,
        description="A card, a customer, a device or a merchant of one kind of events, by a hash",
    )
    view = FeatureView(
        name=VIEW,
        entities=[entity],
        # Packed lists of moments, amounts, merchants and ids, in the order of moment and id.
        schema=[Field(name=FEATURE, dtype=String)],
        source=PushSource(name=PUSH_SOURCE, batch_source=file),
        online=True,
        # Windows end before the row that asks, and the writer forgets what none of them reaches.
        ttl=None,
        tags=_tags(histories),
    )
    return RepositoryObjects(entity, view)


def _tags(histories: Path | None) -> dict[str, str]:
    """Return the windows and aggregates as tags; none where histories are off."""
    read = tomllib.loads(histories.read_text("utf-8")) if histories else {}
    return {name: " ".join(map(str, read[name])) for name in ("windows", "aggregates") if name in read}
