"""From payloads to what is reported of a run."""

import numpy as np
import pytest

from functions.contracts import (
    Drift,
    Registration,
)
from functions.core.evaluation.certainty import PricedRows
from functions.core.evaluation.costs import Costs
from functions.core.evaluation.promotion import CannotScore, Decision, TooFewUnseen, compare
from functions.core.evaluation.scored import Scored
from functions.telemetry import metrics
from functions.telemetry.metrics import Metric
from tests.unit.telemetry.reported import LATER, NOW, OF_DRIFT, REPORT, failed, of_run, succeeded, value, values

FIRST = Drift(verdict="no_reference", explanation="There is no champion yet.")


def test_every_metric_comes_from_one_run_that_succeeds_and_one_that_fails() -> None:
    reported = {sample.metric.name for sample in [*succeeded(), *failed()]}
    assert reported == {metric.name for metric in metrics.ALL if metric.step != "health_check"}


def test_every_sample_has_the_labels_of_its_metric() -> None:
    for sample in [*succeeded(), *failed()]:
        assert set(sample.metric.labels) <= sample.labels.keys()


def test_what_is_no_metric_is_not_reported() -> None:
    assert all(sample.metric in metrics.ALL for sample in succeeded())


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (metrics.ROWS_LOADED, 200),
        (metrics.ROWS_REJECTED, 0),
        (metrics.TOTAL_COST, 2),
        (metrics.COST_OF_DOING_NOTHING, 10),
        (metrics.COST_OF_ALARMING_ON_EVERYTHING, 12),
        (metrics.COST_WITHOUT_MODEL, 10),
        (metrics.LOST_TO_MISSED_FRAUDS, 1.5),
        (metrics.SPENT_ON_FALSE_ALARMS, 0.5),
        (metrics.MONEY_SAVED, 8),
        (metrics.RUN_DURATION, 60),
        (metrics.LAST_SUCCESS, NOW),
        (metrics.CHAMPION_VERSION, 4),
        (metrics.CHAMPION_PROMOTED, 1),
    ],
    ids=lambda each: each.name if isinstance(each, Metric) else "",
)
def test_a_figure_of_the_run(metric: Metric, expected: float) -> None:
    assert value(succeeded(), metric) == expected


Y = np.array([1] * 20 + [0] * 80)


# The champion finds 18 of 20 frauds with one false alarm, and the challenger one fraud.
OF_CHAMPION = np.where(Y == 1, 0.9, 0.1)


OF_CHAMPION[[0, 1, 20]] = 0.1, 0.1, 0.9


OF_CHALLENGER = np.where(np.arange(100) < 1, 0.9, 0.1)


COMPARED_MODELS = compare(PricedRows(Y, Costs(100, 2)), Scored(OF_CHAMPION, 0.5), Scored(OF_CHALLENGER, 0.5))


KEPT = Decision(promote=False, reason="It is not better.", comparison=COMPARED_MODELS)


def test_a_challenger_that_was_turned_down_is_a_challenger_and_the_champion_has_its_own_figures() -> None:
    found = succeeded(of_run(registration=_challenger("3")), decision=KEPT)
    recall = metrics.EVALUATION[2]
    assert (value(found, recall), value(found, recall, "challenger")) == (0.9, 0.5)
    assert value(found, metrics.TOTAL_COST) == 202
    assert value(found, metrics.COST_WITHOUT_MODEL) == 160
    assert value(found, metrics.MONEY_SAVED) == -42
    assert value(found, metrics.MONEY_SAVED, "challenger") == 8
    assert value(found, metrics.CHAMPION_STANDING) == 1
    of_roles = {sample.metric for sample in found if "role" in sample.labels}
    assert of_roles == {*metrics.EVALUATION, *metrics.MONEY}


def test_a_model_that_became_the_champion_leaves_no_challenger() -> None:
    found = succeeded(decision=Decision(promote=True, reason="It is better.", comparison=COMPARED_MODELS))
    assert {sample.labels["role"] for sample in found if "role" in sample.labels} == {"champion"}
    assert value(found, metrics.EVALUATION[2]) == 0.5  # the run's own
    assert value(found, metrics.CHAMPION_STANDING) == 1


@pytest.mark.parametrize(
    ("champion", "decision", "standing"),
    [
        (None, Decision(promote=False, reason="It finds nothing."), 0),
        ("3", Decision(promote=False, reason="No.", comparison=CannotScore("columns are gone")), 2),
        ("3", Decision(promote=False, reason="No.", comparison=TooFewUnseen(50, 3, 50)), 3),
        ("3", Decision(promote=False, reason="Version 3, the champion, has lost its files."), 4),
        ("3", Decision(promote=True, reason="It is better.", comparison=COMPARED_MODELS), 5),
        ("3", None, 5),
    ],
)
def test_a_champion_that_was_not_measured_has_no_figures_but_a_reason(
    champion: str | None, decision: Decision | None, standing: int
) -> None:
    found = succeeded(of_run(registration=_challenger(champion)), decision=decision)
    assert {sample.labels["role"] for sample in found if "role" in sample.labels} == {"challenger"}
    assert value(found, metrics.CHAMPION_STANDING) == standing


def test_drift_concerns_the_champion_that_stayed_and_not_one_that_was_just_replaced() -> None:
    assert value(succeeded(of_run(registration=_challenger("3"))), metrics.DRIFT_CONCERNS_CHAMPION) == 1
    assert value(succeeded(), metrics.DRIFT_CONCERNS_CHAMPION) == 0
    assert value(succeeded(of_run(FIRST)), metrics.DRIFT_CONCERNS_CHAMPION) is None


def test_a_file_and_a_run_are_named_by_the_series_that_is_for_that_and_by_no_other() -> None:
    [info] = [sample for sample in succeeded() if sample.metric == metrics.RUN_INFO]
    assert info.labels == {
        "model": "fraud-detector",
        "execution": "one",
        "dataset": "a b+é.csv",
        "version": "4",
        "report": REPORT,
    }
    assert not [sample for sample in succeeded() if "dataset" in sample.labels and sample != info]


def test_the_champion_is_another_one_when_the_run_only_challenged_it() -> None:
    found = succeeded(of_run(registration=_challenger("3")))
    assert value(found, metrics.CHAMPION_VERSION) == 3
    assert value(found, metrics.CHAMPION_PROMOTED) == 0


def test_a_model_without_a_champion_has_no_version() -> None:
    assert value(succeeded(of_run(registration=_challenger(None))), metrics.CHAMPION_VERSION) is None


def _challenger(champion: str | None) -> Registration:
    return Registration(
        name="fraud-detector", version="4", alias="challenger", reason="It is not better.", champion=champion
    )


def test_without_a_comparison_there_is_the_fraud_rate_and_no_drift() -> None:
    found = succeeded(of_run(FIRST))
    assert value(found, metrics.FRAUD_RATE) == 0.25
    told = {sample.metric.name for sample in found} & {*OF_DRIFT, metrics.FEATURE_DRIFT.name}
    assert told == {metrics.FRAUD_RATE.name}


def test_drift_is_told_by_feature_too() -> None:
    assert values(succeeded(), metrics.FEATURE_DRIFT, "feature") == {"amount": 0.4, "V14": 0.1}
    assert value(succeeded(of_run(LATER.model_copy(update={"drift_score": 0.2}))), metrics.DRIFT[0]) == 0.2
