"""What a version's decisions came to once labels have matured: metrics and money, with 95 % confidence intervals.

Alarms that were let through to explore stand for others, so that sums are weighted. Weighted sums of rare events are
close to gamma distributed (Fay and Feuer, 1997). A share of two weighted counts has the exact interval (Clopper and
Pearson, 1934) of as many events as have their variance (Kish, 1965). Without weights, all of it is what
``evaluation.realised`` computes.

Alarms whose truth nobody knows widen each interval to what it would be in the worst case and in the best; the estimate
takes them for false alarms, which flatters nobody. Where they are most of the alarms, nothing is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from functions.core.evaluation import intervals
from functions.core.evaluation.costs import Costs, Floats
from functions.core.evaluation.intervals import Interval
from functions.core.loop.maturity import Matured
from functions.core.loop.outcomes import Flags, Outcomes, ShadowScores
from functions.core.loop.weighted_rows import WeightedRows, weighted_share

# More unknown alarms than this share of all, and their truth is what metrics would depend on.
MOST_UNKNOWN = 0.5


@dataclass(frozen=True, slots=True)
class RealisedWorth:
    """Metrics and costs of decisions that count; costs are money.

    ``precision`` is None without an alarm, ``recall`` without a fraud. ``lost`` is the cost of the missed frauds,
    ``cost`` that and the cost of the false alarms, ``saved`` what the cheaper of doing nothing and alarming on
    everything would cost, less ``cost``.
    """

    precision: Interval | None
    recall: Interval | None
    lost: Interval
    cost: Interval
    saved: Interval


@dataclass(frozen=True, slots=True)
class RealisedPerformance:
    """What decisions that count came to; frauds and false alarms are weighted where alarms were explored.

    Attributes:
        decisions: how many count, those of unknown truth included.
        alarms: how many of them raised an alarm, or would have.
        unknown: how many of unknown truth there are.
        frauds: those known.
        missed: the frauds that raised no alarm.
        false_alarms: alarms known to be legitimate.
        unpriced: frauds whose amount is missing or negative: they cost nothing here.
        worth: None where it can't be known.
        not_known: why, in a sentence.
    """

    decisions: int
    alarms: int
    unknown: int
    frauds: float
    missed: float
    false_alarms: float
    unpriced: int
    worth: RealisedWorth | None
    not_known: str | None = None


@dataclass(frozen=True, slots=True)
class PairedPerformance:
    """Two versions on the same transactions; ``cost_difference`` is the second's cost less the first's."""

    first: RealisedPerformance
    second: RealisedPerformance
    disagreements: int
    cost_difference: Interval | None


@dataclass(frozen=True, slots=True)
class _Rows:
    """n decisions that count, those of unknown truth last: whether each is fraud, unknown, flagged; (n,) each."""

    fraud: Flags
    unknown: Flags
    flagged: Flags
    weight: Floats
    missed_cost: Floats

    @classmethod
    def of(cls, matured: Matured, known_flags: Flags, unknown_flags: Flags) -> "_Rows":
        known, unknown = matured.outcomes, matured.unknown
        return cls(
            np.concatenate((known.label == 1, np.zeros(len(unknown), dtype=bool))),
            np.concatenate((np.zeros(len(known), dtype=bool), np.ones(len(unknown), dtype=bool))),
            np.concatenate((known_flags, unknown_flags)),
            np.concatenate((known.weight, np.ones(len(unknown)))),
            np.concatenate((known.missed_cost, unknown.missed_cost)),
        )

    def where(self, unknown_is_fraud: Flags) -> WeightedRows:
        """Return the rows as they would be if these of unknown truth were fraud, the other ones legitimate."""
        return WeightedRows(np.where(self.unknown, unknown_is_fraud, self.fraud), self.weight, self.missed_cost)


def realise(matured: Matured, costs: Costs) -> RealisedPerformance:
    """Compute what the decisions that count came to."""
    return _realised(_Rows.of(matured, matured.outcomes.flagged, matured.unknown.flagged), costs)


def realise_pair(
    outcomes: Outcomes,
    matured: Matured,
    versions: tuple[str, str],
    shadows: Mapping[str, ShadowScores],
    costs: Costs,
) -> PairedPerformance:
    """Compare two versions on the transactions that count, and that both have scored, whichever of them decided.

    Args:
        outcomes: all decisions.
        matured: those of them that count.
        versions: the first and the second.
        shadows: what versions would have decided that did not, of all decisions, by version.
        costs: the cost matrix.
    """
    first, second = (decided_by(outcomes, version, shadows.get(version)) for version in versions)
    both = first[0] & second[0]
    kept = matured.where(both)
    one, other = (_Rows.of(kept, each[1][kept.places], each[1][kept.unknown_places]) for each in (first, second))
    before, after = (_realised(each, costs) for each in (one, other))
    difference = _difference(one, other, costs) if before.not_known is None else None
    return PairedPerformance(before, after, int(np.sum(one.flagged != other.flagged)), difference)


def decided_by(outcomes: Outcomes, version: str, shadow: ShadowScores | None) -> tuple[Flags, Flags]:
    """Return which of n decisions a version has scored, and which it flagged, as decider or as shadow; (n,) each."""
    own = np.asarray(outcomes.version == version, dtype=bool)
    if shadow is None:
        return own, own & outcomes.flagged
    return own | shadow.known, np.where(own, outcomes.flagged, shadow.flagged)


def _realised(rows: _Rows, costs: Costs) -> RealisedPerformance:
    flagged, plain = rows.flagged, rows.where(np.zeros_like(rows.unknown))
    not_known = _too_many_unknown(rows)
    return RealisedPerformance(
        decisions=len(flagged),
        alarms=int(np.sum(flagged)),
        unknown=int(np.sum(rows.unknown)),
        frauds=float(np.sum(rows.weight[rows.fraud])),
        missed=float(np.sum(rows.weight[rows.fraud & ~flagged])),
        false_alarms=float(np.sum(rows.weight[~rows.fraud & flagged & ~rows.unknown])),
        unpriced=int(np.sum(rows.fraud & ~plain.priced)),
        worth=None if not_known else _bounded(rows, costs),
        not_known=not_known,
    )


def _bounded(rows: _Rows, costs: Costs) -> RealisedWorth:
    """Compute the metrics; intervals hold whatever the rows of unknown truth may be."""
    flagged = rows.flagged
    found = _worth(rows.where(np.zeros_like(flagged)), flagged, costs)
    if not rows.unknown.any():
        return found
    # A decision is wrong in the worst case, and right in the best one.
    worst, best = (_worth(rows.where(each), flagged, costs) for each in (~flagged, flagged))
    return RealisedWorth(
        precision=_either(found.precision, worst.precision, best.precision),
        recall=_either(found.recall, worst.recall, best.recall),
        lost=_holding(found.lost, worst.lost, best.lost),
        cost=_holding(found.cost, worst.cost, best.cost),
        saved=_holding(found.saved, worst.saved, best.saved),
    )


def _too_many_unknown(rows: _Rows) -> str | None:
    """Return that most of what the deciders blocked is unknown; None where it is not."""
    unknown = int(np.sum(rows.unknown))
    alarms = int(np.sum(rows.flagged | rows.unknown))
    if not alarms or unknown <= MOST_UNKNOWN * alarms:
        return None
    return (
        f"{unknown:,} of {alarms:,} alarms have no label: what they were can't be known from silence. Label the alarms "
        "that are checked, set FRAUDFLOW_SILENT_ALARMS=legitimate if all are, or let a share through "
        "(FRAUDFLOW_EXPLORE_SHARE)."
    )


def _worth(rows: WeightedRows, flagged: Flags, costs: Costs) -> RealisedWorth:
    """Compute the metrics of decisions on rows whose truth is given."""
    (caught, raised), (missed, _) = (
        [rows.count(each, fraud=fraud) for fraud in (True, False)] for each in (flagged, ~flagged)
    )
    (prevented, spent), (lost, spared) = (
        (rows.losses(each, costs), rows.alarms(each, costs)) for each in (flagged, ~flagged)
    )
    if rows.weighted:  # what could be earned is an estimate then, not a known total
        both = (intervals.difference(prevented, spent), intervals.difference(spared, lost))
    else:
        both = (intervals.gain(prevented, lost, lost=spent), intervals.gain(spared, spent, lost=lost))
    return RealisedWorth(
        precision=weighted_share(caught, raised),
        recall=weighted_share(caught, missed),
        lost=intervals.total(lost),
        cost=intervals.total(lost + spent),
        saved=Interval(*(min(getattr(each, name) for each in both) for name in ("estimate", "low", "high"))),
    )


def _difference(first: _Rows, second: _Rows, costs: Costs) -> Interval:
    """Compute the second's cost less the first's; only rows on which they disagree count."""
    dropped, raised = first.flagged & ~second.flagged, second.flagged & ~first.flagged

    def given(fraud: Flags) -> Interval:
        rows = first.where(fraud)
        return intervals.difference(
            rows.losses(dropped, costs) + rows.alarms(raised, costs),
            rows.losses(raised, costs) + rows.alarms(dropped, costs),
        )

    found = given(np.zeros_like(dropped))
    return _holding(found, given(dropped), given(raised)) if first.unknown.any() else found


def _holding(found: Interval, *others: Interval | None) -> Interval:
    """Return the estimate with the interval that holds all of the intervals."""
    known = [found, *(each for each in others if each is not None)]
    return Interval(found.estimate, min(each.low for each in known), max(each.high for each in known))


def _either(found: Interval | None, *others: Interval | None) -> Interval | None:
    """Return the same of a share that may not be defined."""
    return None if found is None else _holding(found, *others)
