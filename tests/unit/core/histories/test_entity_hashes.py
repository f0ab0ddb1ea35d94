"""One transaction's entities and ids are hashed as those of a whole table are."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from functions.core.data.rows import hash_values
from functions.core.histories.events import entity_hashes

TEXTS = ["card 1", "", "0", "12", "é\u2028", "nan", "card 1"] * 5
NUMBERS = [12.0, 0.0, -0.0, 1.5, float("nan"), 1e300, 4111111111111111.0]
MIXED: list[Any] = ["12", 12, 12.0, True, 1.5, None, float("nan"), pd.NA, pd.NaT, "x"]


@pytest.mark.parametrize(
    "values",
    [np.array(TEXTS, dtype=object), np.array(NUMBERS), np.array([4, 0, -7]), np.array([True, False])],
    ids=["texts", "numbers", "whole numbers", "truths"],
)
def test_a_row_alone_has_the_hash_that_it_has_in_a_table(values: np.ndarray) -> None:
    alone = [entity_hashes(values[place : place + 1])[0] for place in range(len(values))]
    assert entity_hashes(values).tolist() == alone


def test_whatever_is_missing_is_no_entity_also_alone() -> None:
    values = np.array(MIXED, dtype=object)
    alone = [entity_hashes(values[place : place + 1])[0] for place in range(len(values))]
    assert [hashed == 0 for hashed in alone] == [bool(pd.isna(each)) for each in MIXED]
    assert alone[0] == alone[1] == alone[2]  # as a file has it: 12


def test_few_texts_have_the_hashes_that_they_have_among_many() -> None:
    texts = np.array([*TEXTS, None], dtype=object)
    few = [hash_values(texts[place : place + 1])[0] for place in range(len(texts))]
    assert hash_values(texts).tolist() == few
