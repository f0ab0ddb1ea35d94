"""What speaks against estimates without labels, and what labels say of them."""

import numpy as np
import pytest

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import reliability_curve
from functions.core.evaluation.doubts import doubts
from functions.core.evaluation.estimates import estimate
from functions.core.evaluation.realised import Realised, RealisedSums
from functions.core.evaluation.score_sums import ScoreSums
from functions.core.evaluation.scored import Scored

COSTS = Costs()
ROWS = 10_000
# 100 of the test split's 10,000 rows are fraud, and score 0.5; as many others do.
TESTED = reliability_curve(
    np.repeat([1, 0], [100, ROWS - 100]), np.repeat([0.5, 1e-5], [200, ROWS - 200]), spacing="log"
)


def said(suspects: int, realised: Realised | None = None) -> list[str]:
    """Return the doubts about a batch of which so many rows score 0.5."""
    scores = np.repeat([0.5, 1e-5], [suspects, ROWS - suspects])
    found = estimate(ScoreSums.of(Scored(scores, 0.1), COSTS), COSTS, TESTED)
    return list(doubts(found, ROWS, TESTED, realised))


def by_labels(frauds: int, rows: int = ROWS) -> Realised:
    y = np.arange(rows) < frauds
    return RealisedSums.of(y, y, COSTS).measure(COSTS)


@pytest.mark.parametrize("suspects", [160, 200, 280])
def test_about_as_much_fraud_as_on_the_test_split_is_no_doubt(suspects: int) -> None:
    assert said(suspects) == []


def test_much_less_fraud_may_be_fraud_that_looks_honest() -> None:
    [doubt] = said(40)
    assert doubt.startswith("The scores expect fraud in 0.")
    assert "after 1 % of the test split: either there is less of it, or it looks honest to this version" in doubt


def test_much_more_may_be_honest_rows_that_look_like_it() -> None:
    [doubt] = said(900)
    assert "either there is more of it, or honest rows look like it now" in doubt


def test_labels_of_all_rows_decide() -> None:
    assert said(40, by_labels(20)) == []
    [doubt] = said(200, by_labels(400))
    assert doubt.startswith("By their labels 400 rows are fraud, where the scores expect ")
    assert doubt.endswith("rows like these are fraud more often than when the version was trained.")
    assert "less often" in said(200, by_labels(10))[0]


def test_labels_of_some_rows_do_not() -> None:
    assert said(200, by_labels(400, 5_000)) == []
