"""Colours, limits and words of the dashboards agree with the alerts and the metrics."""

import re
from typing import Any

import pytest

from serving import service_metrics
from tests.contract.monitoring import GRAFANA, alerts, label_names, load
from tests.contract.panels import DRAWN, FILES, each_dashboard, mappings

WORDS_OF_DRIFT = {
    "-1": "nothing to compare",
    "-2": "not measured",
    "-4": "too few rows",
    "-5": "another table",
    "-9": "no data",
}


def test_a_figure_of_drift_that_is_missing_says_why_and_not_always_the_same() -> None:
    gaps = [(title, panel) for title, panel in _titled() if "vector(-9)" in str(panel["targets"])]
    assert {title for title, _ in gaps} >= {"Drift score", "Prediction drift", "Multivariate drift (AUC)"}
    for title, panel in gaps:
        told = {mapping["value"]: mapping["text"] for mapping in mappings(panel)}
        assert told.items() >= WORDS_OF_DRIFT.items(), title
        assert '-1 * max(drift_verdict{model="$model",verdict="no_reference"})' in panel["targets"][0]["expr"]


def test_no_panel_has_one_word_for_whatever_is_missing() -> None:
    assert not [title for title, panel in _titled() if "vector(-1)" in str(panel["targets"])]


def _titled() -> list[tuple[str, dict[str, Any]]]:
    return [(panel["title"], panel) for _, panel in DRAWN]


def test_changes_of_the_version_that_is_served_are_marked() -> None:
    [annotation] = FILES["scoring"]["annotations"]["list"]
    assert annotation["expr"] == f"changes({service_metrics.MODEL_LOADED.name}[2m]) > 0"


@pytest.mark.parametrize("name", ["ml-model-monitoring", "pipeline-operations"])
def test_the_last_run_links_to_its_report_and_changes_of_the_champion_are_marked(name: str) -> None:
    dashboard = FILES[name]
    [panel] = [panel for panel in dashboard["panels"] if panel["title"] == "Last run"]
    assert [link["url"] for link in panel["fieldConfig"]["defaults"]["links"]] == ["${__field.labels.report}"]
    assert "report" in label_names(panel["targets"][0]["expr"])
    [annotation] = dashboard["annotations"]["list"]
    assert "changes(champion_version{" in annotation["expr"]


@each_dashboard
def test_an_hour_is_seen_in_the_default_range(dashboard: dict[str, Any]) -> None:
    # Transactions come every second, runs do not, and labels take days.
    span = {"fraudflow-scoring": "1h", "fraudflow-loop": "7d"}.get(dashboard["uid"], "6h")
    assert dashboard["time"] == {"from": f"now-{span}", "to": "now"}


def test_red_and_yellow_are_only_where_an_alert_has_that_limit() -> None:
    coloured = {
        panel["title"]
        for _, panel in DRAWN
        if {"red", "yellow"} & {step["color"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]}
    }
    # Those of the test below, and where the state itself is what an alert is about.
    assert coloured == {
        *("Frauds found (recall)", "Detection rate", "Missed of 98", "Money saved", "Drift score"),
        *("Since the last success", "Champion on this data", "Pushgateway", "States since the last good run"),
        *("Columns missing", "Columns changed in kind", "Columns added"),
        *(
            "Service",
            "Champion served",
            "Slowest 1 % (p99)",
            "Failed requests",
            "Decision log behind",
            "Histories behind",
        ),
        *("Since the last look", "Episodes open", "Labels overdue for", "Question open for"),
    }


def _limits(title: str) -> list[float | None]:
    [panel] = [panel for _, panel in DRAWN if panel["title"] == title]
    return [step["value"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]


def _numbers(alert: str) -> list[float]:
    return [float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", alerts()[alert]["expr"])]


def test_colours_change_where_alerts_fire() -> None:
    low, high = _numbers("FraudsMissedHigh")
    assert _limits("Frauds found (recall)") == [None, *_numbers("FraudRecallLow")]
    assert _limits("Missed of 98") == [None, low, pytest.approx(high, abs=0.02)]  # over 25, not from 25 on
    assert _limits("Detection rate") == _limits("Frauds found (recall)")
    assert _limits("Champion on this data") == [None, 2, 3, 4, 5]  # can't score, or has lost its files
    assert _limits("Drift score") == [None, 0, *_numbers("DataDriftWarning")[:2]]
    quantile, _, slow, *_ = _numbers("ScoringSlow")  # the second is a range
    assert _limits("Slowest 1 % (p99)") == [None, slow]
    assert quantile == 0.99
    assert _limits("Failed requests") == [None, _numbers("ScoringFailing")[-1]]
    assert _limits("Decision log behind") == [None, *_numbers("DecisionLogBehind")]
    assert _limits("Histories behind") == [None, *_numbers("HistoriesBehind")]
    for panel, alert in (("Since the last look", "WatchQuiet"), ("Labels overdue for", "LabelsStopped")):
        many, seconds = _numbers(alert)
        assert _limits(panel) == [None, many * seconds]
    assert _limits("Question open for") == [None, *_numbers("RetrainingAsked")]
    hours, seconds, *_ = _numbers("NoRecentSuccess")
    assert _limits("Since the last success")[-1] == hours * seconds


def test_the_limits_of_drift_are_drawn_over_time() -> None:
    [panel] = [panel for name, panel in DRAWN if name == "ml-model-monitoring" and panel["title"] == "Drift over time"]
    assert {"vector(0.1)", "vector(0.3)"} <= {target["expr"] for target in panel["targets"]}


def test_grafana_finds_the_dashboards_and_asks_as_often_as_prometheus_scrapes() -> None:
    [provider] = load(GRAFANA / "provisioning" / "dashboards" / "fraudflow.yml")["providers"]
    assert provider["folder"] == "Fraud detection"
    assert provider["folderUid"]
    [source] = load(GRAFANA / "provisioning" / "datasources" / "prometheus.yml")["datasources"]
    prometheus = load(GRAFANA.parent / "prometheus" / "prometheus.yml")
    assert source["uid"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
