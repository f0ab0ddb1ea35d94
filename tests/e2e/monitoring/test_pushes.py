"""Groups that pushes leave in a real Pushgateway, which forgets nothing by itself."""

from collections.abc import Iterator

import pytest

from functions.telemetry import metrics
from functions.telemetry.metrics import Sample
from tests.e2e.conftest import poll
from tests.e2e.monitoring.conftest import Monitoring, monitoring
from tests.e2e.monitoring.runs import MODEL, failed_run, first_run, later_run

RECALL = f'test_fraud_recall{{model="{MODEL}",role="champion"}}'
NAMED = "of-files-with-odd-names"
pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def monitored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    with monitoring(tmp_path_factory.mktemp("monitoring")) as servers:
        yield servers


def wait_for_value(monitored: Monitoring, expression: str, value: float | None) -> None:
    def is_there() -> bool | None:
        return monitored.prometheus.value(expression) == value or None

    poll(is_there, seconds=15, what=f"{expression} being {value}")


def test_every_reported_metric_arrives_with_its_labels(monitored: Monitoring) -> None:
    good, failed = later_run(), failed_run()
    monitored.push(good)
    monitored.push_groups(failed)
    for metric in {sample.metric for sample in (*good, *(each for _, group in failed for each in group))}:
        of_these = f'{metric.name}{{model!="{NAMED}"}}'
        monitored.wait_for(of_these)
        for series in monitored.prometheus.instant(of_these):
            pushed = series["metric"].keys() - {"__name__", "job", "instance", "outcome"}
            # A run that failed in LoadData knows no settings, hence no model.
            unknown = {"model"} if series["metric"].get("outcome") == "failed" else set()
            assert set(metric.labels) - unknown <= pushed


def test_a_feature_that_vanished_leaves_no_series(monitored: Monitoring) -> None:
    count = f'count(feature_drift_score{{model="{MODEL}"}})'
    monitored.push(later_run())
    wait_for_value(monitored, count, 3)
    monitored.push(later_run(features=("amount",)))
    wait_for_value(monitored, count, 1)
    monitored.push(first_run())
    wait_for_value(monitored, count, None)
    assert monitored.prometheus.value(f'rows_loaded{{model="{MODEL}"}}') == 284807


def test_a_run_replaces_what_was_told_of_another_file_and_leaves_failures(monitored: Monitoring) -> None:
    monitored.push(later_run(dataset="february.csv", test_fraud_recall=0.7))
    monitored.push_groups(failed_run("RaggedRowsError"))
    monitored.push(later_run(dataset="march.csv", test_fraud_recall=0.9))
    wait_for_value(monitored, RECALL, 0.9)
    assert monitored.prometheus.value(f'count(run_info{{model="{MODEL}"}})') == 1
    assert monitored.prometheus.instant('run_info{dataset="march.csv"}')
    assert monitored.prometheus.instant('last_failure_timestamp_seconds{error="RaggedRowsError"}')


def test_a_failure_never_overwrites_good_figures(monitored: Monitoring) -> None:
    monitored.push(later_run(test_fraud_recall=0.88))
    wait_for_value(monitored, RECALL, 0.88)
    monitored.push_groups(failed_run("EncodingError"))
    monitored.wait_for('last_failure_timestamp_seconds{error="EncodingError"}')
    assert monitored.prometheus.value(RECALL) == 0.88
    assert monitored.prometheus.value(f'min(state_succeeded{{model="{MODEL}",outcome=""}})') == 1


@pytest.mark.parametrize(
    "dataset",
    ["a/b é.csv", "", "a+b%2F.csv", "#?&=.csv", 'the "other" one\\.csv', "日本.csv", "two\nlines", "-", "a//b"],
)
def test_a_file_may_have_any_name(monitored: Monitoring, dataset: str) -> None:
    names = dict.fromkeys(metrics.RUN_INFO.labels, "")
    monitored.push([Sample(metrics.RUN_INFO, 1, {**names, "dataset": dataset, "model": NAMED})])

    def arrived() -> bool | None:
        [series] = monitored.prometheus.instant(f'run_info{{model="{NAMED}"}}') or [{"metric": {"dataset": None}}]
        return series["metric"].get("dataset", "") == dataset or None

    poll(arrived, seconds=15, what=f"run_info of {dataset!r}")
