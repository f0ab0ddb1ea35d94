"""A run's settings as the objects that steps use."""

from collections.abc import Mapping

import pandas as pd
from numpy.typing import ArrayLike

from functions.core.data.frames import Frame
from functions.core.data.tables import LabelledTable, Role
from functions.core.evaluation.costs import Costs, Floats, fraud_amounts
from functions.core.evaluation.thresholds import Threshold, choose_threshold
from functions.core.features.plan import FeatureSettings
from functions.core.histories.history_candidates import HistoryCandidates, NamedColumns, candidates
from functions.core.histories.planning import PlannedHistories, plan_histories
from functions.core.roles.pinned_roles import RoleChoices
from functions.core.training import extras
from functions.core.training.crossfit import Folds, rotating_folds, validation_only
from functions.settings import RunSettings, ThresholdPolicy


def costs(settings: RunSettings) -> Costs:
    """Return the costs of a missed fraud and of a false alarm."""
    return Costs(missed_fraud=settings.cost_missed_fraud, false_alarm=settings.cost_false_alarm)


def amounts(settings: RunSettings, table: LabelledTable[Frame]) -> Floats | None:
    """Read what missing each of n rows would cost (n,); None where one price holds for all.

    Raises:
        InvalidSettingsError: when the column that is to say so does not.
    """
    column = settings.cost_missed_fraud_column
    return None if column is None else fraud_amounts(table.X, table.y, column=column)


def require_libraries(settings: RunSettings) -> None:
    """Check that the libraries that the settings ask for are installed.

    Raises:
        InvalidSettingsError: naming those that are not.
    """
    extras.require(candidates=settings.candidates, imbalance=settings.imbalance, search_trials=settings.search_trials)


def role_choices(settings: RunSettings) -> RoleChoices:
    """Return what the settings say of columns; those that name a column for a feature say its role too."""
    named: dict[str, tuple[str, Role]] = {}
    said: tuple[tuple[str, str | None, Role], ...] = (
        ("time_column", settings.time_column, "time"),
        ("seconds_column", settings.seconds_column, "time"),
        ("amount_column", settings.amount_column, "amount"),
        ("entity_column", settings.entity_column, "entity"),
    )
    for setting, column, role in (*said, *_of_histories(settings)):
        if column is not None:
            named.setdefault(column, (setting, role))
    needed = settings.cost_missed_fraud_column
    return RoleChoices(
        roles=settings.roles,
        named=named,
        needed={} if needed is None else {needed: "cost_missed_fraud_column"},
        leaks=settings.leaks,
        drop_unlabelled=settings.unlabelled == "drop",
    )


def _of_histories(settings: RunSettings) -> list[tuple[str, str | None, Role]]:
    own, setting = settings.histories, "the definitions of histories"
    if own is None:
        return []
    entities: list[tuple[str, str | None, Role]] = [(setting, each, "entity") for each in own.entities]
    return [(setting, own.time, "time"), (setting, own.amount, "amount"), *entities]


def features(settings: RunSettings, table: LabelledTable[Frame]) -> FeatureSettings:
    """Return the columns that features are made of: those that are named, and those of a role in this table."""
    return FeatureSettings(
        amount=settings.amount_column,
        seconds=settings.seconds_column,
        entity=settings.entity_column,
        time=settings.time_column,
        roles=dict(table.roles),
    )


def histories(settings: RunSettings, X: pd.DataFrame, roles: Mapping[str, Role]) -> PlannedHistories:
    """Plan the histories of a checked table (n, p), n > 0, by its columns' roles; none where the settings have none.

    Raises:
        InvalidSettingsError: when the settings name a column that the table has not.
    """
    if settings.histories is None:
        return PlannedHistories(None)
    return plan_histories(settings.histories.definitions(), X, roles, _named(settings))


def history_candidates(settings: RunSettings, X: pd.DataFrame, roles: Mapping[str, Role]) -> HistoryCandidates | None:
    """Find what may have a history, by a sample of a checked table (n, p); None where the settings have none.

    Raises:
        InvalidSettingsError: when the settings name a column that the table has not.
    """
    if settings.histories is None:
        return None
    return candidates(settings.histories.definitions(), X, roles, _named(settings))


def _named(settings: RunSettings) -> NamedColumns:
    return NamedColumns(time=settings.time_column, amount=settings.amount_column, entity=settings.entity_column)


def folds(
    settings: RunSettings,
    training: LabelledTable[Frame],
    validation: LabelledTable[Frame],
    joined: LabelledTable[Frame] | None = None,
) -> Folds:
    """Cut the rows into folds; the same ones in every state, so that candidates are compared on the same rows.

    ``joined`` is both as one table, where there is one already.
    """
    if settings.rotates:
        return rotating_folds(training, validation, seed=settings.seed, joined=joined)
    return validation_only(training, validation, joined=joined)


def threshold(
    settings: RunSettings, held_out: LabelledTable[Frame], scores: ArrayLike, *, policy: ThresholdPolicy | None = None
) -> Threshold:
    """Choose the threshold on held-out rows (m) and their calibrated scores (m,): by the run's policy unless named."""
    return choose_threshold(
        held_out.y,
        scores,
        policy=policy or settings.threshold,
        costs=costs(settings),
        amounts=amounts(settings, held_out),
        min_recall=settings.min_recall,
        weights=held_out.weights,
    )
