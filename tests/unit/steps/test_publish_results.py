"""PublishResults: the page of a real run has everything on it, and monitoring being away fails nothing."""

import json
import re

import pytest

from functions.core.report.formats import money
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
        world.monitoring.down = True
    else:
        world.monitoring = None
    run = Run(frame(600), world, rotate_validation=False)
    said = "the Pushgateway could not be reached." if gateway == "down" else "No Pushgateway is configured"
    assert run.publication.monitoring.startswith(said)
    assert not run.publication.pushed
    assert page(run).startswith("<!doctype html>")
    assert b"test_fraud_f1" in run.read("metrics.prom")
