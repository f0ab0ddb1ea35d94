import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from functions.core.errors import TooFewFraudsError
from functions.core.evaluation.confusion import Confusion
from functions.core.evaluation.costs import Costs, business_impact
from functions.core.evaluation.thresholds import Policy, choose_threshold
from functions.core.training.flagging import FlaggingClassifier

COSTS = Costs(missed_fraud=100, false_alarm=2)
# Few distinct values, so that ties happen.
SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0]) | st.floats(0, 1)
LABELLED_SCORES = (
    st.integers(1, 30)
    .flatmap(
        lambda n: st.tuples(hnp.arrays(np.int8, n, elements=st.integers(0, 1)), hnp.arrays(float, n, elements=SCORES))
    )
    .filter(lambda pair: bool(pair[0].any()))
)


def every_outcome(y: np.ndarray, scores: np.ndarray) -> list[Confusion]:
    return [Confusion.count(y, scores >= cut) for cut in [*scores, np.inf]]


def every_cost(y: np.ndarray, scores: np.ndarray, amounts: np.ndarray | None, *, at: np.ndarray) -> list[float]:
    return [business_impact(y, scores >= cut, COSTS, amounts).total_cost for cut in [*at, np.inf]]


@given(LABELLED_SCORES)
def test_no_cut_has_a_higher_f1(pair: tuple[np.ndarray, np.ndarray]) -> None:
    chosen = choose_threshold(*pair, policy="f1")
    assert chosen.confusion.f1 == max(outcome.f1 for outcome in every_outcome(*pair))


def calibrated(rows: int = 20_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw probabilities, and labels that come true as often as they say."""
    rng = np.random.default_rng(seed)
    probabilities = 1 / (1 + np.exp(8 - 3 * rng.normal(size=rows)))
    return (rng.uniform(size=rows) < probabilities).astype(int), probabilities


@pytest.mark.parametrize("seed", range(5))
def test_calibrated_probabilities_are_cut_where_theory_says(seed: int) -> None:
    chosen = choose_threshold(*calibrated(seed=seed), policy="cost", costs=COSTS)
    assert chosen.value == 2 / 102
    assert chosen.explanation == "where an alarm (2) is expected to cost no more than a missed fraud (100)"


def test_the_mean_amount_of_the_frauds_stands_for_what_missing_one_costs() -> None:
    y, probabilities = calibrated()
    amounts = np.where(y == 1, 40.0, 1e6)
    amounts[np.flatnonzero(y)[:2]] += [-30.0, 30.0]
    assert choose_threshold(y, probabilities, costs=COSTS, amounts=amounts).value == pytest.approx(2 / 42)


@pytest.mark.parametrize("shift", [-5.0, 5.0])
@pytest.mark.parametrize("amount", [None, 80.0])
def test_scores_that_are_no_probabilities_are_cut_where_it_was_cheapest(shift: float, amount: float | None) -> None:
    """As class weights or another sampling leave them: every odds out by a factor of e^5."""
    y, probabilities = calibrated()
    amounts = None if amount is None else np.full(len(y), amount)
    scores = 1 / (1 + (1 - probabilities) / probabilities * np.exp(-shift))
    chosen = choose_threshold(y, scores, policy="cost", costs=COSTS, amounts=amounts)
    assert chosen.total_cost == min(every_cost(y, scores, amounts, at=scores[y == 1]))
    assert chosen.explanation.startswith("the lowest cost on the held-out rows, where the 0.0")
    by_price = 2 / (2 + (amount or 100))
    dearer = business_impact(y, scores >= by_price, COSTS, amounts).total_cost - chosen.total_cost
    assert dearer > 0
    assert chosen.explanation == (
        f"the lowest cost on the held-out rows, where the {by_price:.4g} that the costs imply would cost "
        f"{dearer:,.0f} more"
    )


@pytest.mark.parametrize(("costs", "false_alarms", "missed"), [(Costs(100, 0), 1, 0), (Costs(0, 2), 0, 2)])
def test_where_one_mistake_is_free_the_other_is_avoided_with_the_fewest_alarms(
    costs: Costs, false_alarms: int, missed: int
) -> None:
    chosen = choose_threshold([1, 0, 1, 0, 0], [0.9, 0.8, 0.7, 0.6, 0.5], policy="cost", costs=costs)
    assert (chosen.total_cost, chosen.confusion.false_alarms, chosen.confusion.frauds_missed) == (
        0,
        false_alarms,
        missed,
    )


@given(LABELLED_SCORES, st.sampled_from([0.25, 0.5, 0.8, 1.0]))
def test_no_cut_that_finds_enough_frauds_is_more_precise(
    pair: tuple[np.ndarray, np.ndarray], min_recall: float
) -> None:
    chosen = choose_threshold(*pair, policy="precision_at_recall", min_recall=min_recall).confusion
    enough = [outcome for outcome in every_outcome(*pair) if outcome.recall >= min_recall]
    assert chosen.recall >= min_recall
    assert chosen.precision == max(outcome.precision for outcome in enough)


@given(LABELLED_SCORES, st.sampled_from(["cost", "f1", "precision_at_recall"]))
def test_the_figures_are_those_of_the_threshold(pair: tuple[np.ndarray, np.ndarray], policy: Policy) -> None:
    y, scores = pair
    chosen = choose_threshold(y, scores, policy=policy)
    assert chosen.confusion == Confusion.count(y, scores >= chosen.value)


def test_the_threshold_lies_midway_between_neighbours() -> None:
    chosen = choose_threshold([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9], policy="f1")
    assert chosen.value == pytest.approx(0.4)
    assert chosen.confusion == Confusion(frauds_detected=2, frauds_missed=0, false_alarms=0, legitimate_passed=2)


def test_neighbouring_floats_without_a_middle_are_still_parted() -> None:
    low = 0.5
    high = float(np.nextafter(low, 1))
    assert choose_threshold([0, 1], [low, high], policy="f1").value == high


def test_equal_scores_are_never_parted() -> None:
    chosen = choose_threshold([1, 0, 0, 0], [0.7, 0.7, 0.7, 0.1], policy="f1")
    assert chosen.confusion.false_alarms == 2


def test_of_equally_good_cuts_the_one_with_fewest_alarms_wins() -> None:
    """Flagging 1 row (F1 2/3) is as good as flagging 4 (2 x 2 / 6)."""
    chosen = choose_threshold([1, 0, 0, 1], [0.9, 0.8, 0.7, 0.6], policy="f1")
    assert chosen.value == pytest.approx(0.85)


def test_rows_without_a_fraud_are_refused() -> None:
    with pytest.raises(TooFewFraudsError, match="without a single fraud"):
        choose_threshold([0, 0], [0.1, 0.2])


def test_scores_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        choose_threshold([0, 1], [0.1, np.nan])


def test_an_attached_threshold_decides_what_predict_flags_and_leaves_the_scores_alone() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 100)
    X = rng.normal(size=(100, 2)) + y[:, None]
    pipeline = make_pipeline(LogisticRegression()).fit(X, y)
    model = FlaggingClassifier(pipeline, 0.8)
    scores = pipeline.predict_proba(X)[:, 1]
    np.testing.assert_array_equal(model.predict_proba(X)[:, 1], scores)  # type: ignore[arg-type]
    np.testing.assert_array_equal(model.predict(X), (scores >= 0.8).astype(int))  # type: ignore[arg-type]
    assert 0 < model.predict(X).sum() < pipeline.predict(X).sum()  # type: ignore[arg-type]
