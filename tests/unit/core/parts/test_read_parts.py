"""Tables read part by part: they are what a whole reading makes of them; and what is said of wrong ones."""

import gzip
import itertools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.data.tables import to_parquet
from functions.core.errors import InvalidDatasetError, RaggedRowsError, TargetError
from functions.core.parts.upload_division import UploadWritten
from tests.unit.core.parts.divided import assert_same, divide, refused, whole

ROWS = 400
type Column = Callable[[int], str]

# Of row n, as a CSV writes it where fields are separated by semicolons.
COLUMNS: dict[str, Column] = {
    "whole numbers": lambda n: str(n * 37 % 101),
    "fractions": lambda n: f"{n * 37 % 101 / 7:.4f}",
    "fractions_late": lambda n: str(n) if n < ROWS - 3 else f"{n}.5",
    "gaps": lambda n: "" if n % 5 == 0 else str(n % 11),
    "null words": lambda n: "NA" if n % 50 == 3 else str(n % 13),
    "decimal commas": lambda n: f"{n % 97},{n % 89:02}",
    "thousands": lambda n: f"{n % 7 + 1}.{n % 1000:03},50",
    "euros": lambda n: f"{n % 7 + 1},50 €",
    "words": lambda n: ("web", "app", "shop")[n % 3],
    "padded words": lambda n: (" web", "app ", "shop")[n % 3],
    "kind_id": lambda n: str(n % 17),
    "code_id": lambda n: f"{n % 17:03}",
    "mixed_code": lambda n: "web" if n % 40 == 7 else f"{n % 4}.0",
    "card_id": lambda n: str(4_111_111_111_111_000 + n % 60),
    "card_number": lambda n: "" if n % 9 == 0 else str(4_111_111_111_111_000 + n % 60),
    "yes": lambda n: "True" if n % 3 else "False",
    "yes_or_gap": lambda n: ("true", "FALSE", "")[n % 3],
    "day": lambda n: f"2026-0{n % 9 + 1}-{n % 28 + 1:02} 10:{n % 60:02}:00",
    "german day": lambda n: f"{n % 28 + 1:02}.0{n % 9 + 1}.2026",
    "at": lambda n: str(1_760_000_000 + 60 * n),
    "compact_date": lambda n: f"2026{n % 12 + 1:02}{n % 28 + 1:02}",
    "clock": lambda n: f"{n % 24:02}:{n % 60:02}",
    "memo": lambda n: f'"line {n % 7}\nand; a ""quote"""',
    "constant": lambda _: "1",
    "nothing": lambda _: "",
    "none": lambda n: "None" if n % 4 else "some",
    "placeholders": lambda n: "?" if n % 30 == 1 else str(n % 9),
}


def _csv(names: list[str], rows: range = range(ROWS), end: str = "\n") -> str:
    lines = [";".join([*(COLUMNS[name](n) for name in names), str(int(n % 8 == 0))]) for n in rows]
    return end.join([";".join([*names, "is_fraud"]), *lines, ""])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


_number = itertools.count()


def _file(folder: Path, content: str | bytes, name: str = "upload.csv") -> Path:
    path = folder / str(next(_number)) / name
    path.parent.mkdir()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    names=st.lists(st.sampled_from([*COLUMNS]), min_size=2, max_size=6, unique=True),
    parts=st.integers(1, 30),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_parts_of_any_division_are_the_table(folder: Path, names: list[str], parts: int, end: str) -> None:
    path = _file(folder, _csv(names, end=end))
    fault = refused(path)
    if fault is not None:
        with pytest.raises(type(fault), match=f"^{re.escape(str(fault))}$"):
            divide(path, parts=parts)
        return
    expected = whole(path)
    found = divide(path, parts=parts)
    assert found.table.sample.whole
    assert_same(found.joined(), expected)


@pytest.mark.parametrize("name", [*COLUMNS])
def test_each_column_is_in_parts_what_it_is_in_all(folder: Path, name: str) -> None:
    path = _file(folder, _csv([*dict.fromkeys([name, "words", "fractions"])]))
    found = divide(path, parts=9)
    assert len(found.table.parts) > 5
    assert_same(found.joined(), whole(path))


def test_entities_that_are_named_so_keep_how_they_are_written(folder: Path) -> None:
    path = _file(folder, _csv(["whole numbers", "fractions", "yes_or_gap"]))
    roles = {"whole numbers": "entity", "fractions": "category", "yes_or_gap": "category"}
    assert_same(divide(path, parts=9, roles=roles).joined(), whole(path, roles=roles))


def test_rows_without_a_label_are_left_out_of_each_part(folder: Path) -> None:
    rows = [f"{n};{n % 7};{('0', '1', '', '0')[n % 4]}" for n in range(300)]
    path = _file(folder, "\n".join(["a;b;is_fraud", *rows]))
    found = divide(path, parts=5, drop_unlabelled=True)
    assert_same(found.joined(), whole(path, drop_unlabelled=True))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_what_is_written_in_another_encoding_is_the_same_table(folder: Path, encoding: str) -> None:
    text = _csv(["words", "fractions", "euros"]).replace("web", "Größe")
    path = _file(folder, text.encode(encoding))
    found = divide(path, parts=5)
    assert len(found.table.parts) == (1 if encoding == "utf-16" else 5)
    assert_same(found.joined(), whole(path))


def test_a_compressed_file_is_one_part(folder: Path) -> None:
    path = _file(folder, gzip.compress(_csv(["words", "fractions"]).encode()), "upload.csv.gz")
    found = divide(path, parts=5)
    assert [layout.divisible for layout in found.table.layouts] == [False]
    assert_same(found.joined(), whole(path))


