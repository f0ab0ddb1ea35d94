"""Which model serves: the champion moves only for a reason, and the reason is written down."""

from dataclasses import dataclass
from typing import Literal

from functions.core.costs import BusinessImpact
from functions.core.evaluation import Evaluation

type Alias = Literal["champion", "challenger"]
type Criterion = Literal["total_cost", "fraud_f1"]


@dataclass(frozen=True, slots=True)
class Contender:
    """A model's figures on the test split, the same rows for every contender."""

    evaluation: Evaluation
    impact: BusinessImpact


@dataclass(frozen=True, slots=True)
class CannotScore:
    """A champion that can't score the new data, and why: columns are gone, say, or its file can't be loaded."""

    reason: str


@dataclass(frozen=True, slots=True)
class PromotionPolicy:
    """What "better" means.

    Money by default: a missed fraud and a false alarm differ by a factor of 50 in what they cost, which F1 does not
    know. ``fraud_f1`` is for those who distrust their costs.
    """

    criterion: Criterion = "total_cost"


@dataclass(frozen=True, slots=True)
class Decision:
    """Where the new version's alias goes, and why in one sentence with the figures."""

    promote: bool
    reason: str

    @property
    def alias(self) -> Alias:
        """The alias that the new version gets."""
        return "champion" if self.promote else "challenger"


def decide(
    champion: Contender | CannotScore | None, challenger: Contender, policy: PromotionPolicy | None = None
) -> Decision:
    """Decide whether the challenger replaces the champion, both measured on the same test rows.

    A useless challenger is never promoted, not even onto an empty throne. One that is strictly better by the policy's
    criterion is; an equal one is not, so that an alias does not move for nothing. A champion that can't score the new
    data stays until a person has looked: the data may be what is wrong.

    Args:
        champion: None when there is none yet.
        challenger: the model of this run.
        policy: the default one when not given.
    """
    useless = _why_useless(challenger)
    if useless:
        return Decision(promote=False, reason=useless)
    match champion:
        case None:
            return Decision(promote=True, reason=f"First champion: {_figures(challenger)}.")
        case CannotScore(reason=why):
            return Decision(
                promote=False,
                reason=f"The champion can't be compared, as it can't score the new data ({why.rstrip('.')}); "
                f"the challenger has {_figures(challenger)}.",
            )
        case Contender():
            return _compare(champion, challenger, policy or PromotionPolicy())


def _why_useless(contender: Contender) -> str | None:
    metrics, confusion = contender.evaluation.metrics, contender.evaluation.confusion
    if confusion.frauds_detected == 0:
        return f"Not promoted: the model finds none of the {confusion.frauds} frauds of the test split."
    base_rate = confusion.frauds / confusion.rows
    # The average precision of random scores is the base rate.
    if metrics.test_average_precision <= base_rate:
        return (
            f"Not promoted: the model ranks no better than chance (average precision "
            f"{metrics.test_average_precision:.4f}, share of frauds {base_rate:.4f})."
        )
    return None


def _compare(champion: Contender, challenger: Contender, policy: PromotionPolicy) -> Decision:
    old, new = _worth(champion, policy.criterion), _worth(challenger, policy.criterion)
    verdict = "Better than" if new > old else "Not better than" if new < old else "No better than and equal to"
    name = {"total_cost": "cost", "fraud_f1": "fraud F1"}[policy.criterion]
    return Decision(
        promote=new > old,
        reason=f"{verdict} the champion by {name} on the same test rows: {_figures(challenger)}; "
        f"the champion has {_figures(champion)}.",
    )


def _worth(contender: Contender, criterion: Criterion) -> float:
    if criterion == "fraud_f1":
        return contender.evaluation.confusion.f1
    return -contender.impact.total_cost


def _figures(contender: Contender) -> str:
    fraud = contender.evaluation.confusion
    return (
        f"cost {contender.impact.total_cost:,.0f}, fraud F1 {fraud.f1:.3f}, "
        f"{fraud.frauds_missed} of {fraud.frauds} frauds missed, {fraud.false_alarms} false alarms"
    )
