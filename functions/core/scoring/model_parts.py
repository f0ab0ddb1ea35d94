"""Parts of a registered model, and the columns that it needs."""

from collections.abc import Iterator
from typing import Any

from sklearn.pipeline import Pipeline

from functions.core.data.tables import Role
from functions.core.features.maker import FeatureMaker
from functions.core.features.preprocessing import MANY
from functions.core.histories.history_plan import HistoryPlan
from functions.core.ingest.spelling import ColumnFormat, ColumnKind
from functions.core.scoring.input_rows import InputColumn
from functions.core.training.blending import Blend
from functions.core.training.crossfit import CrossFitted
from functions.core.training.flagging import FlaggingClassifier
from functions.core.training.raw_input import RawInputClassifier

# Of the preprocessor's steps, the kind of the columns that each takes.
_KINDS: dict[str, ColumnKind] = {"numeric": "numeric", "boolean": "boolean", "categorical": "text", MANY: "text"}


class UnknownPartError(Exception):
    """Raised when a part of a model is none that can be compiled; it is used as it is then."""


def pipelines(model: Any) -> Iterator[Pipeline]:  # noqa: ANN401 - scikit-learn has no type
    """Yield the fitted pipelines that a model of ours is made of."""
    if isinstance(model, RawInputClassifier):
        yield from pipelines(model.classifier)
    elif isinstance(model, FlaggingClassifier):
        yield from pipelines(model.scorer)
    elif isinstance(model, Blend):
        for member in model.members.values():
            yield from pipelines(member)
    elif isinstance(model, CrossFitted):
        for pipeline in model.members:
            yield from pipelines(pipeline)
    elif isinstance(model, Pipeline):
        yield model


def input_columns(model: Any) -> list[InputColumn]:  # noqa: ANN401 - as above
    """Return the columns that a registered model needs, in the order of the table that it was trained on.

    History columns come last, as in that table; no format is told of them.
    A model of an earlier release does not know how its columns were written: their kinds are those that its pipelines
    take, and the columns that none of them takes are not needed.
    """
    makers = [found for pipeline in pipelines(model) if isinstance(found := pipeline.steps[0][1], FeatureMaker)]
    hashed = {name for maker in makers for name in maker.hashed_}
    roles: dict[str, Role] = {}
    for maker in makers:
        # One of an earlier release knows no roles, but which column names cards or customers.
        roles |= maker.roles or ({maker.entity: "entity"} if maker.entity else {})
        # Entities beyond those that it makes features of were hashed too before it met them.
        beyond = [name for name, role in (maker.roles or {}).items() if role == "entity"]
        hashed |= set(beyond) - maker.histories_.keys()
    written = model.formats if isinstance(model, RawInputClassifier) else {}
    forms = {str(name): ColumnFormat.of(form) for name, form in written.items()} or _forms(model)
    plan = history_plan(model)
    past = () if plan is None else plan.names
    return [
        *(InputColumn(name, form, roles.get(name), name in hashed) for name, form in forms.items() if name not in past),
        *(InputColumn(name, ColumnFormat("numeric"), past=True) for name in past),
    ]


def history_plan(model: Any) -> HistoryPlan | None:  # noqa: ANN401 - as above
    """Return the plan of a registered model's history columns; None where it has none, as in earlier releases."""
    return model.plan if isinstance(model, RawInputClassifier) else None


def _forms(model: Any) -> dict[str, ColumnFormat]:  # noqa: ANN401 - as above
    kinds: dict[str, ColumnKind] = {}
    order: list[str] = []
    for pipeline in pipelines(model):
        maker, preprocess = pipeline.steps[0][1], pipeline.steps[1][1]
        order += [name for name in maker.feature_names_in_ if name not in order]
        kinds |= {name: "numeric" if numeric else "text" for name, numeric in maker.numeric_.items()}
        for step, _, columns in preprocess.transformers_:
            if step in _KINDS:
                kinds |= dict.fromkeys(columns, _KINDS[step])
    return {name: ColumnFormat(kinds[name]) for name in order if name in kinds}
