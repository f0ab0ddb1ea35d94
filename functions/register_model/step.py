"""Register the model as a new version, and make it the champion only if it is better on the same test rows."""

import io
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from functions import choices
from functions.contracts import RegisterModelInput, Registration
from functions.core.bootstrap import Scored
from functions.core.persistence import CANNOT_SCORE, TRUSTED_TYPES, load_model
from functions.core.promotion import CannotScore, Comparison, Decision, TooFewUnseen, compare, decide, measure
from functions.core.rows import hash_rows_by_name
from functions.core.tables import LabelledTable, from_parquet
from functions.core.threads import use_threads
from functions.ports import Champion, ModelToRegister, RegisterModelServices

INPUT_EXAMPLE_ROWS = 5
SEEN_ROWS = "seen_rows.npy"
DECISION = "decision.json"
# What a model needs to be loaded beyond scikit-learn.
_LIBRARIES = ("lightgbm", "xgboost")


def run(event: RegisterModelInput, services: RegisterModelServices) -> Registration:
    """Register once: an execution that has done so already gets the same answer again."""
    files, tracking = services.files, services.tracking
    registration = tracking.registered(event.settings.model_name, event.execution)
    if registration is None:
        files.fetch(event.splits.uris["test"], event.model.uri)
        test = from_parquet(files.read(event.splits.uris["test"]))
        model = load_model(files.read(event.model.uri))
        use_threads(model, services.cores)
        champion = tracking.champion(event.settings.model_name)
        decision = _decide(event, services, champion, model, test)
        files.write_json(event.execution, DECISION, asdict(decision))
        wanted = _to_register(event, services, model, test.X.head(INPUT_EXAMPLE_ROWS), decision, champion)
        # A version whose decision is not told can't be: the next try finds it registered, and decides no more.
        files.settle()
        registration = tracking.register(event.execution, wanted)
    settled = tracking.settle(registration)
    return settled.model_copy(update={"decision_uri": files.uri(event.execution, DECISION)})


def _decide(
    event: RegisterModelInput,
    services: RegisterModelServices,
    champion: Champion | None,
    model: Any,  # noqa: ANN401 - scikit-learn has no type for a model
    test: LabelledTable,
) -> Decision:
    settings = event.settings
    scored = _scored(model, test)
    challenger = measure(test.y, scored, choices.costs(settings), choices.amounts(settings, test))
    if champion is None:
        return decide(None, challenger)
    stored = services.tracking.model_bytes(champion)
    if stored is None:
        decision = decide(None, challenger)
        lost = f"Version {champion.version}, the champion, has lost its files"
        return Decision(decision.promote, f"{lost}. {decision.reason}")
    against = _compare(event, services, champion, stored, scored, test)
    return decide(against, challenger, drifted=event.drift.verdict in {"watch", "retrain"})


def _compare(
    event: RegisterModelInput,
    services: RegisterModelServices,
    champion: Champion,
    stored: bytes,
    challenger: Scored,
    test: LabelledTable,
) -> Comparison | TooFewUnseen | CannotScore:
    """Compare with the champion, if it can still score the new rows, on those that it has not seen."""
    settings, seen = event.settings, services.tracking.artifact(champion.run_id, SEEN_ROWS)
    try:
        theirs = load_model(stored)
        use_threads(theirs, services.cores)
        scored, unseen = _scored(theirs, test), _unseen(seen, test)
    except CANNOT_SCORE as error:
        return CannotScore(f"version {champion.version}: {str(error).strip().partition('\n')[0]}")
    return compare(
        test.y,
        scored,
        challenger,
        choices.costs(settings),
        choices.amounts(settings, test),
        unseen=unseen,
        seed=settings.seed,
    )


def _unseen(seen: bytes | None, test: LabelledTable) -> NDArray[np.bool_] | None:
    """Tell which test rows the champion was not trained on; None when its run does not say."""
    if seen is None:
        return None
    return ~np.isin(hash_rows_by_name(test.X), np.load(io.BytesIO(seen), allow_pickle=False))


def _scored(model: Any, test: LabelledTable) -> Scored:  # noqa: ANN401 - as above
    return Scored(model.predict_proba(test.X)[:, 1], float(model.threshold))


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
        libraries=_libraries(event),
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


def _libraries(event: RegisterModelInput) -> list[str]:
    """Name the libraries of the model, or of those that it blends."""
    blended = [name.removeprefix("weight_") for name in event.model.parameters]
    names = blended if event.model.algorithm == "ensemble" else [event.model.algorithm]
    return [library for library in _LIBRARIES if library in names]
