"""What is said of a file: the object of `inspect --json`, notes of a bounded number, and lines that pin it."""

import tomllib
from typing import Any

import numpy as np

from functions.core.roles.description import describe, notes, toml_lines
from functions.core.roles.pinned_roles import RoleChoices
from tests.unit.core.roles.examined import ROWS, examined, labelled, labels

RNG = np.random.default_rng(5)
SHUFFLED = RNG.permutation(ROWS)
TABLE = {
    "policy number": SHUFFLED,
    "card": RNG.integers(10**12, 10**12 + 50, ROWS),
    "Beträge": RNG.normal(size=ROWS),
    'a "quoted" name': SHUFFLED % 7,
    "nameOrig": [f"C{each}" for each in SHUFFLED],
}


def test_what_was_found_has_the_shape_that_is_promised() -> None:
    told = describe(labelled(TABLE))

    assert set(told) == {"target", "columns", "questions"}
    assert told["target"] == {
        "column": "is_fraud",
        "positive": "1",
        "guess": False,
        "reason": "its name says so; '1' is fraud",
    }
    assert all(set(each) == {"name", "role", "used", "reason"} for each in told["columns"])
    assert [each["role"] for each in told["columns"]] == [
        "identifier",
        "entity",
        "number",
        "number",
        "entity",
        "target",
    ]
    assert told["questions"] == []


def test_an_undecided_target_is_null_and_the_question_is_there() -> None:
    told = describe(examined({"amount": SHUFFLED, "fraud": labels(), "is_fraud": labels(seed=4)}))

    assert told["target"]["column"] is None
    assert len(told["questions"]) == 1
    assert [each["role"] for each in told["columns"]] == ["amount", "boolean", "boolean"]


def test_the_lines_pin_what_was_found_and_pinning_it_changes_nothing() -> None:
    found = labelled({**TABLE, "future use": [None] * ROWS})
    pinned = tomllib.loads("\n".join(toml_lines(found)))

    assert pinned["target"] == "is_fraud"
    assert "future use" not in pinned["roles"]
    again = labelled(TABLE, target=pinned["target"], positive=pinned["positive_label"], roles=pinned["roles"])
    assert [(each.name, each.used) for each in again.roles] == [
        (each.name, each.used) for each in found.roles if each.role != "empty"
    ]
    assert {each.reason for each in again.roles if each.role != "target"} == {"pinned by FRAUDFLOW_ROLES"}


def test_how_values_are_written_is_pinned_where_another_file_may_not_show_it() -> None:
    days = [f"{1 + day % 28}/{1 + day % 12}/2025" for day in range(ROWS)]
    prices = [f"{price // 100},{price % 100:02d}" for price in 1000 + SHUFFLED]
    columns = {"booked": days, "Betrag": prices, "fee": SHUFFLED / 8, "clock": [f"{each % 24}:30" for each in SHUFFLED]}
    pinned = tomllib.loads("\n".join(toml_lines(labelled(columns))))

    assert labelled(columns, roles=pinned["roles"]).questions == []
    assert pinned["roles"] == {"booked": "time:dmy", "Betrag": "amount:comma", "fee": "number"}


def test_notes_are_few_however_many_columns_there_are() -> None:
    many: dict[str, Any] = {f"unused {number}": ["same"] * ROWS for number in range(300)}
    many |= {f"dispute {number}": labels().map({1: "x", 0: None}) for number in range(40)}
    found = labelled({**TABLE, **many})
    told = notes(found, RoleChoices())

    assert len(told) < 40
    assert max(len(each) for each in told) < 600
    assert any("'unused 0'" in each and "295 more" in each for each in told)
    assert "The same holds for 32 more columns." in told
