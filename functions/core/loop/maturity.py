"""Which decisions count in metrics: those old enough for a fraud to have been reported, with what silence means.

A fraud is reported weeks after its decision, and nobody reports what is honest. Labels that have come early are mostly
frauds, so that the metrics of young decisions would flatter or blame by chance: a decision counts only when
``delay_days`` have passed, and labels have been received since. Where none were, silence means that nobody sent any.

An alarm that was blocked brings no chargeback: without a label its truth is unknown, unless every alarm is checked
(``silent_alarms``). A random share of them may be let through to learn it. Those then speak for all alarms, by the
inverse of their probability (Horvitz and Thompson, 1952), and labels of the blocked ones are left out: people choose
which of those they check. The rule depends on nothing but the row, so that a sequential test may rely on it.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from functions.core.loop.outcomes import Flags, Outcomes

type SilentAlarms = Literal["unknown", "legitimate"]
type Places = NDArray[np.intp]

DAY = 24 * 60 * 60 * 1_000_000
# Labels that are sent every week, and a day's grace.
QUIET_DAYS = 8


@dataclass(frozen=True, slots=True)
class MaturityRule:
    """When a decision counts.

    Attributes:
        now: in microseconds since 1970; labels that became known later do not exist yet.
        heard_until: when the last label was received, in microseconds since 1970; 0 before the first.
        delay_days: days after which a fraud would have been reported.
        silent_alarms: what a blocked alarm is that nobody has labelled.
    """

    now: int
    heard_until: int
    delay_days: float
    silent_alarms: SilentAlarms = "unknown"

    @property
    def delay(self) -> int:
        """The delay in microseconds."""
        return round(self.delay_days * DAY)

    @property
    def until(self) -> int:
        """The latest time of a decision that counts, in microseconds since 1970."""
        return min(self.now, self.heard_until) - self.delay

    @property
    def quiet(self) -> str | None:
        """Why metrics stand still: labels stopped arriving; None while they come."""
        if not self.heard_until:
            return "No label has been received yet: nothing is known of what became of the decisions."
        days = (self.now - self.heard_until) / DAY
        if days <= QUIET_DAYS:
            return None
        return (
            f"No label has been received for {days:,.0f} days: decisions of the last {self.delay_days + days:,.0f} "
            "days do not count, as nobody would have reported their frauds."
        )


@dataclass(frozen=True, slots=True)
class Matured:
    """The decisions that count, of n; each place is one of 0 to n - 1, and each array of places ascends.

    Attributes:
        decided: the n decisions.
        outcomes: those that count and whose truth is known: each label is 1.0 or 0.0, each weight says for how many
            it stands.
        places: where these are among the n.
        unknown_places: alarms that are old enough, whose truth nobody knows, and for which no other alarm stands.
        represented_places: blocked alarms that are old enough, for which those let through to explore stand.
        by_silence: how many labels are silence.
        young: decisions that are not old enough yet.
        unheard: decisions that would be, had labels been received since.
    """

    decided: Outcomes
    outcomes: Outcomes
    places: Places
    unknown_places: Places
    represented_places: Places
    by_silence: int
    young: int
    unheard: int

    @property
    def unknown(self) -> Outcomes:
        """The alarms whose truth nobody knows."""
        return self.decided.of(self.unknown_places)

    @property
    def count(self) -> int:
        """How many decisions are old enough, whether or not their truth is known."""
        return len(self.places) + len(self.unknown_places) + len(self.represented_places)

    def where(self, rows: Flags) -> "Matured":
        """Return those among some of the n decisions, by a mask (n,); the last three counts stay those of all."""
        kept = rows[self.places]
        return replace(
            self,
            outcomes=self.outcomes.of(kept),
            places=self.places[kept],
            unknown_places=self.unknown_places[rows[self.unknown_places]],
            represented_places=self.represented_places[rows[self.represented_places]],
        )

    def version(self, version: str) -> "Matured":
        """Return those that one version decided."""
        return self.where(np.asarray(self.decided.version == version, dtype=bool))


def mature(outcomes: Outcomes, rule: MaturityRule) -> Matured:
    """Return the decisions that count, with labels filled by silence and weights by exploring."""
    label = np.where(outcomes.labelled_at <= rule.now, outcomes.label, np.nan)
    aged, blocked = outcomes.at <= rule.until, ~outcomes.passed
    explored_instead = blocked & (outcomes.weight > 1) & (rule.silent_alarms == "unknown")
    silent = np.isnan(label) & (outcomes.passed | (rule.silent_alarms == "legitimate"))
    known = aged & ~explored_instead & (silent | ~np.isnan(label))
    unknown = aged & ~explored_instead & ~known
    # Where every alarm's truth is known, none stands for another.
    weight = outcomes.weight if rule.silent_alarms == "unknown" else np.ones(len(outcomes))
    filled = replace(outcomes, label=np.where(silent, 0.0, label), weight=weight)
    return Matured(
        decided=outcomes,
        outcomes=filled.of(known),
        places=np.flatnonzero(known),
        unknown_places=np.flatnonzero(unknown),
        represented_places=np.flatnonzero(aged & explored_instead),
        by_silence=int(np.sum(known & silent)),
        young=int(np.sum(outcomes.at > rule.now - rule.delay)),
        unheard=int(np.sum(~aged & (outcomes.at <= rule.now - rule.delay))),
    )
