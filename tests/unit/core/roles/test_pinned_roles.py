"""Roles that settings give: they win over what is recognised, and a wrong one is one sentence."""

from typing import Any

import numpy as np
import pytest

from functions.core.errors import InvalidDatasetError, InvalidSettingsError
from tests.unit.core.roles.examined import ROWS, labelled, role_of

RNG = np.random.default_rng(2)
FEW = RNG.integers(0, 12, ROWS)
SHUFFLED = RNG.permutation(ROWS)
CITY = ["Rome", "Bern"] * (ROWS // 2)


@pytest.mark.parametrize(
    ("name", "values", "pinned", "expected"),
    [
        ("policy_number", SHUFFLED, "number", ("number", True)),
        ("region", FEW, "category", ("category", True)),
        ("region", FEW, "entity", ("entity", True)),
        ("region", FEW, "identifier", ("identifier", False)),
        ("tick", FEW, "time", ("time", True)),
        ("when", ["03/04/2026", "05/06/2026"] * (ROWS // 2), "time:dmy", ("time", True)),
        ("city", CITY, "text", ("text", False)),
        ("city", CITY, "leak", ("leak", False)),
        ("city", CITY, "empty", ("empty", False)),
        ("flag", FEW % 2, "number", ("number", True)),
    ],
)
def test_a_pinned_role_wins(name: str, values: Any, pinned: str, expected: tuple[str, bool]) -> None:  # noqa: ANN401
    assert role_of(name, values, roles={name: pinned}) == expected


def test_a_category_that_is_pinned_holds_texts_and_a_number_holds_numbers() -> None:
    found = labelled({"region": FEW, "amount": SHUFFLED * 1.5}, roles={"region": "category"})
    assert set(found.columns["region"].data) == {str(each) for each in FEW}


def test_a_target_can_be_pinned_as_a_role() -> None:
    found = labelled({"flag": FEW % 2, "amount": SHUFFLED * 1.5}, roles={"flag": "target", "is_fraud": "identifier"})
    assert found.choice is not None
    assert found.choice.column == "flag"
    with pytest.raises(InvalidSettingsError, match=r"name 'flag' and 'is_fraud' as the target of data\.csv"):
        labelled({"flag": FEW % 2, "amount": SHUFFLED}, roles={"is_fraud": "target"}, target="flag")


@pytest.mark.parametrize(
    ("roles", "sentence"),
    [
        ({"regoin": "category"}, r"FRAUDFLOW_ROLES names 'regoin', but data\.csv has no such column; it has 'region'"),
        ({"city": "boolean"}, "names 'city' as boolean, but its values are neither 0 and 1 nor true and false"),
        ({"nothing": "number"}, "names 'nothing' as number, but the column has no value in any row"),
    ],
)
def test_a_role_that_can_not_be_is_one_sentence(roles: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidSettingsError, match=sentence):
        labelled({"region": FEW, "city": CITY, "nothing": [None] * ROWS}, roles=roles)


def test_texts_that_are_pinned_as_numbers_name_the_row() -> None:
    with pytest.raises(InvalidDatasetError, match="row 2"):
        labelled({"city": CITY, "amount": FEW}, roles={"city": "number"})


@pytest.mark.parametrize(
    ("name", "values", "said", "expected"),
    [
        ("second", np.arange(ROWS) * 60, ("time_column", "time"), ("time", True)),
        ("region", FEW, ("entity_column", "entity"), ("entity", True)),
        ("worth", SHUFFLED, ("amount_column", "amount"), ("amount", True)),
        ("city", CITY, ("amount_column", "amount"), ("category", True)),
        ("nothing", [None] * ROWS, ("amount_column", "amount"), ("empty", False)),
    ],
)
def test_the_older_settings_pin_what_they_can(
    name: str,
    values: Any,  # noqa: ANN401 - whatever a frame takes
    said: tuple[str, str],
    expected: tuple[str, bool],
) -> None:
    assert role_of(name, values, named={name: said}) == expected


def test_a_column_of_costs_stays_whatever_it_looks_like() -> None:
    assert role_of("policy_number", SHUFFLED)[1] is False
    assert role_of("policy_number", SHUFFLED, needed={"policy_number": "cost_missed_fraud_column"}) == ("amount", True)
