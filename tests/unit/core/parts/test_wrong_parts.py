"""What is said of files that are no one table, and of rows that a sample did not show."""

import re
from pathlib import Path

import pytest

from functions.core.errors import InvalidDatasetError, RaggedRowsError, TargetError
from tests.unit.core.parts.divided import divide
from tests.unit.core.parts.made_columns import csv, stored, typed_frame


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("words;is_fraud\nweb;1\n", "^1.csv has no column 'fractions', which 0.csv has"),
        ("words;fractions;more;is_fraud\nweb;1;1;1\n", "^1.csv has a column 'more', which 0.csv has not"),
        (
            "fractions;words;is_fraud\n1;web;1\n",
            "^1.csv has its columns in another order than 0.csv: column 1 is 'frac",
        ),
        ("words,fractions,is_fraud\nweb,1,1\n", "^1.csv separates its fields by a comma, and 0.csv by a semicolon"),
        ("", "^1.csv is empty"),
        ("words;fractions;is_fraud\n", "^1.csv has a header and no rows"),
    ],
)
def test_files_that_are_no_one_table_are_refused_by_name_and_column(folder: Path, other: str, told: str) -> None:
    paths = [stored(folder, csv(["words", "fractions"]), "0.csv"), stored(folder, other, "1.csv")]
    with pytest.raises(InvalidDatasetError, match=told):
        divide(*paths)


def test_parquet_files_of_other_types_are_refused_by_name_and_column(folder: Path) -> None:
    one, two = folder / "numbers.parquet", folder / "texts.parquet"
    typed_frame().to_parquet(one)
    typed_frame().astype({"amount": "str"}).to_parquet(two)
    with pytest.raises(
        InvalidDatasetError, match=r"^texts\.parquet holds large_string in column 'amount', and numbers\.parquet holds"
    ):
        divide(one, two)
    with pytest.raises(InvalidDatasetError, match=r"^upload names a CSV \(upload\.csv\) and a Parquet file \(numbers"):
        divide(one, stored(folder, csv(["words"])))


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        (
            "abc;web;0",
            InvalidDatasetError,
            (
                r"^upload\.csv: Column 'whole numbers' has a value that can't be read as .*: 'abc' in row [\d,]+; corr"
                r"ect it or leave it empty\. The [\d,]+ rows .*ROLES='\{\"whole numbers\": \"category\"\}'\)\. "
                r"Rows are counted from byte [\d,]+ of upload\.csv on"
            ),
        ),
        (
            "inf;web;0",
            InvalidDatasetError,
            r"^upload\.csv has infinite values in column 'whole numbers' \(1, the first ",
        ),
        (
            "1;web;2",
            TargetError,
            r"^upload\.csv has another label in the target 'is_fraud' than the '0', '1'.*: '2' in r",
        ),
        ("1;web;", TargetError, r"^upload\.csv has 1 missing value in the target 'is_fraud', in row [\d,]+; label"),
        (
            "1;web;0;7",
            RaggedRowsError,
            r"^upload\.csv has 1 row whose number of fields is not the header's 3: row [\d,]+ h",
        ),
        (
            "1;web",
            RaggedRowsError,
            r"^upload\.csv has 1 row whose number of fields is not the header's 3: row [\d,]+ has 2",
        ),
        ('1;"we\\"b\\" x";0', InvalidDatasetError, r"^upload\.csv has quotes with a backslash before them"),
        ("1;\xff;0", InvalidDatasetError, r"^upload\.csv can't be decoded as utf-8: byte 0xFF at offset [\d,]+ is not"),
        ("1;\0;0", InvalidDatasetError, r"^upload\.csv holds NUL bytes"),
    ],
)
def test_a_row_that_the_sample_did_not_show_is_told_with_its_place(
    folder: Path, wrong: str, error: type[Exception], told: str
) -> None:
    lines = csv(["whole numbers", "words"], range(40_000)).splitlines()
    lines[31_001] = wrong
    path = stored(folder, ("\n".join(lines) + "\n").encode("latin-1"))
    found = divide(path, parts=3, sample_rows=300)
    assert [found.part(number) is not None for number in (1, 2)] == [True, True]
    with pytest.raises(error, match=told) as raised:
        found.part(3)
    begin = found.table.parts[2].start
    text = str(raised.value)
    assert text.endswith(f"Rows are counted from byte {begin:,} of upload.csv on, where row 1 begins.")
    rows = re.findall(r"row ([\d,]+)", text.removesuffix("row 1 begins."))
    if rows:
        row = int(rows[0].replace(",", ""))
        assert path.read_bytes()[begin:].split(b"\n")[row - 1] == wrong.encode("latin-1")


def test_what_a_sample_saw_as_whole_numbers_may_have_fractions_and_gaps_elsewhere(folder: Path) -> None:
    lines = csv(["whole numbers", "words", "kind_id"], range(40_000)).splitlines()
    lines[31_001:31_004] = ["1.5;telephone;3.0;0", ";;;0", "NA;None;x7;0"]
    path = stored(folder, "\n".join(lines))
    found = divide(path, parts=3, sample_rows=300, roles={"kind_id": "category"})
    part = found.part(3).X
    assert (part["whole numbers"].isna().sum(), (part["whole numbers"] == 1.5).sum()) == (2, 1)
    assert {"telephone", "None"} <= set(part["words"])
    # As the parser would have spelt the whole column, and what is no number as it is written.
    assert set(part["kind_id"].dropna()) == {*(str(kind) for kind in range(17)), "x7"}
