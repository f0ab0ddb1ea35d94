"""Fit a candidate on train, choose its threshold on validation, profile what it was trained on."""

import time

from functions.contracts import TrainedModel, TrainModelInput
from functions.core.costs import Costs
from functions.core.models import parameters, train
from functions.core.persistence import dump_model
from functions.core.reference import build_reference
from functions.core.tables import from_parquet
from functions.core.thresholds import attach_threshold, choose_threshold
from functions.ports import Services


def run(event: TrainModelInput, services: Services) -> TrainedModel:
    """Train; the test split is never read here."""
    files, settings = services.files, event.settings
    training = from_parquet(files.read(event.splits.uris["train"]))
    validation = from_parquet(files.read(event.splits.uris["validation"]))
    started = time.perf_counter()
    pipeline = train(training.X, training.y, algorithm=settings.algorithm, kinds=training.kinds, seed=settings.seed)
    seconds = time.perf_counter() - started

    scores = pipeline.predict_proba(validation.X)[:, 1]
    costs = Costs(missed_fraud=settings.cost_missed_fraud, false_alarm=settings.cost_false_alarm)
    threshold = choose_threshold(validation.y, scores, policy=settings.threshold, costs=costs)
    model = attach_threshold(pipeline, threshold.value)
    reference = build_reference(training.X, training.y, scores)
    return TrainedModel(
        uri=files.write(event.execution, "model.skops", dump_model(model), "application/octet-stream"),
        reference_uri=files.write_json(event.execution, "reference.json", reference.model_dump()),
        algorithm=settings.algorithm,
        parameters=parameters(pipeline),
        threshold=threshold.value,
        threshold_policy=threshold.policy,
        validation={
            "validation_fraud_f1": threshold.confusion.f1,
            "validation_fraud_precision": threshold.confusion.precision,
            "validation_fraud_recall": threshold.confusion.recall,
            "validation_cost": threshold.total_cost,
        },
        seconds=seconds,
    )
