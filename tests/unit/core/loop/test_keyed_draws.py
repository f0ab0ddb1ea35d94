"""Draws by a keyed hash: uniform, the same each time, and those for one purpose say nothing of another's."""

import numpy as np
import pytest

from functions.core.loop.keyed_draws import Draw, exploring, uniform

KEY = b"k" * 64
NAMES = [f"t-{number}" for number in range(20_000)]


def test_draws_are_uniform_and_independent_between_purposes_and_keys() -> None:
    drawn = np.array(
        [[uniform(each, "explore", KEY), uniform(each, "split", KEY), uniform(each, "explore", b"l")] for each in NAMES]
    )
    assert (drawn >= 0).all()
    assert (drawn < 1).all()
    counts = np.apply_along_axis(lambda column: np.histogram(column, 10, (0, 1))[0], 0, drawn)
    # Of 20,000 in ten bins: 2,000 each, with a standard deviation of 42.
    assert (abs(counts - 2000) < 4 * 42).all()
    assert abs(np.corrcoef(drawn.T) - np.eye(3)).max() < 0.03


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5])
def test_about_the_share_is_taken_and_each_time_the_same(share: float) -> None:
    draw = exploring(share, KEY)
    taken = [draw.takes(each) for each in NAMES]
    assert taken == [draw.takes(each) for each in NAMES]
    assert abs(np.mean(taken) - share) <= 4 * np.sqrt(share * (1 - share) / len(NAMES))


def test_a_larger_share_takes_what_a_smaller_one_took() -> None:
    few, more = Draw(0.1, "split", KEY), Draw(0.3, "split", KEY)
    assert all(more.takes(each) for each in NAMES if few.takes(each))


def test_a_name_may_hold_half_of_a_surrogate_pair_and_the_key_is_not_shown() -> None:
    assert uniform("\ud800", "explore", KEY) != uniform("", "explore", KEY)
    assert "kkk" not in repr(exploring(0.1, KEY))
