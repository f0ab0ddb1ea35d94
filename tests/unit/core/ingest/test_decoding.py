"""Where a byte that does not decode is, told without holding what is before it."""

import tracemalloc
from pathlib import Path

import pytest

from functions.core.errors import EncodingError
from functions.core.ingest.decoding import ReadLimits, decode_file


def refusal(path: Path, content: bytes | None = None) -> str:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EncodingError) as caught:
        decode_file(path, name="data.csv", limits=ReadLimits())
    return str(caught.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "upload"


def test_the_first_bad_byte_is_told_with_its_place_and_its_line(path: Path) -> None:
    """Of a character that ends too soon, the byte that it begins with."""
    assert refusal(path, "é,b\n1,2\n".encode() + b"3,\xe2\x82,\xff\n") == (
        "data.csv can't be decoded: byte 0xE2 at offset 11 (line 3) is not valid; "
        "save the file as UTF-8, or name its encoding in the settings."
    )


@pytest.mark.parametrize("shift", range(4))
def test_so_it_is_wherever_the_file_is_parted(path: Path, shift: int) -> None:
    """A character of three bytes lies across what is read at a time, and the bad byte is far behind it."""
    lines = b"a" * (2**20 - 4 + shift) + "€\n".encode() + "é,1\n".encode() * 300_000
    assert f"byte 0xFF at offset {len(lines):,} (line 300,002) is" in refusal(path, lines + b"\xff\xff\xff\xff\n")


def test_lines_are_counted_in_characters_where_these_are_wider_than_a_byte(path: Path) -> None:
    """The letter U+010A holds the byte of a line's end."""
    before = "\ufeffĊ,b\n1,Ċ\n".encode("utf-16-le")
    assert f"byte 0x00 at offset {len(before)} (line 3) is" in refusal(path, before + b"\x00\xdc")


def test_a_bad_byte_at_the_end_of_a_large_file_takes_no_more_memory_than_one_at_its_start(path: Path) -> None:
    path.write_bytes("é,1,2,3\n".encode() * 4_000_000 + b"\xff\xff\xff\xff")
    tracemalloc.start()
    try:
        assert "(line 4,000,001)" in refusal(path)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
