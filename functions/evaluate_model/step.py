"""Measure the model on the test split, which nothing before has looked at."""

from dataclasses import asdict

import pandas as pd

from functions.contracts import EvaluateModelInput, Evaluation, Impact
from functions.core.costs import Costs, business_impact
from functions.core.evaluation import evaluate
from functions.core.persistence import load_model
from functions.core.tables import from_parquet
from functions.ports import Services


def run(event: EvaluateModelInput, services: Services) -> Evaluation:
    """Score the test rows and say what the decisions are worth."""
    files, settings = services.files, event.settings
    test = from_parquet(files.read(event.splits.uris["test"]))
    scores = load_model(files.read(event.model.uri)).predict_proba(test.X)[:, 1]
    result = evaluate(test.y, scores, threshold=event.model.threshold)
    costs = Costs(missed_fraud=settings.cost_missed_fraud, false_alarm=settings.cost_false_alarm)
    impact = asdict(business_impact(result.confusion, costs))
    metrics = asdict(result.metrics)
    document = {
        "metrics": metrics,
        "confusion": asdict(result.confusion),
        "impact": impact,
        "threshold": event.model.threshold,
    }
    table = pd.DataFrame({"label": test.y.to_numpy(), "score": scores})
    return Evaluation(
        uri=files.write_json(event.execution, "evaluation.json", document),
        scores_uri=files.write_parquet(event.execution, "test_scores.parquet", table.to_parquet(index=False)),
        metrics=metrics,
        impact=Impact(**impact),
    )
