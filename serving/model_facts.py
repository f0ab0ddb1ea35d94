"""Facts about the model that is served, for callers and for the API's own description."""

import datetime as dt
from typing import Any
from uuid import uuid4

from functions.contracts.base import Contract
from functions.contracts.score_requests import ScoreRequest
from functions.core.histories.history_plan import HistoryPlan
from functions.core.scoring.input_rows import InputColumn
from serving.registry_watch import Loaded, RegistryWatch


class ModelColumn(Contract):
    """A column that the model needs."""

    name: str
    type: str
    role: str | None


class ModelCosts(Contract):
    """What decisions cost, in the currency of the settings; the column, where there is one, is that of each fraud."""

    missed_fraud: float
    missed_fraud_column: str | None
    false_alarm: float


class ModelHistories(Contract):
    """What the model is told of the past: of the entities in which columns, and over how many seconds each.

    These are null where everything counts that is remembered.
    """

    entities: list[str]
    window_seconds: list[int | None]


class ModelResponse(Contract):
    """The model that is served, by ``GET /v1/model``."""

    name: str
    version: str
    run_id: str
    loaded_at: dt.datetime
    threshold: float
    costs: ModelCosts
    columns: list[ModelColumn]
    histories: ModelHistories | None
    shadow: str | None
    registry_age_seconds: float | None
    note: str | None


def facts(loaded: Loaded, champion: RegistryWatch, challenger: RegistryWatch) -> ModelResponse:
    """Return what there is to say of the version that is served."""
    model = loaded.model
    shadow = challenger.loaded
    return ModelResponse(
        name=model.version.name,
        version=model.version.version,
        run_id=model.version.run_id,
        loaded_at=dt.datetime.fromtimestamp(loaded.at, dt.UTC),
        threshold=model.scorer.threshold,
        costs=ModelCosts(
            missed_fraud=model.costs.missed_fraud,
            missed_fraud_column=model.fraud_cost_column,
            false_alarm=model.costs.false_alarm,
        ),
        columns=[ModelColumn(name=each.name, type=each.form.kind, role=each.role) for each in model.scorer.asked],
        histories=_histories(model.scorer.histories),
        shadow=shadow.model.version.version if shadow else None,
        registry_age_seconds=champion.age,
        note=champion.note,
    )


def example_request(loaded: Loaded) -> ScoreRequest:
    """Return a request with the row that the served version was registered with; each time as a new transaction."""
    return ScoreRequest(transaction_id=f"example-{uuid4()}", features=dict(loaded.model.example), reasons=3)


def features_schema(loaded: Loaded) -> dict[str, Any]:
    """Return the JSON schema of the features that the model needs, with a row of its users' files as the example."""
    columns = loaded.model.scorer.asked
    return {
        "type": "object",
        "properties": {each.name: _property(each) for each in columns},
        "required": [each.name for each in columns],
        "example": dict(loaded.model.example),
    }


def _histories(plan: HistoryPlan | None) -> ModelHistories | None:
    if plan is None:
        return None
    windows = dict.fromkeys(column.window for column in plan.columns)
    return ModelHistories(entities=list(plan.entities), window_seconds=list(windows))


def _property(column: InputColumn) -> dict[str, Any]:
    types = {"numeric": ["number", "string", "null"], "boolean": ["boolean", "number", "string", "null"]}
    about = {"type": types.get(column.form.kind, ["string", "number", "null"])}
    return about if column.role is None else about | {"description": column.role}
