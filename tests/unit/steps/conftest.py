"""Runs from their first state to their last, for the tests that only look at what runs leave."""

from collections.abc import Iterator

import pytest

from functions.log_metrics import step as log_metrics
from functions.log_metrics.plot_artifacts import draw
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame


@pytest.fixture(scope="session")
def first() -> Run:
    """Make the first champion: an ensemble asked for, operation priced, pictures drawn."""
    with pytest.MonkeyPatch.context() as patch:
        # The first to ask may be a test's own call, within the patch below.
        patch.setattr(log_metrics, "draw", draw)
        run = Run(
            frame(900),
            candidates=("lightgbm", "logistic_regression", "ensemble"),
            cost_of_operation=50,
            **WORTH_A_MODEL,
        )
        assert run.publication
    return run


@pytest.fixture(scope="session")
def second() -> Run:
    """Make a challenger after a champion, on other rows that have drifted in a column that tells nothing."""
    world = World()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_metrics, "draw", _nothing)
        before = Run(frame(600), world, name="before", rotate_validation=False, **WORTH_A_MODEL)
        assert before.registration.alias == "champion"
        run = Run(frame(900, seed=1).assign(c=lambda rows: rows["c"] + 3), world, **WORTH_A_MODEL)
        assert run.publication
    return run


@pytest.fixture(autouse=True)
def _no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw for ``first`` alone: pictures are half of what a small run takes."""
    monkeypatch.setattr(log_metrics, "draw", _nothing)


def _nothing(*_: object) -> Iterator[tuple[str, bytes]]:
    return iter(())
