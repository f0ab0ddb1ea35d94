"""Where rows end, against the standard library's reader."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.ingest.row_ends import last_row_end

FIELDS = st.text(alphabet='ab"\n\r,; é', max_size=6)
ROWS = st.lists(st.lists(FIELDS, min_size=2, max_size=3), min_size=1, max_size=8)


def written(rows: list[list[str]], quoting: int) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator="\n").writerows(rows)  # type: ignore[arg-type]
    return text.getvalue().encode()


def ends(text: str) -> list[int]:
    """Return where each row ends, in bytes, as the reader that takes a line at a time tells."""
    lines = io.StringIO(text, newline="\n").readlines()
    reader = csv.reader(iter(lines))
    return [len("".join(lines[: reader.line_num]).encode()) for _ in reader]


@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.integers(0, 200))
def test_a_block_is_cut_at_its_last_row(rows: list[list[str]], quoting: int, cut: int) -> None:
    # A carriage return alone ends a line for the reader, and no row of a file whose lines end otherwise.
    rows = [[field.replace("\r", "") for field in row] for row in rows]
    whole = written(rows, quoting)
    block = whole[:cut]
    expected = max((end for end in ends(whole.decode()) if end <= len(block)), default=0)
    assert last_row_end(block, b",", b"\n") == expected


@pytest.mark.parametrize(
    ("block", "length"),
    [
        (b'a,5" pipe\nb,c\nd', 14),
        (b'a,5" pipe\nb,"x\ny"\nd,"z\n', 18),
        (b'5"",a\n"x""\n",b\n"', 15),
        (b'"x\ny', 0),
        (b"no end", 0),
        (b"", 0),
        (b'a,"b"c\n"d\n', 7),
    ],
)
def test_quotes_within_plain_fields_are_characters(block: bytes, length: int) -> None:
    assert last_row_end(block, b",", b"\n") == length


def test_lines_may_end_with_carriage_returns() -> None:
    assert last_row_end(b'a;b\r"c\rd";e\rf', b";", b"\r") == 12
