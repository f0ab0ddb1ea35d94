"""What a window of decisions is expected to come to before its labels: from the scores, or why it can't be known.

The estimates are those of ``evaluation.estimates``. How right scores are is asked of the latest decisions that count,
once these hold enough frauds, and of the test split before: scores wear off, and a rate of frauds that has changed
shows there first. What has changed since those decisions were made shows nowhere before its labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from functions.core.evaluation.costs import Costs
from functions.core.evaluation.curves import ReliabilityBin, reliability_curve
from functions.core.evaluation.estimates import Estimates, estimate
from functions.core.evaluation.score_sums import ScoreSums, bands
from functions.core.evaluation.scored import Scored
from functions.core.loop.maturity import Matured
from functions.core.loop.outcomes import Outcomes
from functions.core.wording import counted

# Of fewer decisions the intervals hold nearly everything (``benchmarks/estimated_windows.py``).
MIN_ROWS = 500
# So many frauds of counted decisions say more of today's scores than a test split of the past; more than the latest
# hundred would be of the past again (``benchmarks/estimated_windows.py``).
MIN_FRAUDS, LATEST_FRAUDS = 30, 100


@dataclass(frozen=True, slots=True)
class ExpectedPerformance:
    """What decisions are expected to come to; ``estimates`` is None where it can't be known, for ``not_known``."""

    rows: int
    alarms: int
    unpriced: int
    estimates: Estimates | None
    not_known: str | None = None


def expect(
    window: Outcomes, costs: Costs, tested: Sequence[ReliabilityBin], *, outside: str | None = None, seed: int = 0
) -> ExpectedPerformance:
    """Estimate what the decisions of a window come to.

    Args:
        window: n decisions of one version; labels are not looked at.
        costs: the cost matrix.
        tested: how right the version's scores were (``reliability_now``); may be empty.
        outside: why scores don't hold for this window, where drift says so (``known_region.why_not_known``).
        seed: of the draws.
    """
    sums = decided_sums(window, costs)
    not_known = outside
    if len(window) < MIN_ROWS:
        not_known = (
            f"What {counted(len(window), 'decision')} come to can't be known without labels: {MIN_ROWS} are needed."
        )
    found = None if not_known else estimate(sums, costs, tested, seed=seed)
    return ExpectedPerformance(len(window), sums.alarms, sums.unpriced, found, not_known)


def decided_sums(decisions: Outcomes, costs: Costs) -> ScoreSums:
    """Sum over decisions, whose threshold a setting or another version may have changed between two of them."""
    sums = ScoreSums()
    for threshold in np.unique(decisions.threshold):
        same = decisions.threshold == threshold
        sums += ScoreSums.of(
            Scored(decisions.score[same], float(threshold)), costs, amounts=decisions.missed_cost[same]
        )
    return sums


def reliability_now(matured: Matured, test_split: Sequence[ReliabilityBin]) -> tuple[ReliabilityBin, ...]:
    """Return how right a version's scores are: by its latest decisions that count, and its test split elsewhere.

    Among equal scores, exploring draws at random, so that weights would change nothing but the noise.

    Args:
        matured: the decisions of the version that count.
        test_split: the reliability diagram of its test split, by half decades.
    """
    usable = chosen_by_nobody(matured)
    since = np.cumsum(usable.label[::-1])[::-1]
    latest = usable.of(since <= LATEST_FRAUDS)
    if np.sum(latest.label) < MIN_FRAUDS:
        return tuple(test_split)
    found = {_band(each): each for each in test_split}
    found |= {_band(each): each for each in reliability_curve(latest.label, latest.score, spacing="log")}
    return tuple(found[band] for band in sorted(found))


def _band(each: ReliabilityBin) -> int:
    return int(bands([each.mean_probability])[0])


def chosen_by_nobody(matured: Matured) -> Outcomes:
    """Return the decisions that count, without blocked alarms where the truth of others of these is unknown.

    People chose which of them were labelled: most often those that are fraud.
    """
    if not len(matured.unknown_places):
        return matured.outcomes
    return matured.outcomes.of(matured.outcomes.passed)