def test_quotes_with_backslashes_make_a_file_one_part(folder: Path) -> None:
    text = _csv(["words", "fractions"]).replace("web", r'"a \"web\" of"')
    path = _file(folder, text)
    found = divide(path, parts=5)
    assert (len(found.table.parts), found.reading.source.escapes) == (1, True)
    assert_same(found.joined(), whole(path))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("sample_rows", [10**9, 150])
def test_files_of_one_table_are_read_as_if_they_were_one(folder: Path, packed: bool, sample_rows: int) -> None:  # noqa: FBT001
    names = ["words", "fractions", "kind_id", "day"]
    cuts = (0, 130, 270, ROWS)
    texts = [_csv(names, range(a, b)) for a, b in itertools.pairwise(cuts)]
    bodies = [gzip.compress(text.encode()) if packed else text.encode() for text in texts]
    paths = [_file(folder, body, f"{place}.csv") for place, body in enumerate(bodies)]
    found = divide(*paths, parts=8, sample_rows=sample_rows)
    assert found.reading.source.compressed is packed
    assert found.table.sample.whole is (sample_rows > ROWS or packed)
    assert_same(found.joined(), whole(_file(folder, _csv(names))))


def _frame() -> pd.DataFrame:
    n = np.arange(ROWS)
    return pd.DataFrame(
        {
            "amount": n % 97 / 7,
            "count": n % 11,
            "gaps": pd.array(np.where(n % 5, n % 13, -1), "Int64"),
            "kind_id": n % 17,
            "card_id": 4_111_111_111_111_000 + n % 60,
            "words": np.array(["web", "app", "shop"])[n % 3],
            "level": pd.Categorical(np.array(["low", "high"])[n % 2]),
            "flag": n % 3 == 0,
            "day": pd.Timestamp("2026-01-01") + pd.to_timedelta(n % 300, unit="h"),
            "is_fraud": (n % 8 == 0).astype(int),
        }
    ).assign(gaps=lambda table: table["gaps"].mask(table["gaps"] < 0))


@pytest.mark.parametrize("groups", [ROWS, 150, 20])
def test_a_parquet_file_is_divided_by_its_groups_of_rows(folder: Path, groups: int) -> None:
    path = folder / f"{groups}.parquet"
    _frame().to_parquet(path, row_group_size=groups)
    found = divide(path, parts=6)
    assert len(found.table.parts) > 1
    assert_same(found.joined(), whole(path))
    # The first rows of a large group do not show what is in the others.
    if groups < ROWS:
        part = divide(path, parts=6, sample_rows=200)
        assert (part.table.sample.whole, part.table.sample.of_about) == (False, ROWS)
        assert_same(part.joined(), whole(path))


def test_parquet_files_whose_columns_are_in_another_order_are_one_table(folder: Path) -> None:
    table = _frame()
    one, two, both = (folder / f"{name}.parquet" for name in ("one", "two", "both"))
    table.head(200).astype({"count": "float64"}).to_parquet(one)
    table.tail(200)[[*reversed(table.columns)]].to_parquet(two, index=False)
    table.astype({"count": "float64"}).to_parquet(both)
    assert_same(divide(one, two, parts=6).joined(), whole(both))


def test_a_table_that_a_run_has_written_is_read_as_it_is(folder: Path) -> None:
    own = _file(folder, to_parquet(whole(_file(folder, _csv(["day", "words", "euros", "yes"])))), "own.parquet")
    found = divide(own, parts=3)
    assert any(feature.ready for feature in found.reading.features)
    assert_same(found.joined(), whole(own))


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
    paths = [_file(folder, _csv(["words", "fractions"]), "0.csv"), _file(folder, other, "1.csv")]
    with pytest.raises(InvalidDatasetError, match=told):
        divide(*paths)


def test_parquet_files_of_other_types_are_refused_by_name_and_column(folder: Path) -> None:
    one, two = folder / "numbers.parquet", folder / "texts.parquet"
    _frame().to_parquet(one)
    _frame().astype({"amount": "str"}).to_parquet(two)
    with pytest.raises(
        InvalidDatasetError, match=r"^texts\.parquet holds large_string in column 'amount', and numbers\.parquet holds"
    ):
        divide(one, two)
    with pytest.raises(InvalidDatasetError, match=r"^upload names a CSV \(upload\.csv\) and a Parquet file \(numbers"):
        divide(one, _file(folder, _csv(["words"])))


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
    lines = _csv(["whole numbers", "words"], range(40_000)).splitlines()
    lines[31_001] = wrong
    path = _file(folder, ("\n".join(lines) + "\n").encode("latin-1"))
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
    lines = _csv(["whole numbers", "words", "kind_id"], range(40_000)).splitlines()
    lines[31_001:31_004] = ["1.5;telephone;3.0;0", ";;;0", "NA;None;x7;0"]
    path = _file(folder, "\n".join(lines))
    found = divide(path, parts=3, sample_rows=300, roles={"kind_id": "category"})
    part = found.part(3).X
    assert (part["whole numbers"].isna().sum(), (part["whole numbers"] == 1.5).sum()) == (2, 1)
    assert {"telephone", "None"} <= set(part["words"])
    # As the parser would have spelt the whole column, and what is no number as it is written.
    assert set(part["kind_id"].dropna()) == {*(str(kind) for kind in range(17)), "x7"}


def test_columns_that_settings_say_how_to_read_are_read_so(folder: Path) -> None:
    path = _file(folder, _csv(["decimal commas", "words"]).replace("is_fraud", "bad"))
    roles = {"decimal commas": "number:comma", "bad": "target"}
    assert_same(divide(path, written=UploadWritten(";", "utf-8"), roles=roles).joined(), whole(path, roles=roles))
