from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from functions.core.drift import (
    WATCH,
    DriftReport,
    SchemaChanges,
    adjust_p_values,
    detect_drift,
    homogeneity_p_value,
    population_stability_index,
)
from functions.core.reference import ReferenceProfile, build_reference

TWO_COUNTS = st.integers(2, 12).flatmap(
    lambda bins: st.tuples(*[hnp.arrays(float, bins, elements=st.integers(0, 500).map(float)) for _ in range(2)])
)


def transactions(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 8)), columns=[f"V{i}" for i in range(8)])
    amount = rng.lognormal(3, 1.5, rows)
    shop = pd.Series(rng.choice(["books", "food", "fuel", "toys"], rows, p=[0.4, 0.3, 0.2, 0.1]), dtype="str")
    X = X.assign(amount=amount, fees=np.where(rng.random(rows) < 0.8, 0.0, amount / 10), shop=shop)
    return X.mask(rng.random(X.shape) < 0.02)


@pytest.fixture(scope="module")
def reference() -> ReferenceProfile:
    X = transactions(20_000, seed=1)
    return build_reference(X, np.arange(20_000) % 100 == 0, np.linspace(0, 1, 5_000))


def drifted(report: DriftReport) -> set[str]:
    return {feature.feature for feature in report.features if feature.drifted}


def test_the_same_data_has_no_drift_at_all(reference: ReferenceProfile) -> None:
    report = detect_drift(reference, transactions(20_000, seed=1))
    assert (report.verdict, report.drift_score, report.max_feature_drift) == ("stable", 0.0, 0.0)


@pytest.mark.parametrize("rows", [200, 500, 5_000, 20_000])
@pytest.mark.parametrize("seed", range(5))
def test_other_rows_of_the_same_distribution_are_stable(reference: ReferenceProfile, rows: int, seed: int) -> None:
    report = detect_drift(reference, transactions(rows, seed=100 + seed))
    assert report.verdict == "stable"
    assert report.n_drifted_features == 0


@pytest.mark.parametrize("rows", [500, 5_000])
def test_doubled_amounts_are_named_as_drifted(reference: ReferenceProfile, rows: int) -> None:
    X = transactions(rows, seed=2)
    report = detect_drift(reference, X.assign(amount=2 * X["amount"]))
    assert drifted(report) == {"amount"}
    assert report.verdict == "watch"
    assert report.explanation.endswith("1 of 11 features drifted, most of all amount.")


@pytest.mark.parametrize(
    "change",
    [
        lambda X: X.assign(V3=X["V3"] + 0.5),
        lambda X: X.assign(V3=X["V3"] * 1.7),
        lambda X: X.assign(V3=X["V3"].mask(np.arange(len(X)) % 5 == 0)),
        lambda X: X.assign(fees=X["fees"].where(X["fees"] > 0, 1.0)),
        lambda X: X.assign(shop=X["shop"].replace({"books": "brand new"})),
        lambda X: X.assign(shop=X["shop"].replace({"books": "toys", "toys": "books"})),
    ],
    ids=["shift", "scale", "missing", "mass moved", "new category", "categories swapped"],
)
def test_a_large_change_of_one_feature_is_drift(reference: ReferenceProfile, change) -> None:  # noqa: ANN001 - lambdas
    report = detect_drift(reference, change(transactions(5_000, seed=3)))
    assert len(drifted(report)) == 1
    assert report.drift_score is not None
    assert report.drift_score >= WATCH


def test_a_tiny_change_of_many_rows_is_a_change_and_no_drift() -> None:
    rng = np.random.default_rng(4)
    old, new = rng.normal(size=(2, 200_000))
    profile = build_reference(pd.DataFrame({"x": old}), np.zeros(200_000), np.zeros(10))
    report = detect_drift(profile, pd.DataFrame({"x": new + 0.05}))
    assert (report.features[0].changed, report.features[0].drifted, report.verdict) == (True, False, "stable")


def test_more_drifted_features_are_more_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=5)
    reports = [
        detect_drift(reference, X.assign(**{f"V{i}": X[f"V{i}"] + 0.5 for i in range(hit)})) for hit in (1, 4, 8)
    ]
    scores = [report.drift_score for report in reports]
    assert scores == sorted(scores)
    assert [report.verdict for report in reports] == ["watch", "retrain", "retrain"]


def test_a_larger_shift_is_never_less_drift(reference: ReferenceProfile) -> None:
    X = transactions(5_000, seed=6)
    scores = [detect_drift(reference, X.assign(V0=X["V0"] + shift)).drift_score for shift in (0, 0.3, 0.6, 1.2, 5, 99)]
    assert scores == sorted(scores)
    assert scores[-1] == pytest.approx(1.0, abs=0.01)


def test_too_few_rows_get_no_verdict_and_no_figure(reference: ReferenceProfile) -> None:
    report = detect_drift(reference, transactions(99, seed=7))
    assert report.verdict == "not_enough_data"
    assert report.drift_score is None
    assert report.features == ()
    assert report.explanation == "Not enough data to tell: 99 rows against 20000, 100 are needed on either side."


