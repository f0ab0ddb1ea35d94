"""Ranges of rows: who reads which of them."""

import numpy as np
import pytest

from functions.core.data.row_ranges import RowRange, share_out
from functions.core.data.table_parts import PartOfTable
from functions.core.data.tables import GROUP_ROWS

FILES = [PartOfTable("a", GROUP_ROWS + 10), PartOfTable("b", 3 * GROUP_ROWS), PartOfTable("c", 5)]
ROWS = sum(file.rows for file in FILES)


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_every_wanted_row_is_read_by_one_worker(workers: int) -> None:
    shares = share_out(FILES, np.ones(ROWS, dtype=bool), workers)
    places = [place for share in shares for each in share for place in range(each.place, each.place + each.rows)]
    assert len(shares) == workers
    assert places == list(range(ROWS))


def test_ranges_that_follow_each_other_are_one_and_end_with_their_file() -> None:
    [share] = share_out(FILES, np.ones(ROWS, dtype=bool), 1)
    assert share == [
        RowRange("a", 0, GROUP_ROWS + 10, 0),
        RowRange("b", 0, 3 * GROUP_ROWS, GROUP_ROWS + 10),
        RowRange("c", 0, 5, 4 * GROUP_ROWS + 10),
    ]


def test_workers_share_the_rows_that_are_trained_on_and_not_those_that_are_there() -> None:
    wanted = np.zeros(ROWS, dtype=bool)
    wanted[2 * GROUP_ROWS + 10 :] = True
    first, second = share_out(FILES, wanted, 2)
    assert first == [RowRange("b", GROUP_ROWS, GROUP_ROWS, 2 * GROUP_ROWS + 10)]
    assert second[0] == RowRange("b", 2 * GROUP_ROWS, GROUP_ROWS, 3 * GROUP_ROWS + 10)


def test_there_are_no_more_shares_than_groups_of_rows() -> None:
    assert len(share_out([PartOfTable("c", 5)], np.ones(5, dtype=bool), 4)) == 1
