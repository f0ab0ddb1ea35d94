"""Removing what a stack's decision log and histories keep of one card, person or device."""

from botocore.exceptions import ClientError

from functions.contracts import UnreadableRecordError
from functions.decisions.forgetting import Forgetting, KeptDecisions, entity_hash
from functions.decisions.local_log import DecisionLogError
from functions.history_store.history_schema import histories_beside
from functions.history_store.remembered_entities import RememberedEntities
from functions.history_store.store_port import HistoryStoreError
from infra.deployment.pipeline import CONFIG, session
from infra.errors import RemovalError
from infra.home.layout import Home
from infra.home.pseudonym_key import read_pseudonym_key
from infra.home.state import Deployed
from infra.runs.bucket_objects import BucketObjects
from infra.servers import feast_server

_FAILURES = (UnreadableRecordError, DecisionLogError, HistoryStoreError, ClientError)


class EntityRemoval:
    """Removes entities from the decisions and histories of one home."""

    def __init__(self, forgetting: Forgetting, key: str) -> None:
        self._forgetting = forgetting
        self._key = key.encode()

    @classmethod
    def of(cls, deployed: Deployed) -> "EntityRemoval":
        """Return the removal for a deployed pipeline.

        Raises:
            StackError: when the home's key can't be read: without it nobody can tell which hash is the entity's.
        """
        home, settings = Home(deployed.settings.home), deployed.settings
        s3 = session(settings).client("s3", endpoint_url=settings.endpoint_url, config=CONFIG)
        bucket = deployed.outputs.get("DecisionsBucket", "decisions")
        histories = RememberedEntities(histories_beside(home.decision_log), feast_server.address(settings))
        return cls(Forgetting(home.decision_log, BucketObjects(s3), bucket, histories), read_pseudonym_key(home))

    def find(self, entity: str) -> KeptDecisions:
        """Find what is kept of an entity, by its value as files and requests have it, or by its hash.

        Raises:
            RemovalError: when something can't be read.
        """
        try:
            return self._forgetting.find(entity_hash(entity, self._key))
        except _FAILURES as error:
            raise RemovalError(f"What is kept could not be read: {error}") from error

    def remove(self, entity: str) -> KeptDecisions:
        """Remove it.

        Raises:
            RemovalError: when something can't be removed; it may be asked for again.
        """
        try:
            return self._forgetting.remove(entity_hash(entity, self._key))
        except _FAILURES as error:
            raise RemovalError(f"Not all could be removed, ask for it again: {error}") from error
