"""History columns of a batch that is read and used part by part, against those of the whole at once."""

from itertools import pairwise

import numpy as np

from functions.core.histories.batch_columns import BatchColumns
from functions.core.histories.events import joined_parts, read_events
from functions.core.histories.table_past import past_columns
from tests.unit.core.histories.test_table_past import Row, plan_of, rows_of

PLAN = plan_of()
SOURCES = PLAN.sources


def rows(count: int, seed: int) -> list[Row]:
    random = np.random.default_rng(seed)
    cards, devices = random.choice(["a", "b", None], count), random.choice(["d", "e", None], count)
    moments, amounts = random.integers(0, 50, count) * 1_800.0, random.integers(1, 9, count) / 4
    shops = random.choice(["x", "y", None], count)
    return list(zip(cards, devices, moments.tolist(), amounts.tolist(), shops, strict=True))


def test_parts_have_the_ids_and_columns_of_the_whole() -> None:
    known, asked = rows(80, 1), [*rows(120, 2), *rows(80, 1)[40:]]
    whole = read_events(PLAN, rows_of(asked))
    bounds = [0, 50, 51, 110, 160]
    parts = [
        read_events(PLAN, rows_of(asked[start:end]), np.zeros(end - start, dtype=np.uint64))
        for start, end in pairwise(bounds)
    ]

    read = joined_parts(parts)
    np.testing.assert_array_equal(read.ids, whole.ids)

    before = read_events(PLAN, rows_of(known))
    expected = past_columns(PLAN, before.joined(whole), whole)
    with BatchColumns.compute(PLAN, before, read) as columns:
        for start, end in reversed([*pairwise(bounds)]):
            part = columns.part(start, end - start)
            assert set(part) == set(PLAN.names)
            for name, values in part.items():
                np.testing.assert_array_equal(values, expected[name][start:end])


def test_nothing_known_before_is_known_of_none() -> None:
    asked = read_events(PLAN, rows_of(rows(30, 3)))
    with BatchColumns.compute(PLAN, asked.take(slice(0)), asked) as columns:
        for name, values in past_columns(PLAN, asked, asked).items():
            np.testing.assert_array_equal(columns.part(0, 30)[name], values)
