"""Roles of the models whose metrics a run reports: the champion, and a challenger that was not promoted.

The champion is the version with the alias after the run. Alerts and panels are about it; a challenger that was not
promoted is a note.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from enum import IntEnum
from types import MappingProxyType

from functions.contracts import Impact, PublishResultsInput, Registration
from functions.core.evaluation.costs import BusinessImpact
from functions.core.evaluation.promotion import CannotScore, Comparison, Contender, Decision, TooFewUnseen
from functions.telemetry import metrics
from functions.telemetry.metrics import Sample


class ChampionStanding(IntEnum):
    """Values of ``champion_standing``: the champion was measured on a run's test rows, or the reason why not."""

    NONE = 0
    MEASURED = 1
    CANNOT_SCORE = 2
    TOO_FEW_FRAUDS = 3
    LOST = 4
    CHANGED = 5


_WHY: Mapping[type, ChampionStanding] = MappingProxyType(
    {
        Comparison: ChampionStanding.MEASURED,
        CannotScore: ChampionStanding.CANNOT_SCORE,
        TooFewUnseen: ChampionStanding.TOO_FEW_FRAUDS,
    }
)


def model_samples(event: PublishResultsInput, decision: Decision | None) -> Iterator[Sample]:
    """Return the metrics of this run's model in its role, and of a champion that stayed, on the same test rows."""
    model, own = event.settings.model_name, event.evaluation
    role = "champion" if is_champion(event.registration) else "challenger"
    yield from _of_role(role, model, {**own.metrics, **_money(own.impact)})
    champion = _kept_champion(event.registration, decision)
    if champion is not None:
        measured = asdict(champion.evaluation.metrics)
        yield from _of_role("champion", model, {**measured, **_money(champion.impact)})


def _of_role(role: str, model: str, known: Mapping[str, float]) -> list[Sample]:
    return metrics.samples((*metrics.EVALUATION, *metrics.MONEY), known, {"model": model, "role": role})


def is_champion(registration: Registration) -> bool:
    """Return whether the model has the champion's alias, which may have been moved since the decision."""
    return registration.champion == registration.version


def _kept_champion(registration: Registration, decision: Decision | None) -> Contender | None:
    """Return the metrics of the champion that stayed, at its own threshold, on its unseen test rows."""
    if decision is None or decision.promote or is_champion(registration):
        return None
    return decision.comparison.champion if isinstance(decision.comparison, Comparison) else None


def champion_standing(registration: Registration, decision: Decision | None) -> ChampionStanding:
    """Return the value of ``champion_standing``: whether the champion was measured, and if not, why."""
    if registration.champion is None:
        return ChampionStanding.NONE
    if is_champion(registration):
        return ChampionStanding.MEASURED
    if decision is None or decision.promote:
        return ChampionStanding.CHANGED
    return _WHY.get(type(decision.comparison), ChampionStanding.LOST)


def _money(impact: Impact | BusinessImpact) -> dict[str, float]:
    known = {
        metrics.TOTAL_COST.name: impact.total_cost,
        metrics.COST_OF_DOING_NOTHING.name: impact.cost_of_doing_nothing,
        metrics.COST_OF_ALARMING_ON_EVERYTHING.name: impact.cost_of_alarming_on_everything,
        metrics.COST_WITHOUT_MODEL.name: impact.cost_without_model,
        metrics.LOST_TO_MISSED_FRAUDS.name: impact.lost_to_missed_frauds,
        metrics.SPENT_ON_FALSE_ALARMS.name: impact.spent_on_false_alarms,
        metrics.MONEY_SAVED.name: impact.saved,
    }
    return {name: value for name, value in known.items() if value is not None}
