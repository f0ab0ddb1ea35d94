"""Files that are no table, or too large for one: one sentence, whatever the bytes."""

import errno
import gzip
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core import errors
from functions.core.ingest.decoding import ReadLimits
from functions.core.roles.checks import check
from tests.unit.core.ingest.files import PLAIN, Read

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.csv", PLAIN)
    return buffer.getvalue()


BAD_FILES = {
    "empty": (b"", errors.EmptyFileError, "is empty"),
    "blank": (b" \n\n", errors.EmptyFileError, "is empty"),
    "only a byte-order mark": (b"\xef\xbb\xbf", errors.EmptyFileError, "is empty"),
    "empty gzip": (gzip.compress(b""), errors.EmptyFileError, "is empty"),
    "header only": (b"a,b,label\n", errors.EmptyFileError, "header and no rows"),
    "PNG": (PNG, errors.NotCsvError, "PNG"),
    "ZIP": (zipped(), errors.NotCsvError, "ZIP"),
    "gzipped PNG": (gzip.compress(PNG), errors.NotCsvError, "PNG"),
    "gzip within gzip": (gzip.compress(gzip.compress(PLAIN.encode())), errors.NotCsvError, "once only"),
    "cut gzip": (gzip.compress(PLAIN.encode())[:-9], errors.NotCsvError, "damaged gzip"),
    "corrupt gzip": (gzip.compress(PLAIN.encode())[:12] + b"\xff" * 20, errors.NotCsvError, "damaged gzip"),
    "other binary": (b"a,b\n1,2\n\x00\x01\x02,3\n", errors.NotCsvError, "NUL bytes"),
    "JSON": (b'[{"a": 1, "b": 2}]', errors.NotCsvError, "JSON"),
    "HTML": (b"<!DOCTYPE html><p>a, b", errors.NotCsvError, "HTML"),
    "prose": (b"Dear all\nhere is the data\n", errors.NotCsvError, "single column"),
    "broken UTF-8": ("ville,b\nOrléans,1\n".encode() + b"\xff\xfe\xfd,2\n", errors.EncodingError, "0xFF.*line 3"),
    "cut UTF-8 at the end": ("é,b\n1,é".encode()[:-1], errors.EncodingError, r"0xC3 at offset 7 \(line 2\)"),
    "Cyrillic in KOI8-U": ("b,місто\n1,Львів\n".encode("koi8-u"), errors.EncodingError, "save the file as UTF-8"),
    "long row": (b"a,b\n1,2\n3,4,5\n6,7\n", errors.RaggedRowsError, "header's 2: row 3 has 3;"),
    "long first row": (b"a,b\n1,2,3\n3,4\n", errors.RaggedRowsError, "row 2 has 3"),
    "short row": (b"a,b\n1,2\n3\n", errors.RaggedRowsError, "row 3 has 1"),
    "open quote": (b'a,b\n1,2\n"3,4\n5,6\n', errors.RaggedRowsError, "row 3"),
    "open quote before a long rest": (b'a,b\n"' + b"1,2\n" * 50_000, errors.RaggedRowsError, "after row 1 .* quotes"),
    "repeated name": (b"a,b, a\n1,2,3\n", errors.DuplicateColumnsError, r"'a' \(columns 1 and 3\)"),
    "unnamed column": (b"a,,b\n1,2,3\n", errors.InvalidDatasetError, "column 2"),
    "no header": (b"1.5,2,0\n2.5,3,1\n", errors.InvalidDatasetError, "no header"),
}


@pytest.mark.parametrize(("content", "error", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_that_is_no_table_is_refused_with_one_sentence_that_names_it(
    read: Read, content: bytes, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"data.csv .*{message}") as caught:
        read(content)

    assert type(caught.value) is error
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_a_ragged_row_far_down_is_found_and_numbered(read: Read) -> None:
    rows = ["1,2"] * 3000
    rows[2500] = "1"
    with pytest.raises(errors.RaggedRowsError, match=r"1 row .* row 2,502 has 1"):
        read("a,b\n" + "\n".join(rows))


LIMITS = {
    "columns": (",".join(map(str, range(20))) + "\n" + ",".join("1" * 20), "20 columns and 10 are allowed"),
    "line": ("a,b\n" + "1" * 200 + ",2\n", "a line of more than 100 bytes"),
    "size": ("a,b\n" + "1,2\n" * 300, "more than 1,000 bytes"),
}


@pytest.mark.parametrize(("content", "message"), LIMITS.values(), ids=LIMITS.keys())
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_what_exceeds_a_limit_is_refused(
    read: Read, content: str, message: str, pack: Callable[[bytes], bytes]
) -> None:
    with pytest.raises(errors.InvalidDatasetError, match=message):
        read(pack(content.encode()), limits=ReadLimits(max_columns=10, max_line_bytes=100, max_bytes=1000))


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(read: Read) -> None:
    with pytest.raises(errors.InvalidDatasetError, match="line of more than"):
        read(gzip.compress(bytes(64 * 2**20)))


def test_what_a_gzip_unpacks_to_is_gone_after_it_was_read(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    assert len(read(gzip.compress(b"a,b\n1,2\n3,4\n")).frame) == 2
    with pytest.raises(errors.NotCsvError):
        read(gzip.compress(b"a,b\n1,2\n" * 1000)[:-20])
    assert not list((tmp_path / "scratch").iterdir())


def test_a_disk_that_is_full_is_no_damaged_gzip(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", lambda **_: Full())
    with pytest.raises(OSError, match="No space left on device"):
        read(gzip.compress(b"a,b\n1,2\n"))


def test_control_characters_of_a_file_do_not_reach_the_message(read: Read) -> None:
    with pytest.raises(errors.DuplicateColumnsError) as caught:
        read("\x1b[31mred,\x1b[31mred\n1,2\n")

    assert str(caught.value).isprintable()


CELLS = st.sampled_from(
    ["1", "0", "", "-2.5", "1e400", "NA", '"', '"a,b"', "é", "x", "True", "\n", "9" * 30, "9" * 400]
)


NEARLY_CSV = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=30).map(
    lambda rows: "\n".join(",".join(row) for row in rows).encode()
)


@given(content=st.binary(max_size=300) | NEARLY_CSV | NEARLY_CSV.map(gzip.compress), tail=st.binary(max_size=3))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_a_dataset_or_one_of_our_errors(read: Read, content: bytes, tail: bytes) -> None:
    try:
        check(read(content + tail))
    except errors.InvalidDatasetError as error:
        assert "data.csv" in str(error)  # noqa: PT017 - either outcome is right
