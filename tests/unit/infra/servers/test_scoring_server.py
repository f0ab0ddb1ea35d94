"""The scoring service of a stack is handed what it needs, and its callers show what is asked for."""

from pathlib import Path

import pytest

from infra.errors import StackError
from infra.home.access import make_keys
from infra.home.layout import Home
from infra.home.pseudonym_key import make_pseudonym_key
from infra.servers import monitoring, scoring_server
from infra.servers.server_specs import ServerSpec, declare
from infra.settings import StackSettings
from serving.settings import read_settings

TOKEN = "0123456789abcdef"  # noqa: S105 - no password of anything


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").create()
    make_keys(home)
    make_pseudonym_key(home)
    return home


def chosen(home: Home, **settings: object) -> StackSettings:
    return StackSettings.model_validate({"home": home.path} | settings)


def spec(settings: StackSettings, home: Home) -> ServerSpec:
    [server] = declare(settings, home, {scoring_server.SCORING})
    return server


def test_the_service_reads_its_settings_from_what_it_is_handed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = chosen(
        home,
        scoring_port=8123,
        model_name="cards",
        scoring_unknown_columns="refuse",
        mlflow_port=5123,
        explore_share=0.02,
    )
    for name, value in spec(settings, home).environment.items():
        monkeypatch.setenv(name, value)
    read = read_settings()
    assert (read.scoring_port, read.scoring_host, read.model_name) == (8123, "127.0.0.1", "cards")
    assert (str(read.mlflow_tracking_uri), read.scoring_unknown_columns) == ("http://127.0.0.1:5123/", "refuse")
    assert read.explore_share == 0.02
    assert read.pseudonym_key.get_secret_value() == home.pseudonym_key.read_text()
    assert read.scoring_token is None


def test_its_aws_is_the_stacks_with_the_keys_of_the_home(home: Home) -> None:
    given = spec(chosen(home, localstack_port=4123), home).environment
    keys = make_keys(home)
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4123"
    assert (given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"]) == (keys.access_key_id, keys.secret_access_key)


def test_before_the_home_has_a_key_it_is_handed_none(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    assert "FRAUDFLOW_PSEUDONYM_KEY" not in spec(chosen(home), home).environment


def test_a_key_that_others_can_read_is_refused(home: Home) -> None:
    home.pseudonym_key.chmod(0o644)
    with pytest.raises(StackError, match="can be read by others"):
        spec(chosen(home), home)


def test_no_secret_is_on_its_command_line(home: Home) -> None:
    scoring_server.write_token(chosen(home, scoring_token=TOKEN), home)
    server = spec(chosen(home), home)
    assert not {TOKEN, home.pseudonym_key.read_text()} & set(server.command)
    assert server.environment["FRAUDFLOW_SCORING_TOKEN"] == TOKEN


def test_the_token_is_in_a_file_for_the_owner_alone_and_goes_with_the_setting(home: Home) -> None:
    scoring_server.write_token(chosen(home, scoring_token=TOKEN), home)
    assert scoring_server.read_token(home) == TOKEN
    assert home.scoring_token.stat().st_mode & 0o077 == home.scoring.stat().st_mode & 0o077 == 0
    scoring_server.write_token(chosen(home), home)
    assert scoring_server.read_token(home) is None
    assert "FRAUDFLOW_SCORING_TOKEN" not in spec(chosen(home), home).environment


def test_where_keys_are_asked_for_the_homes_password_is_the_token_unless_another_is_given(home: Home) -> None:
    scoring_server.write_token(chosen(home, access="keys"), home)
    assert scoring_server.read_token(home) == make_keys(home).password
    scoring_server.write_token(chosen(home, access="keys", scoring_token=TOKEN), home)
    assert scoring_server.read_token(home) == TOKEN


def test_the_stack_does_without_it_and_up_does_not_wait_for_it(home: Home) -> None:
    server = spec(chosen(home), home)
    assert (server.optional, server.awaited) == (True, False)
    assert declare(chosen(home, scoring=False), home, {scoring_server.SCORING}) == []


def test_prometheus_shows_the_token_to_the_service_alone(home: Home) -> None:
    settings = chosen(home, scoring_port=8123, scoring_token=TOKEN)
    scoring_server.write_token(settings, home)
    jobs = {job["job_name"]: job for job in monitoring.prometheus_config(settings, home)["scrape_configs"]}
    assert jobs["scoring"]["static_configs"] == [{"targets": ["127.0.0.1:8123"]}]
    assert jobs["scoring"]["basic_auth"] == {"username": "fraudflow", "password_file": str(home.scoring_token)}
    assert [name for name, job in jobs.items() if "basic_auth" in job] == ["scoring"]


def test_prometheus_does_not_read_what_else_listens_at_the_port(home: Home) -> None:
    config = monitoring.prometheus_config(chosen(home, scoring=False), home)
    assert "scoring" not in {job["job_name"] for job in config["scrape_configs"]}
