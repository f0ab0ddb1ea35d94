"""What the journal says of versions that became champion by the gate of a run."""

from copy import deepcopy

import numpy as np
import pandas as pd

from functions.feedback.loop_journal import LoopJournal
from tests.runs import Run, World
from tests.tables import WORTH_A_MODEL, frame


def told(world: World) -> list[tuple[str, str | None, str | None]]:
    entries = LoopJournal(world.store, "loop").entries("fraud-detector")
    return [(each.by, each.before, each.champion) for each in entries]


def trained(rows: pd.DataFrame, world: World, name: str) -> Run:
    return Run(rows, deepcopy(world), name=name, rotate_validation=False, **WORTH_A_MODEL)


def test_a_champion_is_told_once_and_a_challenger_not_at_all() -> None:
    blind = frame(600).assign(b=np.random.default_rng(9).normal(size=600))
    first = trained(blind, World(), "one")
    assert first.registration.alias == "champion"
    assert told(first.world) == [("gate", None, "1")]
    same = trained(blind, first.world, "same")
    assert same.registration.alias == "challenger"
    assert told(same.world) == [("gate", None, "1")]
    better = trained(frame(1200, seed=1), first.world, "two")
    assert better.registration.alias == "champion"
    del better.registration  # the state is retried
    assert better.registration.alias == "champion"
    assert told(better.world) == [("gate", None, "1"), ("gate", "1", "2")]
