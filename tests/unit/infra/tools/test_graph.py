"""The picture of imports: of a small house whose arrows are known, and of ours."""

import sys
from pathlib import Path

import pytest

from infra.tools import graph

HOUSE = {
    "__init__.py": "",
    "page.py": "from house.numbers import count\nfrom house.numbers import table\nimport json\n",
    "numbers/__init__.py": "",
    "numbers/count.py": "from house.numbers import table\n",
    "numbers/table.py": "from house import words\n",
    "words.py": "",
    "left.py": "from house import right, words\n",
    "right.py": "from house import left\n",
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> graph.Picture:
    for name, source in HOUSE.items():
        path = tmp_path / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    return graph.picture("house")


def test_an_arrow_goes_from_room_to_room_once(house: graph.Picture) -> None:
    assert house.imports == {
        "page": {"numbers"},
        "numbers": {"words"},
        "words": set(),
        "left": {"right", "words"},
        "right": {"left"},
    }
    assert house.arrows == 5


def test_a_circle_is_named_with_all_its_rooms(house: graph.Picture) -> None:
    assert house.circles == [["left", "right"]]


def test_who_imports_the_most_stands_first(house: graph.Picture) -> None:
    assert str(house).splitlines() == [
        "house: 5 rooms, 5 arrows, circles: left, right",
        "  left    -> right, words",
        "  right   -> left",
        "  page    -> numbers",
        "  numbers -> words",
        "  words",
    ]


def test_graphviz_is_given_every_room_and_arrow(house: graph.Picture) -> None:
    lines = house.dot().splitlines()
    assert lines[0] == 'digraph "house" {'
    assert lines[-1] == "}"
    assert {'  "words";', '  "page" -> "numbers";', '  "left" -> "right";'} <= set(lines)


def test_our_rooms_make_no_circle(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    graph.main([])
    heads = [line for line in capsys.readouterr().out.splitlines() if " arrows, " in line]
    assert [head.partition(":")[0] for head in heads] == list(graph.PACKAGES)
    assert all(head.endswith("circles: none") for head in heads), heads
