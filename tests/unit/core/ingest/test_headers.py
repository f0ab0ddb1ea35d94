"""A first row that is data is no header: its names would be values of somebody's, and shown everywhere."""

from pathlib import Path

import pytest

from functions.core.errors import DuplicateColumnsError, InvalidDatasetError
from functions.core.ingest.reading import read_table
from tests.planted import found, people

NO_HEADER = r"seems to have no header: its first row holds .*; add a row of names"


def read(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "upload"
    path.write_text(text)
    return [str(name) for name in read_table(path, name="march.csv").frame.columns]


@pytest.mark.parametrize("columns", [["cc_num"], ["full_name", "email"], ["full_name", "category"]], ids=str)
def test_a_file_without_a_header_is_refused_and_its_first_row_is_not_repeated(
    tmp_path: Path, columns: list[str]
) -> None:
    table = people(400)[[*columns, "quantity"]].assign(fraud=["yes", "no"] * 200)
    text = table.to_csv(index=False, header=False)
    # The first column twice: a message about repeated names would quote it.
    text = "\n".join(f"{line.partition(',')[0]},{line}" for line in text.splitlines())
    with pytest.raises(InvalidDatasetError, match=NO_HEADER) as told:
        read(tmp_path, text)
    assert found({"message": str(told.value).encode()}) == {}


def test_names_that_are_values_of_one_row_or_of_another_column_are_names(tmp_path: Path) -> None:
    assert read(tmp_path, "yes,no,label\nyes,1,0\nno,yes,1\nno,no,0\n") == ["yes", "no", "label"]


def test_files_put_one_below_the_other_have_a_header(tmp_path: Path) -> None:
    part = "a,b,label\n1,x,0\n2,y,1\n"
    assert read(tmp_path, part * 3) == ["a", "b", "label"]


def test_repeated_names_are_named(tmp_path: Path) -> None:
    with pytest.raises(DuplicateColumnsError, match=r"'amount' \(columns 1 and 2\)"):
        read(tmp_path, "amount,amount,label\n1,2,0\n2,1,1\n")
