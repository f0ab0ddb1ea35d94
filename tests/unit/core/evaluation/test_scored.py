import numpy as np
import pytest

from functions.core.evaluation.scored import Scored


def test_scores_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Scored(np.array([0.1, np.nan]), 0.5)


def test_a_threshold_between_two_neighbours_in_single_precision_parts_them() -> None:
    low = np.float32(0.5)
    scores = np.array([low, np.nextafter(low, np.float32(1))], dtype=np.float32)
    assert Scored(scores, float(scores.astype(float).mean())).flagged.tolist() == [False, True]  # type: ignore[arg-type]
