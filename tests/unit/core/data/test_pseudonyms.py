"""Keyed hashes of entities: the same key gives the same ones, and their values are nowhere in them."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from functions.core.data.pseudonyms import are_pseudonyms, pseudonym, pseudonymise, require_pseudonyms
from functions.core.data.tables import LabelledTable, Role, from_parquet, to_parquet

KEY, OTHER = b"k" * 64, b"o" * 64


def cards(*values: str | None, role: Role = "entity") -> LabelledTable:
    """Make a table of an entity, a category with the same values, and a number."""
    texts = pd.Series(values, dtype="str")
    X = pd.DataFrame({"card": texts, "shop": texts, "amount": np.arange(len(values), dtype=float)})
    return LabelledTable(
        X,
        pd.Series(np.zeros(len(values), np.int8), name="fraud"),
        {"card": "categorical", "shop": "categorical", "amount": "numeric"},
        {"card": role, "shop": "category", "amount": "amount"},
    )


def test_only_entities_are_hashed_and_a_missing_one_stays_missing() -> None:
    table = cards("4111111111111111", None, "4111111111111111", "05", "5")
    hashed = pseudonymise(table, KEY)
    assert hashed.X["card"].isna().tolist() == [False, True, False, False, False]
    assert hashed.X["card"].nunique() == 3
    assert hashed.X["card"].dropna().str.fullmatch(r"h:[0-9a-f]{16}").all()
    assert hashed.X["card"].iloc[0] == hashed.X["card"].iloc[2]
    pd.testing.assert_frame_equal(hashed.X[["shop", "amount"]], table.X[["shop", "amount"]])
    assert list(hashed.X.columns) == list(table.X.columns)
    assert table.X["card"].iloc[0] == "4111111111111111"  # the caller's is left as it is


def test_a_hash_stays_as_it_is_so_that_a_card_is_the_same_when_its_rows_come_back() -> None:
    once = pseudonymise(cards("4111111111111111", None, "05"), KEY)
    again = pseudonymise(once, OTHER)
    assert again.X["card"].dropna().tolist() == once.X["card"].dropna().tolist()


def test_the_hash_is_blake2b_by_the_homes_key() -> None:
    expected = hashlib.blake2b(b"4111111111111111", key=KEY, digest_size=8).hexdigest()
    assert pseudonym("4111111111111111", KEY) == f"h:{expected}"
    assert pseudonymise(cards("4111111111111111"), KEY).X["card"].tolist() == [f"h:{expected}"]


def test_another_home_has_other_hashes() -> None:
    table = cards("a", "b", "c")
    one, again, other = (pseudonymise(table, key).X["card"] for key in (KEY, KEY, OTHER))
    assert one.tolist() == again.tolist()
    assert set(one).isdisjoint(other)


def test_a_value_has_one_hash_in_all_columns_so_that_senders_and_receivers_meet() -> None:
    table = cards("a", "b")
    both = pseudonymise(LabelledTable(table.X, table.y, table.kinds, {"card": "entity", "shop": "entity"}), KEY)
    assert both.X["card"].tolist() == both.X["shop"].tolist()


@pytest.mark.parametrize("value", ["Zoë", "卡", "\ud800", "x" * 10_000, "h:0123456789abcdef"])
def test_any_text_has_a_hash_of_its_own(value: str) -> None:
    assert pseudonym(value, KEY) == pseudonym(f" {value} ", KEY)
    assert pseudonym(value, KEY) not in {value, pseudonym(f"{value}1", KEY)}


def test_a_table_without_roles_or_without_values_is_left_as_it_is() -> None:
    table = cards(None, None)
    assert pseudonymise(table, KEY).X["card"].isna().all()
    without = LabelledTable(table.X, table.y, table.kinds)
    pd.testing.assert_frame_equal(pseudonymise(without, KEY).X, table.X)


def test_a_table_of_hashes_survives_its_file() -> None:
    hashed = pseudonymise(cards("4111111111111111", None), KEY)
    body = to_parquet(hashed)
    assert b"4111111111111111" in body  # of the column that is no entity
    pd.testing.assert_frame_equal(from_parquet(body).X, hashed.X)


def test_values_that_are_no_hashes_are_refused_by_their_row_and_not_by_their_value() -> None:
    hashed = pseudonymise(cards("a", "b", None, "c"), KEY).X["card"]
    require_pseudonyms(hashed, "card")
    mixed = pd.concat([hashed, pd.Series(["4111111111111111", "jo@example.org"], dtype="str")], ignore_index=True)
    with pytest.raises(ValueError, match=r"'card' held hashes .* 2 other values here, the first in row 6: ") as caught:
        require_pseudonyms(mixed, "card")
    assert "4111" not in str(caught.value)
    with pytest.raises(ValueError, match="1 other value here, the first in row 2: "):
        require_pseudonyms(pd.Series([4111111111111111.0]), "card")


def test_hashes_are_told_from_other_texts() -> None:
    assert are_pseudonyms(pseudonymise(cards("a", None), KEY).X["card"])
    for values in (["a"], [None], ["h:0123456789ABCDEF"], ["h:0123456789abcdef", "h:0123456789abcde"], []):
        assert not are_pseudonyms(pd.Series(values, dtype="str"))
