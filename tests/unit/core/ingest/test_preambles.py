"""What stands above the header and below the rows, and the numbers that rows then have."""

import pytest

from functions.core import errors
from functions.core.roles.checks import check
from tests.unit.core.ingest.files import Read

ROWS = "amount,city,label\n1.5,Paris,0\n2.5,Rome,1\n3.5,Bern,0\n"
ABOVE = {
    "sep": ("sep=,\n", 1),
    "sep in quotes": ('"sep=,"\n', 1),
    "comment": ("# exported by core banking 7.2\n", 1),
    "comments with delimiters": ("# generated 2025-03-01, rows: 30000\n# a, b, c, d\n", 2),
    "titles and blank lines": ("Transaction report Q1 2025\n\nBank of Examples\n\n", 3),
    "names and values": ("Account: 123-456\nExported: 2026-11-28\n\n", 2),
    "titles of a spreadsheet": ("Transaction report,,\n,,\n", 2),
}


@pytest.mark.parametrize(("above", "lines"), ABOVE.values(), ids=ABOVE.keys())
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_above_the_header_are_left_out_and_noted(read: Read, above: str, lines: int, end: str) -> None:
    raw = read((above + ROWS).replace("\n", end))

    assert list(raw.frame.columns) == ["amount", "city", "label"]
    assert raw.frame.to_numpy().tolist() == [[1.5, "Paris", 0], [2.5, "Rome", 1], [3.5, "Bern", 0]]
    are = "line above the header is" if lines == 1 else "lines above the header are"
    assert f"{lines} {are} left out." in raw.source.notes
    assert raw.source.first_row == above.count("\n") + 2


@pytest.mark.parametrize("delimiter", [";", "\t", "|", ":"])
def test_the_separator_that_excel_names_is_taken(read: Read, delimiter: str) -> None:
    raw = read(f"sep={delimiter}\na{delimiter}b\n1,5{delimiter}x,y,z\n2,5{delimiter}x,y,z\n")

    assert (raw.source.delimiter, list(raw.frame["b"])) == (delimiter, ["x,y,z", "x,y,z"])


@pytest.mark.parametrize(
    "text",
    [
        "#id,amount,label\n1,2,0\n3,4,1\n",
        "#id,name,label\nA,Rome,yes\nB,Bern,no\n",
        "name,,label\nRome,,yes\nBern,,no\n",
        "text;label\nhello, dear, world;a\nbye, dear, you;b\n",
        "x,y,z\na,b,c\nd,e,f\n",
    ],
)
def test_a_header_is_none_of_them(read: Read, text: str) -> None:
    raw = read(text)
    assert raw.source.first_row == 2
    assert len(raw.frame) == 2


def test_rows_are_numbered_as_the_file_has_them(read: Read) -> None:
    with pytest.raises(errors.RaggedRowsError, match="header's 3: row 5 has 4;"):
        read("# one\n# two\n" + ROWS.replace("2.5,", "2.5,,") + "4.5,Oslo,1\n")
    with pytest.raises(errors.RaggedRowsError, match="opens in row 5 and never closes"):
        read("# one\n# two\n" + ROWS.replace("2.5,", '2.5,"'))


@pytest.mark.parametrize(
    "text", ["amount,city,label,\n{},\n{},\n", "amount,city,label\n{},\n{},\n", "amount,city,label,\n{}\n{}\n"]
)
def test_rows_may_all_end_with_a_delimiter_with_or_without_the_header(read: Read, text: str) -> None:
    raw = read(text.format("1,Rome,0", "2,Bern,1"))
    assert raw.frame.to_dict("list") == {"amount": [1, 2], "city": ["Rome", "Bern"], "label": [0, 1]}


def test_one_row_that_ends_with_a_delimiter_is_named(read: Read) -> None:
    with pytest.raises(
        errors.RaggedRowsError, match="1 row whose number of fields is not the header's 3: row 2 has 4;"
    ):
        read(ROWS.replace("1.5,Paris,0", "1.5,Paris,0,"))


def test_rows_that_are_shifted_are_named_and_not_the_column_that_they_reach(read: Read) -> None:
    rows = ["1,Rome,0,"] * 10
    rows[6] = "1,Rome, Italy,0"
    with pytest.raises(errors.RaggedRowsError, match="more fields than names in row 8; correct what is there or quote"):
        read("amount,city,label,\n" + "\n".join(rows))


@pytest.mark.parametrize("last", ["1500 rows\n", "Total,8.5\n", "4.5,Os"])
def test_a_last_row_that_is_cut_or_a_total_is_named(read: Read, last: str) -> None:
    with pytest.raises(
        errors.RaggedRowsError, match=r"ends with a row whose number of fields .* row 5 has \d; complete it"
    ):
        read(ROWS + last)


def test_all_indices_that_pandas_has_written_are_left_out(read: Read) -> None:
    raw = read("Unnamed: 0.1,Unnamed: 0,,a,b\n4,1,7,5,0\n9,2,8,5,1\n")

    assert list(raw.frame.columns) == ["a", "b"]
    assert raw.source.notes == ("The first 3 columns have no name and number the rows; they are left out.",)


def test_names_that_differ_in_their_padding_alone_are_one_name(read: Read) -> None:
    with pytest.raises(errors.DuplicateColumnsError, match=r"'a' \(columns 1 and 3\)"):
        read("a, b , a \n1,2,3\n")


@pytest.mark.parametrize("label", ["", "NA", "?"])
def test_rows_without_a_label_are_numbered_so_as_well(read: Read, label: str) -> None:
    rows = "".join(f"{amount},{amount % 2}\n" for amount in range(40))
    with pytest.raises(errors.TargetError, match="1 missing value in the target 'is_fraud', in row 43;"):
        check(read(f"# one\namount,is_fraud\n{rows}7,{label}\n"))
