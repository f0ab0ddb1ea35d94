"""Promotion: the statistical comparison of challenger and champion, and the decision with its reason."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from functions.core.evaluation.certainty import PricedRows, cost_difference, saving, unseen_difference
from functions.core.evaluation.costs import BusinessImpact, business_impact
from functions.core.evaluation.fraud_metrics import Performance, evaluate
from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.scored import Scored
from functions.core.wording import counted

type Alias = Literal["champion", "challenger"]

# Of a version in the registry: "true" where live traffic may promote it, else "false".
PASSED_GATE_TAG = "fraudflow.passed_gate"
MIN_FRAUDS = 10
# Share of the baseline's cost, which does not depend on either model.
MARGIN = 0.05


@dataclass(frozen=True, slots=True)
class Contender:
    """A model's metrics on a set of test rows, and its savings against no model with their interval."""

    evaluation: Performance
    impact: BusinessImpact
    saved: Interval


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Cost of the challenger less that of the champion on the same rows, with its interval."""

    cost: Interval
    rows: int
    frauds: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Champion and challenger on the same test rows: those that the champion was not trained on.

    ``rows_left_out`` counts the others. ``margin`` is the non-inferiority margin in money: ``MARGIN`` of the cost
    without a model on the compared rows, but no less than the interval's upper limit where both decide alike, as these
    rows can't resolve a smaller difference of any two models.
    """

    champion: Contender
    challenger: Contender
    paired: PairedDifference
    rows_left_out: int
    margin: float


@dataclass(frozen=True, slots=True)
class TooFewUnseen:
    """No comparison: too few frauds among the test rows that the champion was not trained on."""

    rows: int
    frauds: int
    rows_left_out: int


@dataclass(frozen=True, slots=True)
class CannotScore:
    """No comparison: the champion can't score the new data, and why (missing columns, an unreadable file)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The promotion of the new version or not, the reason in a sentence or two with the metrics, and all metrics.

    ``in_shadow`` is that of a version which has passed this gate, and which live traffic decides on.
    """

    promote: bool
    reason: str
    comparison: Comparison | TooFewUnseen | CannotScore | None = None
    drifted: bool = False
    in_shadow: bool = False

    @property
    def passed_gate(self) -> bool:
        """Whether the version may become the champion: now, or once it has paid in shadow."""
        return self.promote or self.in_shadow

    @property
    def alias(self) -> Alias:
        """Alias of the new version: ``champion`` or ``challenger``."""
        return "champion" if self.promote else "challenger"


def measure(rows: PricedRows, scored: Scored) -> Contender:
    """Compute a model's metrics and business impact on n rows, with the interval of its savings."""
    evaluation = evaluate(rows.y, scored.scores, threshold=scored.threshold)
    impact = business_impact(rows.y, scored.flagged, rows.costs, rows.amounts)
    return Contender(evaluation, impact, saving(rows, scored.flagged))


def compare(
    rows: PricedRows, champion: Scored, challenger: Scored, *, unseen: ArrayLike | None = None
) -> Comparison | TooFewUnseen:
    """Compare two models on the same n test rows.

    Rows that the champion was trained on would flatter it, so they are omitted for both.

    Args:
        rows: the test rows.
        champion: the champion's scores on these rows, and its threshold.
        challenger: the same of this run's model.
        unseen: which rows the champion was not trained on (n,), bool; all of them when not given.
    """
    kept = np.ones_like(rows.is_fraud) if unseen is None else np.asarray(unseen, dtype=bool)
    compared, left_out = rows.of(kept), int(np.sum(~kept))
    count, frauds = int(np.sum(kept)), int(np.sum(compared.is_fraud))
    if frauds < MIN_FRAUDS:
        return TooFewUnseen(count, frauds, left_out)
    old, new = (Scored(each.scores[kept], each.threshold) for each in (champion, challenger))
    contender = measure(compared, new)
    return Comparison(
        champion=measure(compared, old),
        challenger=contender,
        paired=PairedDifference(cost_difference(compared, old.flagged, new.flagged), count, frauds),
        rows_left_out=left_out,
        margin=max(MARGIN * contender.impact.cost_without_model, unseen_difference(compared)),
    )


