"""The gate of a version that runs in shadow first: no worse is enough, and the champion stays."""

from dataclasses import replace

import pytest

from functions.core.evaluation.intervals import Interval
from functions.core.evaluation.promotion import decide
from tests.unit.core.evaluation.test_promotion import CHAMPION, contender, model, versus


@pytest.mark.parametrize("drifted", [False, True])
def test_a_version_that_runs_in_shadow_first_passes_where_it_is_no_worse_and_leaves_the_champion(
    *, drifted: bool
) -> None:
    alike, worse = versus(CHAMPION, CHAMPION), versus(CHAMPION, model(missed=40, false_alarms=20))
    passed = decide(alike, alike.challenger, drifted=drifted, shadow_first=True)
    assert (passed.promote, passed.alias, passed.passed_gate) == (False, "challenger", True)
    assert passed.reason.startswith("Runs in shadow, and live traffic decides. No worse than the champion")
    assert ("whose data has drifted" in passed.reason) is drifted
    refused = decide(worse, worse.challenger, drifted=drifted, shadow_first=True)
    assert (refused.promote, refused.in_shadow, refused.passed_gate) == (False, False, False)
    assert refused.reason.startswith("Not certain to cost at most ")


def test_the_first_champion_has_nobody_to_run_beside() -> None:
    first = decide(None, contender(CHAMPION), shadow_first=True)
    assert (first.alias, first.in_shadow, first.passed_gate) == ("champion", False, True)


def test_a_useless_model_does_not_even_run_in_shadow() -> None:
    useless = decide(versus(CHAMPION, CHAMPION), contender(model(missed=100, false_alarms=0)), shadow_first=True)
    assert not useless.passed_gate


def test_a_version_that_runs_in_shadow_first_need_not_beat_no_model_beyond_the_noise() -> None:
    """A gate of few frauds could not tell that of any model; the trial can."""
    unsure = replace(contender(CHAMPION), saved=Interval(100.0, -20.0, 200.0))
    pair = replace(versus(CHAMPION, CHAMPION), challenger=unsure)
    assert decide(pair, unsure, shadow_first=True).passed_gate
    assert not decide(pair, unsure, drifted=True).passed_gate
    assert not decide(None, unsure, shadow_first=True).passed_gate
