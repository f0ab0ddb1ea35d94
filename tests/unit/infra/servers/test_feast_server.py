"""Feast's server of a stack: started where it is chosen, and told to those who ask it."""

import sys
from pathlib import Path

import pytest

from infra.deployment.pipeline import stack_parameters
from infra.errors import SettingsError, StackError
from infra.home.access import make_keys
from infra.home.layout import Home
from infra.servers import feast_server, scoring_server
from infra.servers.server_specs import declare
from infra.settings import ROOT, StackSettings, read_settings
from infra.stack import doctor
from infra.stack.starting import start_stack
from infra.system import listening

LOGIN = "http://fraudflow:"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home").create()
    make_keys(home)
    return home


def chosen(home: Home, **settings: object) -> StackSettings:
    own = {"home": home.path, "monitoring": False, "feature_store": "feast", "feast_port": 6123}
    return StackSettings.model_validate(own | settings)


def told(settings: StackSettings, home: Home) -> str | None:
    """Return the address that the scoring service is told."""
    return scoring_server.environment(settings, home).get("FRAUDFLOW_FEAST_URL")


def test_it_is_started_before_the_scoring_service_where_it_is_chosen(home: Home) -> None:
    settings = chosen(home, feast_online="redis", feast_redis="127.0.0.1:6380,db=2")
    names = [server.name for server in declare(settings, home)]
    assert names.index("feast") < names.index("scoring")
    [feast] = declare(settings, home, {"feast"})
    assert (feast.url, feast.health_url) == ("http://127.0.0.1:6123", "http://127.0.0.1:6123/health")
    assert feast.port_setting == "FRAUDFLOW_FEAST_PORT"
    words = " ".join(feast.command)
    assert "-m fraudflow_feast 127.0.0.1 6123" in words
    assert f"--folder {home.path}/feast --online redis --redis 127.0.0.1:6380,db=2" in words
    assert "--keys" not in words
    # `up` does not wait for what takes seconds to import, and says what is wrong with it all the same.
    assert not feast.awaited
    assert not feast.optional
    assert told(settings, home) == "http://127.0.0.1:6123"


@pytest.mark.parametrize("others", [{"feature_store": "embedded"}, {"feast_url": "http://feast.example:6566"}])
def test_it_is_not_started_where_another_one_is_asked(home: Home, others: dict[str, str]) -> None:
    settings = chosen(home, **others)
    assert "feast" not in [server.name for server in declare(settings, home)]
    expected = f"{others['feast_url']}/" if "feast_url" in others else None
    assert told(settings, home) == expected
    assert scoring_server.environment(settings, home)["FRAUDFLOW_FEATURE_STORE"] == settings.feature_store


def test_it_asks_for_the_password_of_a_home_with_keys(home: Home) -> None:
    settings = chosen(home, access="keys")
    [feast] = declare(settings, home, {"feast"})
    assert feast.command[-2] == "--keys"
    assert told(settings, home) == f"{LOGIN}{make_keys(home).password}@127.0.0.1:6123"
    # A server of somebody else's is not told it.
    assert told(chosen(home, access="keys", feast_url="http://feast.example"), home) == "http://feast.example/"


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, "http://127.0.0.1:6123"),
        ({"feature_store": "embedded"}, ""),
        ({"feast_url": "http://feast.example"}, "http://feast.example/"),
    ],
)
def test_the_function_for_single_transactions_is_told_it_too(home: Home, others: dict[str, str], expected: str) -> None:
    assert stack_parameters(chosen(home, **others), home).to_cloudformation()["FeastUrl"] == expected


def test_a_stack_does_not_start_without_its_environment(home: Home) -> None:
    here = Path(sys.executable)
    settings = chosen(home, localstack_python=here, feast_python=home.path / "none")
    with pytest.raises(StackError, match=r"Feast is not installed \(.*none is missing\); `make feature-store` does it"):
        start_stack(settings, home, print)


def findings(settings: StackSettings) -> dict[str, doctor.Finding]:
    return {each.name: each for each in doctor._feast(settings)}


def test_the_doctor_says_what_is_missing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "is_reached", lambda host, port: (host, port) == ("127.0.0.1", 6380))
    assert findings(chosen(home, feature_store="embedded")) == {}
    missing = findings(chosen(home, feast_python=home.path / "none"))
    assert (missing["Feast"].verdict, missing["Feast"].action) == ("failed", "run `make feature-store`")
    assert "Redis" not in missing
    there = findings(chosen(home, feast_python=Path(sys.executable), feast_online="redis"))
    assert there["Feast"].verdict == "ok"
    assert there["Redis"].detail == "nothing answers at 127.0.0.1:6379"
    assert findings(chosen(home, feast_online="redis", feast_redis="127.0.0.1:6380,db=1"))["Redis"].verdict == "ok"


def test_a_redis_with_a_password_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FRAUDFLOW_FEAST_REDIS", "127.0.0.1:6379,password=x")
    with pytest.raises(SettingsError, match=r"FRAUDFLOW_FEAST_REDIS .*host:port, or host:port,db=1"):
        read_settings()


def defined(settings: StackSettings, home: Home) -> Path | None:
    """Return the file whose definitions the server is told."""
    words = feast_server.command(settings, home)
    return Path(words[words.index("--histories") + 1]) if "--histories" in words else None


def test_its_definitions_are_those_that_tables_get(home: Home) -> None:
    assert defined(chosen(home), home) == ROOT / "feature-store" / "histories.toml"
    assert defined(chosen(home, history_definitions=home.path / "own.toml"), home) == home.path / "own.toml"
    assert defined(chosen(home, history_definitions="feature-store/own.toml"), home) == ROOT / "feature-store/own.toml"
    assert defined(chosen(home, history_definitions="off"), home) is None
