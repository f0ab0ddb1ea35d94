"""What the labels of a transaction come to, in whatever order they came."""

import itertools

import numpy as np
import pytest

from functions.core.loop.label_history import LabelEvents, LabelStates, states


def events(*rows: tuple[str, int, int, int]) -> LabelEvents:
    """Return labels: transaction, 1 for fraud, since when it is known, when it came."""
    ids, fraud, known_at, received_at = zip(*rows, strict=True) if rows else ((), (), (), ())
    return LabelEvents(
        np.array(ids, object), np.array(fraud, bool), np.array(known_at, int), np.array(received_at, int)
    )


def found(state: LabelStates, transaction: str) -> tuple[bool, int, bool, bool, int]:
    (place,) = np.flatnonzero(state.transaction_id == transaction)
    columns = (state.fraud, state.known_at, state.revoked, state.contradicted, state.repeated)
    fraud, known_at, revoked, contradicted, repeated = (column[place] for column in columns)
    return bool(fraud), int(known_at), bool(revoked), bool(contradicted), int(repeated)


def test_a_fraud_that_is_revoked_after_two_months_is_legitimate_whenever_that_came() -> None:
    rows = [("a", 1, 5, 6), ("a", 0, 65, 70), ("b", 1, 8, 9)]
    for order in itertools.permutations(rows):
        state = states(events(*order))
        assert found(state, "a") == (False, 65, True, False, 0)
        assert found(state, "b") == (True, 8, False, False, 0)


def test_a_label_that_is_known_earlier_changes_nothing_though_it_comes_later() -> None:
    assert found(states(events(("a", 1, 9, 9), ("a", 0, 3, 50))), "a") == (True, 9, False, False, 0)


def test_what_is_said_again_is_known_since_it_was_said_first() -> None:
    assert found(states(events(("a", 1, 5, 6), ("a", 1, 9, 10), ("a", 1, 9, 10))), "a") == (True, 5, False, False, 2)


def test_it_is_known_since_the_last_change() -> None:
    state = states(events(("a", 1, 5, 5), ("a", 0, 6, 6), ("a", 1, 7, 7), ("a", 1, 8, 8)))
    assert found(state, "a") == (True, 7, False, False, 1)


@pytest.mark.parametrize("later", [0, 1])
def test_of_two_that_contradict_each_other_that_which_came_later_wins_and_it_is_told(later: int) -> None:
    state = states(events(("a", later, 5, 9), ("a", 1 - later, 5, 8)))
    assert found(state, "a") == (bool(later), 5, False, True, 0)


def test_of_two_in_one_file_the_later_row_wins() -> None:
    assert found(states(events(("b", 0, 1, 1), ("a", 1, 5, 8), ("a", 0, 5, 8))), "a") == (False, 5, False, True, 0)


def test_a_contradiction_that_was_settled_later_is_none() -> None:
    assert found(states(events(("a", 1, 5, 8), ("a", 0, 5, 8), ("a", 1, 6, 9))), "a") == (True, 6, False, False, 0)


def test_without_labels_nothing_is_known() -> None:
    assert len(states(events())) == 0
