"""What is declared is shown or alerted on, and nothing else is."""

import re

import pytest

from functions import metrics
from functions.metrics import Metric, Sample, by_group
from tests.contract.monitoring import ROOT, label_names, metric_names, queries, rules

BOUNDED = {"dataset", "model", "feature", "state", "status", "error", "verdict"}
# What Prometheus and the Pushgateway know by themselves.
OF_PROMETHEUS = {"up"}
OF_THE_GATEWAY = {"job", "outcome"}


def _expressions() -> list[str]:
    return [query.expression for query in queries()] + [rule["expr"] for rule in rules()]


def test_every_metric_is_on_a_panel_or_in_a_rule_and_nothing_else_is() -> None:
    used = set().union(*map(metric_names, _expressions()))
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    assert used - recorded - OF_PROMETHEUS == {metric.name for metric in metrics.ALL}


def test_a_recorded_series_is_read_by_somebody() -> None:
    used = set().union(*map(metric_names, _expressions()))
    assert {rule["record"] for rule in rules() if "record" in rule} <= used


def test_expressions_know_only_declared_labels() -> None:
    used = set().union(*map(label_names, _expressions()))
    declared = set().union(*(metric.labels for metric in metrics.ALL))
    assert used <= declared | OF_THE_GATEWAY


def test_names_are_declared_once() -> None:
    names = [metric.name for metric in metrics.ALL]
    assert sorted(names) == sorted(set(names))


def test_everything_that_is_declared_is_in_the_list_of_all() -> None:
    declared = [value for value in vars(metrics).values() if isinstance(value, Metric)]
    assert [metric.name for metric in declared if metric not in metrics.ALL] == []


@pytest.mark.parametrize("metric", metrics.ALL, ids=lambda metric: metric.name)
def test_a_metric_follows_the_conventions_of_prometheus(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert not metric.name.endswith("_total")  # a counter's; these are gauges
    assert metric.help.endswith(".")
    assert set(metric.labels) <= BOUNDED


@pytest.mark.parametrize("metric", metrics.ALL, ids=lambda metric: metric.name)
def test_a_metric_comes_from_a_step(metric: Metric) -> None:
    assert (ROOT / "functions" / metric.step / "handler.py").is_file()


def test_a_run_replaces_one_group_for_its_data_one_for_its_model_and_one_for_all() -> None:
    where = {"dataset": "cards.csv", "model": "fraud"}
    rows = Sample(metrics.ROWS_LOADED, 7, where)
    drift = Sample(metrics.FEATURE_DRIFT, 0.2, {**where, "feature": "amount"})
    champion = Sample(metrics.CHAMPION_VERSION, 3, where)
    running = Sample(metrics.EXECUTIONS, 1, {"status": "RUNNING"})
    assert by_group([rows, champion, running, drift]) == [
        (where, [rows, drift]),
        ({"model": "fraud"}, [champion]),
        ({}, [running]),
    ]


def test_runs_on_other_data_have_groups_of_their_own() -> None:
    both = [Sample(metrics.ROWS_LOADED, 7, {"dataset": name, "model": "fraud"}) for name in ("a.csv", "b.csv")]
    assert [grouping["dataset"] for grouping, _ in by_group(both)] == ["a.csv", "b.csv"]


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
