"""What is measured of a scored batch: with labels and without, where the model knows its way, and where it doesn't."""

import numpy as np
import pandas as pd
import pytest

from functions.contracts import NO_MONITORING
from functions.core.evaluation.costs import Costs, business_impact
from functions.measure_traffic import measured
from functions.telemetry import batch_metrics
from tests.fakes import FakeMonitoring
from tests.unit.steps.measured_batches import NOW, THRESHOLD, Stack, label, rows, score


@pytest.fixture(scope="module")
def labelled() -> Stack:
    stack, X = Stack(), rows(4_000, 3)
    stack.measure(X, label=label(X))
    return stack


def test_a_batch_without_labels_is_worth_what_its_scores_say() -> None:
    stack, X = Stack(), rows(4_000, 3)
    found = stack.measure(X)
    assert (found.verdict, found.not_known, found.realised) == ("stable", None, None)
    assert found.expected is not None
    assert found.expected.frauds == pytest.approx(score(X).sum(), rel=0.1)
    assert found.expected.frauds_interval.low <= label(X).sum() <= found.expected.frauds_interval.high
    cost = business_impact(label(X), score(X) >= THRESHOLD, Costs(100, 2)).total_cost
    assert found.expected.cost_interval.low <= cost <= found.expected.cost_interval.high
    assert found.monitoring == "The metrics were pushed."


def test_a_labelled_batch_has_the_real_metrics_too(labelled: Stack) -> None:
    X, summary = rows(4_000, 3), labelled.document("summary.json")
    y, flagged = label(X), score(X) >= THRESHOLD
    impact = business_impact(y, flagged, Costs(100, 2))
    assert summary["realised"]["cost"]["estimate"] == pytest.approx(impact.total_cost)
    assert summary["realised"]["confusion"] == {
        "frauds_detected": int((y & flagged).sum()),
        "frauds_missed": int((y & ~flagged).sum()),
        "false_alarms": int(((1 - y) & flagged).sum()),
        "legitimate_passed": int(((1 - y) & ~flagged).sum()),
    }
    assert labelled.document("drift.json")["label"]["drifted"] is False
    assert "By the file's labels" in labelled.page


def test_rows_without_a_label_have_no_part_in_the_real_metrics() -> None:
    stack, X = Stack(), rows(2_000, 4)
    known = np.arange(len(X)) < 500
    found = stack.measure(X, label=pd.Series(label(X), dtype="Int8").mask(~known))
    assert found.realised is not None
    assert found.realised["frauds"] == label(X)[known].sum()
    assert sum(stack.document("summary.json")["realised"]["confusion"].values()) == 500


def test_parts_make_no_difference() -> None:
    X = rows(3_000, 6)
    one, many = (Stack().measure(X, parts=parts) for parts in (1, 7))
    assert one.expected is not None
    assert many.expected is not None
    assert many.expected.frauds == pytest.approx(one.expected.frauds)
    assert (one.drift_score, one.verdict) == (many.drift_score, many.verdict)


def test_amounts_price_what_is_missed_and_a_row_without_one_is_told() -> None:
    stack, X = Stack(), rows(3_000, 6)
    amounts = np.where(np.arange(len(X)) < 12, np.nan, 10.0)
    priced = stack.measure(X, missed_cost=amounts)
    assert priced.expected is not None
    whole = Stack().measure(X).expected
    assert whole is not None
    assert priced.expected.cost < whole.cost
    assert stack.document("summary.json")["rows_without_amount"] == 12
    assert "12 rows without an amount of zero or more in the column 'Amount'" in stack.page.replace("&#x27;", "'")


def test_drift_is_measured_on_the_rows_that_are_kept() -> None:
    stack, X = Stack(), rows(4_000, 3)
    stack.measure(X, kept=np.arange(len(X)) % 2 == 0)
    report = stack.document("drift.json")
    assert report["rows"] == 2_000
    assert report["notes"] == ["2,000 of 4,000 rows: those compared were drawn at random."]


def test_of_a_wide_table_as_many_rows_are_compared_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "CELLS", 4 * 1_000)
    stack = Stack()
    found = stack.measure(rows(4_000, 3), parts=5, label=label(rows(4_000, 3)))
    assert 900 < stack.document("drift.json")["rows"] < 1_100
    assert found.realised is not None
    assert sum(stack.document("summary.json")["realised"]["confusion"].values()) == 4_000


def test_columns_that_the_version_was_told_to_ignore_are_not_compared() -> None:
    X = rows(4_000, 3).assign(b=lambda rows: rows["b"] + 3)
    assert Stack().measure(X).verdict == "retrain"
    assert Stack(ignored=("b", "none")).measure(X).verdict == "stable"


@pytest.mark.parametrize(
    ("X", "said"),
    [
        (rows(4_000, 3).assign(b=lambda rows: rows["b"] + 3), "the data has moved too far from the model's"),
        (rows(60, 3), "60 new rows, where 259 are needed"),
    ],
    ids=["moved", "few"],
)
def test_what_can_t_be_known_is_not_guessed(X: pd.DataFrame, said: str) -> None:
    stack = Stack()
    found = stack.measure(X)
    assert found.expected is None
    assert said in (found.not_known or "")
    assert stack.document("summary.json")["expected"] is None
    assert said in stack.page.replace("&#x27;", "'")
    pushed = stack.pushed
    assert pushed["batch_outcome_known"].value == 0
    assert not any(name.startswith("batch_expected") for name in pushed)


def test_nor_is_anything_where_the_version_has_lost_its_reference() -> None:
    found = Stack(reference=False).measure(rows(2_000, 3))
    assert (found.verdict, found.expected, found.drift_score) == ("no_reference", None, None)
    assert "The reference profile of 'fraud-detector' version 3 is gone from MLflow." in (found.not_known or "")


def test_every_declared_metric_is_pushed_in_a_group_of_its_own(labelled: Stack) -> None:
    pushed = labelled.pushed
    assert set(pushed) == {metric.name for metric in batch_metrics.ALL if metric.step == "measure_traffic"}
    assert pushed["last_batch_timestamp_seconds"].value == NOW
    assert pushed["batch_rows"].value == 4_000
    assert pushed["batch_info"].labels == {
        "model": "fraud-detector",
        "execution": "batch",
        "dataset": "today.csv",
        "version": "3",
    }
    exposition = labelled.store.objects["s3://scores/batch/metrics.prom"].decode()
    assert set(exposition.splitlines()) == set(pushed)


def test_labels_that_contradict_the_scores_are_said_to() -> None:
    stack, X = Stack(), rows(4_000, 3)
    whole = Stack().measure(X, label=label(X))
    assert whole.doubts == []
    [doubt] = stack.measure(X, label=np.where(np.arange(len(X)) < 900, 1, label(X))).doubts
    assert doubt.startswith("By their labels 9")
    assert "rows like these are fraud more often" in doubt
    assert doubt in stack.page.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("monitoring", "said"),
    [
        (FakeMonitoring(down=True), "the Pushgateway could not be reached."),
        (None, NO_MONITORING),
    ],
)
def test_monitoring_that_is_away_fails_no_batch(monitoring: FakeMonitoring | None, said: str) -> None:
    assert Stack(monitoring=monitoring).measure(rows(2_000, 3)).monitoring == said


def test_the_page_names_file_version_and_limits(labelled: Stack) -> None:
    page = labelled.page.replace("&#x27;", "'")
    for text in ("Scores of today.csv", "fraud-detector version 3", "alarms in 4,000 rows.", "to-score/today.csv"):
        assert text in page
    assert "What no score can show" in page
