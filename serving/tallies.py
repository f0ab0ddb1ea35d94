"""Tallies of what the service does: its metrics, set in one place each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Literal

from functions.decisions.decision import LoggedDecision
from functions.decisions.local_log import DecisionLogError
from serving import service_metrics as metrics
from serving.decision_log import LogState
from serving.history_keeper import HistoryState
from serving.instruments import Instruments
from serving.registry_watch import Loaded, RegistryWatch

type Decided = Literal["alarm", "pass"]


def count_decided(instruments: Instruments, decisions: Sequence[LoggedDecision]) -> None:
    """Count decisions that are on the disk for the first time."""
    numbers, costs = Counter[tuple[Decided, str]](), defaultdict[Decided, float](float)
    for each in decisions:
        numbers[each.decision, each.version] += 1
        costs[each.decision] += each.cost_alarm if each.decision == "alarm" else each.cost_pass
        instruments.observe(metrics.SCORES, each.score)
        if each.explored:
            instruments.count(metrics.EXPLORED, version=each.version)
            instruments.count(metrics.EXPLORED_COST, max(each.cost_pass - each.cost_alarm, 0.0))
    for (decision, version), number in numbers.items():
        instruments.count(metrics.DECISIONS, number, decision=decision, version=version)
    for decision, cost in costs.items():
        instruments.count(metrics.EXPECTED_COST, cost, decision=decision)


def count_shadows(instruments: Instruments, decisions: Sequence[LoggedDecision]) -> None:
    """Count what a challenger would have decided."""
    for each in decisions:
        instruments.count(metrics.SHADOW_SCORED, version=each.version)
        if each.decision == "alarm":
            instruments.count(metrics.SHADOW_ALARMS, version=each.version)


def show_served(instruments: Instruments, loaded: Loaded | None) -> None:
    """Set what version is served, and since when."""
    if loaded is not None:
        version = loaded.model.version
        instruments.set_only(metrics.MODEL_INFO, 1, model=version.name, version=version.version)
        instruments.set(metrics.MODEL_LOADED, loaded.at)


def refresh(instruments: Instruments, champion: RegistryWatch, log_state: Callable[[], LogState]) -> None:
    """Set what changes by itself: ages, and how far S3 is behind."""
    if champion.age is not None:
        instruments.set(metrics.REGISTRY_AGE, champion.age)
    if champion.named is not None:
        served = champion.loaded is not None and champion.loaded.model.version == champion.named
        instruments.set(metrics.CHAMPION_IS_SERVED, float(served))
    try:
        state = log_state()
    except DecisionLogError:
        return  # the values of the last time stay; requests say what is wrong
    instruments.set(metrics.DECISION_LOG_BEHIND, state.behind_seconds)
    instruments.set(metrics.DECISION_LOG_UNSHIPPED, state.unshipped)


def show_histories(instruments: Instruments, state: HistoryState | None) -> None:
    """Set how much is remembered of entities, and how long decisions have been missing in it."""
    if state is not None:
        instruments.set(metrics.HISTORY_STATES, state.size.states)
        instruments.set(metrics.HISTORY_BYTES, state.size.bytes)
        instruments.set(metrics.HISTORY_BEHIND, state.behind_seconds)
