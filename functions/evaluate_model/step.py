"""Measure the model, and every candidate, on the test split, which nothing before has looked at."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from functions.contracts import Bounds, Candidate, EvaluateModelInput, Evaluation, Impact, TradeOffs, TrainedModel
from functions.core.drift.reference import ReferenceProfile, profile_numbers
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Floats, return_on_operation
from functions.core.evaluation.measurement import Contestant, Measurement, measure
from functions.core.evaluation.scored import Scored
from functions.core.training.blending import Blend
from functions.core.training.persistence import load_model
from functions.core.training.raw_input import without_reading
from functions.core.training.table_scores import scores_by_name
from functions.core.training.threads import use_threads
from functions.run import from_settings
from functions.run.champion import REFERENCE
from functions.run.dependencies import RunFiles, ScoringDependencies


def inputs(event: EvaluateModelInput) -> list[str]:
    """Return the files that this step reads, in its order: the rows arrive while the models are loaded."""
    models = (each.uri for each in _others(event.model))
    return [event.model.uri, *models, event.splits.uris["test"], event.model.profile_uri]


def run(event: EvaluateModelInput, dependencies: ScoringDependencies) -> Evaluation:
    """Score the test rows and compute the cost of the decisions."""
    files, settings, model = dependencies.files, event.settings, event.model
    threshold, models = _models(event.model, dependencies)
    test = files.open_table(event.splits.uris["test"])
    scores = scores_by_name({each.algorithm: models[each.algorithm] for each in model.candidates}, test.X)
    rows = PricedRows(test.y, from_settings.costs(settings), from_settings.amounts(settings, test))
    contestants = [
        Contestant(
            each.algorithm,
            Scored(scores[each.algorithm], threshold if each.algorithm == model.algorithm else each.threshold),
            each.seconds,
            each.collapsed,
        )
        for each in model.candidates
    ]
    chosen = scores[model.algorithm]
    # What is written before the measuring arrives while it goes on.
    table = pd.DataFrame({"label": test.y.to_numpy(), "score": chosen})
    if rows.amounts is not None:
        table["amount"] = np.asarray(rows.amounts)
    scores_uri = files.write_parquet(event.execution, "test_scores.parquet", table.to_parquet(index=False))
    reference_uri = _write_reference(event, files, chosen)
    measured = measure(
        rows,
        Scored(chosen, threshold),
        chosen=model.algorithm,
        contestants=contestants,
        policies=dict(model.thresholds.items()),
    )
    return Evaluation(
        uri=files.write_json(event.execution, "evaluation.json", asdict(measured)),
        scores_uri=scores_uri,
        reference_uri=reference_uri,
        threshold=threshold,
        metrics=asdict(measured.metrics),
        intervals={
            name: Bounds(low=each["low"], high=each["high"]) for name, each in asdict(measured.intervals).items()
        },
        impact=_impact(measured, settings.cost_of_operation),
        trade_offs=TradeOffs.model_validate(measured.curves.points, from_attributes=True),
    )


def _models(trained: TrainedModel, dependencies: ScoringDependencies) -> tuple[float, dict[str, Any]]:
    """Load the threshold from the model that will be registered, and each candidate once: members by their ensemble."""
    registered = without_reading(load_model(dependencies.files.read(trained.uri)))
    loaded = _with_members(trained.algorithm, registered.scorer)
    for candidate in _others(trained):
        loaded = _with_members(candidate.algorithm, load_model(dependencies.files.read(candidate.uri))) | loaded
    for model in loaded.values():
        use_threads(model, dependencies.cores)
    return float(registered.threshold), loaded


def _with_members(name: str, model: Any) -> dict[str, Any]:  # noqa: ANN401 - scikit-learn has no type for a model
    return {name: model, **(model.members if isinstance(model, Blend) else {})}


def _others(trained: TrainedModel) -> list[Candidate]:
    """Return the candidates that neither the chosen model nor the ensemble contains."""
    within = {trained.algorithm, *(name for each in trained.candidates for name in each.blended)}
    return [each for each in trained.candidates if each.algorithm not in within]


def _write_reference(event: EvaluateModelInput, files: RunFiles, scores: Floats) -> str:
    """Complete the profile for drift by the scores that later ones are compared with: of rows that no part has seen."""
    profile = ReferenceProfile.model_validate_json(files.read(event.model.profile_uri))
    complete = profile.model_copy(update={"scores": profile_numbers(scores)})
    return files.write(event.execution, REFERENCE, complete.model_dump_json().encode(), "application/json")


def _impact(measured: Measurement, cost_of_operation: float) -> Impact:
    return Impact(
        **asdict(measured.impact),
        cost_at_half=measured.cost_at_half,
        return_on_operation=return_on_operation(measured.impact.saved, cost_of_operation),
    )
