"""Choose among the trained candidates, blend them if asked to, and give the chosen one its decision threshold."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from functions import choices
from functions.contracts import Candidate, SelectModelInput, TrainedModel
from functions.core.blending import blend
from functions.core.candidates import Standing, baseline_average_precision, select, why_collapsed
from functions.core.costs import Floats
from functions.core.crossfit import CrossFitted
from functions.core.importances import permutation_importances
from functions.core.persistence import dump_model, load_model
from functions.core.reference import build_reference, reference_sample
from functions.core.rows import hash_rows
from functions.core.tables import LabelledTable, from_parquet
from functions.core.thresholds import Threshold, attach_threshold
from functions.ports import RunFiles, Services
from functions.settings import MIN_BLENDED

ENSEMBLE = "ensemble"


def run(event: SelectModelInput, services: Services) -> TrainedModel:
    """Select; the test split is never read here."""
    files, settings = services.files, event.settings
    training = from_parquet(files.read(event.splits.uris["train"]))
    validation = from_parquet(files.read(event.splits.uris["validation"]))
    held_out = choices.folds(settings, training, validation).held_out
    candidates = _judged(event.candidates, training, validation, seed=settings.seed)
    scores: dict[str, Floats] = {each.algorithm: _scores(files, each) for each in candidates}
    if ENSEMBLE in settings.candidates:
        candidates, scores = _with_ensemble(event, files, candidates, scores, held_out, validation)

    name, why = select(
        {each.algorithm: Standing(each.average_precision, each.brier_score) for each in candidates},
        {each.algorithm: each.collapsed for each in candidates if each.collapsed},
    )
    chosen = next(each for each in candidates if each.algorithm == name)
    threshold = choices.threshold(settings, held_out, scores[name])
    model = load_model(files.read(chosen.uri))
    importances = permutation_importances(model.before_validation(), validation.X, validation.y, seed=settings.seed)
    profile = build_reference(training.X, training.y, scores[name])
    write, write_json = files.write, files.write_json
    return TrainedModel(
        uri=write(
            event.execution,
            "model.skops",
            dump_model(attach_threshold(model, threshold.value)),
            "application/octet-stream",
        ),
        profile_uri=write(
            event.execution, "training_profile.json", profile.model_dump_json().encode(), "application/json"
        ),
        reference_sample_uri=_sample(event, files, training),
        seen_rows_uri=write(event.execution, "seen_rows.npy", _seen(training, validation), "application/octet-stream"),
        importances_uri=write_json(event.execution, "importances.json", [asdict(each) for each in importances]),
        candidates=candidates,
        selection=why,
        algorithm=chosen.algorithm,
        parameters=chosen.parameters,
        threshold=threshold.value,
        threshold_policy=threshold.policy,
        validation=_figures(chosen, threshold),
        seconds=sum(each.seconds for each in candidates),
    )


def _judged(
    candidates: Sequence[Candidate], training: LabelledTable, validation: LabelledTable, *, seed: int
) -> list[Candidate]:
    """Say of each candidate whether it has collapsed."""
    baseline = baseline_average_precision(training, validation, seed=seed)
    return [
        each.model_copy(
            update={
                "collapsed": why_collapsed(
                    each.validation_average_precision, baseline=baseline, frauds=validation.frauds
                )
            }
        )
        for each in candidates
    ]


def _scores(files: RunFiles, candidate: Candidate) -> Floats:
    table = pd.read_parquet(io.BytesIO(files.read(candidate.scores_uri)))
    return table["score"].to_numpy(dtype=np.float64)


def _with_ensemble(
    event: SelectModelInput,
    files: RunFiles,
    candidates: list[Candidate],
    scores: Mapping[str, Floats],
    held_out: LabelledTable,
    validation: LabelledTable,
) -> tuple[list[Candidate], dict[str, Floats]]:
    """Add the blend of those that have not collapsed; where only one is left, there is nothing to blend."""
    usable = [each for each in candidates if not each.collapsed]
    if len(usable) < MIN_BLENDED:
        return candidates, dict(scores)
    models: dict[str, CrossFitted] = {each.algorithm: load_model(files.read(each.uri)) for each in usable}
    blended = blend(models, scores, held_out.y)
    standing = Standing.of(held_out.y, blended.scores)
    on_validation = Standing.of(validation.y, blended.scores[-len(validation.y) :])
    table = pd.DataFrame({"label": held_out.y.to_numpy(), "score": blended.scores})
    ensemble = Candidate(
        algorithm=ENSEMBLE,
        uri=files.write(event.execution, f"{ENSEMBLE}.skops", dump_model(blended.model), "application/octet-stream"),
        scores_uri=files.write_parquet(event.execution, f"{ENSEMBLE}_scores.parquet", table.to_parquet(index=False)),
        parameters={f"weight_{name}": weight for name, weight in blended.model.weights.items()},
        folds=usable[0].folds,
        average_precision=standing.average_precision,
        validation_average_precision=on_validation.average_precision,
        brier_score=standing.brier_score,
        threshold=choices.threshold(event.settings, held_out, blended.scores).value,
        # Its members are trained in any case; blending them takes a moment.
        seconds=0.0,
    )
    return [*candidates, ensemble], {**scores, ENSEMBLE: blended.scores}


def _sample(event: SelectModelInput, files: RunFiles, training: LabelledTable) -> str | None:
    rows = event.settings.reference_sample_rows
    if not rows:
        return None
    sample = reference_sample(training.X, rows=rows, seed=event.settings.seed)
    return files.write_parquet(event.execution, "reference_sample.parquet", sample.to_parquet(index=False))


def _seen(training: LabelledTable, validation: LabelledTable) -> bytes:
    """Tell by their hashes which rows the model has seen: a later run's test rows may be among them."""
    buffer = io.BytesIO()
    seen = np.unique(np.concatenate([hash_rows(training.X), hash_rows(validation.X)]))
    np.save(buffer, seen, allow_pickle=False)
    return buffer.getvalue()


def _figures(chosen: Candidate, threshold: Threshold) -> dict[str, float]:
    return {
        "validation_fraud_f1": threshold.confusion.f1,
        "validation_fraud_precision": threshold.confusion.precision,
        "validation_fraud_recall": threshold.confusion.recall,
        "validation_cost": threshold.total_cost,
        "validation_average_precision": chosen.average_precision,
        "validation_brier_score": chosen.brier_score,
    }
