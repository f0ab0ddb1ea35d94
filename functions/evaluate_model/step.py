"""Measure the model, and every candidate, on the test split, which nothing before has looked at."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from functions.contracts import Bounds, EvaluateModelInput, Evaluation, Impact, TradeOffs
from functions.core.data.frames import Frame
from functions.core.drift.reference import ReferenceProfile, profile_numbers
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Floats, return_on_operation
from functions.core.evaluation.measurement import Contestant, Measurement, measure
from functions.core.evaluation.scored import Scored
from functions.core.training.table_scores import scores_by_name
from functions.run import from_settings
from functions.run.candidate_models import candidate_uris, load_candidates, load_registered
from functions.run.champion import REFERENCE
from functions.run.dependencies import RunFiles, ScoringDependencies
from functions.run.scores_of_parts import read_scores


def inputs(event: EvaluateModelInput) -> list[str]:
    """Return the files that this step reads, in its order: the rows arrive while the models are loaded."""
    models = candidate_uris(event.model) if event.parts is None else []
    return [event.model.uri, *models, event.splits.uris["test"], event.model.profile_uri]


def run(event: EvaluateModelInput, dependencies: ScoringDependencies) -> Evaluation:
    """Score the test rows and compute the cost of the decisions."""
    files, settings, model = dependencies.files, event.settings, event.model
    test = files.open_table(event.splits.uris["test"])
    threshold, scores = _scores(event, dependencies, test.X)
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


def _scores(event: EvaluateModelInput, dependencies: ScoringDependencies, X: Frame) -> tuple[float, dict[str, Floats]]:
    """Return the threshold, and the test rows' scores by each candidate: those of a table in parts are there."""
    files, model = dependencies.files, event.model
    if event.parts is not None:
        names = [each.algorithm for each in model.candidates]
        return load_registered(model, files)[0], read_scores(files, event.execution, event.parts, names)
    loaded = load_candidates(model, files, dependencies.cores)
    return loaded.threshold, scores_by_name(loaded.models, X)


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
