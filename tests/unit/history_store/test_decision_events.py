"""Decided transactions as events: each by what its own version has read, whatever stands beside it in the log."""

import numpy as np

from functions.core.histories.events import UNKNOWN, read_events
from functions.history_store.decision_events import Features, decided_events
from tests.unit.history_store.history_rows import plan_of

PLAN = plan_of()
OF_NUMBERS: Features = {"at": 1_704_067_200.0, "amount": 5.0, "shop": 7.0, "card": "c", "device": None}
# What another version reads of the same transaction, to which a shop is a text.
OF_TEXTS: Features = {**OF_NUMBERS, "shop": "7"}
ODD: Features = {"at": "2024-01-01T00:00:00", "amount": "five", "shop": "K7", "card": "c"}


def test_a_transaction_is_the_same_event_whatever_others_are_read_with_it() -> None:
    rows = [OF_NUMBERS, OF_TEXTS, ODD, {"card": "c"}]
    together = decided_events(PLAN, ["a", "b", "c", "d"], rows)
    for place, features in enumerate(rows):
        [alone] = [decided_events(PLAN, ["abcd"[place]], [features])]
        for name in ("moments", "amounts", "merchants", "ids"):
            assert getattr(alone, name)[0] == getattr(together, name)[place], (place, name)
    assert together.merchants[0] == together.merchants[1] != together.merchants[2]
    assert together.moments[2] == together.moments[0]
    assert together.amounts.tolist() == [50_000, 50_000, UNKNOWN, UNKNOWN]
    assert (together.moments[3], together.merchants[3]) == (UNKNOWN, 0)


def test_a_name_is_the_same_as_a_number_and_as_a_text() -> None:
    def merchants(values: np.ndarray) -> list[int]:
        others = {"at": np.zeros(4), "amount": np.zeros(4), "card": np.zeros(4), "device": np.zeros(4)}
        found: list[int] = read_events(PLAN, {**others, "shop": values}).merchants.tolist()
        return found

    texts = merchants(np.array(["7", "0.5", None, "0"], dtype=object))
    assert merchants(np.array([7.0, 0.5, np.nan, -0.0])) == texts
    assert texts[2] == 0
    assert merchants(np.array(["07", "7.0", None, "0"], dtype=object))[:2] != texts[:2]
