"""Whatever the bytes, loading ends with a dataset or with a typed error in a sentence; never with anything else.

The corpus is made anew from a fixed seed: valid files that are cut, flipped, spliced and stuffed.
"""

import gzip
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.data.digest import content_digest
from functions.core.errors import FraudflowError, InvalidDatasetError
from functions.core.ingest.decoding import ReadLimits
from functions.core.ingest.reading import read_table
from functions.core.roles import checks
from functions.core.roles.data_profile import build_profile

CASES = 10_000
PARTS = 20
MOST_KILOBYTES = 400_000
LIMITS = ReadLimits(max_columns=200, max_line_bytes=4096, max_bytes=2**20)
HEADERS = (
    *("a,b,Class", "a;b;Class", "a\tb\tis fraud", "id|amount|city|Class"),
    *("\ufeffé,b,Class", ",a,Class", "a,a,Class"),
)
CELLS = (
    *("0", "1", "-1.5", "1e308", "1e999", "-inf", "nan", "", " ", "NA", "true", "no", "fraud", "legit"),
    *("é", "\u202e", "\x1b[31m", "=1+1", "<script>", '"', '"a,b"', "'", "\x00", "1,5", "9" * 400, "2026-01-01"),
    *("\ud7ff", "\U0001f600"),
    *(
        "1.234,56",
        "$1,235 ",
        "12 %",
        "(5)",
        "05",
        "9" * 17,
        "\\N",
        "03/04/2015",
        "24.12.2015 23:59",
        "2015-02-30",
        "12.30",
    ),
    *('"a\\"b"', "\\", "-", "Null", "1 234", "20151224", "1420070400"),
)
ABOVE = ("sep={}", "# made by hand", "Report Q1\n\nof a bank, and others", "Report{0}{0}")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1")
STUFFING = (b"\xff", b"\x00", b'"', b"\n", b"\r", b",", b";", b"\x1f\x8b", b"PK\x03\x04", b"\xef\xbb\xbf", b"A" * 5000)


def load(path: Path) -> str:
    """Do what LoadData does with a file, and name what came of it."""
    try:
        checked = checks.check(read_table(path, name=path.name, limits=LIMITS), target=None, positive_label=None)
    except FraudflowError as error:
        message = str(error)
        assert message.endswith("."), message
        assert path.name in message, message
        assert all(each.isprintable() for each in message), message
        assert len(message) < 2000, message
        return type(error).__name__
    table = checked.table
    assert 0 < table.frauds < len(table.y)
    assert len(content_digest(table)) == 64
    assert build_profile(checked).rows == len(table.y)
    return "dataset"


def table_of(rng: random.Random) -> bytes:
    """Write a table that is right, or nearly."""
    header = rng.choice(HEADERS)
    delimiter = next(each for each in (";", "\t", "|", ",") if each in header)
    width = header.count(delimiter) + 1
    rows = []
    for _ in range(rng.choice((0, 1, 15, 40, 80))):
        cells = [f"{rng.gauss(0, 1):.3f}" if rng.random() < 0.97 else rng.choice(CELLS) for _ in range(width - 1)]
        label = rng.choice(("0", "0", "1")) if rng.random() < 0.999 else rng.choice(CELLS)
        rows.append(delimiter.join([*cells, label]))
    above = rng.choice(ABOVE).format(delimiter).split("\n") if rng.random() < 0.1 else []
    below = rng.choice(("Total", "15 rows", delimiter)).split() if rng.random() < 0.03 else []
    text = rng.choice(("\n", "\r\n", "\r")).join([*above, header, *rows, *below])
    return text.encode(rng.choice(ENCODINGS) if rng.random() < 0.2 else "utf-8", errors="replace")


def mutated(body: bytes, rng: random.Random) -> bytes:
    """Spoil a file in none, one or a few places."""
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        at, to = sorted((rng.randrange(len(body) + 1), rng.randrange(len(body) + 1)))
        match rng.randrange(5):
            case 0:
                body = body[:at]
            case 1:
                body = body[:at] + rng.choice(STUFFING) + body[at:]
            case 2:
                body = body[:at] + body[to:]
            case 3:
                body = body[:at] + bytes(rng.randrange(256) for _ in range(rng.randrange(8))) + body[at:]
            case 4:
                body = body[at:to] + body
    if rng.random() < 0.1:
        body = gzip.compress(body, 1)
        if rng.random() < 0.5:
            body = body[: rng.randrange(len(body) + 1)]
    return body


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.thorough) for part in range(1, PARTS))])
def test_a_spoilt_file_is_a_dataset_or_a_typed_error(tmp_path: Path, part: int) -> None:
    rng = random.Random(part)  # noqa: S311 - a corpus, no secret
    path = tmp_path / "spoilt.csv"
    outcomes: Counter[str] = Counter()
    for _ in range(CASES // PARTS):
        path.write_bytes(mutated(table_of(rng), rng))
        outcomes[load(path)] += 1
    # The corpus is worth something only if it comes to both ends, and to many errors.
    assert outcomes["dataset"] > 10
    assert len(outcomes) > 6, outcomes


@given(body=st.binary(max_size=400))
def test_any_bytes_are_a_dataset_or_a_typed_error(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "any.csv"
    path.write_bytes(body)
    load(path)


@given(cells=st.lists(st.lists(st.text(max_size=8), min_size=3, max_size=3), max_size=30))
def test_any_texts_are_a_dataset_or_a_typed_error(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]]
) -> None:
    path = tmp_path_factory.mktemp("texts") / "any.csv"
    text = "\n".join(",".join(row) for row in [["a", "b", "Class"], *cells])
    path.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    load(path)


@pytest.mark.thorough
def test_a_line_of_a_gigabyte_is_refused(tmp_path: Path) -> None:
    _long_line(tmp_path / "large.csv", 2**30)
    assert refused(tmp_path / "large.csv") == "has a line of more than 16,777,216 bytes"


@pytest.mark.thorough
def test_a_gzip_bomb_is_refused(tmp_path: Path) -> None:
    _bomb(tmp_path / "large.csv", 2**30)
    limits = ReadLimits(max_bytes=2**29)
    assert refused(tmp_path / "large.csv", limits) == "holds more than 536,870,912 bytes once decompressed"


def test_a_hundred_thousand_columns_are_refused(tmp_path: Path) -> None:
    _wide(tmp_path / "large.csv", 100_000)
    assert refused(tmp_path / "large.csv") == "has 100,000 columns and 10,000 are allowed"


def refused(path: Path, limits: ReadLimits | None = None) -> str:
    """Return the first half of the sentence that a file is refused with, before it has filled the memory."""
    before = _peak_kilobytes()
    with pytest.raises(InvalidDatasetError) as caught:
        read_table(path, name="large.csv", limits=limits)
    assert _peak_kilobytes() - before < MOST_KILOBYTES
    return str(caught.value).removeprefix("large.csv ").split("; ")[0].split(", which")[0]


def _long_line(path: Path, size: int) -> None:
    with path.open("wb") as stream:
        stream.write(b"a,b,Class\n1,2,")
        for _ in range(size // 2**24):
            stream.write(b"1" * 2**24)


def _bomb(path: Path, size: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as stream:
        stream.write(b"a,b,Class\n")
        rows = b"1,2,0\n" * 2**17
        for _ in range(size // len(rows) + 1):
            stream.write(rows)


def _wide(path: Path, columns: int) -> None:
    path.write_text(",".join(f"c{number}" for number in range(columns)) + "\n" + ",".join("1" * columns) + "\n")


def _peak_kilobytes() -> int:
    import resource  # noqa: PLC0415 - of Unix alone

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
