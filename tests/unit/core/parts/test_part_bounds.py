"""Bounds of parts: they are starts of rows, whatever quoted fields hold and wherever a file is cut."""

import csv
import io
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.core.errors import RaggedRowsError
from functions.core.parts import part_bounds
from functions.core.parts.part_bounds import RowShape, divide_rows, first_row_in

_FIELDS = st.one_of(st.text('ab,"\n\r é;', max_size=12), st.integers(-5, 10**6).map(str))


def _starts(body: bytes, delimiter: str) -> set[int]:
    """Return where rows start, by reading all of them; and where blank lines do, which are no rows."""
    lines = io.StringIO(body.decode("latin-1"), newline="")
    read = 0

    def counted() -> object:
        nonlocal read
        for line in lines:
            read += len(line)
            yield line

    starts = {0}
    for _ in csv.reader(counted(), delimiter=delimiter):  # type: ignore[arg-type]
        starts.add(read)
    return starts


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.lists(_FIELDS, min_size=3, max_size=3), min_size=1, max_size=60),
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";"]),
    part_bytes=st.integers(5, 200),
    quoting=st.sampled_from([0, 1]),
)
def test_bounds_are_starts_of_rows(
    rows: list[list[str]], end: str, delimiter: str, part_bytes: int, quoting: Literal[0, 1]
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    body = text.getvalue().encode()
    bounds = divide_rows(io.BytesIO(body), 0, len(body), part_bytes, RowShape(delimiter, 3, b"\n"))
    assert (bounds[0], bounds[-1]) == (0, len(body))
    assert bounds == sorted(set(bounds))
    assert set(bounds) <= _starts(body, delimiter)


def test_a_place_within_a_quoted_field_of_many_lines_is_known_as_such() -> None:
    row = b'1,"a,b,c\nd,e,f\n",2\n'
    body = row * 50
    for place in range(len(row)):
        found = first_row_in(body[place:], RowShape(",", 3, b"\n"), whole=True)
        assert found is not None
        assert (place + found) % len(row) == 0


def test_rows_of_another_width_say_nothing_so_that_the_file_is_read_from_the_last_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(part_bounds, "_WINDOWS", (64,))
    body = b"1,2\n" + b"1,2,3\n" * 100
    assert first_row_in(body, RowShape(",", 2, b"\n"), whole=True) is None
    bounds = divide_rows(io.BytesIO(body), 0, len(body), 100, RowShape(",", 2, b"\n"))
    assert len(bounds) == 7
    assert {body[bound - 1 : bound] for bound in bounds[1:]} == {b"\n"}


def test_a_quote_that_never_closes_is_told_before_all_of_a_file_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part_bounds, "_LONGEST_ROW", 2**17)
    body = b'1,2\n3,"' + b"x\n" * 2**18
    with pytest.raises(RaggedRowsError, match=r"^The row at byte 4 does not end within 131,072 bytes: a quote in it"):
        divide_rows(io.BytesIO(body), 0, len(body), 2**16, RowShape(",", 2, b"\n"))
