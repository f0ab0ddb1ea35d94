"""The keys of a home are random, made once, and their owner's alone."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fraudflow_guard.keys import Keys, KeysError, make, read


def test_keys_are_made_once_and_stay(tmp_path: Path) -> None:
    made = make(tmp_path / "keys.json")
    assert make(tmp_path / "keys.json") == made == read(tmp_path / "keys.json")
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_two_homes_have_different_keys(tmp_path: Path) -> None:
    one, other = make(tmp_path / "one.json"), make(tmp_path / "other.json")
    assert one.access_key_id != other.access_key_id
    assert one.secret_access_key != other.secret_access_key
    assert one.password != other.password


def test_programs_that_make_them_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: make(tmp_path / "keys.json"), range(32)))
    assert len(made) == 1


def test_localstack_takes_no_account_from_the_id(tmp_path: Path) -> None:
    id_ = make(tmp_path / "keys.json").access_key_id
    assert not id_.startswith(("AKIA", "ASIA", "LKIA", "LSIA"))
    assert not id_[:12].isdigit()


def test_secrets_are_not_in_the_repr(tmp_path: Path) -> None:
    keys = make(tmp_path / "keys.json")
    assert keys.secret_access_key not in repr(keys)
    assert keys.password not in repr(keys)


def test_keys_that_others_can_read_are_refused(tmp_path: Path) -> None:
    make(tmp_path / "keys.json")
    (tmp_path / "keys.json").chmod(0o640)
    with pytest.raises(KeysError, match=r"keys\.json can be read by others"):
        read(tmp_path / "keys.json")


@pytest.mark.parametrize("content", ["", "[]", "{}", "7", json.dumps(dict.fromkeys(Keys.__dataclass_fields__, ""))])
def test_a_file_that_is_not_ours_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(KeysError, match="does not hold the keys"):
        make(path)


def test_missing_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match=r"keys\.json is missing"):
        read(tmp_path / "keys.json")