def decide(
    against: Comparison | TooFewUnseen | CannotScore | None,
    challenger: Contender,
    *,
    drifted: bool = False,
    shadow_first: bool = False,
) -> Decision:
    """Decide whether the challenger replaces the champion.

    A useless challenger is never promoted, not even where there is no champion yet: one that finds no fraud, that ranks
    no better than chance, or that is not significantly cheaper than no model. Two kinds are promoted:

    - one that costs significantly less: the whole 95 % interval of the paired difference in cost is below zero;
    - where the data has drifted, one that is not inferior: its point estimate costs no more, and the whole interval is
      below the margin (a test of non-inferiority; Piaggio and others, 2012). The challenger knows the newer data.

    A champion that can't score the new data stays until a person has looked, as the data may be what is wrong; so
    does one that has been trained on nearly all of the test rows' frauds.

    Args:
        against: the comparison with the champion, or why there is none; None when there is no champion yet.
        challenger: the metrics of this run's model on the whole test split.
        drifted: whether the new data has drifted from what the champion was trained on.
        shadow_first: whether the champion stays in any case, and one that is not inferior runs in shadow beside it:
            what may be lost by trying is nothing then, and live traffic asks whether it costs less. It need not be
            cheaper than no model beyond the noise, which few frauds would tell of no model.
    """
    useless = _why_useless(challenger, certain=against is None or not shadow_first)
    if useless:
        return Decision(promote=False, reason=useless, comparison=against, drifted=drifted)
    passed, reason = _weigh(against, challenger, drifted=drifted, shadow_first=shadow_first)
    in_shadow = passed and shadow_first and against is not None
    told = f"Runs in shadow, and live traffic decides. {reason}" if in_shadow else reason
    return Decision(passed and not in_shadow, told, against, drifted, in_shadow)


def _why_useless(contender: Contender, *, certain: bool) -> str | None:
    metrics, confusion = contender.evaluation.metrics, contender.evaluation.confusion
    if confusion.frauds_detected == 0:
        return f"Not promoted: the model finds none of the {counted(confusion.frauds, 'fraud')} of the test split."
    base_rate = confusion.frauds / confusion.rows
    # The average precision of random scores is the base rate.
    if metrics.test_average_precision <= base_rate:
        return (
            f"Not promoted: the model ranks no better than chance (average precision "
            f"{metrics.test_average_precision:.4f}, share of frauds {base_rate:.4f})."
        )
    saved = contender.saved.low if certain else contender.saved.estimate
    return None if saved > 0 else _no_better_than_no_model(contender)


def _no_better_than_no_model(contender: Contender) -> str:
    impact, saved, rows = contender.impact, contender.saved, contender.evaluation.confusion.rows
    noise, advice = ("", "") if saved.estimate <= 0 else (" beyond the noise", " More rows would tell.")
    return (
        f"Not promoted: the model is no better than no model{noise}. On the {rows:,} test rows its mistakes cost "
        f"{impact.total_cost:,.0f}, and {impact.without_model} costs {impact.cost_without_model:,.0f}: the saving is "
        f"{saved.estimate:z,.0f} (95 % interval {saved.low:+z,.0f} to {saved.high:+z,.0f}).{advice}"
    )


def _weigh(
    against: Comparison | TooFewUnseen | CannotScore | None, challenger: Contender, *, drifted: bool, shadow_first: bool
) -> tuple[bool, str]:
    match against:
        case None:
            return True, f"First champion: {_metrics(challenger)}.{_how_few(challenger)}"
        case CannotScore(reason=why):
            return False, (
                f"The champion can't be compared, as it can't score the new data ({why.rstrip('.')}); "
                f"the challenger has {_metrics(challenger)}."
            )
        case TooFewUnseen():
            return False, (
                f"The champion can't be compared, as it was trained on {against.rows_left_out:,} of the test rows: the "
                f"{against.rows:,} others hold {counted(against.frauds, 'fraud')}, and {MIN_FRAUDS} are needed. "
                f"The challenger has {_metrics(challenger)}."
            )
        case Comparison():
            passed, verdict = _verdict(against, drifted=drifted, shadow_first=shadow_first)
            return passed, (
                f"{verdict} on the same {against.paired.rows:,} test rows: {_difference(against.paired)}. "
                f"The challenger has {_metrics(against.challenger)}; the champion has {_metrics(against.champion)}."
            )


def _verdict(comparison: Comparison, *, drifted: bool, shadow_first: bool) -> tuple[bool, str]:
    cost = comparison.paired.cost
    if cost.high < 0:
        return True, "Cheaper than the champion beyond the noise"
    if drifted or shadow_first:
        whose = ", whose data has drifted," if drifted else ""
        if cost.estimate <= 0 and cost.high <= comparison.margin:
            return True, f"No worse than the champion{whose}"
        return False, f"Not certain to cost at most {comparison.margin:,.0f} more than the champion{whose}"
    return False, "Not cheaper than the champion beyond the noise"


def _difference(paired: PairedDifference) -> str:
    cost = paired.cost
    return f"the cost differs by {cost.estimate:+,.0f} (95 % interval {cost.low:+,.0f} to {cost.high:+,.0f})"


def _metrics(contender: Contender) -> str:
    fraud = contender.evaluation.confusion
    missed = f"{fraud.frauds_missed:,} of {counted(fraud.frauds, 'fraud')} missed"
    alarms = counted(fraud.false_alarms, "false alarm")
    return f"cost {contender.impact.total_cost:,.0f}, fraud F1 {fraud.f1:.3f}, {missed}, {alarms}"


def _how_few(contender: Contender) -> str:
    """Return a warning for a first champion that rests on few frauds; empty where there are enough."""
    frauds = contender.evaluation.confusion.frauds
    if frauds >= MIN_FRAUDS:
        return ""
    return f" This rests on {counted(frauds, 'fraud')} in the test split: upload more before you rely on it."
