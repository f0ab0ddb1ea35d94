"""Tables that are read part by part are what a whole reading makes of them."""

import gzip
import itertools
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.core.data.tables import to_parquet
from functions.core.parts.upload_division import UploadWritten
from tests.unit.core.parts.divided import assert_same, divide, refused, whole
from tests.unit.core.parts.made_columns import COLUMNS, ROWS, csv, stored, typed_frame


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    names=st.lists(st.sampled_from([*COLUMNS]), min_size=2, max_size=6, unique=True),
    parts=st.integers(1, 30),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_parts_of_any_division_are_the_table(folder: Path, names: list[str], parts: int, end: str) -> None:
    path = stored(folder, csv(names, end=end))
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
    path = stored(folder, csv([*dict.fromkeys([name, "words", "fractions"])]))
    found = divide(path, parts=9)
    assert len(found.table.parts) > 5
    assert_same(found.joined(), whole(path))


def test_entities_that_are_named_so_keep_how_they_are_written(folder: Path) -> None:
    path = stored(folder, csv(["whole numbers", "fractions", "yes_or_gap"]))
    roles = {"whole numbers": "entity", "fractions": "category", "yes_or_gap": "category"}
    assert_same(divide(path, parts=9, roles=roles).joined(), whole(path, roles=roles))


def test_rows_without_a_label_are_left_out_of_each_part(folder: Path) -> None:
    rows = [f"{n};{n % 7};{('0', '1', '', '0')[n % 4]}" for n in range(300)]
    path = stored(folder, "\n".join(["a;b;is_fraud", *rows]))
    found = divide(path, parts=5, drop_unlabelled=True)
    assert_same(found.joined(), whole(path, drop_unlabelled=True))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_what_is_written_in_another_encoding_is_the_same_table(folder: Path, encoding: str) -> None:
    text = csv(["words", "fractions", "euros"]).replace("web", "Größe")
    path = stored(folder, text.encode(encoding))
    found = divide(path, parts=5)
    assert len(found.table.parts) == (1 if encoding == "utf-16" else 5)
    assert_same(found.joined(), whole(path))


def test_a_compressed_file_is_one_part(folder: Path) -> None:
    path = stored(folder, gzip.compress(csv(["words", "fractions"]).encode()), "upload.csv.gz")
    found = divide(path, parts=5)
    assert [layout.divisible for layout in found.table.layouts] == [False]
    assert_same(found.joined(), whole(path))


def test_quotes_with_backslashes_make_a_file_one_part(folder: Path) -> None:
    text = csv(["words", "fractions"]).replace("web", r'"a \"web\" of"')
    path = stored(folder, text)
    found = divide(path, parts=5)
    assert (len(found.table.parts), found.reading.source.escapes) == (1, True)
    assert_same(found.joined(), whole(path))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("sample_rows", [10**9, 150])
def test_files_of_one_table_are_read_as_if_they_were_one(folder: Path, packed: bool, sample_rows: int) -> None:  # noqa: FBT001
    names = ["words", "fractions", "kind_id", "day"]
    cuts = (0, 130, 270, ROWS)
    texts = [csv(names, range(a, b)) for a, b in itertools.pairwise(cuts)]
    bodies = [gzip.compress(text.encode()) if packed else text.encode() for text in texts]
    paths = [stored(folder, body, f"{place}.csv") for place, body in enumerate(bodies)]
    found = divide(*paths, parts=8, sample_rows=sample_rows)
    assert found.reading.source.compressed is packed
    sample = found.table.sample
    assert sample.whole is (sample_rows > ROWS)
    assert sample.rows == ROWS or not sample.whole
    assert_same(found.joined(), whole(stored(folder, csv(names))))


@pytest.mark.parametrize("groups", [ROWS, 150, 20])
def test_a_parquet_file_is_divided_by_its_groups_of_rows(folder: Path, groups: int) -> None:
    path = folder / f"{groups}.parquet"
    typed_frame().to_parquet(path, row_group_size=groups)
    found = divide(path, parts=6)
    assert len(found.table.parts) > 1
    assert_same(found.joined(), whole(path))
    # The first rows of a large group do not show what is in the others.
    if groups < ROWS:
        part = divide(path, parts=6, sample_rows=200)
        assert (part.table.sample.whole, part.table.sample.of_about) == (False, ROWS)
        assert_same(part.joined(), whole(path))


def test_parquet_files_whose_columns_are_in_another_order_are_one_table(folder: Path) -> None:
    table = typed_frame()
    one, two, both = (folder / f"{name}.parquet" for name in ("one", "two", "both"))
    table.head(200).astype({"count": "float64"}).to_parquet(one)
    table.tail(200)[[*reversed(table.columns)]].to_parquet(two, index=False)
    table.astype({"count": "float64"}).to_parquet(both)
    assert_same(divide(one, two, parts=6).joined(), whole(both))


def test_a_table_that_a_run_has_written_is_read_as_it_is(folder: Path) -> None:
    own = stored(folder, to_parquet(whole(stored(folder, csv(["day", "words", "euros", "yes"])))), "own.parquet")
    found = divide(own, parts=3)
    assert any(feature.ready for feature in found.reading.features)
    assert_same(found.joined(), whole(own))


def test_columns_that_settings_say_how_to_read_are_read_so(folder: Path) -> None:
    path = stored(folder, csv(["decimal commas", "words"]).replace("is_fraud", "bad"))
    roles = {"decimal commas": "number:comma", "bad": "target"}
    assert_same(divide(path, written=UploadWritten(";", "utf-8"), roles=roles).joined(), whole(path, roles=roles))
