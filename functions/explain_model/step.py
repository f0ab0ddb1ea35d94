"""Compute the importance of each feature, and what a random split promises, within what time and memory are left."""

import math
from dataclasses import asdict, replace
from itertools import chain
from typing import Any

from functions.contracts import ByClock, ExplainModelInput, Explanation, PlainEstimate
from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable
from functions.core.evaluation import latest_rows
from functions.core.evaluation.importances import ExplanationBudget, explain
from functions.core.evaluation.intervals import Interval
from functions.core.histories.phrases import titles
from functions.core.histories.table_histories import table_plan
from functions.core.training.persistence import load_model
from functions.core.training.threads import use_threads
from functions.run import from_settings
from functions.run.dependencies import ExplainModelDependencies

# Of the time that is left when the state begins: the run waits for its end. Of the memory that is left when the model
# and the rows are there: an estimate of what scoring takes is only that.
TIME_SHARE = 1 / 3
MEMORY_SHARE = 0.7
# Two trainings of a plain model on a sample take a few seconds where nothing else runs.
SECONDS_BY_CLOCK = 30.0


def inputs(event: ExplainModelInput) -> list[str]:
    """Return the files that this step reads, in its order."""
    return [event.model.chosen.uri, event.splits.uris["validation"]]


def run(event: ExplainModelInput, dependencies: ExplainModelDependencies) -> Explanation:
    """Compute importances on validation, with the members not trained on it."""
    files, validation = dependencies.files, event.splits.uris["validation"]
    left = dependencies.seconds_left()
    kept_back = left * (1 - TIME_SHARE) if math.isfinite(left) else 0.0
    model: Any = load_model(files.read(event.model.chosen.uri))
    use_threads(model, dependencies.cores)
    rows = files.open_table(validation)
    budget = ExplanationBudget(
        seconds_left=lambda: dependencies.seconds_left() - kept_back,
        bytes_left=MEMORY_SHARE * dependencies.bytes_left(),
    )
    by_clock, not_compared = _by_clock(event, dependencies, rows, budget)
    plan = table_plan(rows)
    known = {} if plan is None else titles(plan)
    told = explain(
        model.before_validation(),
        rows.X,
        rows.y,
        seed=event.settings.seed,
        budget=budget,
        stands_for=rows.weights,
    )
    features = [asdict(replace(each, title=known.get(each.feature))) for each in told.features]
    uri = files.write_json(event.execution, "importances.json", features)
    lacking = " ".join(each for each in (told.left_out, not_compared) if each)
    return Explanation(uri=uri, left_out=lacking or None, by_clock=by_clock)


def _by_clock(
    event: ExplainModelInput,
    dependencies: ExplainModelDependencies,
    validation: LabelledTable[Frame],
    budget: ExplanationBudget,
) -> tuple[ByClock | None, str | None]:
    """Return what a random split promises, or why the budget is too small to know it; neither without a clock."""
    settings, splits = event.settings, event.splits
    clock = latest_rows.clock(validation, settings.time_column)
    if clock is None:
        return None, None
    needed = latest_rows.bytes_needed(validation.X.shape[1])
    if budget.seconds_left() < SECONDS_BY_CLOCK or budget.bytes_left < needed:
        return None, "Rows at random and the latest rows were not compared, for lack of time or memory."
    others = (dependencies.files.open_table(splits.uris[name]) for name in ("train", "test"))
    total, limit = sum(each.rows for each in splits.counts.values()), latest_rows.TABLE
    if splits.legitimate_share < 1:
        # As many as each split has of its own, so that none gives more than its part.
        limit = replace(limit, rows=min(limit.rows, math.floor(splits.legitimate_share * total)))
    found = latest_rows.compare(
        latest_rows.sample(chain([validation], others), rows=total, seed=settings.seed, limit=limit),
        clock=clock,
        features=from_settings.features(settings, validation),
        fractions=settings.fractions,
        seed=settings.seed,
    )
    if found is None:
        return None, None
    return (
        ByClock(
            clock=clock,
            at_random=_estimate(found.at_random, found.frauds_at_random),
            latest=_estimate(found.latest, found.frauds_latest),
            note=latest_rows.sentence(found, by_time=settings.split != "stratified"),
        ),
        None,
    )


def _estimate(found: Interval, frauds: int) -> PlainEstimate:
    return PlainEstimate(estimate=found.estimate, low=found.low, high=found.high, frauds=frauds)
