"""Reasons show values as users write them."""

import pytest

from functions.core.ingest.spelling import ColumnFormat
from functions.core.scoring.own_values import own_value


@pytest.mark.parametrize(
    ("value", "form", "own"),
    [
        ("web", ColumnFormat("text"), "web"),
        (None, ColumnFormat("text"), None),
        (float("nan"), ColumnFormat("numeric"), None),
        (12.5, ColumnFormat("numeric", decimal=","), 12.5),
        (1.0, ColumnFormat("boolean"), 1.0),
        (1_700_000_000.0, ColumnFormat("time", layout="dmy"), "2023-11-14T22:13:20"),
        (-86_400.5, ColumnFormat("time", layout="ymd"), "1969-12-30T23:59:59.500000"),
        (1_700_000_000.0, ColumnFormat("time", layout="epoch s"), 1_700_000_000.0),
        (1_700_000_000.0, ColumnFormat("time", layout="epoch ms"), 1_700_000_000_000.0),
        (3_723.0, ColumnFormat("time", layout="clock"), "01:02:03"),
        (1e18, ColumnFormat("time", layout="ymd"), 1e18),
    ],
)
def test_a_value_is_shown_as_its_column_writes_it(
    value: float | str | None, form: ColumnFormat, own: float | str | None
) -> None:
    assert own_value(value, form) == own
