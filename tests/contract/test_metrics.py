"""What is declared is shown or alerted on, and nothing else is."""

import re

import pytest

from functions.telemetry import batch_metrics, loop_metrics, metrics
from functions.telemetry.gateway_groups import by_group
from functions.telemetry.metrics import Metric, Sample
from serving import service_metrics
from serving.service_metrics import ServiceMetric
from tests.contract.monitoring import ROOT, label_names, metric_names, queries, rules

PUSHED = (*metrics.ALL, *batch_metrics.ALL, *loop_metrics.ALL)

BOUNDED = {"model", "role", "feature", "state", "status", "error", "verdict", "kind", "move", "decision"}
# Of metrics that only name things: each has one series at a time.
OF_INFO = BOUNDED | {"execution", "dataset", "version", "report"}
# What Prometheus and the Pushgateway know by themselves.
OF_PROMETHEUS = {
    "up",
    "alertmanager_config_last_reload_successful",
    "alertmanager_notifications_failed_total",
    "prometheus_config_last_reload_successful",
    "prometheus_rule_evaluation_failures_total",
}
OF_THE_GATEWAY = {"job", "outcome", "source"}
OF_ALERTMANAGER = {"integration"}
OF_HISTOGRAMS = {"le"}
OF_THE_SERVICE = {"route", "code", "type", "decision", "version", "watched", "rule", "operation"}
SERIES = {name for metric in service_metrics.ALL for name in metric.series}


def _expressions() -> list[str]:
    return [query.expression for query in queries()] + [rule["expr"] for rule in rules()]


def _of_annotations() -> list[str]:
    """Return the expressions in the texts of alerts."""
    words = [text for rule in rules() for text in rule.get("annotations", {}).values()]
    return [asked for text in words for asked in re.findall(r'query \(printf "(\w+)\{', text)]


def test_every_metric_is_on_a_panel_or_in_a_rule_and_nothing_else_is() -> None:
    used = set().union(*map(metric_names, [*_expressions(), *_of_annotations()]))
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    pushed = {metric.name for metric in PUSHED}
    assert used - recorded - OF_PROMETHEUS - SERIES == pushed
    # Of a histogram some series are enough.
    assert [metric.name for metric in service_metrics.ALL if not used & set(metric.series)] == []


def test_a_recorded_series_is_read_by_somebody() -> None:
    used = set().union(*map(metric_names, _expressions()))
    assert {rule["record"] for rule in rules() if "record" in rule} <= used


def test_expressions_know_only_declared_labels() -> None:
    used = set().union(*map(label_names, _expressions()))
    declared = {label for metric in PUSHED for label in metric.labels}
    declared |= {label for metric in service_metrics.ALL for label in metric.labels}
    assert used <= declared | OF_THE_GATEWAY | OF_ALERTMANAGER | OF_HISTOGRAMS


def test_names_are_declared_once() -> None:
    names = [*(metric.name for metric in PUSHED), *(metric.name for metric in service_metrics.ALL)]
    assert sorted(names) == sorted(set(names))


def test_everything_that_is_declared_is_in_the_list_of_all() -> None:
    pushed = {**vars(metrics), **vars(batch_metrics), **vars(loop_metrics)}.values()
    declared = [value for value in pushed if isinstance(value, Metric)]
    assert [metric.name for metric in declared if metric not in PUSHED] == []
    served = [value for value in vars(service_metrics).values() if isinstance(value, ServiceMetric)]
    assert [metric.name for metric in served if metric not in service_metrics.ALL] == []


@pytest.mark.parametrize("metric", PUSHED, ids=lambda metric: metric.name)
def test_a_metric_follows_the_conventions_of_prometheus(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert not metric.name.endswith("_total")  # a counter's; these are gauges
    assert metric.help.endswith(".")
    assert set(metric.labels) <= (OF_INFO if metric.name.endswith("_info") else BOUNDED)


@pytest.mark.parametrize("metric", service_metrics.ALL, ids=lambda metric: metric.name)
def test_a_metric_of_the_service_follows_them_too(metric: ServiceMetric) -> None:
    assert re.fullmatch(r"scoring_[a-z0-9_]*", metric.name)
    assert metric.name.endswith("_total") is (metric.kind == "counter")
    assert metric.help.endswith(".")
    assert bool(metric.buckets) is (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))
    assert set(metric.labels) <= OF_THE_SERVICE | ({"model"} if metric.name.endswith("_info") else set())
    assert all(len(values) == len(metric.labels) for values in metric.starts)


@pytest.mark.parametrize("metric", PUSHED, ids=lambda metric: metric.name)
def test_a_metric_comes_from_a_step(metric: Metric) -> None:
    of_the_stack = ROOT / "infra" / "runs" / f"{metric.step}.py"
    assert (ROOT / "functions" / metric.step / "handler.py").is_file() or of_the_stack.is_file()


def test_a_run_replaces_one_group_for_its_model_and_one_for_all() -> None:
    where = {"model": "fraud"}
    recall = Sample(metrics.EVALUATION[2], 0.9, {**where, "role": "champion"})
    drift = Sample(metrics.FEATURE_DRIFT, 0.2, {**where, "feature": "amount"})
    running = Sample(metrics.EXECUTIONS, 1, {"status": "RUNNING"})
    assert by_group([recall, running, drift]) == [(where, [recall, drift]), ({}, [running])]


def test_files_have_no_groups_of_their_own_and_models_do() -> None:
    of_files = [Sample(metrics.RUN_INFO, 1, {"dataset": name, "model": "fraud"}) for name in ("a.csv", "b.csv")]
    other = Sample(metrics.ROWS_LOADED, 7, {"model": "other"})
    assert [grouping for grouping, _ in by_group([*of_files, other])] == [{"model": "fraud"}, {"model": "other"}]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("test_fraud_recall < 0.6", {"test_fraud_recall"}),
        ('max by (model) (a{dataset=~"$dataset"} and on (dataset) topk(1, b))', {"a", "b"}),
        ("count by (model) (count_over_time(a[1d])) unless count by (model) (a)", {"a"}),
        ('label_replace(vector(0), "feature", "no champion (yet)", "", "") unless on () a{b="c d"}', {"a"}),
        ("time() - max(a) > 26 * 3600", {"a"}),
        ("model:a:topk1 offset 5m", {"model:a:topk1"}),
        ("0.1 <= a <= 1e3", {"a"}),
    ],
)
def test_the_metrics_of_an_expression_are_found(expression: str, expected: set[str]) -> None:
    assert metric_names(expression) == expected
