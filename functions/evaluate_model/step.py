"""Measure the model, and every candidate, on the test split, which nothing before has looked at."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from functions.contracts import Bounds, Candidate, EvaluateModelInput, Evaluation, Impact, TradeOffs, TrainedModel
from functions.core.data.tables import LabelledTable, from_parquet
from functions.core.drift.reference import ReferenceProfile, profile_numbers
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Floats, return_on_operation
from functions.core.evaluation.measurement import Contestant, Measurement, measure
from functions.core.evaluation.scored import Scored
from functions.core.training.blending import Blend
from functions.core.training.persistence import load_model
from functions.core.training.threads import use_threads
from functions.run import configured
from functions.run.champion import REFERENCE
from functions.run.dependencies import RunFiles, ScoringDependencies


def run(event: EvaluateModelInput, dependencies: ScoringDependencies) -> Evaluation:
    """Score the test rows and say what the decisions are worth."""
    files, settings, model = dependencies.files, event.settings, event.model
    test, scores = _scores(event, dependencies)
    rows = PricedRows(test.y, configured.costs(settings), configured.amounts(settings, test))
    contestants = [
        Contestant(each.algorithm, Scored(scores[each.algorithm], each.threshold), each.seconds, each.collapsed)
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
        Scored(chosen, model.threshold),
        chosen=model.algorithm,
        contestants=contestants,
        policies=dict(model.thresholds.items()),
    )
    return Evaluation(
        uri=files.write_json(event.execution, "evaluation.json", asdict(measured)),
        scores_uri=scores_uri,
        reference_uri=reference_uri,
        metrics=asdict(measured.metrics),
        intervals={
            name: Bounds(low=each["low"], high=each["high"]) for name, each in asdict(measured.intervals).items()
        },
        impact=_impact(measured, settings.cost_of_operation),
        trade_offs=TradeOffs.model_validate(measured.curves.points, from_attributes=True),
    )


def _scores(event: EvaluateModelInput, dependencies: ScoringDependencies) -> tuple[LabelledTable, dict[str, Floats]]:
    """Score the test rows by each candidate; the ensemble's members have done so when it comes to it."""
    trained, uri = event.model, event.splits.uris["test"]
    # The models first: to load them takes longer than the rows need to arrive.
    models = _models(trained, dependencies, then=[uri, trained.profile_uri])
    test = from_parquet(dependencies.files.read(uri))
    scores: dict[str, Floats] = {}
    for name in (each.algorithm for each in trained.candidates):
        model = models[name]
        found = model.combine(scores) if isinstance(model, Blend) else model.predict_proba(test.X)[:, 1]
        scores[name] = np.asarray(found, dtype=np.float64)
    return test, scores


def _models(trained: TrainedModel, dependencies: ScoringDependencies, *, then: Sequence[str]) -> dict[str, Any]:
    """Load each candidate once: those that are blended come with the ensemble. Meanwhile, ``then`` is read."""
    loaded: dict[str, Any] = {}
    first, *others = _kept_apart(trained)
    needed = [*(each.uri for each in others), *then]
    for candidate in (first, *others):
        model = load_model(dependencies.files.read(candidate.uri, then=needed if candidate is first else ()))
        use_threads(model, dependencies.cores)
        loaded |= {candidate.algorithm: model, **(model.members if isinstance(model, Blend) else {})}
    return loaded


def _kept_apart(trained: TrainedModel) -> list[Candidate]:
    """List the candidates that are not in the ensemble."""
    blended = {name for each in trained.candidates for name in each.blended}
    return [each for each in trained.candidates if each.algorithm not in blended]


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