def test_column_order_does_not_matter(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=8)
    assert detect_drift(reference, X[X.columns[::-1]]) == detect_drift(reference, X)


def test_changes_of_the_columns_are_named(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=9).drop(columns="V0").assign(extra=1.0)
    X["V1"] = X["V1"].astype("str")
    report = detect_drift(reference, X)
    assert report.schema == SchemaChanges(added=("extra",), removed=("V0",), retyped=("V1",))
    assert "1 column removed (V0)" in report.explanation
    assert {feature.feature for feature in report.features} == {*X.columns} - {"extra", "V1"}


def test_a_table_with_no_column_in_common_is_not_compared(reference: ReferenceProfile) -> None:
    report = detect_drift(reference, pd.DataFrame({"other": np.ones(500)}))
    assert report.verdict == "not_enough_data"
    assert "no column in common" in report.explanation


def test_scores_and_fraud_rates_are_compared_when_given(reference: ReferenceProfile) -> None:
    X = transactions(1_000, seed=10)
    report = detect_drift(reference, X, scores=np.linspace(0, 0.5, 1_000), y=np.arange(1_000) % 50 == 0)
    assert report.prediction is not None
    assert report.prediction.drifted
    assert report.fraud_rates == pytest.approx((0.01, 0.02))
    assert detect_drift(reference, X, scores=np.linspace(0, 1, 1_000)).prediction.score == pytest.approx(0, abs=0.01)  # type: ignore[union-attr]


def test_a_report_is_plain_data(reference: ReferenceProfile) -> None:
    document = asdict(detect_drift(reference, transactions(1_000, seed=11)))
    assert document["features"][0].keys() == {"feature", "psi", "score", "p_value", "changed", "drifted"}


def test_psi_equals_the_formula_worked_out_by_hand() -> None:
    """Shares (1000.5, 3000.5) / 4001 against (2000.5, 2000.5) / 4001; one degree of freedom of noise."""
    expected = (2000.5 - 1000.5) / 4001 * np.log(2000.5 / 1000.5) + (2000.5 - 3000.5) / 4001 * np.log(2000.5 / 3000.5)
    psi = population_stability_index(np.array([1000.0, 3000.0]), np.array([2000.0, 2000.0]))
    assert psi == pytest.approx(expected - 2 / 4000)


@given(TWO_COUNTS)
def test_psi_is_symmetric_and_never_negative(pair: tuple[np.ndarray, np.ndarray]) -> None:
    assert population_stability_index(*pair) == pytest.approx(population_stability_index(*reversed(pair)))
    assert population_stability_index(*pair) >= 0


@given(TWO_COUNTS, st.randoms(use_true_random=False))
def test_psi_does_not_depend_on_the_order_of_the_bins_or_on_empty_ones(pair, random) -> None:  # noqa: ANN001 - hypothesis
    old, new = pair
    order = random.sample(range(len(old)), len(old))
    shuffled = population_stability_index(np.append(old[order], 0), np.append(new[order], 0))
    assert shuffled == pytest.approx(population_stability_index(old, new))


@given(TWO_COUNTS)
def test_equal_counts_have_no_psi_and_no_significance(pair: tuple[np.ndarray, np.ndarray]) -> None:
    counts, _ = pair
    assert population_stability_index(counts, counts) == 0
    assert homogeneity_p_value(counts, counts) == pytest.approx(1)


def test_the_noise_of_samples_of_one_distribution_is_subtracted_on_average() -> None:
    rng = np.random.default_rng(0)
    pairs = rng.multinomial(1_000, np.full(10, 0.1), size=(500, 2)).astype(float)
    plain = [np.sum((q - p) * np.log(q / p)) for p, q in pairs / 1_000]
    assert np.mean(plain) == pytest.approx(9 * (1 / 1_000 + 1 / 1_000), rel=0.1)
    assert np.mean([population_stability_index(p, q) for p, q in pairs]) < 0.005


def test_the_p_value_is_that_of_scipy_where_no_bin_is_rare() -> None:
    old, new = np.array([50.0, 80.0, 70.0]), np.array([30.0, 90.0, 60.0])
    assert homogeneity_p_value(old, new) == pytest.approx(stats.chi2_contingency([old, new]).pvalue)


@given(hnp.arrays(float, st.integers(1, 30), elements=st.floats(0, 1)))
def test_adjusted_p_values_are_those_of_scipy(p_values: np.ndarray) -> None:
    np.testing.assert_allclose(adjust_p_values(p_values), stats.false_discovery_control(p_values), rtol=1e-12)


def test_rare_bins_alone_are_no_evidence() -> None:
    old, new = np.array([1000.0, *[0.0] * 8]), np.array([992.0, *[1.0] * 8])
    assert homogeneity_p_value(old, new) > 0.001
    assert homogeneity_p_value(np.array([5.0, 0.0]), np.array([5.0, 0.0])) == 1.0
