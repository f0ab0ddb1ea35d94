"""Request and response of ``POST /v1/labels``."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from functions.contracts.base import Contract
from functions.contracts.score_requests import TransactionId

LABELS_AT_ONCE = 10_000


class SentLabel(Contract):
    """What a transaction was."""

    transaction_id: TransactionId = Field(description="by which it was scored")
    label: Literal[0, 1, "fraud", "legitimate"] = Field(description="1 or fraud; 0 or legitimate")
    known_at: AwareDatetime | None = Field(
        default=None, description="since when that is known, with a zone; since it is received unless given"
    )


class LabelsRequest(Contract):
    """Labels of transactions, the latest known of each counts."""

    labels: Annotated[list[SentLabel], Field(min_length=1, max_length=LABELS_AT_ONCE)]


class LabelsResponse(Contract):
    """Labels that are kept: they are joined with the decisions within seconds."""

    accepted: int
