"""LogMetrics: what MLflow is told of a run, its candidates and the trials of their searches."""

import numpy as np
import pandas as pd
import pytest

from functions.contracts.trained_on import TrainedOn
from functions.core.drift import Verdict
from functions.ports import RunRecord
from tests.fake_runs import FakeRun
from tests.runs import Run
from tests.tables import frame

PLOTS = {
    "confusion_matrix",
    "cost_curve",
    "drift_by_feature",
    "precision_recall_curve",
    "reliability_curve",
    "score_distribution",
}


def logged(run: Run) -> FakeRun:
    assert run.log
    assert run.logged
    return run.world.tracking.runs[run.opened.mlflow_run_id]


def record(run: Run) -> RunRecord:
    told = logged(run).record
    assert told is not None
    return told


def test_a_run_is_logged_with_all_that_a_later_one_reads(first: Run) -> None:
    artifacts, metrics = logged(first).artifacts, record(first).metrics
    assert artifacts["seen_rows.npy"] == first.read("seen_rows.npy")
    assert artifacts["reference.json"] == first.read("reference.json")
    assert artifacts["reference_sample.parquet"] == first.read("reference_sample.parquet")
    assert {"data_profile.json", "evaluation.json"} <= artifacts.keys()
    kept = TrainedOn.model_validate_json(artifacts["trained_on.json"])
    assert kept.settings == first.settings.model_dump(mode="json")
    assert (kept.target, kept.dataset_uri) == ("is_fraud", "s3://runs/one/dataset.parquet")
    drawn = {name for name in artifacts if name.startswith("figures/")}
    assert drawn == {f"figures/{name}.svg" for name in PLOTS}
    assert all(artifacts[name].startswith(b"<svg ") for name in drawn)
    assert metrics["impact_total_cost"] == first.evaluation.impact.total_cost
    assert metrics["interval_cost_low"] == first.evaluation.intervals["cost"].low
    assert metrics["threshold"] == first.model.threshold


def test_figures_are_those_of_the_model_that_was_logged(first: Run) -> None:
    assert record(first).run == first.opened
    assert first.log.metrics == len(record(first).metrics)
    assert first.log.nested_runs == len(record(first).nested)


def test_without_a_champion_there_is_no_figure_of_drift(first: Run, second: Run) -> None:
    assert not {name for name in record(first).metrics if "drift" in name}
    assert "drift.json" not in logged(first).artifacts
    verdict: Verdict = second.drift.verdict
    tags = second.world.tracking.models[second.opened.mlflow_model_id].tags
    assert tags["fraudflow.drift_verdict"] == verdict == "retrain"
    assert record(second).metrics["drift_score"] == second.drift.drift_score
    assert logged(second).artifacts["drift.json"] == second.read("drift.json")


def test_each_candidate_is_a_nested_run(first: Run) -> None:
    nested = logged(first).nested
    assert list(nested) == ["lightgbm", "logistic_regression", "ensemble"]
    for candidate in first.model.candidates:
        run = nested[candidate.algorithm]
        assert run.metrics["validation_average_precision"] == candidate.average_precision
        assert run.metrics["threshold"] == candidate.threshold
        assert run.tags["fraudflow.chosen"] == str(candidate.algorithm == first.model.algorithm).lower()
        assert "fraudflow.collapsed" not in run.tags
    assert nested[first.model.algorithm].metrics["test_cost"] == first.evaluation.impact.total_cost


def test_every_trial_of_a_search_is_a_nested_run() -> None:
    run = Run(frame(600), search_trials=3, rotate_validation=False)
    nested = logged(run).nested
    trials = [nested[f"logistic_regression trial {number}"] for number in range(3)]
    assert len(nested) == 4
    assert [trial.params.get("C") for trial in trials] == [None, trials[1].params["C"], trials[2].params["C"]]
    best = max(trials, key=lambda trial: trial.metrics["validation_average_precision"])
    assert nested["logistic_regression"].params["C"] == best.params.get("C", 0.1)
    for trial in trials:
        assert trial.status == {"complete": "FINISHED", "pruned": "KILLED"}[trial.tags["fraudflow.trial"]]
        assert trial.started_at is not None
        assert trial.ended_at is not None
        assert 1_700_000_000 < trial.started_at < trial.ended_at


def odd_ones_out(rows: int = 600) -> pd.DataFrame:
    """Make a table whose frauds are the most alike of all rows, so that looking for the unusual finds none."""
    rng = np.random.default_rng(0)
    is_fraud = np.arange(rows) % 5 == 0
    values = {name: np.where(is_fraud, 2 + 0.05 * rng.normal(size=rows), rng.uniform(-9, 1.5, rows)) for name in "ab"}
    return pd.DataFrame({**values, "is_fraud": is_fraud.astype(int)})


@pytest.mark.thorough
def test_a_collapsed_candidate_is_told_in_every_record() -> None:
    run = Run(
        odd_ones_out(),
        candidates=("isolation_forest", "logistic_regression", "ensemble"),
        rotate_validation=False,
    )
    assert run.model.algorithm == "logistic_regression"
    assert [each.algorithm for each in run.model.candidates] == ["isolation_forest", "logistic_regression"]
    why = run.model.candidates[0].collapsed
    assert why is not None
    assert run.publication.report_uri
    assert logged(run).nested["isolation_forest"].tags["fraudflow.collapsed"] == why
    assert "fraudflow.collapsed" not in logged(run).nested["logistic_regression"].tags
    assert why in run.read("report.html").decode()
    assert why in run.read("evaluation.json").decode()
