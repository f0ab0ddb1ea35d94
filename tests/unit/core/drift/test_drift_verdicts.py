"""The drift score and its verdict, scores and fraud rates, and how a report is kept."""

import json

import numpy as np
import pandas as pd
import pytest

from functions.core.drift import RETRAIN, WATCH, DriftReport, NewData, detect_drift
from functions.core.drift.detect import verdict_of
from functions.core.drift.reference import ReferenceProfile, build_reference, reference_sample
from tests.unit.core.drift.compared import compare, only, transactions


def test_more_drifted_features_are_more_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=5)
    reports = [compare(reference, X.assign(**{f"V{i}": X[f"V{i}"] + 0.5 for i in range(hit)})) for hit in (1, 4, 8)]
    scores = [report.drift_score for report in reports]
    assert scores == sorted(scores)  # type: ignore[type-var]
    assert [report.verdict for report in reports] == ["watch", "retrain", "retrain"]


def test_a_larger_shift_is_never_less_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=6)
    scores = [compare(reference, X.assign(V0=X["V0"] + shift)).drift_score for shift in (0, 0.3, 0.6, 1.2, 5, 99)]
    assert scores == sorted(scores)  # type: ignore[type-var]
    assert scores[-1] == pytest.approx(1.0, abs=0.01)


def test_verdicts_change_where_the_alerts_do() -> None:
    """The alerts are ``drift_score > 0.3`` and ``0.1 <= drift_score <= 0.3``."""
    assert [verdict_of(score) for score in (0, 0.0999, WATCH, RETRAIN, 0.3001, 1)] == [
        *("stable", "stable", "watch", "watch", "retrain", "retrain")
    ]


@pytest.mark.parametrize(("rows", "needed"), [(0, 254), (253, 254)])
def test_too_few_rows_get_no_verdict_and_no_figure(reference: ReferenceProfile, rows: int, needed: int) -> None:
    report = compare(reference, transactions(rows, seed=7))
    assert report.verdict == "not_enough_data"
    assert report.drift_score is None
    assert report.features == ()
    assert report.explanation == f"{rows} new rows, where {needed} are needed against the champion's 20,000."
    assert compare(reference, transactions(needed, seed=7)).verdict == "stable"


def test_a_reference_of_few_rows_is_never_enough() -> None:
    X = transactions(250, seed=7)
    report = only(X, transactions(100_000, seed=8))
    assert report.explanation == "The champion was trained on 250 rows, which are too few to compare with."


def test_scores_are_compared_by_themselves(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=10)
    report = detect_drift(reference, NewData(X, scores=np.linspace(0, 0.5, 1_000)))
    assert report.prediction is not None
    assert report.prediction.drifted
    assert report.verdict == "stable"
    assert "the champion's scores drifted" in report.explanation
    same = detect_drift(reference, NewData(X, scores=np.linspace(0, 1, 1_000))).prediction
    assert same is not None
    assert same.score == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("one_in", "changed", "is_drift"), [(100, False, False), (90, False, False), (75, True, False), (50, True, True)]
)
def test_fraud_rates_are_compared_with_an_interval(
    reference: ReferenceProfile, one_in: int, *, changed: bool, is_drift: bool
) -> None:
    rows = 20_000
    label = detect_drift(reference, NewData(transactions(rows, seed=1), np.arange(rows) % one_in == 0)).label
    assert label is not None
    assert (label.changed, label.drifted) == (changed, is_drift)
    assert label.low < label.rate < label.high
    assert (label.reference_rate, label.rate) == pytest.approx((0.01, 1 / one_in), rel=0.01)


def test_a_broken_correlation_is_told_though_no_feature_changed() -> None:
    rng = np.random.default_rng(11)
    old, new = (pd.DataFrame(rng.normal(size=(3_000, 6)), columns=list("abcdef")) for _ in range(2))
    old["b"] = 0.8 * old["a"] + 0.6 * old["b"]
    reference = build_reference(old, np.zeros(3_000), [])
    report = detect_drift(reference, NewData(new), sample=reference_sample(old, rows=2_000, seed=0))
    assert report.multivariate is not None
    assert report.multivariate.drifted
    assert report.n_changed_features == 0
    assert "the relations between columns changed (multivariate drift, AUC 0." in report.explanation
    assert detect_drift(reference, NewData(new)).multivariate is None


def test_what_chance_gives_is_nobodys_strongest_drift() -> None:
    """Of 120 columns of texts and 500 rows, one scores 0.0997 by chance, and is shown as 0.10."""

    def table(seed: int) -> pd.DataFrame:
        shops = np.random.default_rng(seed).integers(0, 20, (120, 500)).astype(str)
        return pd.DataFrame({f"t{i:03}": pd.Series(column, dtype="str") for i, column in enumerate(shops)})

    report = only(table(1), table(2))
    assert max(each.score for each in report.features) > 0.09
    assert (report.n_changed_features, report.max_feature_drift, report.drift_score) == (0, 0.0, 0.0)


def test_only_the_features_that_lead_have_their_bins_told() -> None:
    rng = np.random.default_rng(12)
    names = [f"f{number}" for number in range(12)]
    old, new = (pd.DataFrame(rng.normal(size=(600, 12)), columns=names) for _ in range(2))
    report = only(old, new + np.linspace(1, 2, 12))
    assert [bool(each.bins) for each in report.features] == [True] * 10 + [False] * 2
    first = report.features[0]
    assert sum(each.reference for each in first.bins) == pytest.approx(1)
    assert sum(each.new for each in first.bins) == pytest.approx(1)


def test_a_report_is_json_and_back(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=11)
    report = detect_drift(
        reference,
        NewData(X, np.zeros(1_000), np.full(1_000, np.nan)),
        sample=reference_sample(X, rows=300, seed=0),
        ignored=("V0",),
    )
    document = json.dumps(report.model_dump(mode="json"), allow_nan=False)
    assert DriftReport.model_validate(json.loads(document)) == report
