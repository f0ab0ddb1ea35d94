"""Whether a retraining pays is judged by what it would learn from."""

from dataclasses import replace

import numpy as np

from functions.core.loop.drift_episodes import DriftSequence, Episode
from functions.core.loop.learnable_decisions import as_decided_by, learnable
from functions.core.loop.maturity import DAY, Matured, MaturityRule, mature
from functions.core.loop.outcomes import ShadowScores
from functions.core.loop.sound_decisions import sound
from tests.made_outcomes import NOW, decided

ROWS, FRAUD_EVERY = 1_000, 10
START = NOW - 100 * DAY


def matured(**changes: object) -> Matured:
    """One decision in a tenth of a day, every tenth of them a fraud."""
    one = decided({"label": 0.0, "labelled_at": START})
    rows = one.of(np.zeros(ROWS, dtype=np.intp))
    at = START + np.arange(ROWS) * (DAY // 10)
    label = (np.arange(ROWS) % FRAUD_EVERY == 0).astype(float)
    return mature(replace(rows, **{"at": at, "label": label, **changes}), MaturityRule(NOW, NOW, 0))


def sequence(closed_at: int | None) -> DriftSequence:
    broken = Episode(
        id="broken-1", kind="broken", since=START + 10 * DAY, opened_at=START + 11 * DAY, closed_at=closed_at, peak=1.0
    )
    if closed_at is None:
        return DriftSequence(version="1", until=NOW, broken=broken)
    return DriftSequence(version="1", until=NOW, past=(broken,))


def test_decisions_on_a_broken_column_are_left_out_long_after_it_was_mended() -> None:
    found = sound(matured(), sequence(START + 20 * DAY))
    days = (found.outcomes.at - START) / DAY
    assert not np.any((days > 10) & (days <= 20))
    assert len(found.outcomes) == ROWS - 100


def test_a_column_that_is_broken_still_leaves_out_all_since() -> None:
    assert sound(matured(), sequence(None)).outcomes.at.max() == START + 10 * DAY


def test_the_gates_decisions_are_no_reason_to_retrain() -> None:
    """The newest fifth of a hundred frauds, and what was decided between them."""
    found = learnable(matured(), None, window="all")
    assert found.places[-1] + 1 == ROWS - 200


def test_too_few_frauds_leave_nothing_to_learn_from() -> None:
    assert not len(learnable(matured(label=np.zeros(ROWS)), None, window="all").outcomes)


def test_a_new_champion_is_judged_by_what_it_scored_as_a_shadow_too() -> None:
    version = np.where(np.arange(ROWS) < 500, "1", "2").astype(object)
    rows = matured(version=version)
    score = np.where((np.arange(ROWS) >= 400) & (np.arange(ROWS) < 500), 0.9, np.nan)
    found = as_decided_by(rows, "2", ShadowScores("2", score, np.full(ROWS, 0.8)))
    assert found.places.tolist() == list(range(400, ROWS))
    assert found.outcomes.flagged.tolist() == [True] * 100 + [False] * 500
    assert len(as_decided_by(rows, "2", None).outcomes) == 500
