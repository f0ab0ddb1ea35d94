"""What pushes leave behind in a real Pushgateway, which forgets nothing by itself."""

from collections.abc import Iterator

import pytest

from functions import metrics
from functions.metrics import Sample
from tests.e2e.conftest import poll
from tests.e2e.monitoring.conftest import Monitoring, monitoring
from tests.e2e.monitoring.runs import DATASET, MODEL, failed_run, first_run, later_run

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
    count = f'count(feature_drift_score{{dataset="{DATASET}"}})'
    monitored.push(later_run())
    wait_for_value(monitored, count, 3)
    monitored.push(later_run(features=("amount",)))
    wait_for_value(monitored, count, 1)
    monitored.push(first_run())
    wait_for_value(monitored, count, None)
    assert monitored.prometheus.value(f'rows_loaded{{dataset="{DATASET}"}}') == 284807


def test_a_run_leaves_the_figures_of_other_data_and_of_failures(monitored: Monitoring) -> None:
    monitored.push(later_run(dataset="february.csv", test_fraud_recall=0.7))
    monitored.push_groups(failed_run("RaggedRowsError"))
    monitored.push(later_run(test_fraud_recall=0.9))
    wait_for_value(monitored, f'test_fraud_recall{{dataset="{DATASET}"}}', 0.9)
    assert monitored.prometheus.value('test_fraud_recall{dataset="february.csv"}') == 0.7
    assert monitored.prometheus.instant('last_failure_timestamp_seconds{error="RaggedRowsError"}')


def test_a_failure_never_overwrites_good_figures(monitored: Monitoring) -> None:
    monitored.push(later_run(test_fraud_recall=0.88))
    wait_for_value(monitored, f'test_fraud_recall{{dataset="{DATASET}"}}', 0.88)
    monitored.push_groups(failed_run("EncodingError"))
    monitored.wait_for('last_failure_timestamp_seconds{error="EncodingError"}')
    assert monitored.prometheus.value(f'test_fraud_recall{{dataset="{DATASET}"}}') == 0.88
    assert monitored.prometheus.value(f'min(state_succeeded{{dataset="{DATASET}"}})') == 1


def test_what_belongs_to_the_model_is_there_once_for_all_its_data(monitored: Monitoring) -> None:
    monitored.push(later_run(dataset="february.csv", champion_version=6))
    monitored.push(later_run(champion_version=7))
    wait_for_value(monitored, f'champion_version{{model="{MODEL}"}}', 7)


def test_the_latest_run_of_a_model_is_the_one_that_rules_look_at(monitored: Monitoring) -> None:
    monitored.push(later_run(dataset="newest.csv", last_success_timestamp_seconds=4e9))
    latest = f'model:last_success_timestamp_seconds:topk1{{model="{MODEL}"}}'
    wait_for_value(monitored, latest, 4e9)
    [series] = monitored.prometheus.instant(latest)
    assert series["metric"]["dataset"] == "newest.csv"


@pytest.mark.parametrize(
    "dataset",
    ["a/b é.csv", "", "a+b%2F.csv", "#?&=.csv", 'the "other" one\\.csv', "日本.csv", "two\nlines", "-", "a//b"],
)
def test_a_file_may_have_any_name(monitored: Monitoring, dataset: str) -> None:
    where = {"dataset": dataset, "model": NAMED}
    monitored.push([Sample(metrics.ROWS_LOADED, 7, where)])

    def arrived() -> bool | None:
        series = monitored.prometheus.instant(f'rows_loaded{{model="{NAMED}"}}')
        return dataset in {each["metric"].get("dataset", "") for each in series} or None

    poll(arrived, seconds=15, what=f"rows_loaded of {dataset!r}")
