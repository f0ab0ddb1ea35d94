"""The command line's requests to MLflow, answered by MLflow's own server; who is champion follows the alias."""

import base64
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl

from functions.adapters.mlflow_registry import DECISION_TAG, MlflowRegistry
from functions.contracts import Execution
from functions.ports import ModelToRegister
from infra.errors import StackError
from infra.home import access
from infra.home.layout import Home
from infra.runs.current_champions import CurrentChampions
from infra.runs.mlflow_api import MlflowApi
from infra.settings import StackSettings
from tests.mlflow_in_process import InProcess, logged


@pytest.fixture
def api(mlflow: InProcess) -> Iterator[MlflowApi]:
    mlflow.is_away = False
    yield MlflowApi(StackSettings(), mlflow.opener)
    mlflow.is_away = False


def test_no_model_and_no_alias_is_no_champion(api: MlflowApi, mlflow: InProcess) -> None:
    assert api.champion("nobody") is None
    logged(mlflow.client, "unaliased")
    assert api.champion("unaliased") is None
    assert api.versions("nobody") is None
    assert [each["version"] for each in api.versions("unaliased") or []] == ["1"]


def test_who_is_champion_follows_the_alias_wherever_it_is_moved(api: MlflowApi, mlflow: InProcess) -> None:
    for _ in range(2):
        logged(mlflow.client, "moved")
    mlflow.client.set_registered_model_alias("moved", "champion", "2")
    before = [CurrentChampions(api).alias("moved", version) for version in ("1", "2")]
    mlflow.client.set_registered_model_alias("moved", "champion", "1")  # by hand, in MLflow's own page
    after = [CurrentChampions(api).alias("moved", version) for version in ("1", "2")]
    assert (before, after) == (["challenger", "champion"], ["champion", "challenger"])


def test_aliases_are_read_set_and_removed(api: MlflowApi, mlflow: InProcess) -> None:
    for _ in range(2):
        logged(mlflow.client, "named")
    assert api.aliases_of("named") == {}
    api.set_alias("named", "champion", "2")
    api.set_alias("named", "former", "1")
    assert api.aliases_of("named") == {"champion": "2", "former": "1"}
    for _ in range(2):  # one that is gone is no error
        api.set_alias("named", "former", None)
    assert api.aliases_of("named") == {"champion": "2"}
    assert api.aliases_of("nobody") == {}


def test_an_mlflow_that_is_away_is_asked_once_and_nothing_is_made_up(api: MlflowApi, mlflow: InProcess) -> None:
    mlflow.is_away = True
    champions = CurrentChampions(api)
    assert champions.alias("moved", "1") is None
    mlflow.is_away = False
    assert champions.alias("moved", "1") is None
    mlflow.is_away = True
    with pytest.raises(StackError, match=r"^MLflow gives no answer at http://127.0.0.1:5000 "):
        api.champion("moved")


def test_what_mlflow_refuses_is_told_in_its_words(api: MlflowApi) -> None:
    with pytest.raises(StackError, match=r"refused a request \(.*max_results"):
        api.call("GET", "model-versions/search", {"max_results": 10**9})


def test_after_a_promotion_no_version_is_tagged_a_champion_but_by_the_alias(mlflow: InProcess) -> None:
    client, name = mlflow.client, "promoted"
    old = logged(client, name)
    client.set_registered_model_alias(name, "champion", old.version)
    for version in (old.version, logged(client, name).version):
        client.set_model_version_tag(name, version, "fraudflow.alias", "champion")  # as release 0.1 did
    made = logged(client, "elsewhere")
    model = ModelToRegister(name, made.run_id, made.model_id, "champion", "It is cheaper.", "1", {}, "")
    execution = Execution(arn="arn:new", name="new", started_at="2026-01-01T00:00:00Z")
    registry = MlflowRegistry(client)
    registration = registry.register(execution, model)
    versions = [client.get_model_version(name, version) for version in "123"]
    assert [str(each.version) for each in versions if "champion" in {*each.tags.values(), *each.aliases}] == ["3"]
    assert (registration.version, client.get_model_version(name, "3").tags[DECISION_TAG]) == ("3", "promoted")
    assert registry.registered(name, execution) == registration.model_copy(update={"champion": None})


def test_the_password_of_a_home_is_shown_where_it_is_asked_for(tmp_path: Path) -> None:
    shown = _header(StackSettings(home=tmp_path))
    assert shown is None
    keys = access.make_keys(Home(tmp_path))
    assert _header(StackSettings(home=tmp_path, access="keys")) == ("fraudflow", keys.password)


def test_a_server_of_the_users_own_gets_its_login_and_no_address_that_holds_it() -> None:
    address = AnyHttpUrl("https://me:hunter%40@mlflow.invalid/base")
    assert _header(StackSettings(mlflow_tracking_uri=address)) == ("me", "hunter@")


def _header(settings: StackSettings) -> tuple[str, str] | None:
    """Return the login of a request, and check that its address holds none."""
    asked: list[urllib.request.Request] = []

    class Opener(urllib.request.OpenerDirector):
        def open(self, fullurl: str | urllib.request.Request, *_: object, **__: object) -> None:
            assert isinstance(fullurl, urllib.request.Request)
            asked.append(fullurl)
            raise OSError

    with pytest.raises(StackError) as caught:
        MlflowApi(settings, Opener()).champion("any")
    assert "hunter" not in str(caught.value) + asked[0].full_url
    value = asked[0].get_header("Authorization")
    if value is None:
        return None
    user, _, password = base64.b64decode(value.removeprefix("Basic ")).decode().partition(":")
    return user, password


def test_versions_come_newest_first_and_page_by_page(api: MlflowApi, mlflow: InProcess) -> None:
    name = "many versions"
    for _ in range(3):
        logged(mlflow.client, name)
    newest, page = api.latest_versions(name, 2)
    assert [each["version"] for each in newest] == ["3", "2"]
    older, last = api.latest_versions(name, 2, page)
    assert ([each["version"] for each in older], last) == (["1"], None)
    assert api.latest_versions("nobody's", 2) == ([], None)
    assert name in api.model_names()
    found = api.version(name, "2")
    assert found is not None
    assert found["version"] == "2"
    assert api.version(name, "9") is None
    assert [each["version"] for each in api.versions(name) or []] == ["3", "2", "1"]
