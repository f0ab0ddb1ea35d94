"""Cells that a number would lose something of are read as the file has them."""

import gzip

import pytest

from functions.core.ingest.columns import read_columns
from functions.core.ingest.parsing import CHUNK_ROWS
from functions.core.ingest.reading import RawTable
from tests.unit.core.ingest.files import Read


def data(raw: RawTable, column: str = "x") -> list[object]:
    return list(read_columns(raw, {})[column].data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("pad", ["{}", '"{}"', " {}", " {} ", '" {} "'])
def test_zeros_in_front_of_whole_numbers_are_kept(read: Read, encoding: str, delimiter: str, pad: str) -> None:
    rows = [("00501", 7), ("1", 8), ("501", 9)]
    text = f"x{delimiter}y\n" + "".join(f"{pad.format(x)}{delimiter}{y}\n" for x, y in rows)
    raw = read(text.encode(encoding))

    assert data(raw) == ["00501", "1", "501"]
    assert data(raw, "y") == [7, 8, 9]


@pytest.mark.parametrize("column", [["05", "5", "6"], ["5", "", "05"], ["0099", "", "z"], ["1", "2", "000"]])
@pytest.mark.parametrize("row", ["x,y", "y,x", "y,x,y"])
def test_they_are_seen_wherever_they_stand(read: Read, column: list[str], row: str) -> None:
    header = row.replace("y", "a", 1).replace("y", "b")
    raw = read("\n".join([header, *(row.replace("y", "1.5").replace("x", cell) for cell in column)]))
    assert [each for each in data(raw) if isinstance(each, str)] == [each for each in column if each]


def test_they_are_seen_where_the_chunks_of_the_file_meet(read: Read) -> None:
    for shift in range(12):
        rows = ["7" * shift + ",1", *["1,1"] * 2**15, "1,0000007", *["1,1"] * 2**15]
        assert "0000007" in set(data(read("y,x\n" + "\n".join(rows))))


@pytest.mark.parametrize(
    "text", ["x,y\n1.05,0.5\n2e+05,-0.05\n", "x,y\n1,2026-01-01 00:05:00\n2,2026-01-01 00:06:00\n"]
)
def test_other_zeros_are_none(read: Read, text: str) -> None:
    assert all(isinstance(each, float) for each in data(read(text)))


@pytest.mark.parametrize("digits", [16, 17, 18, 19, 20, 25])
@pytest.mark.parametrize("missing", ["", "\\N", "NA"])
def test_long_numbers_never_become_one(read: Read, digits: int, missing: str) -> None:
    ids = [str(9 * 10 ** (digits - 1) + each) for each in range(200)]
    text = "x,y\n" + "".join(f"{each},1\n" for each in [*ids, missing, *ids])

    found = data(read(text))

    assert found[:200] == ids
    assert found[201:] == ids


def test_they_stay_apart_where_only_part_of_a_large_file_has_some_missing(read: Read) -> None:
    ids = [str(4 * 10**15 + each) for each in range(CHUNK_ROWS)]
    raw = read(gzip.compress(("x,y\n" + "".join(f"{each},1\n" for each in [*ids, "", "5"])).encode(), 1))
    assert data(raw)[:CHUNK_ROWS] == ids
    assert data(raw)[-1] == "5"


def test_thousands_with_points_are_told_from_fractions(read: Read) -> None:
    european = read("x;y\n1.234;0,5\n5.000;1,25\n17;2\n")
    assert data(european) == [1234, 5000, 17]
    late = read("x;y\n" + "1.234;1\n" * 60 + "5.000;0,5\n")
    assert data(late)[-1] == 5000
    assert data(read("x;y\n1.234;0.5\n5.000;1.25\n17;2\n")) == [1.234, 5, 17]
    question = read_columns(read("x;y\n1.234;1\n5.000;2\n"), {})["x"].question
    assert question is not None
    quoted = read('x,y\n1.234,"0,5"\n5.000,"1,25"\n')
    assert data(quoted) == [1234, 5000]


def test_the_order_of_rows_decides_nothing(read: Read) -> None:
    rows = ["111;12.30;1", *["18;07.05;0"] * 60, "49,67;23.59;1"]
    for order in (rows, rows[::-1]):
        raw = read("x;hour;label\n" + "\n".join(order))
        assert set(data(raw)) == {111.0, 18.0, 49.67}
        assert set(data(raw, "hour")) == {25500, 45000, 86340}


def test_na_is_a_country_beside_empty_cells(read: Read) -> None:
    raw = read("x,y\nNA,1\n,2\nDE,NA\n")
    assert data(raw)[0] == "NA"
    assert raw.frame["x"].isna().tolist() == [False, True, False]
    assert read_columns(raw, {})["y"].data.isna().tolist() == [False, False, True]
