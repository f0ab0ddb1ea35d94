"""Columns as an inspection has found them, and what a correction changes."""

from console.found_columns import changes, found_columns


def _inspection(*columns: tuple[str, str, bool]) -> dict[str, object]:
    listed = [{"name": name, "role": role, "used": used, "reason": "so"} for name, role, used in columns]
    return {"suspects": ["verdict"], "found": {"columns": listed}}


COLUMNS = found_columns(
    _inspection(("id", "identifier", False), ("amount", "amount", True), ("verdict", "leak", False)),
    {"amount": "amount"},
)


def test_what_may_know_the_label_comes_first() -> None:
    assert [(each.number, each.name, each.suspect) for each in COLUMNS] == [
        (2, "verdict", True),
        (0, "id", False),
        (1, "amount", False),
    ]
    assert [each.pin for each in COLUMNS] == ["", "", "amount"]


def test_a_change_is_told_and_the_first_look_changes_nothing() -> None:
    assert changes({}, COLUMNS) == ""
    same = {each.name: each.state for each in COLUMNS}
    assert changes(same, COLUMNS) == "Nothing else changes by that."
    assert changes(same | {"id": "number"}, COLUMNS) == "Changed: 'id' is identifier, left out now, and was number."
    del same["id"]
    assert changes(same, COLUMNS) == "Changed: 'id' is new: identifier, left out."


def test_many_changes_are_counted() -> None:
    many = found_columns(_inspection(*((f"c{number}", "number", True) for number in range(10))), {})
    told = changes({each.name: "category" for each in many}, many)
    assert told.endswith("; 2 more.")
