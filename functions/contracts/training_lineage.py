"""Where the rows of a retraining come from: ``training/<model>/<decision>-<digest>.json`` in the loop bucket."""

from typing import Any

from pydantic import Field

from functions.contracts.base import Execution
from functions.contracts.records import Record

TRAINING = "training/"
# Of the upload's metadata: the lineage's URI.
LINEAGE_METADATA = "fraudflow-lineage"


class TrainingLineage(Record):
    """The rows of a retraining: the champion's own first, then decisions by their time, the gate last."""

    model: str
    decision: str = Field(description="the id of the decision to retrain")
    execution: Execution
    at: str = Field(description="ISO 8601, UTC")
    champion: str = Field(description="the version whose columns, settings and rows they have")
    upload_uri: str
    digest: str = Field(description="of all rows, as the main machine's data set has it")
    window: str = Field(description="which decisions were taken, in a sentence")
    label_delay_days: float
    heard_until: str | None = Field(description="when the last label came; ISO 8601, UTC")
    decided_from: str = Field(description="when the first of the decisions was made; ISO 8601, UTC")
    gate_from: str = Field(description="when the first decision of the gate was made; ISO 8601, UTC")
    decided_until: str = Field(description="when the last of the decisions was made; ISO 8601, UTC")
    earlier_uri: str | None = Field(description="the rows that were trained on before there were decisions")
    earlier_rows: int
    training_rows: int = Field(description="decisions that are not of the gate")
    gate_rows: int
    frauds: int
    decision_parts: list[str]
    label_parts: list[str]
    settings: dict[str, Any]
    notes: list[str]
