import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.drift.reference import ReferenceProfile, build_reference
from functions.core.drift.schema import compare_columns

NAMES = list("abcdefgh")


def reference() -> ReferenceProfile:
    return build_reference(pd.DataFrame([range(len(NAMES))], columns=NAMES, dtype=float), [0], [])


def reordered(names: list[str]) -> tuple[str, ...]:
    return compare_columns(reference(), pd.DataFrame([range(len(names))], columns=names, dtype=float)).reordered


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("abcdefgh", ""),
        ("habcdefg", "h"),
        ("bcdefgha", "a"),
        ("bacdefgh", "b"),
        ("aceg", ""),
        ("xabyc", ""),
        ("", ""),
    ],
)
def test_the_columns_that_moved_are_named_and_no_others(names: str, expected: str) -> None:
    assert reordered(list(names)) == tuple(expected)


@given(st.permutations(NAMES))
def test_without_those_that_moved_the_others_are_in_their_order(names: list[str]) -> None:
    moved = reordered(names)
    rest = [name for name in names if name not in moved]
    assert rest == sorted(rest)
    assert len(moved) < len(names)
