"""Who is told of alerts: each receiver by itself, and no secret of one anywhere else."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from infra.cli import app
from infra.home.layout import Home
from infra.home.state import Deployed
from infra.servers import monitoring
from infra.servers.alerts import Delivery, active_receivers
from infra.servers.receivers import ROUTES, Name, configured, in_force, receivers
from infra.settings import StackSettings, shown
from infra.stack.operations import Backend
from tests.contract.monitoring import PROMETHEUS, load

SLACK, WEBHOOK, WATCHDOG = (SecretStr(f"https://{name}.test/hidden") for name in ("slack", "hook", "dog"))
MAIL = {"alert_mail_to": "oncall@bank.test", "alert_smtp_host": "mail.bank.test:587"}
EVERYBODY = {"alert_slack_url": SLACK, "alert_webhook_url": WEBHOOK, "alert_watchdog_url": WATCHDOG, **MAIL}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def settings(home: Home, **values: object) -> StackSettings:
    return StackSettings.model_validate({"home": home.path, **values})


def names(home: Home, **values: object) -> set[Name]:
    """Name those that are on."""
    return {each.name for each in receivers(settings(home, **values), home) if each.options is not None}


@pytest.mark.parametrize(
    ("values", "on"),
    [
        ({}, set()),
        ({"alert_slack_url": SLACK}, {"Slack"}),
        (MAIL, {"e-mail"}),
        ({"alert_webhook_url": WEBHOOK}, {"webhook"}),
        ({"alert_watchdog_url": WATCHDOG}, {"watchdog"}),
        (EVERYBODY, {"Slack", "e-mail", "webhook", "watchdog"}),
    ],
)
def test_each_receiver_is_on_by_itself(home: Home, values: dict[str, object], on: set[Name]) -> None:
    assert names(home, **values) == on
    config = monitoring.alertmanager_config(settings(home, **values), home)
    assert set(in_force(config)) == on


@pytest.mark.parametrize(("file", "on"), [("slack_api_url", {"Slack"}), ("smtp_password", set())])
def test_a_secret_of_the_last_releases_files_switches_nobody_else_off(home: Home, file: str, on: set[Name]) -> None:
    home.secrets.mkdir()
    (home.secrets / file).write_text("https://slack.test/secret\n")
    assert names(home) == on
    assert names(home, **MAIL) == on | {"e-mail"}


@pytest.mark.parametrize(
    ("values", "name", "why"),
    [
        ({"alert_mail_to": "a@b.test"}, "e-mail", "FRAUDFLOW_ALERT_SMTP_HOST is not set"),
        ({}, "e-mail", "FRAUDFLOW_ALERT_MAIL_TO and FRAUDFLOW_ALERT_SMTP_HOST are not set"),
        ({**MAIL, "alert_smtp_user": "me"}, "e-mail", "FRAUDFLOW_ALERT_SMTP_PASSWORD is not set"),
        ({}, "Slack", "FRAUDFLOW_ALERT_SLACK_URL is not set"),
        ({"alert_webhook_url": "hooks.test"}, "webhook", "FRAUDFLOW_ALERT_WEBHOOK_URL is no http or https address"),
    ],
)
def test_one_that_is_off_says_why(home: Home, values: dict[str, object], name: str, why: str) -> None:
    [found] = [each for each in receivers(settings(home, **values), home) if each.name == name]
    assert (found.options, found.detail) == (None, why)


def test_mail_is_for_what_is_critical_and_the_watchdog_is_for_nobody_else(home: Home) -> None:
    routes = {each["name"]: each for each in configured(receivers(settings(home, **EVERYBODY), home))}
    assert {name: each.keys() - {"name"} for name, each in routes.items()} == {
        "warnings": {"slack_configs", "webhook_configs"},
        "critical": {"slack_configs", "webhook_configs", "email_configs"},
        "watchdog": {"webhook_configs"},
    }
    assert [each["url"] for each in routes["watchdog"]["webhook_configs"]] == [WATCHDOG.get_secret_value()]
    assert [each["name"] for each in load(PROMETHEUS / "alertmanager.yml")["receivers"]] == list(ROUTES)


def test_no_secret_is_shown_or_kept_with_a_deployment(home: Home) -> None:
    chosen = settings(home, **EVERYBODY, alert_smtp_user="me", alert_smtp_password=SecretStr("hidden"))
    kept = Deployed(settings=chosen, outputs={}).model_dump_json()
    for text in (kept, str(shown(chosen)), str([each.detail for each in receivers(chosen, home)])):
        assert "hidden" not in text
    assert Deployed.model_validate_json(kept).settings.alert_mail_to == "oncall@bank.test"


def backend(chosen: StackSettings, *deliveries: Delivery) -> Backend:
    return Backend(read_settings=lambda: chosen, send_test=lambda _: list(deliveries))


def test_the_command_shows_who_is_told_and_what_waits_for_up(home: Home) -> None:
    chosen = settings(home, alert_slack_url=SLACK)
    found = CliRunner().invoke(app, ["alerts"], obj=backend(chosen), env={"COLUMNS": "160"}).output
    assert "on after `fraudflow up`" in found
    assert "FRAUDFLOW_ALERT_MAIL_TO and FRAUDFLOW_ALERT_SMTP_HOST are not set" in found
    monitoring.write_files(chosen, home, ["alertmanager"])
    assert active_receivers(home) == ["Slack"]
    assert "after" not in CliRunner().invoke(app, ["alerts"], obj=backend(chosen), env={"COLUMNS": "160"}).output


@pytest.mark.parametrize(("delivered", "code"), [(True, 0), (False, 1)])
def test_a_test_that_somebody_did_not_take_is_a_failure(home: Home, *, delivered: bool, code: int) -> None:
    delivery = Delivery(receiver="Slack", delivered=delivered, detail="what became of it")
    done = CliRunner().invoke(app, ["alerts", "test"], obj=backend(settings(home), delivery))
    assert (done.exit_code, "what became of it" in done.output) == (code, True)
