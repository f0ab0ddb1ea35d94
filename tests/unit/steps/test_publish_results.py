"""PublishResults: the page of a real run has everything on it, and monitoring being away fails nothing."""

import json
import re

import pytest

from functions.core.report.formats import money
from functions.telemetry.metrics import EVALUATION
from tests.runs import Run, World
from tests.tables import frame

SECTIONS = [
    "mistakes",
    "threshold",
    "decision",
    "candidates",
    "curves",
    "uncertainty",
    "drift",
    "importances",
    "columns",
    "data",
    "lineage",
]


def page(run: Run) -> str:
    return run.read("report.html").decode()


def test_every_section_is_on_the_page(first: Run, second: Run) -> None:
    for run in (first, second):
        assert re.findall(r'<section id="([a-z]+)"', page(run)) == SECTIONS


def test_the_page_says_what_the_run_came_to(first: Run) -> None:
    html = page(first)
    assert "New champion" in html
    assert first.registration.reason in html
    assert first.model.selection in html
    for candidate in first.model.candidates:
        assert candidate.algorithm in html
    assert money(first.evaluation.impact.total_cost) in html
    assert first.splits.explanation in html
    assert first.loaded.dataset.digest in html
    assert first.opened.mlflow_run_id in html
    assert first.drift.explanation.replace("'", "&#x27;") in html or first.drift.explanation in html
    for feature in ("a", "b", "c", "amount", "channel"):
        assert f">{feature}<" in html


def test_a_later_run_shows_both_models_and_the_drift(second: Run) -> None:
    html, made = page(second), json.loads(second.read("decision.json"))
    assert second.registration.reason in html
    assert "Champion before, version 1" in html
    assert "This run's model, version 2" in html or "This run&#x27;s model, version 2" in html
    assert money(made["comparison"]["champion"]["impact"]["total_cost"]) in html
    assert second.drift.explanation in html


def test_the_run_in_mlflow_is_described_with_the_link_of_its_report(first: Run, second: Run) -> None:
    for run, decided in (
        (first, "promoted"),
        (second, "promoted" if second.registration.alias == "champion" else "not"),
    ):
        assert run.publication
        text = run.world.tracking.runs[run.opened.mlflow_run_id].description
        page = f"#/experiments/1/runs/{run.opened.mlflow_run_id}/artifacts/report.html"
        where = f"(also at `{run.publication.report_uri}`)"
        console = f"[The run in the console](http://console.test/runs/{run.execution.name})"
        assert text.startswith(f"[Report]({page}) {where} · {console}\n\n- Data: ")
        assert f"of fraud-detector, {decided}" in text
        told = text.replace("\\", "")
        assert run.registration.reason in told
        assert run.drift.explanation in told
        assert f"costs {run.evaluation.impact.total_cost:,.0f}" in told
        assert f"threshold {run.model.threshold:.4f}" in told


def test_the_version_is_described_with_why_it_was_promoted_or_not(second: Run) -> None:
    _, model, made = second.world.tracking.versions["fraud-detector"][int(second.registration.version) - 1]
    assert f"- Decision: {made.reason}" in model.description.replace("\\", "")
    assert model.description.startswith("- Data: ")


def test_the_settings_on_the_page_are_as_they_are_typed(first: Run) -> None:
    assert first.settings.cost_of_operation == 50
    assert ">50<" in page(first)


def test_the_page_is_kept_in_mlflow_too(first: Run) -> None:
    assert first.publication.report_uri == "s3://runs/one/report.html"
    kept = first.world.tracking.runs[first.opened.mlflow_run_id].artifacts
    assert kept["report.html"] == first.read("report.html")
    assert kept["metrics.prom"] == first.read("metrics.prom")
    assert kept["importances.json"] == first.read("importances.json")
    assert first.publication.pushed
    assert first.world.monitoring is not None
    assert first.world.monitoring.pushed


@pytest.mark.parametrize("gateway", ["down", "not configured"])
def test_without_a_pushgateway_everything_else_is_published(gateway: str) -> None:
    world = World()
    if gateway == "down":
        world.monitoring.down = True  # type: ignore[union-attr]
    else:
        world.monitoring = None
    run = Run(frame(600), world, rotate_validation=False)
    said = "the Pushgateway could not be reached." if gateway == "down" else "No Pushgateway is configured"
    assert run.publication.monitoring.startswith(said)
    assert not run.publication.pushed
    assert page(run).startswith("<!doctype html>")
    assert b"test_fraud_f1" in run.read("metrics.prom")


def test_the_champion_that_stayed_is_reported_by_what_the_decision_rests_on(second: Run) -> None:
    assert second.registration.alias == "challenger"
    against = json.loads(second.read("decision.json"))["comparison"]["champion"]
    assert second.world.monitoring is not None
    [(pushed, grouping)] = [each for each in second.world.monitoring.pushed[-2:] if each[1]]
    assert grouping == {"model": second.settings.model_name}
    told = {(each.metric.name, each.labels.get("role")): each.value for each in pushed}
    for metric in EVALUATION:
        assert told[metric.name, "champion"] == against["evaluation"]["metrics"][metric.name]
        assert told[metric.name, "challenger"] == second.evaluation.metrics[metric.name]
    assert told["business_cost", "champion"] == against["impact"]["total_cost"]
    assert told["champion_standing", None] == 1
    assert told["drift_concerns_champion", None] == 1
    [info] = [each.labels for each in pushed if each.metric.name == "run_info"]
    page = f"#/experiments/{second.opened.mlflow_experiment_id}/runs/{second.opened.mlflow_run_id}"
    assert info["report"] == f"http://mlflow.test/{page}/artifacts/report.html"
