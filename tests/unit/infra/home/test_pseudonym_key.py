"""The key of the hashes that stand for cards: made once in each home, its owner's alone, and never shown."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from functions.settings import LoadDataSettings
from infra.deployment.pipeline import stack_parameters
from infra.errors import StackError
from infra.home.layout import Home
from infra.home.pseudonym_key import keep, make_pseudonym_key, read_pseudonym_key
from infra.settings import StackSettings


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_home_has_one_key_that_its_owner_alone_may_read(home: Home) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: make_pseudonym_key(home), range(32)))
    assert made == {read_pseudonym_key(home)}
    assert home.pseudonym_key.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in home.path.iterdir()] == ["pseudonym.key"]
    assert home.is_ours(home.pseudonym_key)


def test_two_homes_have_different_keys(tmp_path: Path) -> None:
    homes = [Home(tmp_path / name) for name in ("one", "other")]
    for each in homes:
        each.path.mkdir()
    one, other = map(make_pseudonym_key, homes)
    assert one != other
    keep(homes[1], one)
    assert make_pseudonym_key(homes[1]) == one
    assert homes[1].pseudonym_key.stat().st_mode & 0o777 == 0o600


def test_the_template_is_given_the_homes_key_and_nobody_is_shown_it(home: Home) -> None:
    parameters = stack_parameters(StackSettings(home=home.path), home)  # of a home that had none
    key = read_pseudonym_key(home)
    assert parameters.to_cloudformation()["PseudonymKey"] == key
    assert key not in repr(parameters)
    settings = LoadDataSettings.model_validate({"runs_bucket": "runs", "pseudonym_key": key})
    assert key not in repr(settings)
    assert key not in settings.model_dump_json()


def test_a_key_that_others_can_read_is_refused_and_not_thrown_away(home: Home) -> None:
    key = make_pseudonym_key(home)
    home.pseudonym_key.chmod(0o640)
    with pytest.raises(StackError, match="can be read by others than its owner: `chmod 600` it"):
        make_pseudonym_key(home)
    home.pseudonym_key.chmod(0o600)
    assert make_pseudonym_key(home) == key


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe", b"A" * 64, b"0" * 63])
def test_what_is_no_key_is_refused_without_being_shown(home: Home, content: bytes) -> None:
    home.pseudonym_key.touch(0o600)
    home.pseudonym_key.write_bytes(content)
    with pytest.raises(StackError, match="does not hold a key of 64 hexadecimal digits: put a copy of it back") as told:
        make_pseudonym_key(home)
    assert len(content) < 10 or content.decode() not in str(told.value)


def test_a_missing_key_is_named_and_one_that_can_not_be_made_says_why(home: Home, tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"pseudonym\.key is missing; `fraudflow up` makes it"):
        read_pseudonym_key(home)
    with pytest.raises(StackError, match=r"pseudonym\.key can't be made \(No such file or directory\)"):
        make_pseudonym_key(Home(tmp_path / "missing"))
