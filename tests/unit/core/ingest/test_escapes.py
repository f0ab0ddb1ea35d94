r"""Files that MySQL has written: ``\"`` within fields, ``\N`` for a missing value."""

import gzip
import tempfile
from pathlib import Path

import pytest

from functions.core.ingest.columns import read_columns
from tests.unit.core.ingest.files import Read

MYSQL = '"amount","shop","note"\n"1.5","Joe\\"s, Diner","a\\\\"\n\\N,"The \\"Best\\"","b\\\nc"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_they_are_read(read: Read, encoding: str) -> None:
    raw = read((MYSQL + '"2.5","Café","c"\n').encode(encoding))

    assert list(raw.frame["shop"]) == ['Joe"s, Diner', 'The "Best"', "Café"]
    assert list(raw.frame["note"]) == ["a\\", "b\nc", "c"]
    assert read_columns(raw, {})["amount"].data.isna().tolist() == [False, True, False]
    assert "Quotes within fields have a backslash before them." in raw.source.notes
    assert raw.source.encoding == encoding


@pytest.mark.parametrize("text", ['a,b\n"C:\\dir\\",1\n"D:\\",2\n', "a,b\n\\N,1\nx\\y,2\n"])
def test_other_backslashes_are_what_they_are(read: Read, text: str) -> None:
    assert read(text).source.notes == ()


def test_an_escape_may_stand_where_the_chunks_of_the_file_meet(read: Read) -> None:
    row = '"1","say \\"hi\\" \\\\"\n'
    for shift in range(20):
        raw = read(gzip.compress(('"a","b"\n' + f'"{"1" * shift}","x"\n' + row * 80_000).encode(), 1))
        assert set(raw.frame["b"]) == {"x", 'say "hi" \\'}


def test_the_copy_that_is_read_is_gone_afterwards(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    read(MYSQL)
    assert not list((tmp_path / "scratch").iterdir())
