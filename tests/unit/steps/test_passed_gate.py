"""RegisterModel: whether a version has passed the gate, which those who promote by traffic ask."""

import numpy as np
import pytest

from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame
from tests.unit.steps.test_register_model import after, crowned, decision


@pytest.fixture(scope="module")
def reign() -> World:
    return crowned(frame(600))


def tag_of(run: Run) -> str:
    """Return what the version of a run says of the gate."""
    assert run.registration
    [*_, (_, registered, _)] = run.world.tracking.versions["fraud-detector"]
    return registered.tags["fraudflow.passed_gate"]


def test_a_version_of_a_run_of_the_loop_runs_in_shadow_where_it_passes_the_gate() -> None:
    blind = frame(600).assign(b=np.random.default_rng(9).normal(size=600))
    run = after(crowned(blind), frame(1200, seed=1), promotion="shadow")
    assert (run.registration.alias, run.registration.champion) == ("challenger", "1")
    assert run.registration.reason.startswith("Runs in shadow, and live traffic decides. Cheaper than the champion")
    assert decision(run)["in_shadow"]
    assert tag_of(run) == "true"


def test_a_version_that_fails_the_gate_says_so_to_whoever_promotes_by_traffic(reign: World) -> None:
    noise = frame(900, seed=1).assign(is_fraud=lambda rows: np.random.default_rng(0).permutation(rows["is_fraud"]))
    run = after(reign, noise, promotion="shadow")
    assert run.registration.alias == "challenger"
    assert tag_of(run) == "false"
    assert tag_of(after(reign, frame(600)[["a", "b", "c", "amount", "channel", "is_fraud"]])) == "false"


def test_the_first_champion_is_promoted_at_once_whatever_the_promotion() -> None:
    run = Run(frame(600), World(), name="one", rotate_validation=False, promotion="shadow", **WORTH_A_MODEL)
    assert run.registration.alias == "champion"
    assert tag_of(run) == "true"
