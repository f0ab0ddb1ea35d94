"""Register the model as a new version, and make it the champion only if it is better on the same test rows."""

from typing import Any

import pandas as pd

from functions.contracts import RegisterModelInput, Registration
from functions.core.costs import Costs, business_impact
from functions.core.errors import UnreadableModelError, UntrustedModelError
from functions.core.evaluation import evaluate
from functions.core.persistence import TRUSTED_TYPES, load_model
from functions.core.promotion import CannotScore, Contender, Decision, decide
from functions.core.tables import LabelledTable, from_parquet
from functions.ports import Champion, ModelToRegister, RegisterModelServices

INPUT_EXAMPLE_ROWS = 5


def run(event: RegisterModelInput, services: RegisterModelServices) -> Registration:
    """Register once: an execution that has done so already gets the same answer again."""
    registration = services.tracking.registered(event.settings.model_name, event.execution)
    if registration is None:
        test = from_parquet(services.files.read(event.splits.uris["test"]))
        model = load_model(services.files.read(event.model.uri))
        champion = services.tracking.champion(event.settings.model_name)
        decision = _decide(event, services, champion, _contender(event, model, test), test)
        example = test.X.head(INPUT_EXAMPLE_ROWS)
        wanted = _to_register(event, services, model, example, decision, champion)
        registration = services.tracking.register(event.execution, wanted)
    return services.tracking.settle(registration)


def _decide(
    event: RegisterModelInput,
    services: RegisterModelServices,
    champion: Champion | None,
    challenger: Contender,
    test: LabelledTable,
) -> Decision:
    if champion is None:
        return decide(None, challenger)
    stored = services.tracking.model_bytes(champion)
    if stored is None:
        decision = decide(None, challenger)
        lost = f"Version {champion.version}, the champion, has lost its files"
        return Decision(decision.promote, f"{lost}. {decision.reason}")
    return decide(_champion_contender(event, champion, stored, test), challenger)


def _champion_contender(
    event: RegisterModelInput, champion: Champion, stored: bytes, test: LabelledTable
) -> Contender | CannotScore:
    """Measure the champion on the new test rows, if it can still score them."""
    try:
        return _contender(event, load_model(stored), test)
    except (UntrustedModelError, UnreadableModelError, ValueError, TypeError, KeyError) as error:
        return CannotScore(f"version {champion.version}: {str(error).strip().partition('\n')[0]}")


def _contender(event: RegisterModelInput, model: Any, test: LabelledTable) -> Contender:  # noqa: ANN401 - as above
    costs = Costs(missed_fraud=event.settings.cost_missed_fraud, false_alarm=event.settings.cost_false_alarm)
    evaluation = evaluate(test.y, model.predict_proba(test.X)[:, 1], threshold=float(model.threshold))
    return Contender(evaluation, business_impact(evaluation.confusion, costs))


def _to_register(
    event: RegisterModelInput,
    services: RegisterModelServices,
    model: Any,  # noqa: ANN401 - as above
    example: pd.DataFrame,
    decision: Decision,
    champion: Champion | None,
) -> ModelToRegister:
    return ModelToRegister(
        name=event.settings.model_name,
        run_id=event.log.mlflow_run_id,
        model=model,
        input_example=example,
        trusted_types=TRUSTED_TYPES,
        alias=decision.alias,
        reason=decision.reason,
        compared_with=champion.version if champion else None,
        tags={
            "fraudflow.upload": event.upload.uri,
            "fraudflow.upload_version": event.upload.version_id or "",
            "fraudflow.dataset_digest": event.dataset.digest,
            "fraudflow.algorithm": event.model.algorithm,
            "fraudflow.threshold": f"{event.model.threshold:.6g}",
            "fraudflow.code_version": services.code_version,
        },
        description=f"{event.model.algorithm} trained on {event.upload.name} ({event.dataset.rows:,} rows).",
    )
